import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eventually } from './eventually.ts';
import { becomes, joined, text, texts, type Stage } from './group-stage.ts';

export function leavingCases({ rig, party }: Stage): void {
  it('shows that somebody on the network has left, was kicked or banned', async () => {
    const { alices, carols, address } = party();
    for (const how of ['leave', 'kick', 'ban'] as const) {
      const guest = await rig().remotePerson();
      const guests = await guest.join(address);
      await guests.say(`soon gone: ${how}`);
      await text(alices, `soon gone: ${how}`);
      assert.equal((await alices.members()).has(guest.name), true);
      await (how === 'leave' ? guests.leave() : carols[how](guest.name));
      await becomes(async () => (await alices.members()).has(guest.name), false);
    }
  });

  it('puts a user out who is kicked on the network, and keeps out one who is banned', async () => {
    const { carols, address } = party();
    const guest = await rig().matrixPerson();
    const guests = await joined(guest, address);
    await guests.say('here I am');
    await text(carols, 'here I am');
    await carols.kick(guest.name);
    await becomes(async () => (await guest.groupRooms()).length, 0);
    await joined(guest, address);
    await becomes(async () => (await carols.members()).has(guest.name), true);
    await carols.ban(guest.name);
    await becomes(async () => (await guest.groupRooms()).length, 0);
    assert.equal(await guest.join(address), 'refused');
    await carols.unban(guest.name);
    await eventually('to be let in again', async () =>
      (await guest.join(address)) === 'refused' ? undefined : true,
    );
    await guest.leaveByCommand(address);
    await becomes(async () => (await carols.members()).has(guest.name), false);
  });

  it('carries a kick and a ban by a user with power, and lets the ghost come back where the network does', async () => {
    const { alice, alices, carols, address } = party();
    const { mayBan = 'moderator' } = rig();
    await carols.setRole(alice.name, mayBan);
    await becomes(async () => (await alices.members()).get(alice.name), mayBan);
    const guest = await rig().remotePerson();
    const guests = await guest.join(address);
    await guests.say('a word too many');
    await text(alices, 'a word too many');
    await alices.kick(guest.name);
    await becomes(async () => (await carols.members()).has(guest.name), false);
    const again = await guest.join(address);
    await again.say('I am back');
    await text(alices, 'I am back');
    await alices.ban(guest.name);
    await becomes(async () => (await carols.members()).has(guest.name), false);
    await assert.rejects(guest.join(address));
    await alices.unban(guest.name);
    await eventually('the network to forgive', () => guest.join(address).catch(() => undefined));
  });

  it('is left with the room, and closed by the last one', async () => {
    const [owner, user] = [await rig().remotePerson(), await rig().matrixPerson()];
    const { address, chat } = await owner.makeGroup('Short-lived');
    const first = await joined(user, address);
    await chat.say('one');
    await text(first, 'one');
    await first.leave();
    await becomes(async () => (await chat.members()).has(user.name), false);
    await chat.say('said meanwhile');
    const second = await joined(user, address);
    await chat.say('two');
    await text(second, 'two');
    assert.deepEqual(
      texts(second, /./),
      ['one', 'said meanwhile', 'two'],
      'what was said before is in the new room too',
    );
    await user.leaveByCommand(address);
    await becomes(async () => (await user.groupRooms()).length, 0);
    await becomes(async () => (await chat.members()).has(user.name), false);
  });
}

/** The topic of a group whose room is new on Matrix, whoever set it. */
export function topicCases({ rig }: Stage): void {
  it('shows the topic that was there before, set by somebody else or by the user who comes back', async () => {
    const { mayRename = 'moderator' } = rig();
    const [owner, user] = [await rig().remotePerson(), await rig().matrixPerson()];
    const { address, chat } = await owner.makeGroup('With a past');
    await chat.setTopic('Set by the owner');
    const first = await joined(user, address);
    await becomes(() => first.topic(), 'Set by the owner');
    await chat.setRole(user.name, mayRename);
    await becomes(async () => (await first.members()).get(user.name), mayRename);
    await first.setTopic('Set by the user');
    await becomes(() => chat.topic(), 'Set by the user');
    await chat.setTopic('Set by the owner');
    await becomes(() => first.topic(), 'Set by the owner');
    await first.setTopic('Set by the user');
    await becomes(() => chat.topic(), 'Set by the user');
    let last = first;
    for (const again of ['once', 'twice']) {
      await last.leave();
      await becomes(async () => (await chat.members()).has(user.name), false);
      last = await joined(user, address);
      await becomes(() => last.topic(), 'Set by the user');
      await last.say(`back ${again}`);
      await text(chat, `back ${again}`);
    }
  });
}

export function roleCases({ party }: Stage): void {
  it('shows roles as power, and takes back what the network does not allow', async () => {
    const { alice, bob, dave, alices, bobs, carols, daves } = party();
    await daves.say('so that all see me');
    await text(alices, 'so that all see me');
    await carols.setRole(dave.name, 'moderator');
    await becomes(async () => (await alices.members()).get(dave.name), 'moderator');
    await carols.setRole(dave.name, 'visitor');
    await becomes(async () => (await alices.members()).get(dave.name), 'visitor');
    await carols.setRole(dave.name, 'member');
    await becomes(async () => (await bobs.members()).get(dave.name), 'member');
    await carols.setRole(alice.name, 'admin');
    await becomes(async () => (await alices.members()).get(alice.name), 'admin');
    await alices.setRole(bob.name, 'moderator');
    await becomes(async () => (await daves.members()).get(bob.name), 'moderator');
    await alices.setRole(bob.name, 'member');
    await becomes(async () => (await daves.members()).get(bob.name), 'member');
    assert.equal((await alices.members()).get(bob.name), 'member');
    assert.equal((await daves.members()).get(alice.name), 'admin');
  });
}

export function roomCases({ rig }: Stage): void {
  it('follows a room that is upgraded', async () => {
    const [owner, guest] = [await rig().matrixPerson(), await rig().remotePerson()];
    const address = rig().freeAddress();
    const old = await owner.create(address, 'To be upgraded');
    assert.ok(old !== 'refused');
    const guests = await guest.join(address);
    await guests.say('before');
    await text(old, 'before');
    const fresh = await owner.upgrade(old, '11');
    await fresh.say('from the new room');
    assert.equal((await text(guests, 'from the new room')).by, owner.name);
    await guests.say('to the new room');
    assert.equal((await text(fresh, 'to the new room')).by, guest.name);
    assert.equal(texts(old, /to the new room/).length, 0);
    await rig().restartBridge();
    await guests.say('after a restart');
    await text(fresh, 'after a restart');
    assert.equal(texts(guests, /from the new room/).length, 1);
  });
}
