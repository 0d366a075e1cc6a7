import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import express from 'express';
import { mediaRouter, type MediaRouterOptions } from '../../../../src/interop/media/router.ts';
import type { FoundFile } from '../../../../src/interop/media/shelf/shelf.ts';
import { gathered, manyBytes } from '../../../support/byte-streams.ts';
import { RecordingLog } from '../../../support/recording-log.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** `undefined` where it was cut off. */
  readonly body: string | undefined;
}

interface Hosting extends AsyncDisposable {
  readonly ask: (path: string, method?: string, headers?: Record<string, string>) => Promise<Answer>;
  readonly port: number;
  readonly log: RecordingLog;
  /** What was looked for, and how many of the files that were found are still open. */
  readonly looked: string[];
  readonly open: () => number;
}

/** A router at `/media` with one file, `ref`, of five bytes that expires in ten minutes; `find` may say something else. */
async function hosting(
  change: Partial<MediaRouterOptions> = {},
  find?: (ref: string) => Promise<Omit<FoundFile, typeof Symbol.asyncDispose> | undefined>,
): Promise<Hosting> {
  const log = new RecordingLog();
  const looked: string[] = [];
  let open = 0;
  const one = async (ref: string): Promise<Omit<FoundFile, typeof Symbol.asyncDispose> | undefined> =>
    ref === 'ref'
      ? { size: 5, expiresAt: 600_500, read: () => Readable.from([Buffer.from('hello')]) }
      : undefined;
  const files = {
    find: async (ref: string): Promise<FoundFile | undefined> => {
      looked.push(ref);
      const found = await (find ?? one)(ref);
      if (found === undefined) return undefined;
      open += 1;
      return {
        ...found,
        [Symbol.asyncDispose]: async () => {
          open -= 1;
        },
      };
    },
  };
  const app = express();
  const options = {
    files,
    prefix: '',
    mostAtOnce: 2,
    longestMs: 5000,
    log,
    now: () => 0,
    ...change,
  } as const;
  app.use('/media', mediaRouter(options));
  const server: Server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    ...{ port, log, looked, open: () => open },
    ask: (path, method = 'GET', headers = {}) => asked({ port, path, method, headers }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function asked(options: {
  readonly port: number;
  readonly path: string;
  readonly method: string;
  readonly headers: Record<string, string>;
}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const request = httpRequest({ host: '127.0.0.1', agent: false, ...options }, (response) => {
    const { statusCode: status = 0, headers } = response;
    gathered(response).then(
      (bytes) => resolve({ status, headers, body: bytes.toString() }),
      () => resolve({ status, headers, body: undefined }),
    );
  });
  request.on('error', reject).end();
  return promise;
}

async function settled(isSo: () => boolean): Promise<void> {
  for (let times = 0; times < 300 && !isSo(); times += 1)
    await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(isSo());
}

describe('the host of outgoing media', () => {
  it('gives a file to whoever has its reference', async () => {
    await using host = await hosting();
    for (const path of ['/media/ref', '/media/ref/', '/media/ref?a=b']) {
      const { status, headers, body } = await host.ask(path);
      assert.deepEqual([status, body], [200, 'hello'], path);
      assert.equal(headers['content-type'], 'application/octet-stream');
      assert.equal(headers['content-length'], '5');
      assert.equal(headers['content-disposition'], 'attachment');
      assert.equal(headers['cache-control'], 'private, max-age=600, immutable, no-transform');
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['accept-ranges'], 'none');
      assert.equal(headers['x-powered-by'], undefined);
      assert.equal(headers.etag, undefined);
    }
    await settled(() => host.open() === 0);
  });

  it('says the same of it without its bytes', async () => {
    await using host = await hosting();
    const { status, headers, body } = await host.ask('/media/ref', 'HEAD');
    assert.deepEqual([status, headers['content-length'], body], [200, '5', '']);
    assert.deepEqual((await host.ask('/media/other', 'HEAD')).status, 404);
    await settled(() => host.open() === 0);
  });

  it('gives the whole file to whoever asks for a part of it', async () => {
    await using host = await hosting();
    const { status, headers, body } = await host.ask('/media/ref', 'GET', { range: 'bytes=1-2' });
    assert.deepEqual([status, headers['content-range'], body], [200, undefined, 'hello']);
  });

  it('lists nothing, and says the same of everything that is not there', async () => {
    await using host = await hosting();
    const plain = async (path: string): Promise<unknown> => {
      const { status, headers, body } = await host.ask(path);
      return [status, { ...headers, date: undefined }, body];
    };
    const expected = await plain('/media/other');
    assert.deepEqual(JSON.stringify(expected).includes('"content-length":"0"'), true);
    for (const path of [
      ...['/media', '/media/', '/media//ref', '/media/ref//', '/media/ref/x', '/media/x/ref', '/media/%72ef'],
      ...['/media/%', '/media/%00', '/media/%2e%2e/ref', '/media/REF', `/media/${'x'.repeat(5000)}`],
    ]) {
      assert.deepEqual(await plain(path), expected, path);
    }
  });

  it('reads the mark of a host before the reference', async () => {
    await using host = await hosting({ prefix: 't' });
    assert.equal((await host.ask('/media/tref')).body, 'hello');
    assert.equal((await host.ask('/media/ref')).status, 404);
    assert.equal((await host.ask('/media/t')).status, 404);
  });

  it('takes nothing', async () => {
    await using host = await hosting();
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND']) {
      const { status, headers } = await host.ask('/media/ref', method);
      assert.deepEqual([status, headers.allow], [405, 'GET, HEAD']);
    }
    assert.deepEqual(host.looked, []);
  });

  it('serves a few at once, and tells the others to come back', async () => {
    const { promise: wait, resolve: go } = Promise.withResolvers<undefined>();
    await using host = await hosting({}, async () => wait);
    const held = [host.ask('/media/1'), host.ask('/media/2')];
    await settled(() => host.looked.length === 2);
    const { status, headers } = await host.ask('/media/3');
    assert.deepEqual([status, headers['retry-after']], [503, '5']);
    go(undefined);
    assert.deepEqual(
      (await Promise.all(held)).map((answer) => answer.status),
      [404, 404],
    );
    assert.equal((await host.ask('/media/3')).status, 404);
  });

  it('cuts off a reader who is too slow, and closes the file of one who leaves', async () => {
    const size = 100_000_000;
    const large = async () => ({ size, expiresAt: 1000, read: () => Readable.from(manyBytes(size)) });
    await using host = await hosting({ longestMs: 200 }, large);
    const sleeper = connect(host.port, '127.0.0.1');
    sleeper.pause();
    sleeper.on('error', () => undefined);
    sleeper.write('GET /media/ref HTTP/1.1\r\nhost: x\r\n\r\n');
    await settled(() => host.open() === 1);
    await settled(() => host.open() === 0);
    sleeper.destroy();
    const leaver = connect(host.port, '127.0.0.1');
    leaver.on('error', () => undefined);
    leaver.write('GET /media/ref HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(leaver, 'data');
    leaver.destroy();
    await settled(() => host.open() === 0);
    assert.deepEqual(host.log.lines, []);
  });

  it('cuts the answer short where the disk fails in the middle, and says 503 where it does before', async () => {
    const broken = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      yield Buffer.from('he');
      await new Promise((resolve) => setTimeout(resolve, 20));
      throw new Error('disk');
    };
    const halves = async () => ({ size: 5, expiresAt: 1000, read: () => Readable.from(broken()) });
    {
      await using host = await hosting({}, halves);
      const { status, body } = await host.ask('/media/ref');
      assert.deepEqual([status, body], [200, undefined]);
      await settled(() => host.open() === 0);
      assert.equal(host.log.lines.length, 1);
    }
    await using host = await hosting({}, async () => {
      throw new Error('too many open files');
    });
    assert.equal((await host.ask('/media/ref')).status, 503);
    assert.ok(!JSON.stringify(host.log.lines).includes('ref"'));
  });
});
