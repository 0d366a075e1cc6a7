import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matrixUserId } from '../../../src/core/ids.ts';
import { MatrixClient } from '../../../src/matrix/client.ts';
import type { Credential } from '../../../src/matrix/request.ts';
import { FakeHomeserver } from '../../support/fake-homeserver.ts';
import { RecordingLog } from '../../support/recording-log.ts';

const alice = matrixUserId('@alice:hs');

async function asked(
  credential: Credential | undefined,
  status = 200,
): Promise<{ readonly seen: FakeHomeserver['seen']; readonly log: RecordingLog }> {
  const json = status === 200 ? {} : { errcode: 'M_UNKNOWN_TOKEN' };
  await using server = await FakeHomeserver.start(() => ({ status, json }));
  const log = new RecordingLog();
  await using client = new MatrixClient({
    ...{ url: server.url, asToken: 'of the bridge', connections: 1, requestTimeoutMs: 5_000, log },
  });
  const as = { userId: alice, deviceId: 'D', ...(credential === undefined ? {} : { credential }) };
  await client.request({ method: 'GET', path: '/x', as });
  const file = await client.file({ method: 'GET', path: '/y', as, signal: AbortSignal.timeout(5_000) });
  if ('body' in file) await file.body.dump();
  return { seen: server.seen, log };
}

describe('a request as a user', () => {
  it('is made with the token that covers them, and names them where the token does not', async () => {
    for (const [credential, token, user] of [
      [undefined, 'of the bridge', alice],
      [{ kind: 'registration', token: 'of the second' }, 'of the second', alice],
      [{ kind: 'token', token: 'of alice' }, 'of alice', null],
    ] as const) {
      const { seen } = await asked(credential);
      assert.deepEqual(
        seen.map(({ token: used, query }) => [used, query.get('user_id'), query.get('device_id')]),
        Array(2).fill([`Bearer ${token}`, user, user === null ? null : 'D']),
      );
    }
  });

  it('that is refused for the user’s credential is no fault of the bridge’s own token', async () => {
    assert.equal((await asked(undefined, 401)).log.errors().length, 1);
    const theirs = await asked({ kind: 'token', token: 'of alice' }, 401);
    assert.deepEqual(theirs.log.errors(), []);
    assert.ok(!JSON.stringify(theirs.log.lines).includes('of alice'));
  });
});
