import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { initAuthCreds } from 'baileys/lib/Utils/auth-utils.js';
import { Curve } from 'baileys/lib/Utils/crypto.js';
import { getErrorCodeFromStreamError } from 'baileys/lib/Utils/generics.js';
import { makeNoiseHandler } from 'baileys/lib/Utils/noise-handler.js';
import { getNextPreKeysNode, parseAndInjectE2ESessions } from 'baileys/lib/Utils/signal.js';
import { buildAckStanza } from 'baileys/lib/Utils/stanza-ack.js';
import type { SignalDataTypeMap } from 'baileys/lib/Types/Auth.js';
import { encodeBinaryNode } from 'baileys/lib/WABinary/encode.js';
import { getBinaryNodeChild } from 'baileys/lib/WABinary/generic-utils.js';
import type { BinaryNode } from 'baileys/lib/WABinary/types.js';
import { proto } from 'baileys/WAProto/index.js';
import pino from 'pino';
import type { Login } from '../../../../src/interop/enlistment/login.ts';
import { connectTcp } from '../../../../src/interop/noise/tcp.ts';
import { noiseProfile } from '../../../../src/interop/profile/noise-profile.ts';
import { mailFrom } from '../../../support/chat-tester.ts';
import { bob, hostScene, testPerson, tokenFor, type HostScene } from '../../../support/host-scene.ts';

type Creds = ReturnType<typeof initAuthCreds>;
const logger = pino({ level: 'silent' });
const server = 's.whatsapp.net';

/**
 * baileys (7.0.0-rc14) as a client: its own Noise, protobuf, binary nodes, prekey stanzas and acknowledgements, over a
 * socket of ours. What it does not know is the product INTEROP, whose payload is made with its protobuf here.
 */
class Baileys implements AsyncDisposable {
  readonly came: BinaryNode[] = [];
  readonly #socket: Socket;
  readonly #handler: ReturnType<typeof makeNoiseHandler>;
  #ids = 0;

  private constructor(socket: Socket, handler: ReturnType<typeof makeNoiseHandler>) {
    this.#socket = socket;
    this.#handler = handler;
  }

  static async connect(scene: HostScene, creds: Creds, login: Login, token: string): Promise<Baileys> {
    const signal = AbortSignal.timeout(5_000);
    const connected = await connectTcp({ host: '127.0.0.1', port: scene.host.port() ?? 0 }, signal);
    assert.ok(connected.kind === 'connected');
    const socket = connected.stream;
    const ephemeral = Curve.generateKeyPair();
    const handler = makeNoiseHandler({
      keyPair: ephemeral,
      NOISE_HEADER: Buffer.from(noiseProfile.prologue),
      logger,
    });
    const client = new Baileys(socket, handler);
    const hello = Promise.withResolvers<Uint8Array>();
    let reading = Promise.resolve();
    socket.on('data', (bytes: Buffer) => {
      reading = reading.then(() =>
        handler.decodeFrame(bytes, (frame) => {
          if (frame instanceof Uint8Array) hello.resolve(frame);
          else client.came.push(frame);
        }),
      );
    });
    const first = proto.HandshakeMessage.encode({ clientHello: { ephemeral: ephemeral.public } }).finish();
    socket.write(handler.encodeFrame(first));
    const reply = proto.HandshakeMessage.decode(await hello.promise);
    const sealedStatic = handler.processHandshake(reply, creds.noiseKey);
    const payload = proto.ClientPayload.encode({
      product: proto.ClientPayload.Product.INTEROP,
      interopData: { accountId: Number(login.user), token: Buffer.from(token), enableReadReceipts: true },
      passive: false,
    }).finish();
    const finish = { clientFinish: { static: sealedStatic, payload: handler.encrypt(payload) } };
    socket.write(handler.encodeFrame(proto.HandshakeMessage.encode(finish).finish()));
    await handler.finishInit();
    return client;
  }

  send(node: BinaryNode): void {
    this.#socket.write(this.#handler.encodeFrame(encodeBinaryNode(node)));
  }

  async next(tag: string): Promise<BinaryNode> {
    return this.#until((node) => node.tag === tag);
  }

  async query(node: BinaryNode): Promise<BinaryNode> {
    const id = `b.${(this.#ids += 1)}`;
    this.send({ ...node, attrs: { ...node.attrs, id } });
    return this.#until(({ tag, attrs }) => tag === 'iq' && attrs['id'] === id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
  }

  async #until(found: (node: BinaryNode) => boolean): Promise<BinaryNode> {
    for (let tries = 0; tries < 500; tries++) {
      const at = this.came.findIndex(found);
      const [node] = at < 0 ? [] : this.came.splice(at, 1);
      if (node !== undefined) return node;
      await sleep(10);
    }
    return assert.fail('it did not come');
  }
}

/** Its keys, as its own code makes them, and a store for prekeys. */
function baileysState() {
  const creds = initAuthCreds();
  const prekeys = new Map<string, unknown>();
  const keys = {
    get: async <T extends keyof SignalDataTypeMap>(type: T, ids: string[]) =>
      Object.fromEntries(
        ids.flatMap((id) => (prekeys.has(`${type} ${id}`) ? [[id, prekeys.get(`${type} ${id}`)]] : [])),
      ) as Record<string, SignalDataTypeMap[T]>,
    set: (data: object) => {
      for (const [type, items] of Object.entries(data))
        for (const [id, item] of Object.entries(items as object)) prekeys.set(`${type} ${id}`, item);
    },
  };
  return { creds, keys };
}

