import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import express from 'express';
import { laneId, matrixUserId, networkId, remoteUserId } from '../../../src/core/ids.ts';
import type { Log } from '../../../src/core/task.ts';
import { provisioningRouter } from '../../../src/http/provisioning/router.ts';
import { fakeRules, type FakeRules } from '../../support/fake-rules.ts';

const secret = 'a secret of many signs'.replaceAll(' ', '-');
const rule = { id: 'no-stickers', features: ['sticker'], action: 'refuse' };
const alice = matrixUserId('@alice:example.org');

describe('the provisioning API', () => {
  let fake: FakeRules;
  let port: number;
  let clock = 0;
  let broken = false;
  const logged: unknown[] = [];
  const note = (...said: unknown[]): void => void logged.push(said);
  const log: Log = { debug: note, info: note, warn: note, error: note };
  const app = express().disable('x-powered-by').set('env', 'production');
  let router: express.Router;
  app.use((request, response, next) => {
    router(request, response, next);
  });
  const server = app.listen(0, '127.0.0.1');

  before(async () => {
    if (!server.listening) await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  beforeEach(() => {
    fake = fakeRules(() => 86_400_000);
    clock = 0;
    broken = false;
    logged.length = 0;
    const rules = {
      ...fake.desk,
      list: () => {
        if (broken) throw new Error('select * from rules');
        return fake.desk.list();
      },
    };
    router = provisioningRouter({ rules, explain: fake.explain }, { secret, log, now: () => clock });
  });

  interface Answer {
    readonly status: number;
    readonly body: Record<string, unknown>;
    readonly headers: Headers;
  }
  async function ask(method: string, path: string, body?: unknown, headers = {}): Promise<Answer> {
    const response = await fetch(`http://127.0.0.1:${port}/_causeway/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${secret}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, body: read(await response.text()), headers: response.headers };
  }
  const errorOf = async (asked: Promise<Answer>): Promise<readonly unknown[]> => {
    const { status, body } = await asked;
    assert.deepEqual(typeof body['message'], 'string');
    return [status, body['error']];
  };

  describe('for whoever has the secret', () => {
    it('adds rules, lists them with author and time, and takes them away', async () => {
      const added = await ask('POST', '/rules', { rules: [rule] });
      assert.deepEqual(
        [added.status, added.body],
        [200, { changed: true, added: ['no-stickers'], replaced: [], removed: [], warnings: [] }],
      );
      const again = await ask('POST', '/rules', { rules: [rule] });
      assert.deepEqual([again.status, again.body['changed']], [200, false]);
      const set = { rule, author: { kind: 'api' }, set_at: '1970-01-02T00:00:00.000Z' };
      assert.deepEqual((await ask('GET', '/rules')).body, { rules: [set], warnings: [] });
      const removed = await ask('DELETE', '/rules?id=no-stickers');
      assert.deepEqual([removed.status, removed.body['removed']], [200, ['no-stickers']]);
      assert.deepEqual((await ask('GET', '/rules')).body, { rules: [], warnings: [] });
    });

    it('replaces only where that is said, and removes and adds in one', async () => {
      await ask('POST', '/rules', { rules: [rule] });
      const other = { ...rule, action: 'drop' };
      assert.deepEqual(await errorOf(ask('POST', '/rules', { rules: [other] })), [409, 'exists']);
      const replaced = await ask('POST', '/rules', { rules: [other], replace: true });
      assert.deepEqual(replaced.body['replaced'], ['no-stickers']);
      const both = await ask('POST', '/rules', { rules: [{ ...rule, id: 'next' }], remove: ['no-stickers'] });
      assert.deepEqual([both.body['added'], both.body['removed']], [['next'], ['no-stickers']]);
    });

    it('shows every change with what was before and after', async () => {
      await ask('POST', '/rules', { rules: [rule] });
      await ask('DELETE', '/rules?id=no-stickers');
      fake.dropped = 7;
      const { body } = await ask('GET', '/rules/audit?limit=1');
      assert.deepEqual(body, {
        changes: [
          {
            ...{ seq: 2, at: '1970-01-02T00:00:00.000Z', by: { kind: 'api' }, rule: 'no-stickers' },
            ...{ before: { ...rule }, after: null },
          },
        ],
        dropped: 7,
        most: 10_000,
      });
      assert.equal((await ask('GET', '/rules/audit?before=2&id=no-stickers')).body['dropped'], 7);
    });

    it('tries a change without making it', async () => {
      fake.trial = { judged: 9, unread: 1, changes: 0, changed: [] };
      const { body } = await ask('POST', '/rules/test', { rules: [rule], events: 50 });
      assert.deepEqual(body, fake.trial);
      assert.deepEqual(
        fake.tried.map(([wanted, events]) => [wanted.put.map(({ id }) => id), events]),
        [[['no-stickers'], 50]],
      );
      assert.deepEqual((await ask('GET', '/rules')).body['rules'], []);
    });

    it('explains events and people', async () => {
      const record = {
        ...{ seq: 1, source: networkId('xmpp'), outerId: 'm1', lane: laneId('l'), attempts: 1 },
        ...({ state: 'blocked', outcome: { kind: 'blocked', rule: 'ignored-by-user' } } as const),
        ...{ receivedAt: 0, endedAt: 1_000, retryable: false },
      };
      const decider = { kind: 'door', name: 'ignored-by-user' } as const;
      fake.events.set('m1', {
        ...{ kind: 'event', id: 'm1', record, decided: [{ decider, feature: undefined }], now: undefined },
      });
      const event = (await ask('GET', '/explain?event=m1')).body;
      assert.deepEqual(
        [event['state'], event['decided_by'], event['now']],
        ['blocked', [{ feature: null, kind: 'door', name: 'ignored-by-user' }], null],
      );
      fake.people.set('bob@x', {
        ...{ kind: 'person', user: alice, network: networkId('xmpp'), person: remoteUserId('bob@x') },
        rules: { 'to-matrix': [], 'to-network': [] },
        stopped: [],
      });
      const found = await ask(
        'GET',
        `/explain?person=${encodeURIComponent('bob@x')}&user=${alice}&network=xmpp`,
      );
      assert.deepEqual([found.status, found.body['person']], [200, 'bob@x']);
      assert.deepEqual(fake.asked, ['event m1 admin', `person xmpp bob@x ${alice} admin`]);
      assert.deepEqual(await errorOf(ask('GET', '/explain?event=nothing')), [404, 'not-found']);
    });
  });

  describe('for whoever has not', () => {
    it('says nothing of what is there', async () => {
      for (const authorization of [
        '',
        'Bearer',
        `Bearer ${secret}x`,
        `Bearer ${secret.slice(1)}`,
        `Basic ${secret}`,
      ])
        assert.deepEqual(await errorOf(ask('GET', '/rules', undefined, { authorization })), [
          401,
          'unauthorized',
        ]);
      for (const path of ['/nothing', '/', `/rules?access_token=${secret}`])
        assert.equal((await ask('GET', path, undefined, { authorization: 'Bearer x' })).status, 401);
    });

    it('stops listening to an address that sends too many wrong ones, for a while', async () => {
      const wrong = { authorization: 'Bearer wrong-wrong-wrong-wrong' };
      for (let n = 0; n < 10; n += 1)
        assert.equal((await ask('GET', '/rules', undefined, wrong)).status, 401);
      assert.deepEqual(await errorOf(ask('GET', '/rules', undefined, wrong)), [429, 'too-many-attempts']);
      const right = await ask('GET', '/rules');
      assert.deepEqual([right.status, right.headers.get('retry-after')], [429, '6']);
      clock += 6_000;
      assert.equal((await ask('GET', '/rules')).status, 200);
    });

    it('reads no body', async () => {
      const { status } = await ask('POST', '/rules', { rules: [rule] }, { authorization: 'Bearer x' });
      assert.equal(status, 401);
      assert.deepEqual(fake.desk.list().rules, []);
    });

    it('logs neither the secret nor what was sent in its place', async () => {
      await ask('GET', '/rules', undefined, { authorization: 'Bearer mistyped-secret-0001' });
      await ask('GET', '/rules');
      assert.ok(logged.length > 0);
      assert.doesNotMatch(JSON.stringify(logged), /mistyped|many-signs/);
    });
  });

  describe('given bad input', () => {
    const refused = async (
      method: string,
      path: string,
      body: unknown,
      expected: readonly unknown[],
      headers = {},
    ): Promise<void> => {
      assert.deepEqual(await errorOf(ask(method, path, body, headers)), expected, `${method} ${path}`);
      assert.deepEqual(fake.desk.list().rules, []);
      assert.deepEqual(fake.trail, []);
    };

    it('refuses it as a whole, with what is wrong', async () => {
      await refused('POST', '/rules', '{"rules": [', [400, 'bad-json']);
      await refused('POST', '/rules', '"text"', [400, 'bad-request']);
      await refused('POST', '/rules', 'null', [400, 'bad-request']);
      await refused('POST', '/rules', { rules: [rule], colour: 'red' }, [400, 'bad-request']);
      await refused('POST', '/rules', { rules: [rule], events: 5 }, [400, 'bad-request']);
      await refused('POST', '/rules', { rules: [rule, { ...rule, id: 'x', colour: 1 }] }, [
        400,
        'bad-request',
      ]);
      await refused('POST', '/rules', { rules: [{ ...rule, features: ['telepathy'] }] }, [
        400,
        'bad-request',
      ]);
      await refused('POST', '/rules', { rules: 5 }, [400, 'bad-request']);
      await refused('POST', '/rules', { rules: [rule, { ...rule, id: 'x', users: ['/(/'] }] }, [
        422,
        'refused',
      ]);
      await refused('POST', '/rules', { remove: ['nothing'] }, [404, 'unknown-rule']);
      await refused('POST', '/rules/test', { rules: [rule], events: 5_000 }, [400, 'bad-request']);
      await refused('POST', '/rules', `{"__proto__": {"rules": []}, "rules": []}`, [400, 'bad-request']);
      const unknown = await ask('POST', '/rules', { rules: [{ ...rule, user_groups: ['none'] }] });
      assert.deepEqual(unknown.body['problems'], [
        { rule: 'no-stickers', path: ['user_groups', '0'], code: 'unknown-group', detail: 'none' },
      ]);
    });

    it('takes bodies of one kind and of a bounded size', async () => {
      await refused('POST', '/rules', 'a=b', [415, 'not-json'], { 'content-type': 'text/plain' });
      await refused('POST', '/rules', JSON.stringify({ rules: [], more: 'x'.repeat(1_100_000) }), [
        413,
        'too-large',
      ]);
      await refused('POST', '/rules', { rules: [rule] }, [400, 'bad-json'], { 'content-encoding': 'gzip' });
      const many = Array.from({ length: 1_001 }, (_, n) => ({ ...rule, id: `r${n}` }));
      await refused('POST', '/rules', { rules: many }, [400, 'bad-request']);
    });

    it('takes questions as they are described, and no others', async () => {
      await refused('DELETE', '/rules', undefined, [400, 'bad-request']);
      await refused('DELETE', '/rules?id=', undefined, [400, 'bad-request']);
      await refused('DELETE', '/rules?id=x&id=nothing', undefined, [404, 'unknown-rule']);
      await refused('DELETE', '/rules?id[]=x', undefined, [400, 'bad-request']);
      await refused('GET', '/rules/audit?limit=0', undefined, [400, 'bad-request']);
      await refused('GET', '/rules/audit?limit=501', undefined, [400, 'bad-request']);
      await refused('GET', '/rules/audit?before=-1', undefined, [400, 'bad-request']);
      await refused('GET', '/rules/audit?__proto__=1', undefined, [400, 'bad-request']);
      await refused('GET', '/explain', undefined, [400, 'bad-request']);
      await refused('GET', '/explain?person=bob', undefined, [400, 'bad-request']);
      await refused('GET', '/explain?person=bob&user=bob', undefined, [400, 'bad-request']);
      await refused('GET', '/explain?event=x&person=bob&user=@a:b', undefined, [400, 'bad-request']);
      await refused('PUT', '/rules', undefined, [405, 'method-not-allowed']);
      await refused('PATCH', '/rules/test', undefined, [405, 'method-not-allowed']);
    });

    it('takes paths as they are written, and none of them passes the secret by', async () => {
      const statusOf = async (path: string, authorization: string): Promise<string> => {
        const socket = connect(port, '127.0.0.1');
        socket.end(
          `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nConnection: close\r\n\r\n`,
        );
        let answer = '';
        for await (const chunk of socket) answer += String(chunk);
        return answer.slice(9, 12);
      };
      const tricks = [
        ...[
          '/_causeway/v1/rules/',
          '/_causeway/v1//rules',
          '/_causeway/v1/RULES',
          '/_causeway/v1/rules/../rules',
        ],
        ...[
          '/_causeway/v1/./rules',
          '/_causeway/v1/rules%2ftest',
          '/_causeway/v1/%2e%2e/rules',
          '/_causeway/v1/r%75les',
        ],
        ...['/_CAUSEWAY/v1/rules', '//_causeway/v1/rules', '/_causeway/v2/rules', '/_causeway/v1/rules;a=b'],
      ];
      for (const path of tricks) {
        assert.match(await statusOf(path, `Bearer ${secret}`), /^404|^200/, path);
        clock += 60_000;
        assert.match(await statusOf(path, 'Bearer wrong'), /^401|^404/, path);
      }
      assert.equal(await statusOf('/_causeway/v1/%zz', `Bearer ${secret}`), '404');
      assert.equal(await statusOf('/_causeway/v1/rules', `Bearer ${secret}`), '200');
    });

    it('tells nothing of the program where the bridge makes a mistake', async () => {
      broken = true;
      const { status, body } = await ask('GET', '/rules');
      assert.deepEqual([status, body['error']], [500, 'internal']);
      assert.doesNotMatch(JSON.stringify(body), /select|at file/);
    });
  });
});

function read(text: string): Record<string, unknown> {
  const body: unknown = JSON.parse(text);
  assert.ok(typeof body === 'object' && body !== null);
  return { ...body };
}
