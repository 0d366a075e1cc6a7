import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { noMentions, type MembershipEvent, type MessageEvent } from '../../src/core/event.ts';
import type { MatrixHandled } from '../../src/core/homeserver.ts';
import { matrixUserId, networkId, portalId, remoteChatId, remoteUserId, roomId } from '../../src/core/ids.ts';
import type { RemoteGroup } from '../../src/core/network.ts';
import type { GroupIntent, GroupPortal } from '../../src/core/portal.ts';
import { roleOf } from '../../src/core/roles.ts';
import { failureOf, MatrixLink } from '../support/matrix-link.ts';

const alice = matrixUserId('@alice:localhost');
const bot = '@causeway:localhost';
const names: Record<string, string> = {};

for (const version of ['11', '12']) {
  describe(`the rooms of groups, version ${version}`, () => {
    let link: MatrixLink;
    let salon: GroupPortal;
    before(async () => {
      link = await MatrixLink.start(version, {
        nameOf: (remote) => names[remote] ?? remote,
        rooms: { version, ghostsPerRoom: 3, ghostsPerMinute: 12 },
      });
      salon = await open(link, 'salon', { topic: 'Of cabbages\u202e and kings' });
    });
    after(() => link[Symbol.asyncDispose]());

    it('are the bot’s, local, named as the group is, and say whose they are', async () => {
      const state = (type: string, key = ''): Promise<Record<string, unknown>> =>
        link.alice.sdk.getStateEvent(salon.room, type, key);
      const create = await state('m.room.create');
      assert.equal(create['m.federate'], false);
      assert.equal(create['room_version'], version);
      assert.equal((await state('m.room.name'))['name'], 'The salon');
      assert.equal((await state('m.room.topic'))['topic'], 'Of cabbages and kings');
      assert.equal((await state('m.room.history_visibility'))['history_visibility'], 'invited');
      const info = await state('m.bridge', 'io.causeway://xmpp/salon');
      assert.equal(info['bridgebot'], bot);
      assert.deepEqual(info, await state('uk.half-shot.bridge', 'io.causeway://xmpp/salon'));
      assert.equal((await state('com.beeper.room_features'))['reply'], 2);
      const { users } = await state('m.room.power_levels');
      assert.ok(typeof users === 'object' && users !== null);
      assert.equal(bot in users, version === '11');
    });

    it('are found again by their tag, though the answer was lost', async () => {
      const { groupRooms } = link.side.side;
      const again = await groupRooms.create(intentOf('salon'), about('salon'), [], true);
      assert.deepEqual(again, { kind: 'room', room: salon.room });
    });

    it('get a ghost when its person first speaks, named by the network, and only so many', async () => {
      for (const person of ['ann', 'ben', 'cid']) {
        names[person] = `${person.toUpperCase()}\u202e ${'x'.repeat(10_000)}`;
        assert.equal((await say(link, salon, person, `from ${person}`)).kind, 'sent');
      }
      const shown = await link.alice.sdk.getProfileInfo('@_xmpp_ann:localhost');
      assert.match(shown.displayname ?? '', /^ANN x{80,130}…?$/);
      assert.deepEqual(await ghosts(link, salon), ['ann', 'ben', 'cid']);
      await say(link, salon, 'ann', 'again from ann');
      assert.equal((await say(link, salon, 'dot', 'from dot')).kind, 'sent');
      assert.deepEqual(await ghosts(link, salon), ['ann', 'cid', 'dot'], 'ben was silent for the longest');
      assert.equal((await say(link, salon, 'ben', 'ben is back')).kind, 'sent');
      assert.deepEqual(await ghosts(link, salon), ['ann', 'ben', 'dot']);
    });

    it('show one who looks like another with the address', async () => {
      const place = await open(link, 'lookalikes');
      names['eve1'] = 'Eve';
      names['eve2'] = 'Еvе';
      names['fay'] = 'аlісе';
      for (const person of ['eve1', 'eve2', 'fay']) await say(link, place, person, `I am ${person}`);
      const called = async (person: string): Promise<unknown> => {
        const key = `@_xmpp_${person}:localhost`;
        return (await link.alice.sdk.getStateEvent(place.room, 'm.room.member', key))['displayname'];
      };
      assert.equal(await called('eve1'), 'Eve');
      assert.equal(await called('eve2'), 'Еvе (eve2)');
      assert.equal(await called('fay'), 'аlісе (fay)', 'a user is called so');
      assert.equal(link.side.bounded.filter((what) => what === 'look-alike').length, 2);
    });

    it('let only so many ghosts in at once: the others wait', async () => {
      const flood = await open(link, 'flood');
      const people = Array.from({ length: 25 }, (_, n) => `flood${n}`);
      const ends: string[] = [];
      for (const person of people) ends.push(failureOf(await say(link, flood, person, 'me too')));
      assert.ok(ends.filter((end) => end === 'sent').length >= 12, ends.join());
      assert.ok(ends.includes('rate-limited'), ends.join());
      assert.ok(link.side.bounded.includes('ghost'));
      assert.ok((await ghosts(link, flood)).length <= 3);
    });

    it('show roles as power, before and after the person speaks, and nothing of those who never do', async () => {
      const place = await open(link, 'roles');
      await member(link, place, 'gus', 'gus', { kind: 'role', role: 'moderator' });
      await member(link, place, 'hal', 'hal', { kind: 'join' });
      await member(link, place, 'hal', 'hal', { kind: 'leave', reason: undefined });
      assert.deepEqual(await ghosts(link, place), []);
      await say(link, place, 'gus', 'a word');
      assert.equal(await roleIn(link, place, '@_xmpp_gus:localhost'), 'moderator');
      await member(link, place, 'ida', 'gus', { kind: 'role', role: 'visitor' });
      assert.equal(await roleIn(link, place, '@_xmpp_gus:localhost'), 'visitor');
      assert.equal(failureOf(await say(link, place, 'gus', 'muted')), 'forbidden');
      await member(link, place, 'ida', 'gus', { kind: 'role', role: 'member' });
      assert.equal((await say(link, place, 'gus', 'may speak again')).kind, 'sent');
    });

    it('show who did it: the ghost where it has the power, else the bot', async () => {
      const place = await open(link, 'kicks');
      for (const person of ['joe', 'kim', 'leo']) await say(link, place, person, 'here');
      await member(link, place, 'joe', 'joe', { kind: 'role', role: 'moderator' });
      await member(link, place, 'joe', 'kim', { kind: 'kick', reason: 'rude\u202e' });
      await member(link, place, 'room', 'leo', { kind: 'ban', reason: undefined });
      const by = async (person: string): Promise<readonly unknown[]> => {
        const { chunk = [] } = await link.alice.sdk.members(place.room);
        const event = chunk.find(({ state_key: key }) => key === `@_xmpp_${person}:localhost`);
        const reason: unknown = event?.content['reason'];
        return [event?.sender, event?.content.membership, reason];
      };
      assert.deepEqual(await by('kim'), ['@_xmpp_joe:localhost', 'leave', 'rude']);
      assert.deepEqual(await by('leo'), [bot, 'ban', undefined]);
      assert.equal((await say(link, place, 'kim', 'let in again')).kind, 'sent');
      assert.equal((await by('kim'))[1], 'join');
      await member(link, place, 'kim', 'kim', { kind: 'leave', reason: undefined });
      assert.deepEqual((await by('kim')).slice(0, 2), ['@_xmpp_kim:localhost', 'leave']);
    });

    it('are left by all', async () => {
      const place = await open(link, 'closing');
      await say(link, place, 'max', 'last words');
      assert.equal(await link.side.side.groupRooms.close(place), undefined);
      assert.deepEqual(
        Object.entries(await link.alice.memberships(place.room)).filter(([, state]) => state === 'join'),
        [['@alice:localhost', 'join']],
      );
    });

    it('bring in step what a user said while the bridge was off, among what ghosts said', async () => {
      const place = await open(link, 'missed');
      await say(link, place, 'nan', 'before');
      await link.side[Symbol.asyncDispose]();
      const first = await link.alice.sendText(place.room, 'said meanwhile');
      await link.resume();
      await say(link, place, 'nan', 'after');
      await link.side.kept.waitFor(({ eventId }) => eventId === first, 15_000);
      assert.ok(!link.side.kept.all.some(({ raw }) => raw.includes('"after"') || raw.includes('"before"')));
    });
  });
}

