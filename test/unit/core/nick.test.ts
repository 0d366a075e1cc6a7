import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { failedForGood, failedForNow } from '../../../src/core/outcome.ts';
import type { GroupPortal } from '../../../src/core/portal.ts';
import { inSalon, user } from '../../support/group-scene.ts';
import { alice, outcomeOf, type SpineRig } from '../../support/spine-rig.ts';

async function called(
  rig: SpineRig,
  portal: GroupPortal,
  id: string,
  name: string | undefined,
): Promise<void> {
  await user(rig, portal, id, { kind: 'joined', user: alice, name });
}

describe('What a Matrix user is called in a group', () => {
  it('follows what they are called in the room, as far as the network gives it, and is kept', async () => {
    const { rig, portal } = await inSalon();
    rig.acts.length = 0;
    await called(rig, portal, 'a', 'Alice of the Salon');
    assert.deepEqual(rig.acts, [`rename #salon ${alice} to Alice of the Salon`]);
    assert.equal((await rig.stores.groups.member(portal.id, alice))?.nick, 'Alice of');
    await called(rig, portal, 'b', 'Alice of');
    assert.equal(rig.acts.length, 1, 'they are called so already');
    await called(rig, portal, 'c', undefined);
    assert.deepEqual(rig.acts.slice(1), [`rename #salon ${alice} to alice`]);
    assert.deepEqual(await outcomeOf(rig, '$c'), { kind: 'ignored', reason: 'nothing-to-do' });
  });

  it('stays where the network refuses, and is asked for again where it is away', async () => {
    let failed = failedForGood('network-refused');
    const { rig, portal } = await inSalon({
      group: (act) => (act.startsWith('rename') ? failed : undefined),
    });
    const before = await rig.stores.groups.member(portal.id, alice);
    await called(rig, portal, 'a', 'Other');
    assert.deepEqual(await rig.stores.groups.member(portal.id, alice), before);
    assert.deepEqual(await outcomeOf(rig, '$a'), { kind: 'ignored', reason: 'nothing-to-do' });
    failed = failedForNow('link-down');
    await called(rig, portal, 'b', 'Other');
    assert.equal(await outcomeOf(rig, '$b'), undefined);
    await rig.stop();
  });
});
