import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { MediaError, type OpenMedia } from '../../../../src/core/media.ts';
import type { Failed } from '../../../../src/core/outcome.ts';
import { MediaFetcher } from '../../../../src/networks/xmpp/media.ts';

describe('fetching shared files', () => {
  let server: Server;
  let port: number;
  let asked: string[] = [];
  before(async () => {
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      serve(request.url ?? '', response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  after(() => server.close());

  const fetchFrom = async (
    url: string,
    hosts: readonly string[] = ['127.0.0.1'],
  ): Promise<OpenMedia | Failed> => {
    asked = [];
    const trust = { allowPrivate: false, hosts: new Set(hosts) };
    await using fetcher = new MediaFetcher({ maxBytes: 1000, trust, timeoutMs: 1000 });
    const source = { url, name: 'a.bin', mimetype: 'image/png', size: undefined };
    const opened = await fetcher.mediaAt(source).open(AbortSignal.timeout(5000));
    if (opened.kind === 'failed') return opened;
    const chunks: Uint8Array[] = [];
    for await (const chunk of opened.stream) chunks.push(chunk);
    return {
      ...opened,
      stream: (async function* () {
        yield* chunks;
      })(),
    };
  };
  const here = (path: string, host = '127.0.0.1'): string => `http://${host}:${port}${path}`;
  const reasonOf = async (fetched: Promise<OpenMedia | Failed>): Promise<string> => {
    const result = await fetched;
    return result.kind === 'failed' ? `${result.reason}, ${result.retry.kind}` : 'opened';
  };

  it('gives the bytes with what the server said of them', async () => {
    const opened = await fetchFrom(here('/file'));
    assert.ok(opened.kind === 'open');
    assert.equal(opened.size, 5);
    assert.equal(opened.mimetype, 'text/plain');
  });

  it('connects to nothing private, by number or by name', async () => {
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1']) {
      assert.equal(await reasonOf(fetchFrom(here('/file', host), [])), 'forbidden, never', host);
    }
    assert.deepEqual(asked, []);
  });

  it('trusts a host on the port that was named', async () => {
    assert.equal(await reasonOf(fetchFrom(here('/file'), [`127.0.0.1:${port}`])), 'opened');
    assert.equal(await reasonOf(fetchFrom(here('/file'), ['127.0.0.1:1'])), 'forbidden, never');
  });

  it('checks where it is sent on to, and follows three times at most', async () => {
    assert.equal(await reasonOf(fetchFrom(here('/hop/3'))), 'opened');
    assert.equal(await reasonOf(fetchFrom(here('/hop/4'))), 'media-unavailable, never');
    assert.equal(await reasonOf(fetchFrom(here('/to-localhost'))), 'forbidden, never');
    assert.equal(await reasonOf(fetchFrom(here('/to-file'))), 'media-unavailable, never');
  });

  it('refuses what is too large, announced or not', async () => {
    assert.equal(await reasonOf(fetchFrom(here('/large'))), 'too-large, never');
    await assert.rejects(
      fetchFrom(here('/endless')),
      (error) => error instanceof MediaError && error.failed.reason === 'too-large',
    );
  });

  it('tells what is gone from what may come back', async () => {
    assert.equal(await reasonOf(fetchFrom(here('/gone'))), 'media-gone, never');
    assert.equal(await reasonOf(fetchFrom(here('/busy'))), 'media-unavailable, later');
    assert.equal(await reasonOf(fetchFrom(here('/packed'))), 'media-unavailable, never');
    assert.equal(await reasonOf(fetchFrom('http://user:pass@127.0.0.1/')), 'forbidden, never');
    await assert.rejects(
      fetchFrom(here('/broken')),
      (error) => error instanceof MediaError && error.failed.retry.kind === 'later',
    );
  });

  it('lets one host hold up a few transfers and no more', async () => {
    const trust = { allowPrivate: true, hosts: new Set<string>() };
    await using fetcher = new MediaFetcher({ maxBytes: 1000, trust, timeoutMs: 1000 });
    const stop = new AbortController();
    const open = (url: string): Promise<OpenMedia | Failed> =>
      fetcher.mediaAt({ url, name: 'a', mimetype: 'image/png', size: undefined }).open(stop.signal);
    const slow = await Promise.all(Array.from({ length: 4 }, () => open(here('/slow'))));
    const streams = slow.flatMap((opened) => (opened.kind === 'open' ? [opened.stream] : []));
    assert.equal(streams.length, 4);
    assert.equal(await reasonOf(open(here('/file'))), 'media-unavailable, later');
    assert.equal(await reasonOf(open(here('/file', 'localhost'))), 'opened');
    for (const stream of streams) await stream[Symbol.asyncIterator]().return?.();
    stop.abort();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const after = fetcher.mediaAt({ url: here('/gone'), name: 'a', mimetype: 'image/png', size: undefined });
    for (let times = 0; times < 6; times += 1)
      assert.equal(await reasonOf(after.open(AbortSignal.timeout(1000))), 'media-gone, never');
  });

  function serve(path: string, response: ServerResponse): void {
    const hop = /^\/hop\/(\d)$/.exec(path)?.[1];
    const reply = (status: number, headers: Record<string, string | number>, body = ''): void => {
      response.writeHead(status, headers).end(body);
    };
    if (hop !== undefined) reply(302, { location: hop === '1' ? '/file' : `/hop/${Number(hop) - 1}` });
    else if (path === '/file') reply(200, { 'content-type': 'text/plain', 'content-length': 5 }, 'hello');
    else if (path === '/to-localhost') reply(302, { location: here('/file', 'localhost') });
    else if (path === '/to-file') reply(302, { location: 'file:///etc/passwd' });
    else if (path === '/large') reply(200, { 'content-length': 1001 }, 'x'.repeat(1001));
    else if (path === '/gone') reply(404, {});
    else if (path === '/slow') response.writeHead(200).write('x');
    else if (path === '/busy') reply(503, {});
    else if (path === '/packed') reply(200, { 'content-encoding': 'gzip' }, 'x');
    else if (path === '/endless') {
      response.writeHead(200);
      for (let part = 0; part < 20; part += 1) response.write('x'.repeat(100));
      response.end();
    } else {
      response.writeHead(200, { 'content-length': 10 }).write('x');
      setTimeout(() => response.destroy(), 20);
    }
  }
});
