import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { MediaError, type OpenMedia } from '../../../../src/core/media.ts';
import type { Failed } from '../../../../src/core/outcome.ts';
import { parseMediaBase, type MediaBase } from '../../../../src/interop/media/base.ts';
import { createFetcher, type Fetcher, type FetcherOptions } from '../../../../src/interop/media/fetcher.ts';
import { openSealed } from '../../../../src/interop/media/open.ts';
import { seal } from '../../../../src/interop/media/seal.ts';
import { chunksOf, gathered } from '../../../support/byte-streams.ts';
import { vectorFile, vectorKey } from '../../../support/media-vectors.ts';

type Answer = (response: ServerResponse) => void;

const trusted = { allowPrivate: true, hosts: new Set<string>() };

describe('fetching sealed files', () => {
  let server: Server;
  let port: number;
  let asked: string[] = [];
  let answer: Answer = () => undefined;
  const timers = new Set<NodeJS.Timeout>();
  before(async () => {
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      answer(response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
  });
  after(() => {
    for (const timer of timers) clearInterval(timer);
    server.closeAllConnections();
    server.close();
  });

  const baseAt = (host = '127.0.0.1'): MediaBase => {
    const base = parseMediaBase(`http://${host}:${port}/media`, trusted);
    assert.ok(base !== undefined);
    return base;
  };
  const fetcherWith = (options: Partial<FetcherOptions> = {}): Fetcher =>
    createFetcher({
      ...{ mostBytes: 1000, trust: trusted, timeoutMs: 2000, bytesPerSecond: 100 },
      ...{ mostAtOnce: 8, mostFromHost: 4 },
      ...options,
    });
  const ask = (fetcher: Fetcher, host?: string): Promise<OpenMedia | Failed> =>
    fetcher.fromPartner(
      { path: '/interop/whatsapp/download/12/ref/', integrator: 12, base: baseAt(host) },
      AbortSignal.timeout(5000),
    );
  /** How one fetch ends: the bytes, or what is said of them. */
  const fetched = async (reply: Answer, options: Partial<FetcherOptions> = {}): Promise<string> => {
    answer = reply;
    asked = [];
    await using fetcher = fetcherWith(options);
    return await ended(await ask(fetcher));
  };
  const ended = async (opened: OpenMedia | Failed): Promise<string> => {
    if (opened.kind === 'failed') return `${opened.reason}, ${opened.retry.kind}`;
    try {
      return (await gathered(opened.stream)).toString();
    } catch (error) {
      assert.ok(error instanceof MediaError);
      return `broken: ${error.failed.reason}, ${error.failed.retry.kind}`;
    }
  };
  const says =
    (status: number, headers: Record<string, string | number>, body = ''): Answer =>
    (response) =>
      response.writeHead(status, headers).end(body);

  it('asks for the one file below the base of the partner', async () => {
    assert.equal(await fetched(says(200, { 'content-length': 5 }, 'hello')), 'hello');
    assert.deepEqual(asked, ['/media/ref']);
  });

  it('asks the media host for the path in the message', async () => {
    answer = says(200, {}, 'hello');
    asked = [];
    await using fetcher = fetcherWith();
    const path = '/v/t62.7-24/1_n.enc?oh=1';
    assert.equal(await ended(await fetcher.fromHost(baseAt(), path, AbortSignal.timeout(5000))), 'hello');
    assert.deepEqual(asked, [`/media${path}`]);
  });

  it('asks for nothing where the path is no path, or that of another partner', async () => {
    asked = [];
    await using fetcher = fetcherWith();
    const { signal } = new AbortController();
    const given = { integrator: 12, base: baseAt() };
    for (const path of [
      '/interop/whatsapp/download/13/ref/',
      '/interop/whatsapp/download/12/../',
      '',
      '/v/tx',
    ]) {
      assert.equal(await ended(await fetcher.fromPartner({ ...given, path }, signal)), 'broken-event, never');
    }
    assert.equal(await ended(await fetcher.fromHost(baseAt(), '/v/t../x', signal)), 'broken-event, never');
    assert.deepEqual(asked, []);
  });

  it('connects to nothing private, by number or by name', async () => {
    asked = [];
    await using fetcher = fetcherWith({ trust: { allowPrivate: false, hosts: new Set() } });
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '2130706433']) {
      assert.equal(await ended(await ask(fetcher, host)), 'forbidden, never', host);
    }
    assert.deepEqual(asked, []);
  });

  it('follows nowhere', async () => {
    for (const status of [301, 302, 303, 307, 308]) {
      const elsewhere = says(status, { location: `http://127.0.0.1:${port}/media/other` });
      assert.equal(await fetched(elsewhere), 'media-unavailable, never');
      assert.deepEqual(asked, ['/media/ref']);
    }
  });

  it('tells what is gone from what may come back', async () => {
    assert.equal(await fetched(says(404, {})), 'media-gone, never');
    assert.equal(await fetched(says(503, {})), 'media-unavailable, later');
    assert.equal(await fetched(says(206, {}, 'x')), 'media-unavailable, never');
    assert.equal(await fetched(says(200, { 'content-encoding': 'gzip' }, 'x')), 'media-unavailable, never');
    const cut: Answer = (response) => {
      response.writeHead(200, { 'content-length': 10 }).write('x');
      setTimeout(() => response.destroy(), 20);
    };
    assert.equal(await fetched(cut), 'broken: media-unavailable, later');
    assert.equal(await fetched((response) => response.destroy()), 'media-unavailable, later');
  });

  it('reads no more than it may, announced or not', async () => {
    assert.equal(await fetched(says(200, { 'content-length': 1001 }, 'x'.repeat(1001))), 'too-large, never');
    const endless: Answer = (response) => {
      response.writeHead(200);
      for (let part = 0; part < 20; part += 1) response.write('x'.repeat(100));
      response.end();
    };
    assert.equal(await fetched(endless), 'broken: too-large, never');
  });

  it('cuts off who is silent, before the answer or in it', async () => {
    assert.equal(await fetched(() => undefined, { timeoutMs: 100 }), 'media-unavailable, later');
    const stalls: Answer = (response) => void response.writeHead(200).write('x');
    assert.equal(await fetched(stalls, { timeoutMs: 100 }), 'broken: media-unavailable, later');
  });

  it('cuts off who answers byte by byte, in the head or in the body', async () => {
    const every = (ms: number, write: () => void, response: ServerResponse): void => {
      const timer = setInterval(write, ms);
      timers.add(timer);
      response.on('close', () => clearInterval(timer));
    };
    const head: Answer = (response) => {
      response.socket?.write('HTTP/1.1 200 OK\r\n');
      every(20, () => void response.socket?.write('x: y\r\n'), response);
    };
    assert.equal(await fetched(head, { timeoutMs: 300 }), 'media-unavailable, later');
    const hints: Answer = (response) => {
      every(20, () => void response.socket?.write('HTTP/1.1 103 Early Hints\r\nx: y\r\n\r\n'), response);
    };
    assert.equal(await fetched(hints, { timeoutMs: 300 }), 'media-unavailable, later');
    const body: Answer = (response) => {
      response.writeHead(200);
      every(20, () => void response.write('x'), response);
    };
    const begun = performance.now();
    const slow = { timeoutMs: 1000, bytesPerSecond: 1000 };
    assert.equal(await fetched(body, slow), 'broken: media-unavailable, later');
    assert.ok(performance.now() - begun < 5000);
    const late: Answer = (response) => {
      setTimeout(() => response.end('hello'), 200);
    };
    assert.equal(await fetched(late, slow), 'hello');
    const steady: Answer = (response) => {
      response.writeHead(200, { 'content-length': 30 });
      every(20, () => void response.write('x'), response);
    };
    assert.equal(await fetched(steady, { timeoutMs: 2000, bytesPerSecond: 1 }), 'x'.repeat(30));
  });

  it('is stopped by whoever asked', async () => {
    answer = (response) => void response.writeHead(200).write('x');
    await using fetcher = fetcherWith();
    const stop = new AbortController();
    const media = { path: '/interop/whatsapp/download/12/ref/', integrator: 12, base: baseAt() };
    const opened = await fetcher.fromPartner(media, stop.signal);
    stop.abort();
    assert.equal(await ended(opened), 'broken: media-unavailable, later');
  });

  it('lets one host hold up a few transfers and no more, and takes their places back', async () => {
    answer = (response) => void response.writeHead(200).write('x');
    await using fetcher = fetcherWith({ mostFromHost: 2, mostAtOnce: 3 });
    const held = [await ask(fetcher), await ask(fetcher)];
    assert.equal(await ended(await ask(fetcher)), 'media-unavailable, later');
    const third = await ask(fetcher, 'localhost');
    assert.equal(third.kind, 'open');
    assert.equal(await ended(await ask(fetcher, 'localhost')), 'media-unavailable, later');
    for (const opened of [...held, third]) {
      assert.ok(opened.kind === 'open');
      const iterator = opened.stream[Symbol.asyncIterator]();
      await iterator.next();
      await iterator.return?.();
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    answer = says(404, {});
    for (let times = 0; times < 4; times += 1) {
      assert.equal(await ended(await ask(fetcher)), 'media-gone, never');
    }
  });

  it('brings what can be opened', async () => {
    const sealing = seal(chunksOf(Buffer.from(vectorFile)), vectorKey, 'video');
    const bytes = await gathered(sealing.stream);
    const facts = sealing.facts();
    assert.ok(facts !== undefined);
    answer = (response) => response.end(bytes);
    await using fetcher = fetcherWith();
    const description = { ...facts, mediaKey: vectorKey, kind: 'video' } as const;
    const file = await openSealed(() => ask(fetcher), description, 500);
    assert.ok(file.kind === 'opened');
    await using genuine = file;
    assert.equal((await gathered(genuine.read())).toString(), vectorFile);
  });
});
