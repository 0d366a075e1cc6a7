import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import express from 'express';
import type { HostAnswer } from '../../../../src/interop/enlistment/answer.ts';
import { enlist, type Enlisted } from '../../../../src/interop/enlistment/client.ts';
import { renderEnlistment, type EnlistmentRequest } from '../../../../src/interop/enlistment/request.ts';
import { enlistmentRouter } from '../../../../src/interop/enlistment/router.ts';
import { boundedAsker } from '../../../../src/interop/identity/bounded-request.ts';
import { anEnlistment } from '../../../support/enlistment.ts';
import { listening, type Listening } from '../../../support/listening.ts';
import { RecordingLog } from '../../../support/recording-log.ts';

const login = { integrator: 12, user: '10853634039893' };
const ok: HostAnswer = { kind: 'enlisted', login };
const form = renderEnlistment(anEnlistment());
const path = '/3p/interop_reg';

/** A host, and what it was asked. */
class Scene {
  enlist: (request: EnlistmentRequest, signal: AbortSignal) => Promise<HostAnswer> = async () => ok;
  asked: EnlistmentRequest[] = [];
  isGenuine = true;
  wait = 0;
  seen: unknown[] = [];
  readonly log = new RecordingLog();

  async serve(maxActive = 64): Promise<Listening> {
    const router = enlistmentRouter({
      enlist: async (request, signal) => {
        this.asked.push(request);
        return this.enlist(request, signal);
      },
      limits: () => this.wait,
      verify: () => this.isGenuine,
      log: this.log,
      watch: (kind, why) => this.seen.push(why ?? kind),
      patienceMs: 200,
      maxActive,
    });
    return listening(express().set('env', 'production').use(router));
  }
}
const refusal = (reason: string, after?: number): unknown => ({
  ...{ reason, status: 'fail' },
  ...(after === undefined ? {} : { retry_after: after }),
});
async function post(at: Listening, body: string, headers = {}): Promise<unknown> {
  const response = await fetch(`${at.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body,
  });
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
  return JSON.parse(await response.text());
}

describe("the host's enlistment", () => {
  it('gives what was asked to who decides, and answers with the login', async () => {
    const scene = new Scene();
    await using at = await scene.serve();
    assert.deepEqual(await post(at, form), { login: '12-10853634039893@interop', status: 'ok' });
    const type = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    await post(at, form, type);
    assert.deepEqual(scene.asked, [anEnlistment(), anEnlistment()]);
    scene.enlist = async () => ({ kind: 'refused', reason: 'too_recent', retryAfterMs: 1_500 });
    assert.deepEqual(await post(at, form), refusal('too_recent', 2));
  });

  it('refuses what is no request, with a reason, before anybody decides', async () => {
    const scene = new Scene();
    await using at = await scene.serve();
    assert.deepEqual(await post(at, form.replace('authkey=', 'authkey=AA')), refusal('bad_param'));
    assert.deepEqual(await post(at, form.replace(/&token=.*/, '')), refusal('missing_param'));
    assert.deepEqual(await post(at, `${form}&token=a.b.c`), refusal('bad_param'));
    assert.deepEqual(await post(at, ''), refusal('bad_param'));
    assert.deepEqual(await post(at, 'x'.repeat(8_193)), refusal('bad_param'));
    assert.deepEqual(await post(at, form, { 'content-type': 'application/json' }), refusal('bad_param'));
    assert.deepEqual(await post(at, form, { 'content-encoding': 'gzip' }), refusal('bad_param'));
    scene.isGenuine = false;
    assert.deepEqual(await post(at, form), refusal('bad_param'));
    assert.deepEqual(scene.asked, []);
    const [, ...rest] = ['', 'bad-base64url', 'missing-field', 'doubled-field', 'not-a-form', 'too-large'];
    assert.deepEqual(scene.seen, [...rest, 'not-a-form', 'not-a-form', 'bad-signature']);
    assert.equal((await fetch(`${at.url}${path}`)).status, 405);
  });

  it('turns away who asks too often, and more at once than it can do', async () => {
    const scene = new Scene();
    await using at = await scene.serve(2);
    const gate = Promise.withResolvers<HostAnswer>();
    scene.enlist = async () => gate.promise;
    const begun = [post(at, form), post(at, form)];
    while (scene.asked.length < 2) await new Promise((done) => setTimeout(done, 2));
    assert.deepEqual(await post(at, form), refusal('temporarily_unavailable', 5));
    gate.resolve(ok);
    await Promise.all(begun);
    assert.deepEqual(await post(at, form), { login: '12-10853634039893@interop', status: 'ok' });
    scene.wait = 61_000;
    assert.deepEqual(await post(at, form), refusal('too_many', 61));
  });

  it('answers where deciding hangs or breaks, and says nothing of it', async () => {
    const scene = new Scene();
    await using at = await scene.serve();
    let isAborted = false;
    scene.enlist = async (_request, signal) =>
      new Promise(() => {
        signal.addEventListener('abort', () => (isAborted = true));
      });
    assert.deepEqual(await post(at, form), refusal('temporarily_unavailable', 30));
    assert.ok(isAborted);
    scene.enlist = async () => Promise.reject(new Error('select * from users'));
    assert.deepEqual(await post(at, form), refusal('temporarily_unavailable'));
    assert.equal(scene.log.errors().length, 1);
  });

  it('survives a request that ends in the middle', async () => {
    const scene = new Scene();
    await using at = await scene.serve();
    const { hostname, port } = new URL(at.url);
    const socket = connect(Number(port), hostname);
    const type = 'Content-Type: application/x-www-form-urlencoded';
    socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\n${type}\r\nContent-Length: 500\r\n\r\nauthkey=`);
    await new Promise((done) => setTimeout(done, 50));
    socket.destroy();
    assert.deepEqual(await post(at, form), { login: '12-10853634039893@interop', status: 'ok' });
    assert.deepEqual(scene.log.errors(), []);
  });

  it('writes no key and no token to the log', async () => {
    const scene = new Scene();
    await using at = await scene.serve();
    scene.enlist = async () => Promise.reject(new Error('broken'));
    await post(at, form);
    const written = JSON.stringify(scene.log.lines);
    for (const pair of form.split('&')) assert.ok(!written.includes(pair.split('=')[1] ?? pair));
  });
});

