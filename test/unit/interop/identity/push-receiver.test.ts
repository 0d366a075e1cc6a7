import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import express from 'express';
import jwt from 'jsonwebtoken';
import { pushReceiver, type PushAnswer, type Woken } from '../../../../src/interop/identity/push-receiver.ts';
import { tokenFailed, type TokenKeys } from '../../../../src/interop/identity/token.ts';
import { keysOf, pairOf } from '../../../support/interop-tokens.ts';
import { listening, type Listening } from '../../../support/listening.ts';
import { RecordingLog } from '../../../support/recording-log.ts';

const host = pairOf('host');
const baseUrl = 'https://partner.example/interop';
const now = 1_790_000_000_000;

/** A partner that is pushed, and what it was told to wake. */
class Scene {
  clock = now;
  keys: TokenKeys = keysOf(host);
  woken: string[] = [];
  answers: PushAnswer[] = [];
  wake: (user: string) => Promise<Woken> = async () => 'woken';
  readonly log = new RecordingLog();

  async serve(): Promise<Listening> {
    const router = pushReceiver({
      keys: { find: async (kid) => this.keys.find(kid) },
      baseUrl,
      identifierType: 'email',
      wake: async (user) => {
        this.woken.push(user);
        return this.wake(user);
      },
      log: this.log,
      watch: (answer) => this.answers.push(answer),
      now: () => this.clock,
    });
    return listening(express().set('env', 'production').use('/interop', router));
  }
}
function token(change: object = {}): string {
  const claims = { iss: 'WHATSAPP', aud: baseUrl, iat: now / 1_000, exp: now / 1_000 + 300, ...change };
  return jwt.sign(claims, host.pem, { algorithm: 'RS256', keyid: 'host' });
}
interface Asked {
  readonly body?: unknown;
  readonly type?: string;
  readonly authorization?: string | undefined;
  readonly method?: string;
}
async function push(at: Listening, asked: Asked = {}): Promise<readonly unknown[]> {
  const { body = { to: 'bob@example.org' }, type = 'application/json', method = 'POST' } = asked;
  const authorization = 'authorization' in asked ? asked.authorization : `Bearer ${token()}`;
  const response = await fetch(`${at.url}/interop/push`, {
    method,
    headers: { 'content-type': type, ...(authorization === undefined ? {} : { authorization }) },
    ...(method === 'GET' ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return [response.status, await response.text()];
}

describe('a push', () => {
  it('wakes the user that it names, and is answered by an empty 200', async () => {
    const scene = new Scene();
    await using at = await scene.serve();
    assert.deepEqual(await push(at, { body: { to: 'Bob@Example.ORG', more: 1 } }), [200, '']);
    for (const aud of [`${baseUrl}/`, `${baseUrl}/push`, ['x', baseUrl]])
      assert.deepEqual(await push(at, { authorization: `bearer ${token({ aud })}` }), [200, '']);
    assert.deepEqual(scene.woken, Array(4).fill('bob@example.org'));
  });

  it('without a token of the host, for this partner and now, wakes nobody', async () => {
    const scene = new Scene();
    await using at = await scene.serve();
    const stranger = jwt.sign({ iss: 'WHATSAPP', aud: baseUrl, exp: now / 1_000 + 60 }, pairOf('other').pem, {
      algorithm: 'RS256',
      keyid: 'host',
    });
    const publicPem = host.publicKey.export({ type: 'spki', format: 'der' });
    const confused = jwt.sign({ iss: 'WHATSAPP', aud: baseUrl, exp: now / 1_000 + 60 }, publicPem, {
      algorithm: 'HS256',
      keyid: 'host',
    });
    const wrong = [
      { iss: 'WhatsApp' },
      { aud: 'https://partner.example' },
      { exp: now / 1_000 - 61 },
      { exp: 9e9 },
    ];
    const tokens = [...wrong.map(token), stranger, confused, 'x', 'a.b.c', `${token()}x`];
    for (const text of [
      ...tokens.map((one) => `Bearer ${one}`),
      token(),
      `Basic ${token()}`,
      'Bearer',
      undefined,
    ])
      assert.deepEqual(await push(at, { authorization: text }), [401, ''], text);
    assert.deepEqual(scene.woken, []);
    assert.ok(scene.answers.every((answer) => answer === 'badToken'));
  });

  it('has a body that names a user, of a bounded size', async () => {
    const scene = new Scene();
    await using at = await scene.serve();
    for (const body of [
      {},
      { to: 'bob' },
      { to: 7 },
      { to: null },
      { to: ['bob@example.org'] },
      [],
      '{',
      '"x"',
      '',
    ])
      assert.deepEqual(await push(at, { body }), [400, ''], JSON.stringify(body));
    assert.deepEqual(await push(at, { body: { to: 'bob@example.org', more: 'x'.repeat(4_096) } }), [413, '']);
    assert.deepEqual(await push(at, { type: 'text/plain' }), [415, '']);
    assert.deepEqual((await push(at, { method: 'GET' }))[0], 405);
    assert.deepEqual(scene.woken, []);
  });

  it('that cannot be judged or done now is to come again', async () => {
    const scene = new Scene();
    await using at = await scene.serve();
    scene.wake = async () => 'unavailable';
    assert.deepEqual(await push(at), [503, '']);
    scene.wake = async () => Promise.reject(new Error('broken'));
    assert.deepEqual(await push(at), [503, '']);
    assert.equal(scene.log.errors().length, 1);
    scene.wake = async () => 'unknown-user';
    assert.deepEqual(await push(at), [404, '']);
    scene.keys = { find: async () => tokenFailed('keys-unavailable') };
    assert.deepEqual(await push(at), [503, '']);
  });

  it('that is replayed wakes one user at a time, and so many times in a while', async () => {
    const scene = new Scene();
    await using at = await scene.serve();
    const gate = Promise.withResolvers<Woken>();
    let [judged, bobs, mostBobs] = [0, 0, 0];
    scene.keys = { find: async (kid) => ((judged += 1), keysOf(host).find(kid)) };
    scene.wake = async (user) => {
      if (!user.startsWith('bob')) return gate.promise;
      mostBobs = Math.max(mostBobs, (bobs += 1));
      const woken = await gate.promise;
      bobs -= 1;
      return woken;
    };
    const authorization = `Bearer ${token()}`;
    const begun = Array.from({ length: 5 }, () => push(at, { authorization }));
    const other = push(at, { authorization, body: { to: 'carol@example.org' } });
    while (judged < 6 || scene.woken.length < 2) await new Promise((done) => setTimeout(done, 5));
    await new Promise((done) => setTimeout(done, 50));
    assert.deepEqual(scene.woken.toSorted(), ['bob@example.org', 'carol@example.org']);
    gate.resolve('woken');
    assert.ok((await Promise.all([...begun, other])).every(([status]) => status === 200));
    // What came meanwhile made it happen once more, and never two at once.
    assert.ok(scene.woken.filter((user) => user === 'bob@example.org').length >= 2);
    assert.equal(mostBobs, 1);
    const statuses = [];
    for (let times = 0; times < 8; times++) statuses.push((await push(at, { authorization }))[0]);
    assert.deepEqual(statuses, [200, 200, 200, 200, 200, 429, 429, 429]);
    scene.clock += 2_000;
    assert.equal((await push(at, { authorization }))[0], 200);
  });

  it('leaves no identifier and no token in the log', async () => {
    const scene = new Scene();
    await using at = await scene.serve();
    scene.wake = async () => Promise.reject(new Error('broken'));
    await push(at);
    await push(at, { body: '{' });
    await push(at, { authorization: 'Bearer x' });
    assert.ok(!/bob|eyJ|Bearer/.test(JSON.stringify(scene.log.lines)));
  });
});
