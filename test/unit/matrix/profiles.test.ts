import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matrixUserId } from '../../../src/core/ids.ts';
import { failedForGood } from '../../../src/core/outcome.ts';
import { Profiles } from '../../../src/matrix/profiles.ts';
import { MatrixRefusal } from '../../../src/matrix/request.ts';

describe('whether a user can be reached', () => {
  it('is unsure, and looked up again, where the store cannot say whether it knows the user', async () => {
    let away = true;
    const profiles = new Profiles(
      { request: async () => failedForGood('unknown-target', new MatrixRefusal(404, 'M_NOT_FOUND')) },
      { userId: matrixUserId('@bot:hs.test'), deviceId: undefined },
      () => false,
      async () => {
        if (away) throw new Error('the database is away');
        return false;
      },
    );
    const user = matrixUserId('@alice:hs.test');
    assert.equal(await profiles.reachable(user), 'unsure');
    away = false;
    assert.equal(await profiles.reachable(user), 'no-such-user');
  });
});
