import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matrixUserId } from '../../src/core/ids.ts';
import { permissions, permittedOnly } from '../../src/permissions.ts';
import {
  alice,
  bob,
  fromAlice,
  fromRemote,
  outcomeOf,
  rigWithPortal,
  net,
  textBody,
} from '../support/spine-rig.ts';

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

  it('end the chats of who has lost them, in both directions', async () => {
    const policy = permittedOnly(permissions({ [alice]: 'none' }, 'hs.test'));
    const { rig, portal } = await rigWithPortal({ policy });
    await rig.spine.receiveMatrix([fromAlice(portal.room, 'out', textBody('still here?'))]);
    await rig.spine.receiveRemote(net, fromRemote(bob.userId, 'in', textBody('still here?')));
    await rig.quiet();
    for (const id of ['$out', 'in'])
      assert.deepEqual(await outcomeOf(rig, id), { kind: 'blocked', rule: 'permissions' });
    assert.deepEqual([rig.atNetwork, rig.atMatrix], [[], []]);
  });
});
