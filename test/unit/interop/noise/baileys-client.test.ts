import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WA_CERT_DETAILS } from 'baileys/lib/Defaults/index.js';
import { makeNoiseHandler } from 'baileys/lib/Utils/noise-handler.js';
import { proto } from 'baileys/WAProto/index.js';
import pino from 'pino';
import { encodeNode } from '../../../../src/interop/node/encode.ts';
import { readClientPayload, writeClientPayload } from '../../../../src/interop/noise/client-payload.ts';
import { newCurveKeyPair, type CurveKeyPair } from '../../../../src/interop/noise/curve-key.ts';
import { createResponderWire, type Wire, type WireStep } from '../../../../src/interop/noise/wire.ts';
import { noiseProfile } from '../../../../src/interop/profile/noise-profile.ts';
import { payload, testServer, type TestServer } from './parties.ts';

function step<Peer>(wire: Wire<Peer>, bytes: Uint8Array): WireStep<Peer> {
  wire.push(bytes);
  return wire.next();
}

function buffers({ publicKey, privateKey }: CurveKeyPair): { public: Buffer; private: Buffer } {
  return { public: Buffer.from(publicKey), private: Buffer.from(privateKey) };
}

const clientPayload = {
  product: proto.ClientPayload.Product.INTEROP,
  interopData: {
    accountId: 5_000_000_000,
    token: Buffer.from(payload.token),
    enableReadReceipts: true,
  },
  passive: false,
  userAgent: { platform: proto.ClientPayload.UserAgent.Platform.ANDROID, device: 'Pixel' },
  connectReason: proto.ClientPayload.ConnectReason.USER_ACTIVATED,
};

/**
 * baileys as a client: its own Noise and its own protobuf, against our responder. Its check of the chain's signatures
 * (7.0.0-rc14) passes whatever they are, so it says nothing of ours: `certificate.test.ts` asks another library.
 */
async function shakeHands(server: TestServer) {
  const ephemeral = buffers(newCurveKeyPair());
  const keys = buffers(newCurveKeyPair());
  const handler = makeNoiseHandler({
    keyPair: ephemeral,
    NOISE_HEADER: Buffer.from(noiseProfile.prologue),
    logger: pino({ level: 'silent' }),
  });
  const host = createResponderWire(server.responder);
  const hello = proto.HandshakeMessage.encode({ clientHello: { ephemeral: ephemeral.public } }).finish();
  const reply = step(host, handler.encodeFrame(hello));
  assert.ok(reply.kind === 'reply');
  const frames: Uint8Array[] = [];
  await handler.decodeFrame(Buffer.from(reply.bytes), (frame) => {
    if (frame instanceof Uint8Array) frames.push(frame);
  });
  assert.ok(frames[0] !== undefined);
  const sealedStatic = handler.processHandshake(proto.HandshakeMessage.decode(frames[0]), keys);
  const sealedPayload = handler.encrypt(proto.ClientPayload.encode(clientPayload).finish());
  const finish = { clientFinish: { static: sealedStatic, payload: sealedPayload } };
  const end = step(host, handler.encodeFrame(proto.HandshakeMessage.encode(finish).finish()));
  assert.ok(end.kind === 'opened');
  await handler.finishInit();
  return { handler, host, keys, peer: end.peer };
}

describe('an independent client (baileys)', () => {
  const server = testServer({ rootSerial: WA_CERT_DETAILS.SERIAL });

  it('pins the same root as our profile', () => {
    assert.deepEqual(WA_CERT_DETAILS.PUBLIC_KEY, Buffer.from(noiseProfile.root.key));
    assert.equal(WA_CERT_DETAILS.SERIAL, noiseProfile.root.serial);
  });

  it('reads the chain that a host makes, and minds whose serial it names', async () => {
    await shakeHands(server);
    await assert.rejects(shakeHands(testServer({ rootSerial: 3 })), /certification match failed/);
  });

  it('is known by its key and payload, and both read what the other seals', async () => {
    const { handler, host, keys, peer } = await shakeHands(server);
    assert.deepEqual(Buffer.from(peer.clientKey), keys.public);
    assert.deepEqual(peer.payload, {
      kind: 'payload',
      accountId: 5_000_000_000n,
      token: payload.token,
      enableReadReceipts: true,
    });
    const message = step(host, handler.encodeFrame(Buffer.from('from the client')));
    assert.ok(message.kind === 'message');
    assert.equal(Buffer.from(message.body).toString(), 'from the client');
    const node = encodeNode({ tag: 'success', attrs: {}, content: undefined });
    assert.ok(node.kind === 'encoded');
    const sealed = host.seal(node.bytes);
    assert.ok(sealed instanceof Uint8Array);
    const tags: string[] = [];
    await handler.decodeFrame(Buffer.from(sealed), (read) => {
      if (!(read instanceof Uint8Array)) tags.push(read.tag);
    });
    assert.deepEqual(tags, ['success']);
  });

  it('reads our client payload, and writes one that we read', () => {
    const ours = proto.ClientPayload.decode(writeClientPayload(payload));
    assert.equal(ours.product, proto.ClientPayload.Product.INTEROP);
    assert.equal(String(ours.interopData?.accountId), String(payload.accountId));
    assert.equal(Buffer.from(ours.interopData?.token ?? []).toString(), payload.token);
    assert.equal(ours.interopData?.enableReadReceipts, true);
    const theirs = readClientPayload(proto.ClientPayload.encode(clientPayload).finish());
    assert.ok(theirs.kind === 'payload');
    assert.equal(theirs.token, payload.token);
  });
});