describe("the partner's enlistment", () => {
  const policy = { maxAttempts: 4, backOffMs: { first: 2, last: 8 }, maxWaitMs: 2_000 };
  async function enlisted(
    at: Listening,
    change: { readonly signal?: AbortSignal; readonly token?: () => Promise<string> } = {},
  ): Promise<Enlisted> {
    await using asker = boundedAsker({ deadlineMs: 1_000, maxBytes: 4_096, allowHttp: true });
    return await enlist(anEnlistment(), {
      ask: asker.ask,
      baseUrl: `${at.url}/`,
      token: change.token ?? (async () => 'a.b.c'),
      log: new RecordingLog(),
      signal: change.signal ?? new AbortController().signal,
      policy,
    });
  }

  it('gets a login from the host, with a token of its own for each attempt', async () => {
    const scene = new Scene();
    await using at = await scene.serve();
    assert.deepEqual(await enlisted(at), { kind: 'enlisted', login });
    assert.deepEqual(scene.asked, [{ ...anEnlistment(), token: 'a.b.c' }]);
  });

  it('takes each answer as its reason says', async () => {
    for (const [reason, attempts] of [
      ['bad_integrator', 1],
      ['bad_param', 1],
      ['missing_param', 1],
      ['blocked', 1],
      ['old_version', 1],
      ['bad_token', 2],
      ['too_many', 4],
      ['too_recent', 4],
      ['temporarily_unavailable', 4],
    ] as const) {
      const scene = new Scene();
      scene.enlist = async () => ({ kind: 'refused', reason });
      await using at = await scene.serve();
      assert.deepEqual(await enlisted(at), { kind: 'refused', reason, retryAfterMs: undefined });
      assert.equal(scene.asked.length, attempts, reason);
    }
  });

  it('comes again with a new token, and after a while', async () => {
    const scene = new Scene();
    await using at = await scene.serve();
    const answers: HostAnswer[] = [
      { kind: 'refused', reason: 'bad_token' },
      { kind: 'refused', reason: 'too_many', retryAfterMs: 1_000 },
      ok,
    ];
    scene.enlist = async () => answers.shift() ?? ok;
    let made = 0;
    const began = performance.now();
    const token = async (): Promise<string> => `a.${String((made += 1))}.c`;
    assert.deepEqual(await enlisted(at, { token }), { kind: 'enlisted', login });
    assert.ok(performance.now() - began >= 990);
    assert.deepEqual(
      scene.asked.map((request) => request.token),
      ['a.1.c', 'a.2.c', 'a.3.c'],
    );
  });

  it('does not wait longer than is sensible, but says for how long', async () => {
    const scene = new Scene();
    await using at = await scene.serve();
    scene.enlist = async () => ({ kind: 'refused', reason: 'too_many', retryAfterMs: 3_600_000 });
    assert.deepEqual(await enlisted(at), { kind: 'refused', reason: 'too_many', retryAfterMs: 3_600_000 });
    assert.equal(scene.asked.length, 1);
  });

  it('says what it could not understand, and tries again what may pass', async () => {
    const answers = async (
      status: number,
      body: string,
      headers: Record<string, string> = {},
    ): Promise<readonly unknown[]> => {
      let asked = 0;
      await using at = await listening((_request, response) => {
        asked += 1;
        response.writeHead(status, headers).end(body);
      });
      const end = await enlisted(at);
      return [end.kind === 'enlisted' ? end.kind : end.reason, asked];
    };
    assert.deepEqual(await answers(200, '<html>'), ['not-understood', 1]);
    assert.deepEqual(await answers(200, 'x'.repeat(5_000)), ['too-large', 1]);
    assert.deepEqual(await answers(200, '{"status":"fail","reason":"new_word"}'), ['unknown', 1]);
    assert.deepEqual(await answers(404, ''), ['status', 1]);
    assert.deepEqual(await answers(302, '', { location: '/x' }), ['redirected', 1]);
    assert.deepEqual(await answers(503, ''), ['status', 4]);
    assert.deepEqual(await answers(429, ''), ['status', 4]);
  });

  it('tries again where there is no connection, and stops when it is to', async () => {
    let asked = 0;
    await using at = await listening((request) => {
      asked += 1;
      request.socket.destroy();
    });
    const end = await enlisted(at);
    assert.deepEqual([end.kind === 'failed' && end.reason, asked], ['unreachable', 4]);
    const stopped = await enlisted(at, { signal: AbortSignal.abort() });
    assert.deepEqual([stopped.kind === 'failed' && stopped.reason, asked], ['stopped', 4]);
  });
});
