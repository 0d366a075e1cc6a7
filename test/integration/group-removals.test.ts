import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from '../conformance/eventually.ts';
import { becomes, joined, text, texts } from '../conformance/group-stage.ts';
import type { SdkGroupPerson } from '../conformance/matrix-group-person.ts';
import type { MatrixGroup } from '../conformance/matrix-group.ts';
import type { GroupChat } from '../conformance/group-chat.ts';
import { makeLoopbackGroupRig, type LoopbackGroupRig } from '../conformance/loopback-group.ts';

/** A user who owns a group in a room of version 12 that they have made themself, so that they may put the bot out. */
interface Scene {
  readonly owner: SdkGroupPerson;
  readonly address: string;
  readonly room: MatrixGroup;
  /** A person of the network who is in the group. */
  readonly there: GroupChat;
}

async function scene(rig: LoopbackGroupRig): Promise<Scene> {
  const [owner, guest] = [await rig.matrixPerson(), await rig.remotePerson()];
  const address = rig.freeAddress();
  const old = await owner.create(address, 'To be upgraded');
  assert.ok(old !== 'refused');
  const there = await guest.join(address);
  const room = await owner.upgrade(old, '12');
  await room.say('from the new room');
  await text(there, 'from the new room');
  return { owner, address, room, there };
}

async function told(person: SdkGroupPerson, what: string | RegExp): Promise<string> {
  return eventually(
    `a notice of ${String(what)}`,
    () => person.notices().find((notice) => notice.search(what) !== -1),
    20_000,
    () => person.notices().join('\n'),
  );
}

describe('Who is put out of the rooms of groups', { timeout: 600_000 }, () => {
  let made: LoopbackGroupRig | undefined;
  const rig = (): LoopbackGroupRig => {
    assert.ok(made !== undefined);
    return made;
  };
  before(async () => {
    made = await makeLoopbackGroupRig('11');
  });
  after(() => made?.[Symbol.asyncDispose]());

  it('keeps the portal while the bot is out, over a restart, and goes on when it is invited', async () => {
    const { owner, address, room, there } = await scene(rig());
    const other = await rig().matrixPerson();
    const others = await joined(other, address);
    await there.say('before');
    await text(others, 'before');
    await owner.user.sdk.kick(room.roomId, owner.bot, 'away with you');
    await told(owner, /has put .* out of the room/);
    assert.match(await told(other, /has put .* out of the room/), new RegExp(owner.userId));
    await room.say('to nobody');
    await told(owner, /was not delivered/);
    await there.say('first');
    await there.say('second');
    await rig().restartBridge(async () => {
      await there.say('third');
    });
    await there.say('fourth');
    await owner.user.sdk.invite(room.roomId, owner.bot);
    await told(other, /again, and the chat goes on/);
    await text(others, 'fourth');
    assert.deepEqual(texts(others, /^(before|first|second|third|fourth)$/), [
      ...['before', 'first', 'second', 'third', 'fourth'],
    ]);
    await room.say('and back');
    await text(there, 'and back');
    assert.deepEqual(texts(there, /nobody/), []);
    assert.equal(owner.notices().filter((notice) => notice.includes('has put')).length, 1);
  });

  it('tells users that what they say meanwhile is not delivered: the alias lets the bridge hear it', async () => {
    const { owner, room, there } = await scene(rig());
    await owner.user.sdk.kick(room.roomId, owner.bot);
    await told(owner, /has put .* out of the room/);
    await room.say('to nobody');
    await told(owner, /was not delivered/);
    await owner.user.sdk.invite(room.roomId, owner.bot);
    await told(owner, /again, and the chat goes on/);
    await room.say('heard again');
    await text(there, 'heard again');
    assert.deepEqual(texts(there, /nobody/), []);
  });

  it('notices a ban of the bot while the bridge was off, and comes back after it', async () => {
    const { owner, room, there } = await scene(rig());
    await rig().restartBridge(async () => {
      await owner.user.sdk.ban(room.roomId, owner.bot);
    });
    await told(owner, /out of the room/);
    await there.say('to an empty room');
    await owner.user.sdk.unban(room.roomId, owner.bot);
    await owner.user.sdk.invite(room.roomId, owner.bot);
    await text(room, 'to an empty room');
  });

  it('brings a ghost back when its person speaks, where the network did not let the user put them out', async () => {
    const { owner, address, room } = await scene(rig());
    const guest = await rig().remotePerson();
    const guests = await guest.join(address);
    await guests.say('here I am');
    await text(room, 'here I am');
    await room.setRole(guest.name, 'owner');
    await becomes(async () => (await guests.members()).get(guest.name), 'owner');
    await room.kick(guest.name);
    await told(owner, /does not allow|was not delivered/);
    await becomes(async () => (await room.members()).has(guest.name), false);
    assert.equal((await guests.members()).get(guest.name), 'owner');
    await guests.say('you cannot');
    await text(room, 'you cannot');
    assert.equal((await room.members()).has(guest.name), true);
  });

  it('lets a user whom another user bans leave the group, and enter it no more until the ban is lifted', async () => {
    const [carol, alice, guest] = [
      await rig().remotePerson(),
      await rig().matrixPerson(),
      await rig().matrixPerson(),
    ];
    const { address, chat: carols } = await carol.makeGroup('With a door');
    const alices = await joined(alice, address);
    const guests = await joined(guest, address);
    await guests.say('here I am');
    await text(carols, 'here I am');
    await carols.setRole(alice.name, 'moderator');
    await becomes(async () => (await alices.members()).get(alice.name), 'moderator');
    await alices.ban(guest.name);
    await becomes(async () => (await carols.members()).has(guest.name), false);
    assert.equal(await guest.join(address), 'refused');
    assert.match(guest.notices().join('\n'), /You are banned from the room/);
    await carol.invite(address, guest.userId);
    await carols.say('is somebody missing?');
    await text(alices, 'is somebody missing?');
    assert.equal((await carols.members()).has(guest.name), false);
    await alices.unban(guest.name);
    const again = await eventually('to be let in again', async () => {
      const entered = await guest.join(address);
      return entered === 'refused' ? undefined : entered;
    });
    await again.say('thank you');
    await text(carols, 'thank you');
  });
});

describe('A bot that is put out of rooms without aliases', { timeout: 600_000 }, () => {
  let made: LoopbackGroupRig | undefined;
  const rig = (): LoopbackGroupRig => {
    assert.ok(made !== undefined);
    return made;
  };
  before(async () => {
    made = await makeLoopbackGroupRig('11', undefined, { aliases: false });
  });
  after(() => made?.[Symbol.asyncDispose]());

  it('brings over what users said while nobody of the bridge was in the room', async () => {
    const { owner, room, there } = await scene(rig());
    await owner.user.sdk.kick(room.roomId, owner.bot);
    await told(owner, /has put .* out of the room/);
    await room.say('unheard');
    await room.say('still unheard');
    await owner.user.sdk.invite(room.roomId, owner.bot);
    await text(there, 'still unheard');
    assert.deepEqual(texts(there, /unheard/), ['unheard', 'still unheard']);
  });

  it('notices a ban of the bot while the bridge was off, and comes back after it', async () => {
    const { owner, room, there } = await scene(rig());
    await rig().restartBridge(async () => {
      await owner.user.sdk.ban(room.roomId, owner.bot);
    });
    await told(owner, /out of the room/);
    await there.say('to an empty room');
    await owner.user.sdk.unban(room.roomId, owner.bot);
    await owner.user.sdk.invite(room.roomId, owner.bot);
    await text(room, 'to an empty room');
  });
});
