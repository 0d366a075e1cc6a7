import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { EventType, Preset } from 'matrix-js-sdk';
import { eventually } from './eventually.ts';
import type { SdkGroupPerson } from './matrix-group-person.ts';
import type { ExistingGroup, TieRig } from './tie-rig.ts';

const patienceMs = 30_000;

/** Rooms that people have already, bridged with groups that are there already. */
export function tieCases(name: string, make: () => Promise<TieRig>): void {
  describe(`a room that is there already, and a group (${name})`, { timeout: 300_000 }, () => {
    let rig: TieRig;
    let alice: SdkGroupPerson;
    let carol: SdkGroupPerson;
    before(async () => {
      rig = await make();
      alice = await rig.person();
      carol = await rig.person();
    });
    after(() => rig[Symbol.asyncDispose]());

    it('are bridged when who rules the room asks and an owner of the group answers, over restarts', async () => {
      const group = await rig.group('The square');
      const room = await roomOf(rig, alice, carol, 'Our own room');
      await alice.user.sendText(room, 'said before');
      const asked = await bridge(rig, alice, group, room);
      assert.match(asked, new RegExp(rig.bot));
      await alice.user.sdk.invite(room, rig.bot);
      const code = await codeAsked(alice, group);
      await rig.restart();
      await group.say('other', code);
      await eventually(
        'the refusal',
        () => group.notices().find((said) => said.includes('Only an owner')),
        patienceMs,
      );
      assert.notEqual((await alice.user.memberships(room))[rig.bot], 'leave');
      await group.say('owner', code.toLowerCase());
      await told(alice, 'have agreed');
      await rig.restart();
      await group.say('owner', 'hello, room');
      const heard = await alice.user.waitForText(room, 'hello, room', patienceMs);
      assert.match(heard.sender, new RegExp(`^@_${rig.network}_`));
      await carol.user.sendText(room, 'hello, group');
      await eventually(
        'what Carol said',
        () => group.said().includes('hello, group') || undefined,
        patienceMs,
      );
      assert.ok(!group.said().includes('said before'));
      assert.equal((await state(alice, room, 'm.room.name'))['name'], 'Our own room');
      assert.equal(await group.title(), 'The square');
      assert.deepEqual(group.users().toSorted(), [alice.userId, carol.userId].toSorted());
      assert.equal(await count(alice, room, 'hello, room'), 1);
      assert.ok(!alice.user.timeline(room).some(({ content }) => content['body'] === code));
    });

    it('pass on what is changed from then on, and set nothing back in the room', async () => {
      const { group, room } = await bridged(rig, alice, carol);
      await empower(alice, room, { users: { [alice.userId]: 100, [rig.bot]: 50 } }, rig.version);
      await group.rename('The market');
      await eventually(
        'the new name',
        async () => (await state(alice, room, 'm.room.name'))['name'] === 'The market' || undefined,
        patienceMs,
      );
      const powers = await state(alice, room, 'm.room.power_levels');
      await alice.user.sdk.setRoomName(room, 'Ours again');
      await group.say('owner', 'after the name');
      await alice.user.waitForText(room, 'after the name', patienceMs);
      assert.equal((await state(alice, room, 'm.room.name'))['name'], 'Ours again');
      assert.deepEqual(await state(alice, room, 'm.room.power_levels'), powers, 'roles are not powers here');
    });

    it('are bridged at once where the user runs both, and unbridged without harm to the room', async () => {
      const group = await rig.group('Mine');
      await group.makeAdmin(alice.userId);
      const room = await roomOf(rig, alice, carol, 'Mine too');
      await bridge(rig, alice, group, room);
      await alice.user.sdk.invite(room, rig.bot);
      await told(alice, `${room} is bridged with ${group.address}`);
      assert.deepEqual(
        group.notices().filter((said) => said.includes('can agree')),
        [],
      );
      await group.say('other', 'here I am');
      const { sender: ghost } = await alice.user.waitForText(room, 'here I am', patienceMs);
      assert.match(await carol.ask(`unbridge ${room}`, 'Only who asked'), /Only who asked/);
      await alice.ask(`unbridge ${group.address}`, 'no longer bridged');
      await eventually(
        'the bot to leave',
        async () => (await alice.user.memberships(room))[rig.bot] === 'leave' || undefined,
        patienceMs,
      );
      const members = await alice.user.memberships(room);
      assert.equal(members[ghost], 'leave');
      assert.deepEqual([members[alice.userId], members[carol.userId]], ['join', 'join']);
      await eventually('the puppets to leave', () => group.users().length === 0 || undefined, patienceMs);
      assert.equal(await state(alice, room, 'm.room.tombstone').catch(() => undefined), undefined);
      assert.match(await alice.ask(`unbridge ${room}`, 'Nothing that'), /Nothing that/);
      await alice.user.sendText(room, 'among ourselves');
      await alice.ask('ping', 'I am here');
      assert.ok(!group.said().includes('among ourselves'));
    });

    it('are not bridged where the room or the user is not fit for it, and it is said why', async () => {
      const group = await rig.group('Refusals');
      const refusal = async (room: string, who: SdkGroupPerson, why: string): Promise<void> => {
        await who.ask(`bridge ${rig.network} ${group.address} ${room}`, 'I ask both sides');
        await who.user.sdk.invite(room, rig.bot).catch(() => undefined);
        await told(who, why);
        await eventually(
          'the bot to leave',
          async () => (await who.user.memberships(room))[rig.bot] === 'leave' || undefined,
          patienceMs,
        );
      };
      const { sdk } = alice.user;
      const space = await sdk.createRoom({
        preset: Preset.PrivateChat,
        creation_content: { type: 'm.space' },
      });
      await refusal(space.room_id, alice, 'is a space');
      const secret = await sdk.createRoom({
        preset: Preset.PrivateChat,
        initial_state: [
          { type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } },
        ],
      });
      await refusal(secret.room_id, alice, 'is encrypted');
      const ours = await roomOf(rig, alice, carol, 'Ours');
      await refusal(ours, carol, 'Only who may change the permissions');
      const { room: portal } = await bridged(rig, alice, carol);
      assert.match(
        await alice.ask(`bridge ${rig.network} ${group.address} ${portal}`, portal),
        /connected to a chat/,
      );
      const nowhere = '#nowhere:localhost';
      assert.match(
        await alice.ask(`bridge ${rig.network} ${group.address} ${nowhere}`, nowhere),
        /find no room/,
      );
      assert.deepEqual(group.users(), []);
    });

    it('wait where the bot may not invite, and go on when it may', async () => {
      const group = await rig.group('Powers');
      await group.makeAdmin(alice.userId);
      const room = await roomOf(rig, alice, carol, 'Strict');
      await empower(alice, room, { invite: 50 }, rig.version);
      await bridge(rig, alice, group, room);
      await alice.user.sdk.invite(room, rig.bot);
      await told(alice, 'may not invite');
      await empower(alice, room, { invite: 0 }, rig.version);
      await alice.ask(`bridge ${rig.network} ${group.address} ${room}`, 'I ask both sides');
      await told(alice, `${room} is bridged with ${group.address}`);
    });

    it('stay bridged when the room is upgraded', async () => {
      const { group, room } = await bridged(rig, alice, carol);
      const { replacement_room: next } = await alice.user.sdk.upgradeRoom(room, rig.version);
      await alice.user.sdk.invite(next, rig.bot);
      await eventually(
        'the bot',
        async () => (await alice.user.memberships(next))[rig.bot] === 'join' || undefined,
        patienceMs,
      );
      await alice.user.sendText(next, 'here we are');
      await eventually('the message', () => group.said().includes('here we are') || undefined, patienceMs);
      await group.say('owner', 'found you');
      await alice.user.waitForText(next, 'found you', patienceMs);
      await alice.ask(`unbridge ${next}`, 'no longer bridged');
      assert.equal((await alice.user.memberships(next))[alice.userId], 'join');
    });

    it('are no way into the room for who is in the group alone', async () => {
      const { group, room } = await bridged(rig, alice, carol);
      const stranger = await rig.person();
      const answer = await stranger.ask(`join ${rig.network} ${group.address}`, group.address);
      assert.match(answer, /belongs to its people/);
      assert.equal((await alice.user.memberships(room))[stranger.userId], undefined);
      const other = await roomOf(rig, stranger, carol, 'Another');
      assert.match(
        await stranger.ask(`bridge ${rig.network} ${group.address} ${other}`, group.address),
        /has a room on this homeserver already/,
      );
    });
  });
}