describe('a direct chat', () => {
  it('says whose it is, and goes on in the room that takes the place of its own', async () => {
    await using link = await MatrixLink.start('11');
    const portal = await link.openPortal(remoteUserId('bob@example.org'), 'Bob');
    const key = 'io.causeway://xmpp/bob%40example.org';
    const info = await link.alice.sdk.getStateEvent(portal.room, 'uk.half-shot.bridge', key);
    assert.equal(info['com.beeper.room_type'], 'dm');
    const { rooms } = link.side.side;
    const { replacement_room: fresh } = await link.alice.sdk.upgradeRoom(portal.room, '12');
    const room = roomId(fresh);
    assert.equal(failureOf(await rooms.follow(portal, room)), 'no-replacement', 'the ghost is not invited');
    assert.equal(failureOf(await rooms.follow(portal, roomId('!other:localhost'))), 'no-replacement');
    const ghost = '@_xmpp_bob=40example.org:localhost';
    await link.alice.sdk.invite(fresh, ghost);
    const invitation = await link.side.kept.waitFor(
      (kept) => kept.room === fresh && kept.raw.includes(ghost) && kept.raw.includes('invite'),
      10_000,
    );
    const opened = await link.side.side.open(invitation, 'cause');
    assert.equal(opened.kind === 'ghost-invited' && opened.predecessor, portal.room);
    assert.equal(await rooms.follow(portal, room), undefined);
    const moved = await link.side.stores.portals.moved(portal.id, room);
    assert.ok(moved.kind === 'direct');
    assert.equal((await link.say(moved, 'moved-1', 'here too')).kind, 'sent');
    await link.alice.waitForText(fresh, 'here too');
  });
});

