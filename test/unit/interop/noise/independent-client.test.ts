import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeNode, encodeNode, getWAConnHeader, NoiseSession } from 'whatsapp-rust-bridge';
import { verifyChain } from '../../../../src/interop/noise/certificate.ts';
import { writeClientPayload } from '../../../../src/interop/noise/client-payload.ts';
import { agree, newCurveKeyPair } from '../../../../src/interop/noise/curve-key.ts';
import {
  readHandshakeMessage,
  writeHandshakeMessage,
} from '../../../../src/interop/noise/handshake-message.ts';
import { finishInitiator, startInitiator } from '../../../../src/interop/noise/initiator.ts';
import { createSessionCipher } from '../../../../src/interop/noise/session-cipher.ts';
import { createResponderWire, type Wire } from '../../../../src/interop/noise/wire.ts';
import { noiseProfile } from '../../../../src/interop/profile/noise-profile.ts';
import { initiatorInput, now, payload, testServer } from './parties.ts';

const server = testServer();

function secretOf(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const secret = agree(privateKey, publicKey);
  assert.ok(secret instanceof Uint8Array);
  return secret;
}

function step<Peer>(
  wire: Wire<Peer>,
  bytes: Uint8Array,
): Exclude<ReturnType<Wire<Peer>['next']>, { kind: 'failed' }> {
  wire.push(bytes);
  const next = wire.next();
  assert.ok(next.kind !== 'failed', next.kind === 'failed' ? next.reason : '');
  return next;
}

/** whatsapp-rust-bridge's client is code of others: what it agrees with is not only our own reading. */
describe('an independent client (whatsapp-rust-bridge)', () => {
  it('has the same prologue', () => {
    assert.deepEqual(Buffer.from(getWAConnHeader()), Buffer.from(noiseProfile.prologue));
  });

  it('shakes hands with our responder, and both read what the other seals', () => {
    const ephemeral = newCurveKeyPair();
    const keys = newCurveKeyPair();
    const session = new NoiseSession(ephemeral.publicKey, noiseProfile.prologue);
    const host = createResponderWire(server.responder);

    const first = session.encodeFrameRaw(
      writeHandshakeMessage({ kind: 'client-hello', ephemeral: ephemeral.publicKey }),
    );
    const reply = step(host, first);
    assert.ok(reply.kind === 'reply');
    const [frame] = session.decodeFrame(reply.bytes) as Uint8Array[];
    assert.ok(frame !== undefined);
    const hello = readHandshakeMessage('server-hello', frame);
    assert.ok(hello.kind === 'server-hello');
    const chain = session.processHandshakeInit(
      hello.ephemeral,
      hello.sealedStatic,
      hello.sealedPayload,
      ephemeral.privateKey,
    );
    const check = { roots: server.roots, serverKey: server.keys.publicKey, now };
    assert.equal(verifyChain(chain, check).kind, 'verified');
    const sealedStatic = session.processHandshakeFinish(keys.publicKey, keys.privateKey, hello.ephemeral);
    const sealedPayload = session.encrypt(writeClientPayload(payload));
    const last = session.encodeFrameRaw(
      writeHandshakeMessage({ kind: 'client-finish', sealedStatic, sealedPayload }),
    );
    session.finishInit();
    const end = step(host, last);
    assert.ok(end.kind === 'opened');
    assert.deepEqual(Buffer.from(end.peer.clientKey), Buffer.from(keys.publicKey));
    assert.equal(end.peer.payload.token, payload.token);

    for (const id of ['1', '2', '3']) {
      const message = step(host, session.encodeFrame({ tag: 'iq', attrs: { id }, content: undefined }));
      assert.ok(message.kind === 'message');
      assert.equal(decodeNode(message.body).attrs['id'], id);
      const sealed = host.seal(encodeNode({ tag: 'iq', attrs: { id: `r${id}` }, content: undefined }));
      assert.ok(sealed instanceof Uint8Array);
      const nodes = session.decodeFrame(sealed) as { attrs: Record<string, string> }[];
      assert.equal(nodes[0]?.attrs['id'], `r${id}`);
    }
  });

  it('made to answer by its parts as a server does, is understood by our initiator, with the same keys', () => {
    const input = initiatorInput(server);
    const start = startInitiator();
    const hello = readHandshakeMessage('client-hello', start.message);
    assert.ok(hello.kind === 'client-hello');
    const ephemeral = newCurveKeyPair();
    // Its constructor hashes the prologue and the client's key; it mixes and seals as either side does.
    const session = new NoiseSession(hello.ephemeral, noiseProfile.prologue);
    session.authenticate(ephemeral.publicKey);
    session.mixIntoKey(secretOf(ephemeral.privateKey, hello.ephemeral));
    const sealedStatic = session.encrypt(server.keys.publicKey);
    session.mixIntoKey(secretOf(server.keys.privateKey, hello.ephemeral));
    const sealedPayload = session.encrypt(server.responder.chain);
    const answer = writeHandshakeMessage({
      kind: 'server-hello',
      ephemeral: ephemeral.publicKey,
      sealedStatic,
      sealedPayload,
    });

    const end = finishInitiator(start.state, answer, input);
    assert.ok(end.kind === 'finished');
    const finish = readHandshakeMessage('client-finish', end.message);
    assert.ok(finish.kind === 'client-finish');
    const clientKey = session.decrypt(finish.sealedStatic);
    assert.deepEqual(Buffer.from(clientKey), Buffer.from(input.keys.publicKey));
    session.mixIntoKey(secretOf(ephemeral.privateKey, clientKey));
    assert.deepEqual(Buffer.from(session.decrypt(finish.sealedPayload)), Buffer.from(input.payload));

    // Afterwards it is a client whatever it was made to do, so our cipher takes the server's place here too.
    session.finishInit();
    const ours = createSessionCipher(end.keys.responder, end.keys.initiator);
    const theirs = ours.open(session.encrypt(Buffer.from('from the client')));
    assert.ok(theirs instanceof Uint8Array);
    assert.equal(Buffer.from(theirs).toString(), 'from the client');
    const back = ours.seal(Buffer.from('from the server'));
    assert.ok(back instanceof Uint8Array);
    assert.equal(Buffer.from(session.decrypt(back)).toString(), 'from the server');
  });
});
