import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { duplexPair, type Duplex } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import { WebSocket } from 'ws';
import {
  openAsInitiator,
  openAsResponder,
  type Channel,
  type ChannelOptions,
  type Received,
} from '../../../../src/interop/noise/channel.ts';
import { createNoiseCounts } from '../../../../src/interop/noise/failure.ts';
import { connectTcp, prepareSocket } from '../../../../src/interop/noise/tcp.ts';
import { connectWebSocket, createUpgrade } from '../../../../src/interop/noise/websocket.ts';
import { initiatorInput, now, payload, testServer } from './parties.ts';

const server = testServer();
const clientInput = { ...initiatorInput(server), now: () => now };

async function listening(context: TestContext, listener: Server): Promise<number> {
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  context.after(() => listener.close());
  return (listener.address() as AddressInfo).port;
}

interface Ends {
  readonly client: Duplex;
  readonly host: Duplex;
}

async function tcpEnds(context: TestContext): Promise<Ends> {
  const accepted = Promise.withResolvers<Duplex>();
  const listener = createServer((socket) => accepted.resolve(prepareSocket(socket)));
  const port = await listening(context, listener);
  const connected = await connectTcp({ host: '127.0.0.1', port }, AbortSignal.timeout(10_000));
  assert.ok(connected.kind === 'connected');
  return { client: connected.stream, host: await accepted.promise };
}

async function webSocketEnds(context: TestContext, maxMessage?: number): Promise<Ends & { port: number }> {
  const accepted = Promise.withResolvers<Duplex>();
  const listener = createHttpServer();
  const take = createUpgrade(maxMessage === undefined ? {} : { maxMessage });
  listener.on('upgrade', (request, socket, head) => take(request, socket, head, accepted.resolve));
  const port = await listening(context, listener);
  const url = new URL(`ws://127.0.0.1:${port}/chat`);
  const connected = await connectWebSocket(url, AbortSignal.timeout(10_000));
  assert.ok(connected.kind === 'connected');
  return { client: connected.stream, host: await accepted.promise, port };
}

function pairEnds(): Ends {
  const [client, host] = duplexPair();
  return { client, host };
}

async function open(ends: Ends, options: ChannelOptions = {}): Promise<{ client: Channel; host: Channel }> {
  const [client, host] = await Promise.all([
    openAsInitiator(ends.client, clientInput, options),
    openAsResponder(ends.host, server.responder, options),
  ]);
  assert.ok(client.kind === 'open');
  assert.ok(host.kind === 'open');
  assert.equal(host.peer.payload.token, payload.token);
  return { client: client.channel, host: host.channel };
}

function textOf(received: Received): string {
  if (received.kind === 'message') return Buffer.from(received.body).toString();
  return received.kind === 'failed' ? received.reason : received.kind;
}

const kinds = { TCP: tcpEnds, WebSocket: webSocketEnds, 'a pair in memory': async () => pairEnds() };

for (const [name, ends] of Object.entries(kinds)) {
  describe(`channel over ${name}`, () => {
    it('carries messages both ways, large ones too, and ends clean', async (context) => {
      const { client, host } = await open(await ends(context));
      const large = Buffer.alloc(250_000, 'l');
      const sends = [client.send(Buffer.from('one')), client.send(large), client.send(Buffer.from('two'))];
      assert.equal(textOf(await host.receive()), 'one');
      assert.equal(textOf(await host.receive()).length, large.length);
      assert.equal(textOf(await host.receive()), 'two');
      for (const sent of await Promise.all(sends)) assert.equal(sent.kind, 'sent');
      assert.equal((await host.send(Buffer.from('back'))).kind, 'sent');
      assert.equal(textOf(await client.receive()), 'back');
      client.end();
      assert.equal(textOf(await host.receive()), 'ended');
      host.end();
      assert.equal(textOf(await client.receive()), 'ended');
      const late = await client.send(Buffer.from('late'));
      assert.ok(late.kind === 'failed');
      assert.equal(late.reason, 'closed');
    });

    it('fails on both sides without an error that nobody takes, when one side drops it', async (context) => {
      const counts = createNoiseCounts();
      const both = await ends(context);
      const { client, host } = await open(both, { counts });
      const waiting = host.receive();
      client.abort();
      assert.equal(textOf(await client.receive()), 'aborted');
      if (name === 'a pair in memory') both.host.destroy();
      assert.notEqual((await waiting).kind, 'message');
      assert.equal(counts.read().get('aborted'), 1);
    });
  });
}