function intentOf(name: string): GroupIntent {
  const key = { network: networkId('xmpp'), chat: remoteChatId(name), receiver: undefined };
  return { kind: 'group', id: portalId(`group ${name}`), key, room: undefined };
}

function about(name: string, over: Partial<RemoteGroup> = {}): RemoteGroup {
  const chat = remoteChatId(name);
  return { chat, name: `The ${name}`, topic: undefined, size: undefined, open: false, ...over };
}

/** A group whose room Alice is in. */
async function open(link: MatrixLink, name: string, over: Partial<RemoteGroup> = {}): Promise<GroupPortal> {
  const { side, stores } = link.side;
  const intent = intentOf(name);
  await stores.portals.intend(intent);
  const made = await side.groupRooms.create(intent, about(name, over), [], false);
  if (made.kind === 'failed') throw new Error(`no room: ${made.reason}`, { cause: made.cause });
  const portal = await stores.portals.opened(intent.id, made.room);
  assert.ok(portal.kind === 'group');
  await stores.groups.putMember(portal.id, { user: alice, nick: 'alice', state: 'joined', role: 'member' });
  assert.equal(await side.groupRooms.invite(portal, alice), undefined);
  await link.alice.join(portal.room);
  assert.equal(await side.groupRooms.invite(portal, alice), undefined, 'who is there is invited already');
  return portal;
}

let said = 0;
async function say(
  link: MatrixLink,
  portal: GroupPortal,
  person: string,
  plain: string,
): Promise<MatrixHandled> {
  const event: MessageEvent = {
    ...{
      kind: 'message',
      cause: `group/${(said += 1)}`,
      sender: { in: 'remote', userId: remoteUserId(person) },
    },
    ...{ name: undefined, at: Date.now(), mentions: noMentions, replyTo: undefined, thread: undefined },
    content: { kind: 'text', style: 'normal', text: { plain, html: undefined } },
  };
  const handle = link.side.side.handlers.message;
  assert.ok(handle !== undefined);
  return handle(event, portal, AbortSignal.timeout(20_000));
}

async function member(
  link: MatrixLink,
  portal: GroupPortal,
  by: string,
  who: string,
  change: MembershipEvent['change'],
): Promise<void> {
  const event: MembershipEvent = {
    ...{ kind: 'membership', cause: `group/${(said += 1)}`, name: undefined, at: Date.now(), change },
    sender: { in: 'remote', userId: remoteUserId(by) },
    member: { in: 'remote', userId: remoteUserId(who) },
  };
  const handled = await link.side.side.handlers.membership?.(event, portal, AbortSignal.timeout(20_000));
  assert.notEqual(handled?.kind, 'failed', JSON.stringify(handled));
}

async function ghosts(link: MatrixLink, portal: GroupPortal): Promise<readonly string[]> {
  return Object.entries(await link.alice.memberships(portal.room))
    .flatMap(([user, state]) => (state === 'join' && user.startsWith('@_xmpp_') ? [user.slice(7, -10)] : []))
    .sort();
}

async function roleIn(link: MatrixLink, portal: GroupPortal, user: string): Promise<string> {
  const levels = await link.alice.sdk.getStateEvent(portal.room, 'm.room.power_levels', '');
  const users: unknown = levels['users'];
  const all: [string, unknown][] = typeof users === 'object' && users !== null ? Object.entries(users) : [];
  const level = new Map(all).get(user);
  return roleOf(Number(level ?? 0));
}
