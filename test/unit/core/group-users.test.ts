import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually } from '../../conformance/eventually.ts';
import type { ChatInfoEvent } from '../../../src/core/event.ts';
import { matrixEventId, portalId, roomId } from '../../../src/core/ids.ts';
import { failedForGood } from '../../../src/core/outcome.ts';
import {
  carol,
  ghostOfBob,
  inGroup,
  inSalon,
  invitation,
  ofAlice,
  ofBob,
  salon,
  spoken,
  user,
  type Said,
} from '../../support/group-scene.ts';
import {
  alice,
  bob,
  fromAlice,
  net,
  opened,
  outcomeOf,
  sentToNetwork,
  textBody,
} from '../../support/spine-rig.ts';

describe('a user in the room of a group', () => {
  it('is carried to the network, after they have entered the group', async () => {
    const { rig, portal } = await inSalon();
    await rig.stores.groups.removeMember(portal.id, alice);
    await rig.stores.groups.putMember(portal.id, { user: carol, nick: 'C', state: 'joined', role: 'member' });
    rig.acts.length = 0;
    await rig.spine.receiveMatrix([fromAlice(portal.room, '1', textBody('hello'))]);
    await rig.quiet();
    assert.deepEqual(rig.acts, ['join #salon @alice:hs.test as nick of @alice:hs.test']);
    assert.deepEqual(
      rig.atNetwork.map(({ sender }) => sender),
      [ofAlice],
    );
  });

  it('who is not let into the group is told, and put out of the room where they came in', async () => {
    const refusal = failedForGood('forbidden');
    const { rig, portal } = await inSalon({
      group: (act) => (act.includes('@carol') && act.startsWith('join') ? refusal : undefined),
    });
    await user(rig, portal, 'j', { kind: 'joined', user: carol, name: 'Carol' });
    assert.ok(rig.acts.includes('remove @carol:hs.test forbidden'));
    assert.deepEqual(await outcomeOf(rig, '$j'), { kind: 'failed', reason: 'forbidden' });
    assert.equal(await rig.stores.groups.member(portal.id, carol), undefined);
  });

  it('who has left is not brought back by what they did before', async () => {
    const gone = failedForGood('forbidden');
    const { rig, portal } = await inSalon({ group: (act) => (act === `in ${alice}` ? gone : undefined) });
    await rig.groups.join(rig.network, salon, carol);
    assert.equal(await rig.groups.left(rig.network, portal, alice), undefined);
    rig.acts.length = 0;
    await rig.spine.receiveMatrix([fromAlice(portal.room, 'm', textBody('said before'))]);
    await user(rig, portal, 'j', { kind: 'joined', user: alice, name: 'Al' });
    assert.deepEqual(rig.acts, []);
    assert.deepEqual(rig.atNetwork, []);
    assert.equal(await rig.stores.groups.member(portal.id, alice), undefined);
    assert.deepEqual(await outcomeOf(rig, '$m'), { kind: 'failed', reason: 'portal-closed' });
    assert.deepEqual(await outcomeOf(rig, '$j'), { kind: 'ignored', reason: 'nothing-to-do' });
  });

  it('who may not use the bridge is put out, and gets no line', async () => {
    const { rig, portal } = await inSalon({ permits: (one) => one !== carol });
    await user(rig, portal, 'j', { kind: 'joined', user: carol, name: 'Carol' });
    assert.ok(rig.acts.includes('remove @carol:hs.test not-permitted'));
    assert.deepEqual(rig.notices, []);
  });

  it('who may not use the bridge is put out, also where they say that the bridge brought them in', async () => {
    const { rig, portal } = await inSalon({ permits: (one) => one !== carol });
    await user(rig, portal, 'j', { kind: 'joined', user: carol, name: 'Carol', broughtInto: portal.id });
    assert.ok(rig.acts.includes('remove @carol:hs.test not-permitted'));
  });

  it('whom the bridge brought in does not enter the group; one whom it brought in elsewhere does', async () => {
    const { rig, portal } = await inSalon();
    const joined = { kind: 'joined', user: carol, name: 'Carol' } as const;
    await user(rig, portal, 'j', { ...joined, broughtInto: portal.id });
    assert.deepEqual(await outcomeOf(rig, '$j'), { kind: 'ignored', reason: 'own-echo' });
    assert.equal(await rig.stores.groups.member(portal.id, carol), undefined);
    await user(rig, portal, 'j2', { ...joined, broughtInto: portalId('another') });
    assert.equal((await rig.stores.groups.member(portal.id, carol))?.state, 'joined');
  });

  it('enters under the name that they have in the room, and goes by another later', async () => {
    const { rig, portal } = await inSalon();
    await user(rig, portal, 'j', { kind: 'joined', user: carol, name: 'Carol C.' });
    await user(rig, portal, 'j2', { kind: 'joined', user: carol, name: 'Renamed' });
    assert.deepEqual(
      rig.acts.filter((act) => act.includes('@carol')),
      ['join #salon @carol:hs.test as Carol C.', 'rename #salon @carol:hs.test to Renamed'],
    );
  });

  it('kicks: the ghost is out, and the network is told; what it refuses is told to the user', async () => {
    const { rig, portal } = await inSalon();
    await spoken(rig, portal);
    await user(rig, portal, 'k', {
      kind: 'left',
      user: ghostOfBob,
      by: alice,
      how: 'kick',
      ghost: bob.userId,
    });
    const [kick] = rig.atNetwork;
    assert.ok(kick?.kind === 'membership');
    assert.deepEqual([kick.member, kick.change.kind, kick.sender], [ofBob, 'kick', ofAlice]);
    assert.equal((await rig.stores.groups.person(portal.id, bob.userId))?.state, 'out');
  });

  it('bans: where the network does not, the ban is lifted', async () => {
    const { rig, portal } = await inSalon({
      toNetwork: async () => ({ kind: 'unsupported', reason: 'not-carried' }),
    });
    await spoken(rig, portal);
    await user(rig, portal, 'b', {
      kind: 'left',
      user: ghostOfBob,
      by: alice,
      how: 'ban',
      ghost: bob.userId,
    });
    assert.ok(rig.acts.includes('pardon bob'));
    assert.deepEqual(await outcomeOf(rig, '$b'), { kind: 'unsupported', reason: 'not-carried' });
    await rig.reports.stop();
    assert.equal(rig.notices.length, 1);
  });

  it('invites a person: where the network does not, the ghost declines', async () => {
    const { rig, portal } = await inSalon({
      toNetwork: async (event) =>
        event.cause.includes('$i2') ? failedForGood('forbidden') : sentToNetwork(event),
    });
    await user(rig, portal, 'i1', invitation(portal.room));
    assert.equal((await rig.stores.groups.person(portal.id, bob.userId))?.state, 'invited');
    await user(rig, portal, 'i2', invitation(portal.room));
    assert.ok(rig.acts.includes('decline bob'));
    assert.equal(rig.roomsMade.length, 0, 'no direct chat comes of it');
  });

  it('gives roles: each is carried once, and one that the network refuses is taken back', async () => {
    const { rig, portal } = await inSalon({
      toNetwork: async (event) =>
        event.kind === 'membership' && event.member.in === 'matrix'
          ? failedForGood('forbidden')
          : sentToNetwork(event),
    });
    const changes = [
      { member: ofBob, role: 'moderator' },
      { member: ofAlice, role: 'owner' },
    ] as const;
    await user(rig, portal, 'p', { kind: 'powers', user: alice, changes });
    assert.ok(rig.acts.includes('role @alice:hs.test member'));
    assert.equal((await rig.stores.groups.person(portal.id, bob.userId))?.role, 'moderator');
    rig.atNetwork.length = 0;
    await user(rig, portal, 'p2', { kind: 'powers', user: alice, changes: changes.slice(0, 1) });
    assert.deepEqual(rig.atNetwork, [], 'it is so already');
  });

  it('renames the group, unless it is called so', async () => {
    const { rig, portal } = await inSalon();
    const rename = (name: string): Said<ChatInfoEvent> => ({
      kind: 'chat-info',
      change: { kind: 'name', name },
    });
    await rig.spine.receiveMatrix([
      fromAlice(portal.room, 'n1', rename('Group #salon')),
      fromAlice(portal.room, 'n2', rename('Another')),
    ]);
    await rig.quiet();
    assert.deepEqual(await outcomeOf(rig, '$n1'), { kind: 'ignored', reason: 'nothing-to-do' });
    assert.deepEqual(await outcomeOf(rig, '$n2'), { kind: 'sent' });
  });

  it('renames it though the network refuses: the room says again what the network says', async () => {
    const { rig, portal } = await inSalon({ toNetwork: async () => failedForGood('forbidden') });
    const rename = { kind: 'chat-info', change: { kind: 'name', name: 'Mine' } } as const;
    await rig.spine.receiveMatrix([fromAlice(portal.room, 'n', rename)]);
    await rig.quiet();
    const [said] = rig.atMatrix;
    assert.ok(said?.kind === 'chat-info');
    assert.deepEqual(said.change, { kind: 'name', name: 'Group #salon' });
    assert.deepEqual(await outcomeOf(rig, '$n'), { kind: 'failed', reason: 'forbidden' });
  });

  it('changes the name, and changes it back, before either is carried: nothing is', async () => {
    const { rig, portal } = await inSalon({
      // The room has the first name again.
      group: (act) => (act.startsWith('says Second') ? failedForGood('forbidden') : undefined),
    });
    const names = ['Second', 'Group #salon'].map((name) =>
      fromAlice(portal.room, name, { kind: 'chat-info', change: { kind: 'name', name } }),
    );
    await rig.spine.receiveMatrix(names);
    await rig.quiet();
    assert.deepEqual(rig.atNetwork, []);
    assert.deepEqual(await outcomeOf(rig, '$Second'), { kind: 'ignored', reason: 'nothing-to-do' });
  });

  it('is told how their message ended, and nobody else is', async () => {
    const { rig, portal } = await inSalon({ toNetwork: async () => failedForGood('too-long') });
    await rig.groups.join(rig.network, salon, carol);
    await rig.spine.receiveMatrix([fromAlice(portal.room, 'm', textBody('far too long'))]);
    await rig.quiet();
    await eventually('a notice', () => rig.notices[0], 2_000);
    await rig.reports.stop();
    assert.deepEqual(rig.statuses, [{ eventId: '$m', kind: 'failed' }]);
    assert.deepEqual(rig.told, [alice]);
  });

  it('takes back what somebody else wrote: the network is asked, and what it refuses is told', async () => {
    const refused = { kind: 'unsupported', reason: 'no-moderation' } as const;
    const { rig, portal } = await inSalon({
      toNetwork: async (event) => (event.cause.includes('$r2') ? refused : sentToNetwork(event)),
    });
    await rig.spine.receiveRemote(net, inGroup('bob', 'm', textBody('not for here')));
    await rig.quiet();
    const target = { in: 'matrix', eventId: matrixEventId('$m-loopback/m') } as const;
    await rig.spine.receiveMatrix([
      fromAlice(portal.room, 'r1', { kind: 'redaction', target, reason: 'off topic' }),
      fromAlice(portal.room, 'r2', { kind: 'redaction', target }),
      fromAlice(portal.room, 'own', textBody('mine')),
    ]);
    await rig.quiet();
    const own = { in: 'matrix', eventId: matrixEventId('$own') } as const;
    await rig.spine.receiveMatrix([fromAlice(portal.room, 'r3', { kind: 'redaction', target: own })]);
    await rig.quiet();
    assert.deepEqual(
      rig.atNetwork.map((event) => [event.kind, event.kind === 'moderation' ? event.reason : '']),
      [
        ['moderation', 'off topic'],
        ['moderation', undefined],
        ['message', ''],
        ['redaction', ''],
      ],
    );
    assert.deepEqual(await outcomeOf(rig, '$r1'), { kind: 'sent' });
    assert.deepEqual(await outcomeOf(rig, '$r2'), refused);
  });

  it('upgrades it: the portal moves, unless the new room cannot be entered for too long', async () => {
    let fails = true;
    const { rig, portal } = await inSalon({
      group: (act) => (fails && act.startsWith('follow') ? failedForGood('no-replacement') : undefined),
    });
    const replacement = roomId('!new');
    const tombstone = { kind: 'replaced', user: alice, room: portal.room, replacement } as const;
    await rig.spine.receiveMatrix([opened(portal.room, 't1', { ...tombstone, at: 1 })]);
    await rig.quiet();
    assert.deepEqual(await outcomeOf(rig, '$t1'), { kind: 'failed', reason: 'no-replacement' });
    fails = false;
    const invite = { user: alice, room: replacement, direct: false, predecessor: portal.room } as const;
    await rig.spine.receiveMatrix([opened(replacement, 'i', { kind: 'bot-invited', ...invite })]);
    await rig.quiet();
    assert.deepEqual(rig.acts.at(-1), 'followed !new');
    assert.equal((await rig.stores.portals.byRoom(replacement))?.id, portal.id);
    assert.deepEqual(rig.accepted, [], 'it is no management room');
  });
});
