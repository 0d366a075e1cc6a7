import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matrixUserId } from '../../../src/core/ids.ts';
import type { Failed } from '../../../src/core/outcome.ts';
import { MatrixClient } from '../../../src/matrix/client.ts';
import { errcodeOf, type Answer, type MatrixRequest } from '../../../src/matrix/request.ts';
import { FakeHomeserver, type FakeAnswer } from '../../support/fake-homeserver.ts';
import { RecordingLog } from '../../support/recording-log.ts';

const token = 'a-token-that-no-log-may-hold';
const get: MatrixRequest = { method: 'GET', path: '/_matrix/client/v3/x' };

interface Tried {
  readonly result: Answer | Failed;
  readonly requests: FakeHomeserver['seen'];
  readonly waits: readonly number[];
  readonly client: MatrixClient;
  readonly log: RecordingLog;
}

/** One request against a homeserver that gives these answers in turn, the last for ever; waiting takes no time. */
async function ask(
  answers: readonly FakeAnswer[],
  request: MatrixRequest = get,
  timeoutMs = 5_000,
): Promise<Tried> {
  await using server = await FakeHomeserver.start(
    (_, count) => answers[count] ?? answers.at(-1) ?? 'hang-up',
  );
  const waits: number[] = [];
  const log = new RecordingLog();
  await using client = new MatrixClient({
    url: server.url,
    asToken: token,
    connections: 2,
    requestTimeoutMs: timeoutMs,
    log,
    wait: async (ms) => waits.push(ms),
  });
  const result = await client.request(request);
  return { result, requests: [...server.seen], waits, client, log };
}

const ok: FakeAnswer = { status: 200, json: { fine: true } };
const html: FakeAnswer = {
  status: 502,
  text: '<html>Bad Gateway</html>',
  headers: { 'content-type': 'text/html' },
};

function refusal(status: number, errcode: string, more: object = {}): Exclude<FakeAnswer, 'hang-up'> {
  return { status, json: { errcode, error: 'words', ...more } };
}

describe('a request', () => {
  it('is made as the user and device, in the stable and the older form', async () => {
    const as = { userId: matrixUserId('@_xmpp_bob=40x:localhost'), deviceId: 'D' };
    const { requests, result } = await ask([ok], { ...get, as, query: { ts: 5, from: undefined } });
    assert.deepEqual(result, { kind: 'ok', body: { fine: true } });
    assert.deepEqual(Object.fromEntries(requests[0]?.query ?? []), {
      ts: '5',
      user_id: '@_xmpp_bob=40x:localhost',
      device_id: 'D',
      'org.matrix.msc3202.device_id': 'D',
    });
    assert.equal(requests[0]?.token, `Bearer ${token}`);
  });

  it('waits as long as the homeserver says, by its body before its header', async () => {
    const limited = refusal(429, 'M_LIMIT_EXCEEDED', { retry_after_ms: 321 });
    const inHeader = {
      ...refusal(429, 'M_LIMIT_EXCEEDED'),
      headers: { 'retry-after': '2' },
    };
    const { result, waits } = await ask([limited, inHeader, ok]);
    assert.equal(result.kind, 'ok');
    assert.deepEqual(waits, [321, 2000]);
  });

  it('waits by itself where the homeserver names no time that a timer can keep', async () => {
    const hurried = await ask([refusal(429, 'M_LIMIT_EXCEEDED', { retry_after_ms: 0 }), ok]);
    assert.ok((hurried.waits[0] ?? 0) >= 250);
    for (const wait of [1e300, 99_999_999_999]) {
      const { result } = await ask([refusal(429, 'M_LIMIT_EXCEEDED', { retry_after_ms: wait })]);
      assert.ok(result.kind === 'failed');
      assert.deepEqual(result.retry, { kind: 'later', afterMs: 3_600_000 });
    }
  });

  it('is left for later where the homeserver asks for a long wait', async () => {
    const { result, requests } = await ask([refusal(429, 'M_LIMIT_EXCEEDED', { retry_after_ms: 60_000 })]);
    assert.equal(requests.length, 1);
    assert.ok(result.kind === 'failed' && result.reason === 'rate-limited');
    assert.deepEqual(result.retry, { kind: 'later', afterMs: 60_000 });
  });

  for (const [name, answer] of Object.entries({
    'a 500': refusal(500, 'M_UNKNOWN'),
    'a broken connection': 'hang-up',
    'a page of a proxy': html,
    'a page with 200': { status: 200, text: '<html>Welcome</html>' },
    'a 404 of a proxy': { status: 404, text: 'not found' },
    'JSON that is no object': { status: 200, text: '[1]' },
  } satisfies Record<string, FakeAnswer>)) {
    it(`is tried again after ${name}, and then left for later`, async () => {
      assert.equal((await ask([answer, answer, ok])).result.kind, 'ok');
      const { result, requests } = await ask([answer]);
      assert.equal(requests.length, 4);
      assert.ok(result.kind === 'failed' && result.reason === 'link-down' && result.retry.kind === 'later');
    });
  }

  it('that must not be done twice is tried again only where it was surely not done', async () => {
    const once = { ...get, repeat: 'once' } as const;
    assert.equal((await ask(['hang-up', ok], once)).requests.length, 1);
    assert.equal((await ask([refusal(429, 'M_LIMIT_EXCEEDED'), ok], once)).result.kind, 'ok');
  });

  it('is borne with while a slow homeserver thinks, and given up after the timeout', async () => {
    const slow: FakeAnswer = { status: 200, json: {}, afterMs: 300 };
    assert.equal((await ask([slow], get, 5_000)).result.kind, 'ok');
    const late: FakeAnswer = { status: 200, json: {}, afterMs: 4_000 };
    const { result } = await ask([late], { ...get, attempts: 1 }, 500);
    assert.ok(result.kind === 'failed' && result.reason === 'link-down');
  });

  it('ends with its signal', async () => {
    const late: FakeAnswer = { status: 200, json: {}, afterMs: 2_000 };
    const { result, client } = await ask([late], { ...get, signal: AbortSignal.timeout(50) });
    assert.ok(result.kind === 'failed' && result.reason === 'timeout' && result.retry.kind === 'later');
    assert.notEqual(client.state.health.kind, 'down');
  });

  for (const [errcode, status, reason] of [
    ['M_FORBIDDEN', 403, 'forbidden'],
    ['M_TOO_LARGE', 413, 'too-large'],
    ['M_NOT_FOUND', 404, 'unknown-target'],
    ['M_BAD_JSON', 400, 'internal'],
  ] as const) {
    it(`that is refused with ${errcode} is ${reason} for good`, async () => {
      const { result, requests, client } = await ask([refusal(status, errcode)]);
      assert.ok(result.kind === 'failed');
      assert.equal(result.reason, reason);
      assert.equal(result.retry.kind, 'never');
      assert.equal(errcodeOf(result), errcode);
      assert.equal(requests.length, 1);
      assert.equal(client.state.health.kind, 'up');
    });
  }

  it('with a wrong token is never lost, and the operator is told without the token', async () => {
    const { result, log } = await ask([refusal(401, 'M_UNKNOWN_TOKEN')]);
    assert.ok(result.kind === 'failed' && result.retry.kind === 'later');
    assert.equal(log.errors().length, 1);
    assert.ok(!JSON.stringify(log.lines).includes(token));
  });
});
