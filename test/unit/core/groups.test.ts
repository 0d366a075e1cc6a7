import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually } from '../../conformance/eventually.ts';
import { remoteUserId, roomId } from '../../../src/core/ids.ts';
import { failedForGood, failedForNow } from '../../../src/core/outcome.ts';
import {
  about,
  carol,
  inGroup,
  inSalon,
  left,
  ofAlice,
  salon,
  user,
  type Change,
} from '../../support/group-scene.ts';
import { alice, bob, net, outcomeOf, SpineRig, textBody } from '../../support/spine-rig.ts';

describe('a group', () => {
  it('is entered first and then given its room; the user is invited under the nick that they got', async () => {
    const { rig, portal } = await inSalon();
    assert.deepEqual(rig.acts, [
      'join #salon @alice:hs.test as nick of @alice:hs.test',
      'room Group #salon for @alice:hs.test member',
      'invite @alice:hs.test',
    ]);
    const member = await rig.stores.groups.member(portal.id, alice);
    assert.equal(member?.nick, 'nick of @alice:hs.test!');
    assert.deepEqual(await rig.stores.groups.joined(net), [
      ...[
        {
          portal: portal.id,
          chat: salon,
          members: [{ user: alice, nick: member.nick }],
          position: undefined,
        },
      ],
    ]);
  });

  it('is remembered with how far its archive was read before its room is made: nothing said later is lost', async () => {
    let known: ReturnType<SpineRig['stores']['groups']['joined']> | undefined;
    const rig: SpineRig = new SpineRig({
      group: (act) => {
        if (act.startsWith('join')) rig.positions.reached(net, salon, 'the end');
        if (act.startsWith('room')) known = rig.stores.groups.joined(net);
        return undefined;
      },
    });
    await rig.groups.join(rig.network, salon, alice);
    assert.deepEqual(
      (await known)?.map(({ position }) => position),
      ['the end'],
    );
  });

  it('has one room, whoever joins meanwhile', async () => {
    const rig = new SpineRig();
    const entered = await Promise.all(
      [alice, carol, alice].map((user) => rig.groups.join(rig.network, salon, user)),
    );
    const rooms = entered.map((group) => (group.kind === 'group' ? group.portal.room : ''));
    assert.equal(new Set(rooms).size, 1);
    assert.equal(rig.acts.filter((act) => act.startsWith('room')).length, 1);
    assert.deepEqual(
      entered.map((group) => group.kind === 'group' && group.fresh),
      [true, false, false],
    );
  });

  it('that lets nobody in leaves nothing behind', async () => {
    const refusal = failedForGood('forbidden');
    const rig = new SpineRig({ group: (act) => (act.startsWith('join') ? refusal : undefined) });
    assert.deepEqual(await rig.groups.join(rig.network, salon, alice), refusal);
    assert.equal(
      await rig.stores.portals.byKey({ network: net, chat: salon, receiver: undefined }),
      undefined,
    );
    assert.deepEqual(await rig.stores.groups.joined(net), []);
  });

  it('whose room cannot be made now gets the one that an earlier attempt made', async () => {
    let fails = true;
    const rig = new SpineRig({
      group: (act) => (fails && act.startsWith('room') ? failedForNow('link-down') : undefined),
    });
    assert.equal((await rig.groups.join(rig.network, salon, alice)).kind, 'failed');
    fails = false;
    assert.equal((await rig.groups.join(rig.network, salon, alice)).kind, 'group');
    assert.equal(rig.acts.filter((act) => act.endsWith(' again')).length, 1);
  });

  it('is closed when its last user leaves, and its messages are nobody’s then', async () => {
    const { rig, portal } = await inSalon();
    await rig.groups.join(rig.network, salon, carol);
    await user(rig, portal, 'l1', { kind: 'left', user: carol, by: carol, how: 'leave', ghost: undefined });
    assert.ok(rig.acts.includes('leave #salon @carol:hs.test') && !rig.acts.includes('close'));
    await user(rig, portal, 'l2', { kind: 'left', user: alice, by: alice, how: 'leave', ghost: undefined });
    assert.equal(rig.acts.at(-1), 'close');
    await rig.spine.receiveRemote(net, inGroup('bob', 'm', textBody('anybody?')));
    await rig.quiet();
    assert.deepEqual(await outcomeOf(rig, 'm'), { kind: 'ignored', reason: 'no-portal' });
  });

  it('is closed though a crash came right after its last user was forgotten', async () => {
    const { rig, portal } = await inSalon();
    await rig.stores.groups.removeMember(portal.id, alice);
    await rig.spine.receiveMatrix([left(portal.room, 'l')]);
    await rig.quiet();
    assert.ok(rig.acts.includes('close'));
    assert.equal(await rig.stores.portals.byId(portal.id), undefined);
  });

  it('is closed again and again until that succeeds', async () => {
    let fails = true;
    const { rig, portal } = await inSalon({
      group: (act) => (fails && act === 'close' ? failedForNow('link-down', undefined, 1) : undefined),
    });
    await rig.spine.receiveMatrix([left(portal.room, 'l')]);
    await eventually('an attempt to close', () => rig.acts.includes('close') || undefined, 2_000);
    fails = false;
    await eventually('its end', () => outcomeOf(rig, '$l'), 2_000);
    assert.equal(await rig.stores.portals.byId(portal.id), undefined);
  });
});

