import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { WatchedSyncs } from '../../../../scripts/bench/watched-syncs.ts';
import { failedForNow, type Failed } from '../../../../src/core/outcome.ts';
import type { Answer, MatrixRequest } from '../../../../src/matrix/request.ts';

const sync: MatrixRequest = { method: 'GET', path: '/_matrix/client/v3/sync' };
const answer: Answer = { kind: 'ok', body: {} };

function watched(say: (request: MatrixRequest) => Promise<Answer | Failed>): WatchedSyncs {
  let cpu = 0;
  return new WatchedSyncs({ request: say }, () => (cpu += 10));
}

describe('the syncs of a watcher', () => {
  it('are taken down with the processor time of the homeserver, and nothing else is', async () => {
    const client = watched(async () => answer);
    await client.request({ method: 'POST', path: '/_matrix/client/v3/register' });
    assert.equal(await client.request(sync), answer);
    await client.request(sync);
    await client.answered(2);
    assert.deepEqual(
      client.syncs.map(({ cpuAt, cpuMs }) => [cpuAt, cpuMs]),
      [
        [10, 10],
        [30, 10],
      ],
    );
  });

  it('are waited for while they have no answer', async () => {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const client = watched(() => promise);
    const asked = client.request(sync);
    const begun = performance.now();
    await client.waits(30);
    assert.ok(performance.now() - begun >= 25);
    assert.equal(client.syncs.length, 0);
    resolve(answer);
    await asked;
    assert.equal(client.syncs.length, 1);
  });

  it('end the measurement when one is refused, but not when the watcher gives it up', async () => {
    const client = watched(async () => failedForNow('link-down'));
    await client.request({ ...sync, signal: AbortSignal.abort() });
    const answered = client.answered(1);
    assert.equal(await Promise.race([answered, sleep(20, 'goes on')]), 'goes on');
    await client.request(sync);
    await assert.rejects(answered, { message: 'The watcher was refused.' });
  });
});