/** baileys enlisted and connected. */
async function scened(state: ReturnType<typeof baileysState>, scene: HostScene) {
  const { creds } = state;
  const { signedPreKey, signedIdentityKey, noiseKey } = creds;
  const token = tokenFor('bo@birdy.example');
  const answer = await scene.enlist({
    ...{ authKey: noiseKey.public, registrationId: creds.registrationId, token },
    identityKey: signedIdentityKey.public,
    signedPrekey: {
      ...{ id: signedPreKey.keyId, key: signedPreKey.keyPair.public },
      signature: signedPreKey.signature,
    },
  });
  assert.ok(answer.kind === 'enlisted', JSON.stringify(answer));
  const { login } = answer;
  return { login, client: await Baileys.connect(scene, creds, login, token) };
}

const iq = (type: string, xmlns: string, content: BinaryNode[]): BinaryNode => ({
  ...{ tag: 'iq', attrs: { to: `@${server}`, type, xmlns }, content },
});
const empty = (tag: string): BinaryNode => ({ tag, attrs: {} });

describe('a host and an independent client (baileys)', () => {
  it('shake hands, and agree on prekeys: uploaded, counted and handed out', async () => {
    await using scene = await hostScene();
    const state = baileysState();
    const { login, client: made } = await scened(state, scene);
    await using client = made;
    assert.ok(Number((await client.next('success')).attrs['t']) > 0);
    assert.equal((await client.next('notification')).attrs['type'], 'encrypt');
    const { node } = await getNextPreKeysNode(state, 30);
    assert.equal((await client.query(node)).attrs['type'], 'result');
    const counted = await client.query(iq('get', 'encrypt', [empty('count')]));
    assert.equal(getBinaryNodeChild(counted, 'count')?.attrs['value'], '30');
    const bundle = await scene.host.keysOf(login);
    assert.ok(!('kind' in bundle));
    const { creds } = state;
    assert.deepEqual(Buffer.from(bundle.identity), Buffer.from(creds.signedIdentityKey.public));
    assert.deepEqual(Buffer.from(bundle.signed.key), Buffer.from(creds.signedPreKey.keyPair.public));
    assert.equal(bundle.registration, creds.registrationId);
    const own = await state.keys.get('pre-key', ['1']);
    assert.deepEqual(Buffer.from(bundle.prekey?.key ?? []), Buffer.from(own['1']?.public ?? []));

    const eve = testPerson('eve@birdy.example');
    const { identity, signed } = eve;
    scene.listener.keys = { registration: 9, identity: identity.publicKey, signed, prekey: undefined };
    const users = [{ tag: 'user', attrs: { jid: '4242@lid' } }];
    const fetched = await client.query(iq('get', 'encrypt', [{ tag: 'key', attrs: {}, content: users }]));
    const sessions: unknown[] = [];
    const repository = { injectE2ESession: async (session: unknown) => void sessions.push(session) };
    await parseAndInjectE2ESessions(fetched, repository as never);
    const typed = (key: Uint8Array): Buffer => Buffer.concat([Buffer.of(5), key]);
    const [injected] = sessions as { jid: string; session: Record<string, unknown> }[];
    assert.equal(injected?.jid, '4242@lid');
    assert.deepEqual(injected.session['identityKey'], typed(identity.publicKey));
    assert.equal(injected.session['registrationId'], 9);
    assert.equal(injected.session['preKey'], undefined);
    assert.equal((await client.query(iq('get', 'w:p', [empty('ping')]))).attrs['type'], 'result');
    assert.equal((await client.query(iq('set', 'passive', [empty('active')]))).attrs['type'], 'result');
  });

  it('write to each other, and acknowledge', async () => {
    await using scene = await hostScene();
    const state = baileysState();
    const { login, client: made } = await scened(state, scene);
    await using client = made;
    const sealed = { tag: 'enc', attrs: { v: '2', type: 'msg' }, content: Buffer.from('sealed') };
    client.send({ tag: 'message', attrs: { id: '3EB0', to: '4242@lid', type: 'text' }, content: [sealed] });
    const ack = await client.next('ack');
    assert.deepEqual(
      [ack.attrs['id'], ack.attrs['class'], ack.attrs['from']],
      ['3EB0', 'message', '4242@lid'],
    );
    assert.equal(ack.attrs['error'], undefined);
    const [heard] = scene.listener.messages;
    assert.equal(Buffer.from(heard?.stanza.sealed[0]?.ciphertext ?? []).toString(), 'sealed');

    assert.equal(await scene.host.deliver(login, mailFrom(bob, 'A1')), 'kept');
    const mail = await client.next('message');
    assert.equal(mail.attrs['from'], '4242@lid');
    assert.equal(getBinaryNodeChild(mail, 'enc')?.attrs['type'], 'msg');
    const left = (): number =>
      [...scene.records.rows.values()].filter(({ of }) => of.collection === 'mail').length;
    assert.equal(left(), 1);
    client.send(buildAckStanza(mail, undefined, `12-${login.user}@interop`));
    for (let tries = 0; left() > 0 && tries < 200; tries++) await sleep(10);
    assert.equal(left(), 0);
    client.send({ tag: 'receipt', attrs: { id: 'A1', to: '4242@lid', type: 'read', t: '1' } });
    assert.equal((await client.next('ack')).attrs['class'], 'receipt');
    assert.equal(scene.listener.receipts[0]?.about.kind, 'read');
  });

  it('end alike: another connection has taken its place', async () => {
    await using scene = await hostScene();
    const state = baileysState();
    const { login, client: made } = await scened(state, scene);
    await using first = made;
    await first.next('success');
    await using second = await Baileys.connect(scene, state.creds, login, tokenFor('bo@birdy.example'));
    assert.deepEqual(getErrorCodeFromStreamError(await first.next('stream:error')), {
      ...{ reason: 'conflict', statusCode: 440 },
    });
    await second.next('success');
  });
});
