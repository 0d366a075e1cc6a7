import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { deflateSync } from 'node:zlib';
import { WebSocket } from 'ws';
import type { Login } from '../../../../src/interop/enlistment/login.ts';
import { encodeNode } from '../../../../src/interop/node/encode.ts';
import { makeNode, type Node } from '../../../../src/interop/node/node.ts';
import { writeClientPayload } from '../../../../src/interop/noise/client-payload.ts';
import { createInitiatorWire } from '../../../../src/interop/noise/wire.ts';
import type { HostCount } from '../../../../src/networks/thirdparty/host-counts.ts';
import { ChatTester } from '../../../support/chat-tester.ts';
import { connected, count, soon } from '../../../support/connected-scene.ts';
import {
  hostScene,
  testPerson,
  tokenFor,
  type HostScene,
  type TestPerson,
} from '../../../support/host-scene.ts';

async function raw(scene: HostScene): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: scene.host.port() ?? 0 });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** The bytes that a client sends in a handshake, up to its last message. */
async function shaken(
  scene: HostScene,
  ann: TestPerson,
  login: Login,
): Promise<{ first: Buffer; last: Buffer }> {
  const socket = await raw(scene);
  const payload = writeClientPayload({
    ...{ accountId: BigInt(login.user), token: tokenFor(ann.identifier), enableReadReceipts: true },
  });
  const wire = createInitiatorWire({ keys: ann.auth, payload, roots: [scene.root], now: () => Date.now() });
  assert.ok(wire.first !== undefined);
  socket.write(wire.first);
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  wire.push(bytes);
  const step = wire.next();
  assert.ok(step.kind === 'opened' && step.bytes !== undefined);
  socket.destroy();
  return { first: Buffer.from(wire.first), last: Buffer.from(step.bytes) };
}

describe('a host, from hostile clients', () => {
  const deep = (levels: number): Node =>
    Array.from({ length: levels }).reduce<Node>((inner) => makeNode('a', {}, [inner]), makeNode('a', {}));
  const limits = {
    bytes: 64 * 1_048_576,
    depth: 1_000,
    list: 1e6,
    nodes: 1e6,
    attributes: 1e6,
    allAttributes: 1e6,
  };
  const wide = encodeNode(deep(200), limits);
  const frames: readonly (readonly [string, Uint8Array, HostCount])[] = [
    ['nothing', new Uint8Array(0), 'node-empty'],
    ['noise', Uint8Array.of(0, 248, 255, 255, 255), 'node-truncated'],
    ['a tag that stands for nothing', Uint8Array.of(0, 239), 'node-unknown-tag'],
    ['nodes that are too deep', wide.kind === 'encoded' ? wide.bytes : new Uint8Array(0), 'node-too-deep'],
    [
      'a zlib bomb',
      Buffer.concat([Buffer.of(2), deflateSync(Buffer.alloc(64 * 1_048_576))]),
      'node-too-large',
    ],
    ['no zlib stream', Uint8Array.of(2, 1, 2, 3), 'node-bad-deflate'],
  ];
  for (const [name, bytes, counted] of frames)
    it(`ends the connection cleanly for a frame of ${name}`, async () => {
      await using all = await connected();
      await all.client.channel.send(bytes);
      const end = await all.client.next('stream-error');
      assert.deepEqual([end.code, end.about], [400, { kind: 'other', tag: 'xml-not-well-formed' }]);
      await all.client.over();
      assert.equal(count(all.scene, counted), 1);
      assert.equal(count(all.scene, 'session-closed-broken'), 1);
      await soon(() => all.scene.host.connected() === 0);
    });

  it('drops a connection whose frame is over the limit or not genuine', async () => {
    await using all = await connected();
    await all.client.channel.send(new Uint8Array(262_144));
    await all.client.over();
    assert.equal(count(all.scene, 'channel-frame-too-large'), 1);
    const { first, last } = await shaken(all.scene, all.ann, all.login);
    const socket = await raw(all.scene);
    socket.write(first);
    await once(socket, 'data');
    socket.write(last);
    await once(socket, 'close');
    assert.equal(count(all.scene, 'channel-not-authentic'), 1);
    assert.equal(count(all.scene, 'session-begun'), 1);
  });

  it('ends what says nothing: a handshake that does not go on, and a client that is silent', async () => {
    await using scene = await hostScene({ limits: { handshakeMs: 150, silenceMs: 150 } });
    const silent = await raw(scene);
    const half = await raw(scene);
    half.write(Buffer.from('5741', 'hex'));
    const begun = Date.now();
    await Promise.all([once(silent, 'close'), once(half, 'close')]);
    assert.ok(Date.now() - begun < 3_000);
    assert.equal(count(scene, 'channel-aborted'), 2);
    const ann = testPerson('ann@birdy.example');
    const login = await scene.enlisted(ann);
    await using client = await ChatTester.in(scene, ann, login);
    await client.next('stream-end');
    await client.over();
    assert.equal(count(scene, 'session-closed-silent'), 1);
  });

  it('turns away more handshakes than it can hold, over TCP and WebSocket, and forgets them when they end', async () => {
    await using scene = await hostScene({ limits: { handshakesOfAddress: 2 } });
    const held = [await raw(scene), await raw(scene)];
    await soon(() => count(scene, 'handshake-begun') === 2);
    const third = await raw(scene);
    await once(third, 'close');
    const webSocket = new WebSocket(`${scene.url.replace('http', 'ws')}/ws/chat`);
    webSocket.on('error', () => undefined);
    const [, refused] = (await once(webSocket, 'unexpected-response')) as [unknown, { statusCode: number }];
    assert.equal(refused.statusCode, 503);
    webSocket.terminate();
    assert.equal(count(scene, 'handshake-turned-away'), 2);
    for (const socket of held) socket.destroy();
    const ann = testPerson('ann@birdy.example');
    const login = await scene.enlisted(ann);
    await soon(() => count(scene, 'channel-truncated') === 2);
    await using client = await ChatTester.in(scene, ann, login);
    assert.equal(client.isOver, false);
    await using all = await hostScene({ limits: { handshakes: 0 } });
    await once(await raw(all), 'close');
  });

  it('takes no text over WebSocket, and no other path', async () => {
    await using scene = await hostScene();
    const base = scene.url.replace('http', 'ws');
    const elsewhere = new WebSocket(`${base}/chat`);
    elsewhere.on('error', () => undefined);
    const [, refused] = (await once(elsewhere, 'unexpected-response')) as [unknown, { statusCode: number }];
    assert.equal(refused.statusCode, 404);
    elsewhere.terminate();
    const webSocket = new WebSocket(`${base}/ws/chat?routing=1`);
    await once(webSocket, 'open');
    webSocket.send('hello');
    await once(webSocket, 'close');
    assert.equal(count(scene, 'channel-text-frame'), 1);
  });

  it('has no more connections than it may', async () => {
    await using all = await connected({ limits: { connections: 1 } });
    const eve = testPerson('eve@birdy.example');
    const login = await all.scene.enlisted(eve);
    await using client = await ChatTester.connect(all.scene, eve, login);
    assert.equal((await client.next('failure')).reason, 503);
  });

  it('leaves no handshake open when the host stops', async () => {
    await using scene = await hostScene();
    const socket = await raw(scene);
    await soon(() => count(scene, 'handshake-begun') === 1);
    const closed = once(socket, 'close');
    await scene.host[Symbol.asyncDispose]();
    await closed;
  });
});
