import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { describe, it } from 'node:test';
import { connectWebSocket, createUpgrade } from '../../../../src/interop/noise/websocket.ts';
import { bob, chatEnd, message, until } from '../../../support/chat-end.ts';
import { chatServer } from '../../../support/chat-server.ts';

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

describe('a far side that is silent', () => {
  it('is asked for a sign of life, and left where it gives none', async () => {
    await using server = await chatServer();
    await using end = chatEnd(server, { times: { ping: 40, answer: 60 } });
    end.client.wake();
    const far = await server.accept();
    await far.begin();
    await far.asked('ping');
    const second = await server.accept();
    assert.equal(end.troubles.read().get('silent'), 1);
    await second.begin();
    for (let i = 0; i < 4; i += 1) await second.answer(await second.asked('ping'), { kind: 'done' });
    assert.equal(server.connections(), 2);
    assert.equal(end.client.health().kind, 'up');
  });

  it('is not one that is not read because too much waits here', async () => {
    await using server = await chatServer();
    const gate = Promise.withResolvers<undefined>();
    await using end = chatEnd(server, {
      times: { ping: 200, answer: 200 },
      stanza: () => gate.promise,
    });
    end.client.wake();
    const far = await server.accept();
    await far.begin();
    const flood = (async () => {
      for (let i = 0; i < 600; i += 1)
        await far.say(message(`M${i}`, { from: bob, body: 'x'.repeat(2_000) }));
    })();
    await pause(1_500);
    assert.equal(end.client.health().kind, 'up');
    assert.ok(end.troubles.read().get('silent') === undefined);
    assert.equal(server.connections(), 1);
    gate.resolve(undefined);
    await flood;
    // And it is read on: this server gives no sign of life, so how far is a matter of time.
    await until(() => end.told.stanzas.length > 256);
  });

  it('nor one that floods while it owes a sign of life', async () => {
    await using server = await chatServer();
    const gate = Promise.withResolvers<undefined>();
    await using end = chatEnd(server, { times: { ping: 40 }, stanza: () => gate.promise });
    end.client.wake();
    const far = await server.accept();
    await far.begin();
    const ping = await far.asked('ping');
    const flood = (async () => {
      for (let i = 0; i < 600; i += 1) {
        await far.say(message(`M${i}`, { from: bob }));
        if (i % 50 === 0) await new Promise(setImmediate);
      }
    })();
    await pause(300);
    assert.deepEqual([end.client.health().kind, end.troubles.read().size], ['up', 0]);
    gate.resolve(undefined);
    await flood;
    await far.answer(ping, { kind: 'done' });
    await until(() => end.told.stanzas.length === 600);
    assert.equal(server.connections(), 1);
  });
});

describe('rest', () => {
  it('waits for what is under way, and leaves what waits to come again', async () => {
    await using server = await chatServer();
    const gate = Promise.withResolvers<undefined>();
    await using end = chatEnd(server, {
      stanza: (stanza) => (stanza.kind === 'message' && stanza.id === 'A' ? gate.promise : Promise.resolve()),
    });
    end.client.wake();
    const far = await server.accept();
    await far.begin();
    await far.say(message('A', { from: bob }));
    await far.say(message('B', { from: bob }));
    await pause(20);
    const asking = end.client.ask({ kind: 'count-keys' });
    const question = await far.asked('count-keys');
    let rested = false;
    const resting = end.client.rest().then(() => (rested = true));
    await pause(30);
    assert.equal(rested, false);
    gate.resolve(undefined);
    assert.equal((await far.nextOf('ack')).id, 'A');
    await far.answer(question, { kind: 'key-count', count: 7 });
    assert.deepEqual(await asking, { kind: 'key-count', count: 7 });
    assert.equal(await far.next(), undefined);
    far.channel.end();
    await resting;
    assert.equal(end.told.stanzas.length, 1);
    assert.equal(end.client.health().kind, 'down');
    end.client.wake();
    const second = await server.accept();
    await second.begin();
    await second.say(message('B', { from: bob }));
    assert.equal((await second.nextOf('ack')).id, 'B');
  });

  it('followed at once by wake ends with a connection', async () => {
    await using server = await chatServer();
    await using end = chatEnd(server);
    end.client.wake();
    const far = await server.accept();
    await far.begin();
    const resting = end.client.rest();
    end.client.wake();
    assert.equal(await far.next(), undefined);
    far.channel.end();
    await resting;
    await (await server.accept()).begin();
    await until(() => end.client.health().kind === 'up');
  });

  it('is taken where it follows a wake that followed a rest', async () => {
    await using server = await chatServer();
    await using end = chatEnd(server, { times: { again: [20_000, 20_001] } });
    end.client.wake();
    const far = await server.accept();
    await far.begin();
    const resting = end.client.rest();
    end.client.wake();
    assert.equal(await far.next(), undefined);
    far.channel.end();
    await resting;
    await pause(20);
    await end.client.rest();
    const before = performance.now();
    end.client.wake();
    await (await server.accept()).begin();
    assert.ok(performance.now() - before < 10_000);
  });

  it('is not disturbed by what still comes', async () => {
    await using server = await chatServer();
    await using end = chatEnd(server);
    end.client.wake();
    const far = await server.accept();
    await far.begin();
    const asking = end.client.ask({ kind: 'count-keys' });
    const question = await far.asked('count-keys');
    const resting = end.client.rest();
    await far.say(message('late', { from: bob }));
    await far.answer(question, { kind: 'key-count', count: 7 });
    assert.deepEqual(await asking, { kind: 'key-count', count: 7 });
    assert.equal(await far.next(), undefined);
    far.channel.end();
    await resting;
    assert.deepEqual([end.told.stanzas.length, end.troubles.read().size], [0, 0]);
  });

  it('ends the wait before the next connection, and wake shortens it', async () => {
    await using server = await chatServer();
    await using end = chatEnd(server, { times: { again: [50, 60_000] } });
    end.client.wake();
    for (let i = 0; i < 12; i += 1) {
      (await server.acceptRaw()).destroy();
      const failed = i + 1;
      await until(() => end.troubles.read().get('no-handshake') === failed);
      end.client.wake();
    }
    await end.client.rest();
    assert.equal(end.client.health().kind, 'down');
    const made = server.connections();
    await pause(80);
    assert.equal(server.connections(), made);
  });
});

describe('a WebSocket', () => {
  it('carries a session as TCP does', async () => {
    const listener = createServer();
    const accepted = Promise.withResolvers<Duplex>();
    const take = createUpgrade();
    listener.on('upgrade', (request, socket, head) => take(request, socket, head, accepted.resolve));
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address() as AddressInfo;
    await using server = await chatServer();
    await using end = chatEnd({
      ...server,
      connect: async (signal) => {
        const made = await connectWebSocket(new URL(`ws://127.0.0.1:${port}/chat`), signal);
        assert.ok(made.kind === 'connected');
        return made.stream;
      },
    });
    end.client.wake();
    const far = await server.shake(await accepted.promise);
    await far.begin();
    await far.say(message('A', { from: bob }));
    assert.equal((await far.nextOf('ack')).id, 'A');
    await end.client.rest();
    listener.close();
    listener.closeAllConnections();
  });
});
