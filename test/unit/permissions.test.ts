import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matrixUserId } from '../../src/core/ids.ts';
import { everybodyMay, permissions } from '../../src/permissions.ts';
import { alice } from '../support/spine-rig.ts';

describe('permissions', () => {
  it('are decided by the most precise entry, and are for the own users alone where nothing is set', () => {
    const levelOf = permissions({ '*': 'user', 'hs.test': 'none', '@alice:hs.test': 'admin' }, 'hs.test');
    const levels = ['@alice:hs.test', '@bob:hs.test', '@eve:evil.test', '@x:hs.test.evil.test'];
    assert.deepEqual(
      levels.map((user) => levelOf(matrixUserId(user))),
      ['admin', 'none', 'user', 'user'],
    );
    const unset = permissions(undefined, 'hs.test');
    assert.deepEqual([unset(alice), unset(matrixUserId('@eve:evil.test'))], ['user', 'none']);
    assert.equal(permissions({}, 'hs.test')(alice), 'none');
  });

  it('let everybody in who can join an open room, or not', () => {
    const may = (map: Parameters<typeof everybodyMay>[0], federated = false): boolean =>
      everybodyMay(map, 'hs.test', federated);
    assert.deepEqual([may(undefined), may(undefined, true)], [true, false]);
    assert.deepEqual([may({ '*': 'user' }), may({ '*': 'user' }, true)], [true, true]);
    assert.deepEqual(
      [may({ '*': 'user', 'hs.test': 'none' }), may({ '*': 'none', 'hs.test': 'admin' })],
      [false, true],
    );
    assert.deepEqual([may({}), may({ '@alice:hs.test': 'admin' })], [false, false]);
    // Somebody alone who is excluded is put out by the bot.
    assert.ok(may({ 'hs.test': 'user', '@eve:hs.test': 'none' }));
  });
});