/** A room with two people in it, the first of whom made it. */
async function roomOf(
  { version }: TieRig,
  one: SdkGroupPerson,
  other: SdkGroupPerson,
  name: string,
): Promise<string> {
  const options = { preset: Preset.PrivateChat, name, room_version: version };
  const { room_id: room } = await one.user.sdk.createRoom(options);
  await one.user.sdk.invite(room, other.userId);
  await other.user.join(room);
  return room;
}

/** Asks, and answers what the bridge says needs to be done first. */
async function bridge(rig: TieRig, who: SdkGroupPerson, group: ExistingGroup, room: string): Promise<string> {
  await who.ask(`bridge ${rig.network} ${group.address} ${room}`, 'I ask both sides');
  return told(who, `to ${room}. I come in`);
}

async function bridged(
  rig: TieRig,
  one: SdkGroupPerson,
  other: SdkGroupPerson,
): Promise<{ readonly group: ExistingGroup; readonly room: string }> {
  const group = await rig.group('There');
  const room = await roomOf(rig, one, other, 'Ours');
  await bridge(rig, one, group, room);
  await one.user.sdk.invite(room, rig.bot);
  await group.say('owner', await codeAsked(one, group));
  await told(one, `${room} is bridged with ${group.address}`);
  return { group, room };
}

