import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { Pool } from 'undici';
import { textRequest } from '../../../src/matrix/text-request.ts';

let answer: (response: ServerResponse) => void = (response) => response.end('{}');
let seen = 0;
const server = createServer((_request, response) => {
  seen += 1;
  answer(response);
});
let pool: Pool;

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  pool = new Pool(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { connections: 1 });
});
after(async () => {
  await pool.destroy();
  server.closeAllConnections();
  server.close();
});

function ask(signal?: AbortSignal) {
  return textRequest(pool, {
    method: 'GET',
    path: '/',
    headers: {},
    body: null,
    signal,
    maxAnswerBytes: 100,
  });
}

describe('a request for a text', () => {
  it('answers status, hint, date and the whole text, whatever pieces it comes in', async () => {
    const text = Buffer.from('ثلاثة');
    answer = (response) => {
      response.writeHead(429, { 'retry-after': '7', date: 'Sat, 03 Jan 2026 10:00:00 GMT' });
      response.write(text.subarray(0, 3));
      setTimeout(() => response.end(text.subarray(3)), 30);
    };
    const date = 'Sat, 03 Jan 2026 10:00:00 GMT';
    assert.deepEqual(await ask(), { status: 429, retryAfter: '7', text: 'ثلاثة', date });
    answer = (response) => {
      response.sendDate = false;
      response.end();
    };
    assert.deepEqual(await ask(), { status: 200, retryAfter: undefined, text: '' });
  });

  it('breaks off an answer that is too long', async () => {
    answer = (response) => response.end('x'.repeat(101));
    await assert.rejects(ask(), /longer than any/);
  });

  it('ends with the reason of its signal, also while it waits for a connection, and is then not sent', async () => {
    answer = (response) => setTimeout(() => response.end('{}'), 200);
    const before = seen;
    const stop = new AbortController();
    const first = ask();
    const waiting = ask(stop.signal);
    const reason = new Error('enough');
    setTimeout(() => stop.abort(reason), 50);
    await assert.rejects(waiting, reason);
    assert.equal((await first).status, 200);
    await assert.rejects(ask(stop.signal), reason);
    const started = new AbortController();
    const running = ask(started.signal);
    setTimeout(() => started.abort(reason), 50);
    await assert.rejects(running, reason);
    answer = (response) => response.end('{}');
    assert.equal((await ask()).text, '{}');
    assert.equal(seen - before, 3);
  });
});