describe('channel', () => {
  it('takes the handshake in time or is aborted, and counts it once', async () => {
    const counts = createNoiseCounts();
    const { host } = pairEnds();
    const abort = new AbortController();
    const opening = openAsResponder(host, server.responder, { counts, signal: abort.signal });
    abort.abort();
    const opened = await opening;
    assert.ok(opened.kind === 'failed');
    assert.equal(opened.reason, 'aborted');
    assert.equal(host.destroyed, true);
    assert.deepEqual([...counts.read()], [['aborted', 1]]);
    const after = await openAsResponder(pairEnds().host, server.responder, { signal: abort.signal });
    assert.equal(after.kind, 'failed');
  });

  it('does not hear the signal of the handshake afterwards', async () => {
    const abort = new AbortController();
    const { client, host } = await open(pairEnds(), { signal: abort.signal });
    abort.abort();
    void client.send(Buffer.from('still here'));
    assert.equal(textOf(await host.receive()), 'still here');
  });

  it('fails by reason for bytes of another protocol, and for a stream that ends early', async () => {
    const counts = createNoiseCounts();
    for (const bytes of ['GET / HTTP/1.1\r\n\r\n', 'WA\x06\x03\0', '']) {
      const { client, host } = pairEnds();
      const opening = openAsResponder(host, server.responder, { counts });
      client.end(Buffer.from(bytes, 'latin1'));
      const opened = await opening;
      assert.equal(opened.kind, 'failed');
      assert.equal(host.destroyed, true);
    }
    assert.deepEqual(Object.fromEntries(counts.read()), { 'wrong-prologue': 1, truncated: 2 });
  });

  it('reads nothing of a client before the caller asks for it', async () => {
    const ends = pairEnds();
    const { client, host } = await open(ends);
    let stopped = false;
    const flood = (async () => {
      for (let count = 0; count < 100; count += 1) await client.send(Buffer.alloc(100_000));
      stopped = true;
    })();
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(stopped, false);
    assert.ok(ends.host.readableLength < 300_000, String(ends.host.readableLength));
    client.abort();
    await flood;
    host.abort();
  });

  it('drops a far side that does not read, with bounded memory', async (context) => {
    const counts = createNoiseCounts();
    const ends = await tcpEnds(context);
    const { host } = await open(ends, { counts, maxUnsent: 100_000 });
    const sends: ReturnType<Channel['send']>[] = [];
    for (let count = 0; count < 200; count += 1) {
      sends.push(host.send(Buffer.alloc(50_000)));
      assert.ok(ends.host.writableLength <= 150_100);
      await new Promise(setImmediate);
    }
    const results = await Promise.all(sends);
    const last = results.at(-1);
    assert.ok(last?.kind === 'failed');
    assert.equal(last.reason, 'peer-too-slow');
    assert.equal(counts.read().get('peer-too-slow'), 1);
    assert.equal(ends.host.destroyed, true);
    ends.client.destroy();
  });

  it('fails for bytes that were changed on the way', async () => {
    const [client, mitmClient] = duplexPair();
    const [mitmHost, host] = duplexPair();
    let change = false;
    mitmHost.pipe(mitmClient);
    mitmClient.on('data', (chunk: Buffer) => {
      const copy = Buffer.from(chunk);
      if (change) copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1;
      mitmHost.write(copy);
    });
    const counts = createNoiseCounts();
    const channels = await open({ client, host }, { counts });
    change = true;
    void channels.client.send(Buffer.from('changed'));
    assert.equal(textOf(await channels.host.receive()), 'not-authentic');
    assert.equal(textOf(await channels.host.receive()), 'not-authentic');
    const sent = await channels.host.send(Buffer.from('no'));
    assert.ok(sent.kind === 'failed');
    assert.deepEqual([...counts.read()], [['not-authentic', 1]]);
  });

  it('throws for two receivers at once', async () => {
    const { client, host } = await open(pairEnds());
    const first = host.receive();
    await assert.rejects(host.receive());
    void client.send(Buffer.from('one'));
    assert.equal(textOf(await first), 'one');
  });
});

