import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ChatInfoEvent, MembershipEvent, Party, UnresolvedEvent } from '../../../src/core/event.ts';
import type { OpenedMatrixEvent } from '../../../src/core/homeserver.ts';
import { matrixUserId, remoteChatId, remoteUserId, roomId, type RoomId } from '../../../src/core/ids.ts';
import type { Arrival } from '../../../src/core/network.ts';
import { failedForGood, failedForNow } from '../../../src/core/outcome.ts';
import type { GroupPortal } from '../../../src/core/portal.ts';
import {
  alice,
  bob,
  fromAlice,
  fromRemote,
  net,
  opened,
  outcomeOf,
  sentToNetwork,
  SpineRig,
  textBody,
  type RigOptions,
} from '../../support/spine-rig.ts';

const salon = remoteChatId('#salon');
const carol = matrixUserId('@carol:hs.test');
const ofBob: Party = { in: 'remote', userId: bob.userId };
const ofAlice: Party = { in: 'matrix', userId: alice };

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
          members: [{ user: alice, nick: member?.nick }],
          position: undefined,
        },
      ],
    ]);
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

  it('is closed again and again until that succeeds', async () => {
    let fails = true;
    const { rig, portal } = await inSalon({
      group: (act) => (fails && act === 'close' ? failedForNow('link-down', undefined, 1) : undefined),
    });
    await rig.spine.receiveMatrix([left(portal.room, 'l')]);
    while (!rig.acts.includes('close')) await new Promise((resolve) => setImmediate(resolve));
    fails = false;
    while ((await outcomeOf(rig, '$l')) === undefined) await new Promise((resolve) => setTimeout(resolve, 2));
    assert.equal(await rig.stores.portals.byId(portal.id), undefined);
  });
});

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

  it('who may not use the bridge is put out, and gets no line', async () => {
    const { rig, portal } = await inSalon({ permits: (one) => one !== carol });
    await user(rig, portal, 'j', { kind: 'joined', user: carol, name: 'Carol' });
    assert.ok(rig.acts.includes('remove @carol:hs.test not-permitted'));
    assert.deepEqual(rig.notices, []);
  });

  it('enters under the name that they have in the room', async () => {
    const { rig, portal } = await inSalon();
    await user(rig, portal, 'j', { kind: 'joined', user: carol, name: 'Carol C.' });
    await user(rig, portal, 'j2', { kind: 'joined', user: carol, name: 'Renamed' });
    assert.deepEqual(
      rig.acts.filter((act) => act.includes('@carol')),
      ['join #salon @carol:hs.test as Carol C.'],
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

  it('puts the bot out: everybody leaves the group', async () => {
    const { rig, portal } = await inSalon();
    await user(rig, portal, 'x', { kind: 'bot-removed' });
    assert.deepEqual(rig.acts.slice(-2), ['leave #salon @alice:hs.test', 'close']);
    assert.equal(await rig.stores.portals.byId(portal.id), undefined);
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

type Change = MembershipEvent['change'];
type Said<E extends UnresolvedEvent> = Omit<E, 'cause' | 'sender' | 'name' | 'at'>;
const ghostOfBob = matrixUserId('@_loopback_bob:hs.test');

async function inSalon(options: RigOptions = {}): Promise<{ rig: SpineRig; portal: GroupPortal }> {
  const rig = new SpineRig(options);
  const entered = await rig.groups.join(rig.network, salon, alice);
  assert.ok(entered.kind === 'group');
  return { rig, portal: entered.portal };
}

/** Bob's ghost is in the room. */
async function spoken(rig: SpineRig, portal: GroupPortal): Promise<void> {
  const person = { remote: bob.userId, state: 'in', role: 'member', likeness: 'bob' } as const;
  await rig.stores.groups.putPerson(portal.id, person);
}

/** Something from a remote person in the group. */
function inGroup(person: string, id: string, body: Parameters<typeof fromRemote>[2]): Arrival {
  return { ...fromRemote(person, id, body), chat: salon, receiver: undefined };
}

function about(member: Party | ReturnType<typeof remoteUserId>, change: Change): Said<MembershipEvent> {
  const party: Party = typeof member === 'string' ? { in: 'remote', userId: member } : member;
  return { kind: 'membership', member: party, change };
}

type Act = OpenedMatrixEvent extends infer O
  ? O extends { readonly room: RoomId }
    ? Omit<O, 'room' | 'at' | 'reason'>
    : never
  : never;

/** Something that a user does in the group's room, and what comes of it. */
async function user(rig: SpineRig, { room }: GroupPortal, id: string, act: Act): Promise<void> {
  const more = { room, at: 1, reason: undefined };
  await rig.spine.receiveMatrix([opened(room, id, { ...act, ...more } as OpenedMatrixEvent)]);
  await rig.quiet();
}

function left(room: RoomId, id: string): ReturnType<typeof opened> {
  const who = { user: alice, by: alice, how: 'leave', ghost: undefined } as const;
  return opened(room, id, { kind: 'left', room, at: 1, reason: undefined, ...who });
}

function invitation(room: RoomId): Extract<OpenedMatrixEvent, { kind: 'ghost-invited' }> {
  const who = { user: alice, network: net, remote: bob.userId, direct: false } as const;
  return { kind: 'ghost-invited', room, predecessor: undefined, at: 1, ...who };
}
