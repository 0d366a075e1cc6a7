import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import express from 'express';
import jwt from 'jsonwebtoken';
import {
  boundedAsker,
  type Answered,
  type BoundedRequest,
  type NoAnswer,
} from '../../../../src/interop/identity/bounded-request.ts';
import { pushReceiver } from '../../../../src/interop/identity/push-receiver.ts';
import {
  createPushSender,
  usualPushPolicy,
  type PushEnd,
  type PushPolicy,
  type PushSender,
} from '../../../../src/interop/identity/push-sender.ts';
import { keysOf, pairOf } from '../../../support/interop-tokens.ts';
import { listening } from '../../../support/listening.ts';
import { RecordingLog } from '../../../support/recording-log.ts';

const host = pairOf('host');
const target = { baseUrl: 'https://partner.example', to: 'bob@example.org' };
const policy: PushPolicy = { ...usualPushPolicy, backOffMs: { first: 2, last: 8 }, maxAttempts: 4 };
const status = (code: number, headers = {}): Answered => ({
  ...{ kind: 'answered', status: code, headers, body: new Uint8Array(0) },
});

/** A partner that answers one thing after the other, the last again and again. */
class Scene {
  answers: (Answered | NoAnswer)[] = [status(200)];
  asked: BoundedRequest[] = [];
  ends: PushEnd[] = [];
  tokens = 0;
  hold: Promise<void> = Promise.resolve();
  readonly log = new RecordingLog();

  sender(change: Partial<PushPolicy> = {}): PushSender {
    return createPushSender({
      ask: async (request) => {
        this.asked.push(request);
        await this.hold;
        const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
        return answer ?? status(200);
      },
      keys: {
        sign: async (claims, lifeMs) =>
          jwt.sign({ ...claims, jti: String((this.tokens += 1)) }, host.pem, {
            ...{ algorithm: 'RS256', keyid: 'host', expiresIn: lifeMs / 1_000 },
          }),
      },
      log: this.log,
      ended: (_target, end) => this.ends.push(end),
      policy: { ...policy, ...change },
    });
  }
  async ended(count: number): Promise<readonly PushEnd[]> {
    while (this.ends.length < count) await new Promise((done) => setTimeout(done, 2));
    return this.ends;
  }
}