describe('WebSocket', () => {
  it('refuses text, and messages over their limit, and says why', async (context) => {
    for (const [bytes, reason] of [
      ['text', 'text-frame'],
      [Buffer.alloc(5_001), 'frame-too-large'],
    ] as const) {
      const counts = createNoiseCounts();
      const accepted = Promise.withResolvers<Duplex>();
      const listener = createHttpServer();
      const take = createUpgrade({ maxMessage: 5_000 });
      listener.on('upgrade', (request, socket, head) => take(request, socket, head, accepted.resolve));
      const port = await listening(context, listener);
      const raw = new WebSocket(`ws://127.0.0.1:${port}`);
      raw.on('error', () => undefined);
      raw.on('open', () => raw.send(bytes));
      const opened = await openAsResponder(await accepted.promise, server.responder, { counts });
      assert.ok(opened.kind === 'failed');
      assert.equal(opened.reason, reason);
      assert.deepEqual([...counts.read()], [[reason, 1]]);
      raw.terminate();
    }
  });

  it('compresses nothing, and answers what is no WebSocket with an error', async (context) => {
    const listener = createHttpServer();
    const take = createUpgrade();
    const taken: Duplex[] = [];
    listener.on('upgrade', (request, socket, head) =>
      take(request, socket, head, (stream) => taken.push(stream)),
    );
    const port = await listening(context, listener);
    const raw = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: true });
    await once(raw, 'open');
    assert.equal(raw.extensions, '');
    raw.terminate();
    const wrong = await connectTcp({ host: '127.0.0.1', port }, AbortSignal.timeout(10_000));
    assert.ok(wrong.kind === 'connected');
    wrong.stream.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    const [answer] = (await once(wrong.stream, 'data')) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1.1 400 /);
    wrong.stream.destroy();
    assert.equal(taken.length, 1);
  });
});

describe('connecting', () => {
  it('fails by value where nobody listens, and when it is aborted', async (context) => {
    const listener = createServer();
    const port = await listening(context, listener);
    const aborted = AbortSignal.abort();
    const url = new URL(`ws://127.0.0.1:${port}`);
    assert.equal((await connectTcp({ host: '127.0.0.1', port }, aborted)).kind, 'failed');
    assert.equal((await connectWebSocket(url, aborted)).kind, 'failed');
    // A server that accepts and says nothing.
    const silent = await connectWebSocket(url, AbortSignal.timeout(50));
    assert.ok(silent.kind === 'failed');
    assert.equal(silent.reason, 'aborted');
    listener.close();
    const closing = createServer();
    const gone = await listening(context, closing);
    closing.close();
    await once(closing, 'close');
    const refused = await connectTcp({ host: '127.0.0.1', port: gone }, AbortSignal.timeout(10_000));
    assert.ok(refused.kind === 'failed');
    assert.equal(refused.reason, 'stream-error');
    const noServer = await connectWebSocket(new URL(`ws://127.0.0.1:${gone}`), AbortSignal.timeout(10_000));
    assert.ok(noServer.kind === 'failed');
    assert.equal(noServer.reason, 'stream-error');
  });
});
