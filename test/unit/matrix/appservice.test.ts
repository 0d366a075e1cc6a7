import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import express from 'express';
import { appserviceRouter, parseEvent, type TransactionEvent } from '../../../src/matrix/appservice.ts';
import { RecordingLog } from '../../support/recording-log.ts';

const token = 'the-token-of-the-homeserver';
const log = new RecordingLog();
const taken: (readonly TransactionEvent[])[] = [];
const told: string[] = [];
let keep: () => Promise<void> = () => Promise.resolve();
let base = '';

const server = createServer(
  express().use(
    appserviceRouter({
      hsToken: token,
      maxTransactionBytes: 2_000,
      isOwn: (sender) => sender.startsWith('@_xmpp_'),
      onTransaction: async (events) => {
        await keep();
        taken.push(events);
      },
      onEphemeral: (ephemeral) => {
        told.push(...ephemeral.map(({ kind }) => kind));
        if (told.length > 3) throw new Error('a bug');
      },
      onUserQuery: async (userId) => userId === '@_xmpp_bob:localhost',
      onPing: () => undefined,
      log,
    }),
  ),
);

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  taken.splice(0);
  told.splice(0);
  keep = () => Promise.resolve();
});
after(() => {
  server.closeAllConnections();
  server.close();
});

async function call(method: string, path: string, body?: string, bearer: string = token) {
  const headers = bearer === '' ? {} : { authorization: `Bearer ${bearer}` };
  const response = await fetch(base + path, { method, headers, ...(body === undefined ? {} : { body }) });
  const answer = (await response.json()) as { readonly errcode?: string };
  return { status: response.status, errcode: answer.errcode };
}

const event = { event_id: '$1', room_id: '!r:localhost', sender: '@alice:localhost', type: 'm.room.message' };
const transaction = (...events: readonly unknown[]): string => JSON.stringify({ events });
const put = '/_matrix/app/v1/transactions/1';

describe('a transaction', () => {
  it('is answered once its events are kept', async () => {
    assert.deepEqual(await call('PUT', put, transaction(event)), { status: 200, errcode: undefined });
    const [kept] = taken[0] ?? [];
    assert.ok(kept !== undefined);
    assert.equal(kept.arrival.eventId, '$1');
    assert.deepEqual(JSON.parse(kept.arrival.raw), event);
  });

  it('is to be sent again where they could not be kept', async () => {
    keep = () => Promise.reject(new Error('disk full'));
    assert.equal((await call('PUT', put, transaction(event))).status, 503);
  });

  it('waits for the keeping', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    keep = async () => {
      await promise;
    };
    let answered = false;
    const calling = call('PUT', put, transaction(event)).then(() => (answered = true));
    await new Promise((done) => setTimeout(done, 100));
    assert.equal(answered, false);
    resolve(undefined);
    await calling;
  });

  it('is not read where it is what the bridge itself has sent', async () => {
    const own = { ...event, event_id: '$2', sender: '@_xmpp_bob:localhost' };
    assert.equal((await call('PUT', put, transaction(own, event, own))).status, 200);
    assert.deepEqual(
      taken[0]?.map((one) => one.arrival.eventId),
      ['$1'],
    );
    assert.equal((await call('PUT', put, transaction(own))).status, 200);
    assert.deepEqual(taken[1], []);
  });

  it('tells in passing what is not kept, once its events are, and is answered whatever becomes of that', async () => {
    const typing = { type: 'm.typing', room_id: '!r:localhost', content: { user_ids: [] } };
    const body = (count: number): string =>
      JSON.stringify({ events: [event], ephemeral: Array.from({ length: count }, () => typing) });
    assert.equal((await call('PUT', put, body(2))).status, 200);
    assert.deepEqual(told, ['typing', 'typing']);
    assert.equal((await call('PUT', put, body(2))).status, 200);
    keep = () => Promise.reject(new Error('disk full'));
    assert.equal((await call('PUT', put, body(1))).status, 503);
    assert.equal(told.length, 4);
  });

  it('comes by the older path too', async () => {
    assert.equal((await call('PUT', '/transactions/7', transaction(event))).status, 200);
  });

  it('keeps what is whole of it', async () => {
    const broken = [
      null,
      5,
      'x',
      [],
      {},
      { ...event, event_id: 7 },
      { ...event, room_id: undefined },
      { ...event, event_id: 'no' },
    ];
    assert.equal((await call('PUT', put, transaction(...broken, event))).status, 200);
    assert.deepEqual(
      taken[0]?.map((one) => one.arrival.eventId),
      ['$1'],
    );
  });

  for (const [name, body, status, errcode] of [
    ['no JSON', '{"events": [', 400, 'M_NOT_JSON'],
    ['nothing', '', 400, 'M_BAD_JSON'],
    ['no object', '[]', 400, 'M_BAD_JSON'],
    ['no list of events', '{"events": {}}', 400, 'M_BAD_JSON'],
    ['more than is allowed', transaction({ ...event, x: 'x'.repeat(3_000) }), 413, 'M_TOO_LARGE'],
  ] as const) {
    it(`that holds ${name} is refused, and nothing is kept`, async () => {
      assert.deepEqual(await call('PUT', put, body), { status, errcode });
      assert.equal(taken.length, 0);
    });
  }
});

describe('a caller', () => {
  for (const [method, path] of [
    ['PUT', put],
    ['GET', '/_matrix/app/v1/users/@_xmpp_bob:localhost'],
    ['GET', '/_matrix/app/v1/rooms/%23a:localhost'],
    ['POST', '/_matrix/app/v1/ping'],
    ['GET', '/_matrix/app/v1/thirdparty/protocol/xmpp'],
    ['GET', '/_matrix/app/v1/whatever'],
  ] as const) {
    it(`needs the right token for ${method} ${path}`, async () => {
      const body = method === 'GET' ? undefined : transaction(event);
      assert.deepEqual(await call(method, path, body, 'wrong'), { status: 403, errcode: 'M_FORBIDDEN' });
      assert.deepEqual(await call(method, path, body, ''), { status: 401, errcode: 'M_MISSING_TOKEN' });
      assert.equal(taken.length, 0);
    });
  }

  it('may give the token in the query, as older homeservers do', async () => {
    const path = `/users/@_xmpp_bob:localhost?access_token=${token}`;
    assert.equal((await call('GET', path, undefined, '')).status, 200);
  });

  it('is told whether a user exists, and that rooms and third parties do not', async () => {
    assert.equal((await call('GET', '/_matrix/app/v1/users/%40_xmpp_bob%3Alocalhost')).status, 200);
    assert.equal((await call('GET', '/_matrix/app/v1/users/@_xmpp_eve:localhost')).errcode, 'M_NOT_FOUND');
    assert.equal((await call('GET', '/_matrix/app/v1/rooms/%23a:localhost')).errcode, 'M_NOT_FOUND');
    assert.equal((await call('GET', '/_matrix/app/v1/thirdparty/protocol/xmpp')).errcode, 'M_NOT_FOUND');
    assert.equal((await call('GET', '/_matrix/app/v1/users/%ff')).status, 400);
  });

  it('is answered a ping', async () => {
    assert.equal((await call('POST', '/_matrix/app/v1/ping', '{"transaction_id":"x"}')).status, 200);
  });
});

describe('an event that cannot be written again', () => {
  it('is broken by its depth and does not hold back those after it', () => {
    let deep: unknown = 'x';
    for (let depth = 0; depth < 200_000; depth += 1) deep = [deep];
    const event = { event_id: '$1', room_id: '!r:x', sender: '@a:x', content: { deep } };
    assert.equal(parseEvent(event), undefined);
  });
});
