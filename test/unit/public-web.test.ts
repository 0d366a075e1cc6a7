import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, Socket, type AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Router } from 'express';
import { connectWebSocket, createUpgrade } from '../../src/interop/noise/websocket.ts';
import type { PublicUpgrade, PublicWeb } from '../../src/interop/web/public-web.ts';
import { PublicServers, type PublicLimits } from '../../src/public-web.ts';
import { freePort } from '../support/free-port.ts';
import { RecordingLog } from '../support/recording-log.ts';

const quick: Partial<PublicLimits> = { headMs: 300, requestMs: 400, idleMs: 900, lookMs: 50, endMs: 300 };
const host = '127.0.0.1';

/** Servers for networks, and where they listen. */
interface Served extends AsyncDisposable {
  readonly all: PublicServers;
  readonly log: RecordingLog;
  readonly ports: readonly number[];
}

async function servers(webs: readonly PublicWeb[], limits: Partial<PublicLimits> = {}): Promise<Served> {
  const log = new RecordingLog();
  const all = new PublicServers(log, limits);
  const ports = (await all.listen(webs)).map(({ port }: AddressInfo) => port);
  return { all, log, ports, [Symbol.asyncDispose]: () => all[Symbol.asyncDispose]() };
}

function web(path: string, port = 0, more: Partial<PublicWeb> = {}): PublicWeb {
  const router = Router();
  router.get(path, (_request, response) => void response.send(`this is ${path}`));
  return { bind: { host, port }, router, ...more };
}

/** Takes WebSockets and sends back what comes. */
function echo(path: string): PublicUpgrade {
  const take = createUpgrade();
  return {
    path,
    take: (request, socket, head) => take(request, socket, head, (stream) => void stream.pipe(stream)),
  };
}

async function said(port: number, request: string): Promise<string> {
  const socket = connect(port, host);
  socket.write(request);
  return text(socket);
}

const get = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
const closing = 'Connection: close\r\n';