describe('what a network tells of a group', () => {
  it('waits for the room while it is being made', async () => {
    const { rig, portal } = await inSalon();
    await rig.stores.portals.closed(portal.id);
    const joining = rig.groups.join(rig.network, salon, alice);
    await rig.spine.receiveRemote(net, inGroup('bob', 'm', textBody('so soon')));
    await joining;
    await rig.quiet();
    assert.ok(['sent', 'ignored'].includes((await outcomeOf(rig, 'm'))?.kind ?? ''));
    await rig.spine.receiveRemote(net, inGroup('bob', 'm2', textBody('now')));
    await rig.quiet();
    assert.deepEqual(await outcomeOf(rig, 'm2'), { kind: 'sent' });
  });

  it('makes the room that could not be made, and goes on until its users are invited', async () => {
    let [noRoom, noInvite] = [true, true];
    const rig = new SpineRig({
      group: (act) =>
        (noRoom && act.startsWith('room')) || (noInvite && act.startsWith('invite'))
          ? failedForNow('link-down', undefined, 1)
          : undefined,
    });
    assert.equal((await rig.groups.join(rig.network, salon, alice)).kind, 'failed');
    noRoom = false;
    await rig.spine.receiveRemote(net, inGroup('bob', 'm', textBody('anybody there?')));
    await eventually('an invitation', () => rig.acts.includes(`invite ${alice}`) || undefined, 2_000);
    noInvite = false;
    rig.acts.length = 0;
    assert.deepEqual(await eventually('its end', () => outcomeOf(rig, 'm'), 2_000), { kind: 'sent' });
    assert.ok(rig.acts.includes(`invite ${alice}`));
    await rig.stop();
  });

  it('keeps nothing of a flood of people who never spoke', async () => {
    const { rig } = await inSalon();
    for (let n = 0; n < 5_000; n += 1) {
      const person = remoteUserId(`p${n}`);
      const kind = n % 2 === 0 ? 'join' : 'leave';
      const change = kind === 'join' ? { kind } : { kind, reason: undefined };
      const answer = await rig.spine.receiveRemote(
        net,
        inGroup(person, `f${n}`, about(person, change as Change)),
      );
      assert.equal(answer, 'known');
    }
    assert.equal(rig.bounded.length, 5_000);
    assert.equal(await rig.stores.events.find('f1'), undefined);
    assert.deepEqual(rig.atMatrix, []);
  });

  it('keeps that somebody left who has spoken, though the message is not opened yet', async () => {
    const { rig } = await inSalon();
    const leave = about(bob.userId, { kind: 'leave', reason: undefined });
    await Promise.all([
      rig.spine.receiveRemote(net, inGroup('bob', 'm', textBody('goodbye'))),
      rig.spine.receiveRemote(net, inGroup('bob', 'l', leave)),
    ]);
    await rig.quiet();
    assert.deepEqual(
      rig.atMatrix.map(({ kind }) => kind),
      ['message', 'membership'],
    );
  });

  it('invites a user, who enters the group when they come in', async () => {
    const rig = new SpineRig();
    await rig.spine.receiveRemote(net, inGroup('bob', 'i', about(ofAlice, { kind: 'invite' })));
    await rig.quiet();
    assert.deepEqual(rig.acts, ['room Group #salon for @alice:hs.test member', 'invite @alice:hs.test']);
    assert.deepEqual(await rig.stores.groups.joined(net), []);
    const portal = await rig.stores.portals.byKey({ network: net, chat: salon, receiver: undefined });
    assert.ok(portal?.kind === 'group' && portal.room !== undefined);
    await user(rig, portal, 'j', { kind: 'joined', user: alice, name: 'Al' });
    assert.equal(rig.acts.at(-1), 'join #salon @alice:hs.test as Al');
  });

  it('asks the rules before it invites anybody, and makes no room where they say no', async () => {
    const asked: string[] = [];
    const rig = new SpineRig({
      policy: {
        judge: (event, chat, direction) => {
          asked.push(`${event.kind} ${chat.kind} ${chat.key.chat} ${direction}`);
          return { kind: 'block', rule: 'no groups' };
        },
      },
    });
    await rig.spine.receiveRemote(net, inGroup('bob', 'i', about(ofAlice, { kind: 'invite' })));
    await rig.quiet();
    assert.deepEqual(asked, ['membership group #salon to-matrix']);
    assert.deepEqual(await outcomeOf(rig, 'i'), { kind: 'blocked', rule: 'no groups' });
    assert.deepEqual(rig.acts, []);
    assert.equal(
      await rig.stores.portals.byKey({ network: net, chat: salon, receiver: undefined }),
      undefined,
    );
    await rig.reports.stop();
    assert.equal(rig.refused.length, 1, 'whoever invited is told');
  });

  it('lets nobody in whom a user has banned from its room, and does not ask the network', async () => {
    let isBanned = true;
    const { rig, portal } = await inSalon({
      group: (act) => (isBanned && act === `admit ${carol}` ? failedForGood('banned') : undefined),
    });
    rig.acts.length = 0;
    const joined = await rig.groups.join(rig.network, salon, carol);
    assert.ok(joined.kind === 'failed' && joined.reason === 'banned');
    const invite = about({ in: 'matrix', userId: carol }, { kind: 'invite' });
    await rig.spine.receiveRemote(net, inGroup('bob', 'i', invite));
    await rig.quiet();
    assert.deepEqual(await outcomeOf(rig, 'i'), { kind: 'failed', reason: 'banned' });
    assert.deepEqual(rig.acts, []);
    assert.equal(await rig.stores.groups.member(portal.id, carol), undefined);
    isBanned = false;
    assert.equal((await rig.groups.join(rig.network, salon, carol)).kind, 'group');
  });

  it('is not moved to another room while something else is done to it', async () => {
    const { rig, portal } = await inSalon();
    const gate = Promise.withResolvers<undefined>();
    const first = rig.groups.alone(portal.key, () => gate.promise);
    const moved = rig.portals.follow(portal, roomId('!next'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(rig.acts.includes('follow !next'), false);
    gate.resolve(undefined);
    await Promise.all([first, moved]);
    assert.equal(rig.acts.includes('follow !next'), true);
    // The last one leaves while the room is upgraded: there is nothing to move any more.
    const [left, late] = await Promise.all([
      rig.groups.left(rig.network, { ...portal, room: roomId('!next') }, alice),
      rig.portals.follow({ ...portal, room: roomId('!next') }, roomId('!last')),
    ]);
    assert.deepEqual([left, late?.reason], [undefined, 'no-replacement']);
    assert.equal(rig.acts.includes('follow !last'), false);
  });

  it('invites nobody who may not use the bridge, and closes what was declined', async () => {
    const rig = new SpineRig({ reachable: async (one) => (one === carol ? 'not-permitted' : 'yes') });
    const invite = about({ in: 'matrix', userId: carol }, { kind: 'invite' });
    await rig.spine.receiveRemote(net, inGroup('bob', 'i', invite));
    await rig.quiet();
    assert.deepEqual(await outcomeOf(rig, 'i'), { kind: 'failed', reason: 'not-permitted' });
    assert.equal(await rig.stores.portals.count(), 0);
    await rig.spine.receiveRemote(net, inGroup('bob', 'i2', about(ofAlice, { kind: 'invite' })));
    await rig.quiet();
    const [portal] = await rig.stores.portals.list(0, 1);
    assert.ok(portal?.kind === 'group');
    await rig.spine.receiveMatrix([left(portal.room, 'd')]);
    await rig.quiet();
    assert.equal(rig.acts.at(-1), 'close');
    assert.ok(!rig.acts.some((act) => act.startsWith('leave')), 'they were never in it');
  });

  it('puts a user out: the bridge does not enter for them again', async () => {
    const { rig, portal } = await inSalon();
    await rig.groups.join(rig.network, salon, carol);
    await rig.spine.receiveRemote(
      net,
      inGroup('bob', 'k', about(ofAlice, { kind: 'kick', reason: 'noise' })),
    );
    await rig.quiet();
    assert.deepEqual(
      (await rig.stores.groups.members(portal.id)).map((member) => member.user),
      [carol],
    );
    assert.ok(!rig.acts.includes('leave #salon @alice:hs.test'));
  });
});