/** The code that the user and the group were told. */
async function codeAsked(who: SdkGroupPerson, group: ExistingGroup): Promise<string> {
  const notice = await told(who, `you do not own or administer ${group.address}`);
  const [code] = /[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(notice) ?? [];
  assert.ok(code !== undefined, notice);
  assert.equal(group.notices().filter((said) => said.includes(code)).length, 1);
  return code;
}

function told(who: SdkGroupPerson, words: string): Promise<string> {
  return eventually(
    words,
    () => who.notices().find((notice) => plain(notice).toLowerCase().includes(words.toLowerCase())),
    patienceMs,
    () => who.notices().join('\n'),
  ).then(plain);
}

/** Without the marks that keep the direction of what is foreign to a sentence. */
function plain(notice: string): string {
  return notice.replace(/[\u2066-\u2069]/g, '');
}

/** Changes what people may do in a room. From version 12 on its creator has no entry. */
async function empower(
  who: SdkGroupPerson,
  room: string,
  more: Readonly<Record<string, unknown>> & { readonly users?: Readonly<Record<string, number>> },
  version: string,
): Promise<void> {
  const before = await state(who, room, 'm.room.power_levels');
  const users = Object.entries(more.users ?? {}).filter(([id]) => version === '11' || id !== who.userId);
  const content = {
    ...before,
    ...more,
    ...(more.users === undefined ? {} : { users: Object.fromEntries(users) }),
  };
  await who.user.sdk.sendStateEvent(room, EventType.RoomPowerLevels, content, '');
}

function state(who: SdkGroupPerson, room: string, type: string): Promise<Record<string, unknown>> {
  return who.user.sdk.getStateEvent(room, type, '');
}

async function count(who: SdkGroupPerson, room: string, body: string): Promise<number> {
  return who.user.timeline(room).filter(({ content }) => content['body'] === body).length;
}