describe('what networks show to the world', () => {
  it('is one server for those with the same address, each with its own pages and nothing else', async () => {
    const port = await freePort();
    await using served = await servers([web('/a', port), web('/b', port), web('/c')]);
    assert.equal(served.ports.length, 2);
    for (const [path, at] of [
      ['/a', 0],
      ['/b', 0],
      ['/c', 1],
    ] as const) {
      const answer = await fetch(`http://${host}:${served.ports[at]}${path}`);
      assert.equal(await answer.text(), `this is ${path}`);
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
      assert.equal(answer.headers.get('x-powered-by'), null);
      const elsewhere = await fetch(`http://${host}:${served.ports[1 - at]}${path}`);
      assert.deepEqual([elsewhere.status, await elsewhere.text()], [404, '']);
    }
  });

  it('says nothing of what went wrong, and logs nothing of what was sent', async () => {
    const broken = web('/well');
    broken.router.get('/bug', () => {
      throw new Error('the secret of the house');
    });
    broken.router.get('/named/:name', (request, response) => void response.send(request.params.name));
    broken.router.get('/late', (_request, response) => {
      response.write('half');
      throw new Error('after the beginning');
    });
    broken.router.get('/sent', () => {
      throw Object.assign(new SyntaxError('what a stranger wrote'), { status: 400 });
    });
    await using served = await servers([broken]);
    const url = `http://${host}:${served.ports[0]}`;
    const seen: unknown[] = [];
    for (const path of ['/bug', '/sent', '/named/%']) {
      const answer = await fetch(url + path);
      seen.push([answer.status, await answer.text()]);
    }
    assert.deepEqual(seen, [
      [500, ''],
      [400, ''],
      [400, ''],
    ]);
    await assert.rejects(fetch(`${url}/late`).then((answer) => answer.text()));
    assert.equal(served.log.lines.length, 2);
    assert.ok(served.log.lines.every(({ event }) => event === 'a request from outside broke'));
  });

  it('hands WebSockets to the network whose path they name, and answers others as pages', async () => {
    const port = await freePort();
    const served = await servers([
      web('/a', port, { upgrade: echo('/chat') }),
      web('/b', port, { upgrade: echo('/ws/chat') }),
    ]);
    for (const path of ['/chat', '/ws/chat?x=1']) {
      const connected = await connectWebSocket(
        new URL(`ws://${host}:${port}${path}`),
        AbortSignal.timeout(5_000),
      );
      assert.ok(connected.kind === 'connected');
      connected.stream.write('hello');
      const [back] = (await once(connected.stream, 'data')) as [Buffer];
      assert.equal(back.toString(), 'hello');
      connected.stream.destroy();
    }
    const upgrade = (to: string): string => `Connection: Upgrade, close\r\nUpgrade: ${to}\r\n`;
    for (const [path, to, starts] of [
      ['/ws/chat/', 'websocket', 'HTTP/1.1 404'],
      ['/CHAT', 'websocket', 'HTTP/1.1 404'],
      ['/a', 'websocket', 'HTTP/1.1 200'],
      ['/a', 'h2c', 'HTTP/1.1 200'],
      ['/chat', 'websocket', 'HTTP/1.1 400'],
    ] as const)
      assert.ok((await said(port, get(path, upgrade(to)))).startsWith(starts), `${path} ${to}`);
    await served[Symbol.asyncDispose]();
  });

  it('cuts who is slow or sends too much, but no WebSocket', async () => {
    const taken: Socket[] = [];
    const slow = web('/a', 0, { upgrade: echo('/chat') });
    const much = Buffer.alloc(64 * 1024 * 1024);
    slow.router.post('/read', (request, response) => {
      buffer(request).then(
        () => response.send(),
        () => undefined,
      );
    });
    slow.router.get('/much', (_request, response) => void response.end(much));
    const bare = web('/b', 0, {
      upgrade: {
        path: '/bare',
        take: (_request, socket) => {
          if (socket instanceof Socket) taken.push(socket);
          socket.write('taken');
        },
      },
    });
    await using served = await servers([slow, bare], quick);
    const [port = 0] = served.ports;
    const chat = await connectWebSocket(new URL(`ws://${host}:${port}/chat`), AbortSignal.timeout(5_000));
    assert.ok(chat.kind === 'connected');
    const quiet = connect(port, host);
    quiet.write(get('/bare', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'));
    assert.equal(String(await once(quiet, 'data')), 'taken');

    assert.equal(await said(port, 'GET /a HTTP/1.1\r\nX: '), timedOut);
    assert.equal(await said(port, 'POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n1'), timedOut);
    const silent = connect(port, host);
    assert.match(await text(silent), /^(?:|HTTP\/1\.1 408 [^]*)$/);
    assert.match(await said(port, get('/a', `X: ${'x'.repeat(20_000)}\r\n`)), /^HTTP\/1\.1 431 /);
    const lazy = connect(port, host);
    lazy.write(get('/much'));
    await once(lazy, 'readable');
    await sleep(2_000);
    assert.ok((await buffer(lazy).catch(() => much.subarray(1))).length < much.length);

    assert.deepEqual(
      taken.map(({ timeout }) => timeout ?? 0),
      [0],
    );
    for (const stream of [chat.stream, quiet]) assert.ok(!stream.destroyed && !stream.readableEnded);
    chat.stream.write('still there');
    await once(chat.stream, 'data');
    quiet.destroy();
    chat.stream.destroy();
  });

  it('ends what is under way, waits only so long, and leaves channels to those who took them', async () => {
    const slow = web('/a', 0, { upgrade: echo('/chat') });
    const asked = Promise.withResolvers<undefined>();
    slow.router.get('/soon', (_request, response) => {
      asked.resolve(undefined);
      void sleep(150).then(() => response.send('done'));
    });
    slow.router.get('/never', () => undefined);
    await using served = await servers([slow], { endMs: 300 });
    const [port = 0] = served.ports;
    const chat = await connectWebSocket(new URL(`ws://${host}:${port}/chat`), AbortSignal.timeout(5_000));
    assert.ok(chat.kind === 'connected');
    const never = said(port, get('/never'));
    const soon = said(port, get('/soon', closing));
    await asked.promise;
    const began = performance.now();
    const close = served.all.close();
    for (const at of served.ports) {
      const late = connect(at, host);
      await assert.rejects(once(late, 'connect'), { code: 'ECONNREFUSED' });
    }
    assert.match(await soon, /done$/);
    await close;
    const took = performance.now() - began;
    assert.ok(took >= 250 && took < 2_000, `${took} ms`);
    assert.equal(await never, '');
    chat.stream.write('still there');
    await once(chat.stream, 'data');
    const end = once(chat.stream.resume(), 'end');
    await served.all[Symbol.asyncDispose]();
    await end;
  });

  it('cannot begin where something else listens, and survives one who breaks on taking', async () => {
    await using first = await servers([
      web('/a', 0, {
        upgrade: {
          path: '/bad',
          take: () => {
            throw new Error('a bug');
          },
        },
      }),
    ]);
    const [port = 0] = first.ports;
    const log = new RecordingLog();
    await using second = new PublicServers(log);
    await assert.rejects(second.listen([web('/b'), web('/a', port)]), { code: 'EADDRINUSE' });
    assert.equal(await said(port, get('/bad', 'Connection: Upgrade\r\nUpgrade: websocket\r\n')), '');
    assert.equal(first.log.lines.length, 1);
    assert.equal((await fetch(`http://${host}:${port}/a`)).status, 200);
  });
});

const timedOut = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n';
