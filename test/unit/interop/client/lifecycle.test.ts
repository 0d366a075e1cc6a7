import assert from 'node:assert/strict';
import type { Duplex } from 'node:stream';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createChatClient } from '../../../../src/interop/client/chat-client.ts';
import { waitBefore } from '../../../../src/interop/client/back-off.ts';
import type { StreamTrouble } from '../../../../src/interop/stanza/session-ends.ts';
import { bob, chatEnd, message, until } from '../../../support/chat-end.ts';
import { chatServer, type ServerEnd } from '../../../support/chat-server.ts';

const never = new Promise<never>(() => undefined);

async function refuse(far: ServerEnd, reason: number, expire?: number): Promise<void> {
  await far.say({ kind: 'failure', reason, location: undefined, expire });
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

describe('a connection that ends', () => {
  it('is made anew, and what was in flight fails as something that passes', async () => {
    await using server = await chatServer();
    await using end = chatEnd(server);
    end.client.wake();
    const far = await server.accept();
    await far.begin();
    const flying = [
      end.client.ask({ kind: 'count-keys' }),
      end.client.send(message('A', { to: bob })),
      end.client.send(message('B', { to: bob })),
    ];
    await far.asked('count-keys');
    far.channel.abort();
    for (const result of await Promise.all(flying)) {
      assert.ok(result.kind === 'failed');
      assert.deepEqual([result.reason, result.retry.kind], ['link-down', 'later']);
    }
    const second = await server.accept();
    await second.begin();
    await until(() => end.client.health().kind === 'up');
    assert.deepEqual(
      end.told.states.map(({ health }) => health.kind),
      ['connecting', 'up', 'down', 'up'],
    );
    assert.equal(end.told.began, 2);
  });

  it('is waited for within bounds, longer each time, and not by all in step', () => {
    const range = fc
      .tuple(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 0, max: 100_000 }))
      .map(([shortest, more]) => [shortest, shortest + more] as const);
    fc.assert(
      fc.property(
        range,
        fc.nat({ max: 2_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (again, n, random) => {
          const wait = waitBefore(n, again, random);
          assert.ok(wait >= again[0] && wait <= again[1], String(wait));
          assert.ok(waitBefore(n + 1, again, random) >= wait);
        },
      ),
    );
    assert.notEqual(waitBefore(0, [1_000, 60_000], 0.1), waitBefore(0, [1_000, 60_000], 0.9));
    assert.equal(waitBefore(9, [1_000, 60_000], 1), 60_000);
  });

  it('is made anew soon where it was good for something', async () => {
    await using server = await chatServer();
    await using end = chatEnd(server, { times: { again: [5, 60_000] } });
    end.client.wake();
    for (let i = 0; i < 12; i += 1) {
      (await server.acceptRaw()).destroy();
      const failed = i + 1;
      await until(() => end.troubles.read().get('no-handshake') === failed);
      end.client.wake();
    }
    const far = await server.accept();
    await far.begin();
    await far.say(message('A', { from: bob }));
    await far.nextOf('ack');
    const before = performance.now();
    far.channel.abort();
    await (await server.accept()).begin();
    assert.ok(performance.now() - before < 5_000);
  });

  it('is not made while nobody asked for it, and ends with the client', async () => {
    await using server = await chatServer();
    const end = chatEnd(server);
    assert.equal((await end.client.ask({ kind: 'ping' })).kind, 'failed');
    assert.equal(server.connections(), 0);
    end.client.wake();
    const far = await server.accept();
    await far.begin();
    await end[Symbol.asyncDispose]();
    assert.equal(await far.next(), undefined);
    assert.equal(end.client.health().kind, 'down');
    end.client.wake();
    await pause(60);
    assert.equal(server.connections(), 1);
    assert.deepEqual(Object.fromEntries(end.noise.read()), {});
  });

  it('throws for a static key that is none', async () => {
    await using server = await chatServer();
    const { client } = chatEnd(server);
    assert.ok(client);
    const options = { staticKey: new Uint8Array(3) } as Parameters<typeof createChatClient>[0];
    assert.throws(() => createChatClient(options));
  });
});

describe('a server that refuses', () => {
  for (const reason of [401, 403, 406]) {
    it(`for good (${reason}) dismisses, and is asked again only by who wakes the client`, async () => {
      await using server = await chatServer();
      await using end = chatEnd(server);
      end.client.wake();
      await refuse(await server.accept(), reason);
      await until(() => end.told.states.length === 2);
      assert.deepEqual(end.told.states[1]?.why, 'dismissed');
      const health = end.client.health();
      assert.ok(health.kind === 'down' && health.reason === 'network-refused');
      await pause(100);
      assert.equal(server.connections(), 1);
      assert.equal(end.told.began, 0);
      end.client.wake();
      await (await server.accept()).begin();
      assert.equal(end.client.health().kind, 'up');
    });
  }

  it('for now (503) is asked again', async () => {
    await using server = await chatServer();
    await using end = chatEnd(server);
    end.client.wake();
    for (let i = 0; i < 3; i += 1) await refuse(await server.accept(), 503);
    await (await server.accept()).begin();
    assert.ok(end.told.states.every(({ why }) => why === undefined));
    assert.equal(end.troubles.read().get('refused'), 3);
  });

  it('for a time (402) is left alone for that time, also when the client is woken', async () => {
    await using server = await chatServer();
    await using end = chatEnd(server);
    end.client.wake();
    const before = performance.now();
    await refuse(await server.accept(), 402, 1);
    await until(() => end.client.health().kind === 'down');
    end.client.wake();
    await server.accept();
    assert.ok(performance.now() - before >= 950);
  });

  const conflict = (type: string): StreamTrouble => ({ kind: 'conflict', type });
  for (const [about, why] of [
    [conflict('replaced'), 'replaced'],
    [conflict('device_removed'), 'dismissed'],
  ] as const) {
    it(`by a conflict has the client stay away: ${why}`, async () => {
      await using server = await chatServer();
      await using end = chatEnd(server);
      end.client.wake();
      const far = await server.accept();
      await far.begin();
      await far.say({ kind: 'stream-error', code: undefined, about });
      await until(() => end.client.health().kind === 'down');
      assert.equal(end.told.states.at(-1)?.why, why);
      await pause(100);
      assert.equal(server.connections(), 1);
      end.client.wake();
      await (await server.accept()).begin();
    });
  }

  it('by another stream error is connected to again', async () => {
    await using server = await chatServer();
    await using end = chatEnd(server);
    end.client.wake();
    for (const code of [515, 503, undefined]) {
      const far = await server.accept();
      await far.begin();
      await far.say({ kind: 'stream-error', code, about: { kind: 'other', tag: undefined } });
    }
    await (await server.accept()).begin();
    assert.equal(end.troubles.read().get('stream-error'), 3);
  });
});

describe('a server that is slow', () => {
  const times = { handshake: 60 };
  const slow: Record<string, (server: Awaited<ReturnType<typeof chatServer>>) => Promise<unknown>> = {
    'with the handshake': (server) => server.acceptRaw(),
    'with its word': (server) => server.accept(),
  };
  for (const [how, accept] of Object.entries(slow)) {
    it(`${how} is given up in time, and tried again`, async () => {
      await using server = await chatServer();
      await using end = chatEnd(server, { times: { handshake: 800 } });
      end.client.wake();
      await accept(server);
      await accept(server);
      const health = end.client.health();
      assert.ok(health.kind === 'down' && health.reason === 'timeout');
      assert.equal(end.told.began, 0);
    });
  }

  it('does not hold up who goes to rest', async () => {
    await using server = await chatServer();
    await using end = chatEnd(server);
    end.client.wake();
    const socket = await server.acceptRaw();
    const before = performance.now();
    await end.client.rest();
    assert.ok(performance.now() - before < 2_000);
    await until(() => socket.destroyed || socket.readableEnded || socket.resume().readableEnded);
  });

  it('to open, or a token that does not come, is given up in time; what comes late is let go of', async () => {
    await using server = await chatServer();
    const late = Promise.withResolvers<Duplex>();
    let calls = 0;
    await using end = chatEnd(server, {
      times,
      token: () => ((calls += 1) === 1 ? never : Promise.resolve('a.b.c')),
      connect: (signal) => (calls === 2 ? late.promise : server.connect(signal)),
    });
    end.client.wake();
    await until(() => end.troubles.read().get('no-token') === 1);
    await until(() => end.troubles.read().get('no-stream') === 1);
    const stream = await server.connect(AbortSignal.timeout(1_000));
    late.resolve(stream);
    await until(() => stream.destroyed);
  });

  it('and one whose certificate is not of a pinned root, are told apart', async () => {
    await using server = await chatServer();
    await using other = await chatServer();
    await using end = chatEnd({ ...server, connect: other.connect });
    end.client.wake();
    await assert.rejects(other.accept());
    await until(() => end.client.health().kind === 'down');
    const health = end.client.health();
    assert.ok(health.kind === 'down' && health.reason === 'not-genuine');
    assert.ok((end.noise.read().get('certificate-bad-signature') ?? 0) > 0);
  });
});