describe("the host's push", () => {
  it('goes out once with a token for the partner, which is used again', async () => {
    const scene = new Scene();
    await using sender = scene.sender();
    assert.equal(sender.push(target), 'queued');
    assert.equal(sender.push({ ...target, to: 'carol@example.org' }), 'queued');
    assert.deepEqual(await scene.ended(2), [{ kind: 'pushed' }, { kind: 'pushed' }]);
    sender.push(target);
    await scene.ended(3);
    const [first] = scene.asked;
    assert.ok(first);
    assert.deepEqual([first.method, first.url], ['POST', 'https://partner.example/push']);
    assert.equal(first.body, '{"to":"bob@example.org"}');
    const claims = jwt.verify(
      first.headers['authorization']?.slice(7) ?? '',
      host.publicKey.export({ type: 'spki', format: 'pem' }),
      { algorithms: ['RS256'], issuer: 'WHATSAPP', audience: target.baseUrl },
    );
    assert.ok(typeof claims === 'object' && claims.exp !== undefined);
    assert.ok(scene.tokens <= 2);
  });

  it('is tried again, ever later, and given up', async () => {
    const scene = new Scene();
    await using sender = scene.sender();
    scene.answers = [status(500), { kind: 'failed', reason: 'timeout', text: '' }, status(200)];
    sender.push(target);
    assert.deepEqual(await scene.ended(1), [{ kind: 'pushed' }]);
    assert.equal(scene.asked.length, 3);
    scene.answers = [status(503)];
    sender.push(target);
    assert.deepEqual((await scene.ended(2))[1], { kind: 'given-up', reason: 'status 503' });
    assert.equal(scene.asked.length, 3 + policy.maxAttempts);
  });

  it('waits for as long as the partner asks', async () => {
    const scene = new Scene();
    await using sender = scene.sender();
    scene.answers = [status(429, { 'retry-after': '1' }), status(200)];
    const began = performance.now();
    sender.push(target);
    await scene.ended(1);
    assert.ok(performance.now() - began >= 990);
  });

  it('ends where another attempt does not help', async () => {
    for (const [answer, reason] of [
      [status(404), 'unknown-user'],
      [status(400), 'status'],
      [{ kind: 'failed', reason: 'redirected', text: '' }, 'redirected'],
      [{ kind: 'failed', reason: 'not-https', text: '' }, 'not-https'],
    ] as const) {
      const scene = new Scene();
      await using sender = scene.sender();
      scene.answers = [answer];
      sender.push(target);
      assert.deepEqual(await scene.ended(1), [{ kind: 'refused', reason }]);
      assert.equal(scene.asked.length, 1);
    }
  });

  it('comes once more with a new token where that was not taken', async () => {
    const scene = new Scene();
    await using sender = scene.sender();
    scene.answers = [status(401), status(200)];
    sender.push(target);
    assert.deepEqual(await scene.ended(1), [{ kind: 'pushed' }]);
    assert.equal(scene.tokens, 2);
    scene.answers = [status(401)];
    sender.push(target);
    assert.deepEqual((await scene.ended(2))[1], { kind: 'refused', reason: 'token' });
    assert.equal(scene.asked.length, 4);
  });

  it('is one at a time for a user; what comes while one is on the wire makes one more', async () => {
    const scene = new Scene();
    await using sender = scene.sender();
    const gate = Promise.withResolvers<undefined>();
    scene.hold = gate.promise;
    sender.push(target);
    while (scene.asked.length === 0) await new Promise((done) => setTimeout(done, 2));
    for (let times = 0; times < 20; times++) assert.equal(sender.push(target), 'joined');
    assert.equal(scene.asked.length, 1);
    gate.resolve(undefined);
    await scene.ended(2);
    await new Promise((done) => setTimeout(done, 20));
    assert.equal(scene.asked.length, 2);
  });

  it('is bounded in number, and ends when it is to stop', async () => {
    const scene = new Scene();
    const sender = scene.sender({ maxWaiting: 3, maxActive: 2, backOffMs: { first: 60_000, last: 60_000 } });
    scene.answers = [status(503)];
    const taken = Array.from({ length: 5 }, (_value, at) =>
      sender.push({ ...target, to: `u${at}@example.org` }),
    );
    assert.deepEqual(taken, ['queued', 'queued', 'queued', 'full', 'full']);
    while (scene.asked.length < 3) await new Promise((done) => setTimeout(done, 2));
    await sender[Symbol.asyncDispose]();
    assert.deepEqual(scene.ends, Array(3).fill({ kind: 'stopped' }));
    assert.equal(sender.push(target), 'stopped');
    assert.ok(!/bob|example\.org|eyJ/.test(JSON.stringify(scene.log.lines)));
  });

  it('wakes a user of the partner through HTTP', async () => {
    const scene = new Scene();
    const woken: string[] = [];
    const app = express();
    await using at = await listening(app);
    const wake = async (user: string): Promise<'woken'> => (woken.push(user), 'woken');
    const { log } = scene;
    app.use(pushReceiver({ keys: keysOf(host), baseUrl: at.url, identifierType: 'email', wake, log }));
    await using asker = boundedAsker({ deadlineMs: 2_000, maxBytes: 1_000, allowHttp: true });
    await using sender = createPushSender({
      ask: asker.ask,
      keys: {
        sign: async (claims, lifeMs) =>
          jwt.sign(claims, host.pem, { algorithm: 'RS256', keyid: 'host', expiresIn: lifeMs / 1_000 }),
      },
      log,
      ended: (_target, end) => scene.ends.push(end),
    });
    sender.push({ baseUrl: at.url, to: 'Bob@example.org' });
    assert.deepEqual(await scene.ended(1), [{ kind: 'pushed' }]);
    assert.deepEqual(woken, ['bob@example.org']);
  });
});
