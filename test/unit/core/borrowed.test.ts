import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GroupPortals } from '../../../src/core/groups.ts';
import { failedForGood, type Failed } from '../../../src/core/outcome.ts';
import { matrixUserId, portalId, roomId } from '../../../src/core/ids.ts';
import type { GroupPortal } from '../../../src/core/portal.ts';
import { Turns } from '../../../src/core/turns.ts';
import {
  about,
  carol,
  ghostOfBob,
  inGroup,
  ofAlice,
  salon,
  spoken,
  user,
} from '../../support/group-scene.ts';
import { fakeGroupRooms } from '../../support/fake-groups.ts';
import { memoryStores } from '../../support/memory-stores.ts';
import type { RigOptions } from '../../support/spine-rig-options.ts';
import { alice, bob, fromAlice, net, outcomeOf, SpineRig, textBody } from '../../support/spine-rig.ts';

/** A group whose room was there before, with Alice in both. */
async function borrowed(options: RigOptions = {}): Promise<{ rig: SpineRig; portal: GroupPortal }> {
  const rig = new SpineRig(options);
  const key = { network: net, chat: salon, receiver: undefined };
  const portal: GroupPortal = {
    kind: 'group',
    id: portalId('tie'),
    key,
    room: roomId('!ours'),
    borrowed: true,
  };
  const kept = await rig.groups.adopt(rig.network, portal, alice);
  assert.deepEqual(kept, { kind: 'kept', portal });
  rig.acts.length = 0;
  return { rig, portal };
}

describe('a group whose room belongs to its people', () => {
  it('keeps who comes in the room, whether or not the group takes them, until they speak', async () => {
    const { rig, portal } = await borrowed({ permits: (who) => who !== carol });
    await user(rig, portal, '$1', { kind: 'joined', user: carol, name: 'Carol' });
    await user(rig, portal, '$2', { kind: 'joined', user: matrixUserId('@dan:hs.test'), name: 'Dan' });
    assert.deepEqual(rig.acts, []);
  });

  it('neither sets powers nor sets them back', async () => {
    const { rig, portal } = await borrowed();
    await user(rig, portal, '$1', {
      kind: 'powers',
      user: alice,
      changes: [{ member: ofAlice, role: 'moderator' }],
    });
    assert.deepEqual([rig.acts, rig.atNetwork.length], [[], 0]);
  });

  it('lets in nobody who is not in the room, and invites nobody to it', async () => {
    const { rig } = await borrowed({
      group: (act) => (act === `in ${carol}` ? failedForGood('forbidden') : undefined),
    });
    const entered = await rig.groups.join(rig.network, salon, carol);
    assert.ok(entered.kind === 'failed');
    assert.equal(entered.reason, 'bridged-room');
    const invited = await rig.groups.invited(rig.network, salon, carol);
    assert.ok(invited.kind === 'failed');
    assert.equal(invited.reason, 'bridged-room');
    assert.deepEqual(rig.acts, []);
  });

  it('goes on without the user whom the network puts out, and is closed with the last of them', async () => {
    const { rig, portal } = await borrowed();
    await rig.groups.entered(rig.network, portal, carol);
    const kick = inGroup(bob.userId, 'k1', about(ofAlice, { kind: 'kick', reason: undefined }));
    await rig.spine.receiveRemote(net, kick);
    await rig.quiet();
    assert.equal(await rig.stores.groups.member(portal.id, alice), undefined);
    assert.ok(!rig.acts.includes('close'));
    assert.equal(await rig.groups.removed(portal, carol), undefined);
    assert.ok(rig.acts.includes('close'));
    assert.equal(await rig.stores.portals.byRoom(portal.room), undefined);
  });

  it('is closed at once when the bot is put out: it is not waited for', async () => {
    const { rig, portal } = await borrowed({
      group: (act) => (act === 'bot is out' ? failedForGood('forbidden') : undefined),
    });
    rig.absences.suspected(portal);
    assert.equal(await rig.absences.removed(portal, carol), undefined);
    assert.equal(rig.absences.isOut(portal), false);
    await user(rig, portal, 'out', { kind: 'bot-removed', user: carol });
    assert.ok(rig.acts.includes('close'));
    assert.equal(await rig.stores.portals.byRoom(portal.room), undefined);
    assert.deepEqual(await outcomeOf(rig, '$out'), { kind: 'ignored', reason: 'portal-closed' });
  });

  it('does not bring in what was said before', async () => {
    const history = async (): Promise<never> => assert.fail('the archive was read');
    const { rig, portal } = await borrowed({ history });
    await rig.groups.firstHistory(rig.network, portal);
  });

  it('carries what is said in it both ways', async () => {
    const { rig, portal } = await borrowed();
    await spoken(rig, portal);
    await rig.spine.receiveRemote(net, inGroup(bob.userId, 'm1', textBody('hello')));
    await rig.quiet();
    assert.equal(rig.atMatrix.length, 1);
    assert.equal((await outcomeOf(rig, 'm1'))?.kind, 'sent');
    await rig.spine.receiveMatrix([fromAlice(portal.room, 'm2', textBody('hello yourself'))]);
    await rig.quiet();
    assert.equal(rig.atNetwork.length, 1);
  });

  it('keeps the name that a user gives it, though the network does not take it', async () => {
    const toNetwork = async (): Promise<Failed> => failedForGood('forbidden');
    const { rig, portal } = await borrowed({ toNetwork });
    const renamed = { kind: 'chat-info', change: { kind: 'name', name: 'Ours' } } as const;
    await rig.spine.receiveMatrix([fromAlice(portal.room, 'n1', renamed)]);
    await rig.quiet();
    assert.equal((await outcomeOf(rig, '$n1'))?.kind, 'failed');
    assert.deepEqual(rig.atMatrix, [], 'nothing is set back');
  });

  it('lifts no ban of a ghost that the network does not take', async () => {
    const toNetwork = async (): Promise<Failed> => failedForGood('forbidden');
    const { rig, portal } = await borrowed({ toNetwork });
    await spoken(rig, portal);
    const ban = { user: ghostOfBob, ghost: bob.userId, by: alice, how: 'ban' } as const;
    await user(rig, portal, '$b1', { kind: 'left', ...ban });
    assert.equal((await rig.stores.groups.person(portal.id, bob.userId))?.state, 'out');
    assert.deepEqual(rig.acts, []);
  });

  it('is entered by another user of the room when the last one who was in the group leaves', async () => {
    const acts: string[] = [];
    const stores = memoryStores();
    const here = [alice, carol];
    const groups = new GroupPortals({
      ...{ stores, rooms: fakeGroupRooms(acts, () => undefined), others: async () => here },
      ...{ remember: async () => undefined, reachable: async () => 'yes', nickOf: async (who) => who },
      turns: new Turns(),
    });
    const { network } = new SpineRig();
    const key = { network: net, chat: salon, receiver: undefined };
    const portal: GroupPortal = {
      kind: 'group',
      id: portalId('tie'),
      key,
      room: roomId('!ours'),
      borrowed: true,
    };
    await groups.adopt(network, portal, alice);
    assert.equal(await groups.left(network, portal, alice), undefined);
    assert.deepEqual(
      (await stores.groups.members(portal.id)).map((member) => member.user),
      [carol],
    );
    here.splice(0);
    assert.equal(await groups.left(network, portal, carol), undefined);
    assert.ok(acts.includes('close'));
    assert.equal(await stores.portals.byRoom(portal.room), undefined);
  });
});
