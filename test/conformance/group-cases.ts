import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from './eventually.ts';
import type { GroupChat, GroupMatrixPerson, GroupRemotePerson, GroupRig, GroupSeen } from './group-chat.ts';
import type { SeenKind, SeenOf } from './rig.ts';

/** Two of each side in one group; the first remote person owns it. */
interface Party {
  readonly address: string;
  readonly alice: GroupMatrixPerson;
  readonly bob: GroupMatrixPerson;
  readonly carol: GroupRemotePerson;
  readonly dave: GroupRemotePerson;
  readonly alices: GroupChat;
  readonly bobs: GroupChat;
  readonly carols: GroupChat;
  readonly daves: GroupChat;
}
interface Stage {
  readonly rig: () => GroupRig;
  readonly party: () => Party;
}

/** Registers every case of groups for a network. */
export function groupCases(name: string, makeRig: () => Promise<GroupRig>): void {
  describe(`groups of a network: ${name}`, { timeout: 600_000 }, () => {
    let rig: GroupRig | undefined;
    let party: Party | undefined;
    const stage: Stage = { rig: () => present(rig), party: () => present(party) };
    before(async () => {
      rig = await makeRig();
      party = await gather(rig);
    });
    after(() => rig?.[Symbol.asyncDispose]());
    talkCases(stage);
    infoCases(stage);
    comingCases(stage);
    leavingCases(stage);
    roleCases(stage);
    roomCases(stage);
  });
}

async function gather(rig: GroupRig): Promise<Party> {
  const [carol, dave] = [await rig.remotePerson(), await rig.remotePerson()];
  const [alice, bob] = [await rig.matrixPerson(), await rig.matrixPerson()];
  const { address, chat: carols } = await carol.makeGroup('The Salon');
  const daves = await dave.join(address);
  const [alices, bobs] = [await joined(alice, address), await joined(bob, address)];
  return { address, alice, bob, carol, dave, alices, bobs, carols, daves };
}

/** What people say, seen by all the others with the name of whoever said it. */
function talkCases({ rig, party }: Stage): void {
  it('carries the first message both ways, to everybody, from everybody', async () => {
    const { alice, bob, carol, dave, alices, bobs, carols, daves } = party();
    const chats = [
      [alice.name, alices],
      [bob.name, bobs],
      [carol.name, carols],
      [dave.name, daves],
    ] as const;
    for (const [name, chat] of chats) {
      await chat.say(`hello from ${name}`);
      for (const [other, theirs] of chats) {
        if (other !== name) assert.equal((await text(theirs, `hello from ${name}`)).by, name);
      }
    }
  });

  for (const way of ['to Matrix', 'to the network'] as const) {
    const from = (all: Party): GroupChat => (way === 'to Matrix' ? all.carols : all.alices);
    const to = (all: Party): GroupChat => (way === 'to Matrix' ? all.bobs : all.daves);

    it(`carries replies, edits, reactions and retractions ${way}`, async () => {
      const [here, there] = [from(party()), to(party())];
      const id = await here.say(`a ${way}`);
      const seen = await text(there, `a ${way}`);
      const answer = await there.say(`b ${way}`);
      const heard = await text(here, `b ${way}`);
      await here.reply(heard.what.id, `c ${way}`);
      assert.equal((await text(there, `c ${way}`)).what.replyTo, answer);
      await here.edit(id, `d ${way}`);
      await sees(there, 'edit', (what) => what.target === seen.what.id && what.text === `d ${way}`);
      await here.react(heard.what.id, ['👍']);
      await sees(there, 'reactions', (what) => what.target === answer && what.emojis.join() === '👍');
      await here.react(heard.what.id, []);
      await sees(there, 'reactions', (what) => what.target === answer && what.emojis.length === 0);
      await here.retract(id);
      await sees(there, 'retraction', (what) => what.target === seen.what.id);
    });
  }

  it('keeps the order of what several people say, each once, and goes on after a restart', async () => {
    const { alices, bobs, carols, daves } = party();
    const lines: string[] = [];
    for (let row = 0; row < 10; row += 1) {
      for (const [who, chat] of [carols, daves].entries()) {
        lines.push(`row ${row} of ${who}`);
        await chat.say(`row ${row} of ${who}`);
      }
    }
    await text(alices, lines.at(-1) ?? '');
    assert.deepEqual(texts(alices, /^row /), lines);
    await rig().restartBridge(async () => {
      await alices.say('while the bridge was off');
    });
    await text(daves, 'while the bridge was off');
    await carols.say('after the restart');
    await text(bobs, 'after the restart');
    await bobs.say('and back');
    await text(carols, 'and back');
    assert.equal(texts(daves, /^while/).length, 1);
  });
}

function infoCases({ rig, party }: Stage): void {
  it('shows the name of the group, and changes of name and topic both ways', async () => {
    const { carols, alices, bobs, alice } = party();
    assert.equal(await alices.title(), 'The Salon');
    await carols.rename('The Parlour');
    await carols.setTopic('Of cabbages\nand kings');
    await becomes(() => bobs.title(), 'The Parlour');
    await becomes(() => bobs.topic(), 'Of cabbages\nand kings');
    const { mayRename = 'moderator' } = rig();
    await carols.setRole(alice.name, mayRename);
    await becomes(async () => (await alices.members()).get(alice.name), mayRename);
    await alices.rename('The Lounge');
    await becomes(() => carols.title(), 'The Lounge');
    await alices.setTopic('Of ships');
    await becomes(() => carols.topic(), 'Of ships');
    await becomes(() => bobs.title(), 'The Lounge');
  });
}

function comingCases({ rig, party }: Stage): void {
  it('refuses a group that is not there', async () => {
    assert.equal(await party().alice.join(rig().freeAddress()), 'refused');
  });

  it('has one room, however many users join, and however often', async () => {
    const { alice, bob, address } = party();
    await alice.join(address);
    const both = [await alice.groupRooms(), await bob.groupRooms()];
    assert.deepEqual(both[0], both[1]);
    assert.equal(both[0]?.length, 1);
  });

  it('lets a user in whom another user invites', async () => {
    const { alice, alices, carols } = party();
    const guest = await rig().matrixPerson();
    await alice.invite(alices, guest.userId);
    const guests = await guest.accept();
    await becomes(async () => (await carols.members()).get(guest.name), 'member');
    await guests.say('I was invited');
    assert.equal((await text(carols, 'I was invited')).by, guest.name);
    await guests.leave();
    await becomes(async () => (await carols.members()).has(guest.name), false);
  });

  it('lets a user in whom somebody on the network invites', async () => {
    const { carol, carols, address } = party();
    const guest = await rig().matrixPerson();
    await carol.invite(address, guest.userId);
    const guests = await guest.accept();
    await becomes(async () => (await carols.members()).get(guest.name), 'member');
    await carols.say('for the guest');
    await text(guests, 'for the guest');
    await guests.leave();
  });

  it('makes a group for a user, who owns it', async () => {
    const owner = await rig().matrixPerson();
    const guest = await rig().remotePerson();
    const address = rig().freeAddress();
    const owners = await owner.create(address, 'Of my own');
    assert.ok(owners !== 'refused');
    assert.equal(await owners.title(), 'Of my own');
    const guests = await guest.join(address);
    assert.equal((await guests.members()).get(owner.name), 'owner');
    assert.equal((await owners.members()).get(owner.name), 'owner');
    await guests.say('nice place');
    await text(owners, 'nice place');
    await owners.setRole(guest.name, 'moderator');
    await becomes(async () => (await guests.members()).get(guest.name), 'moderator');
  });
}

function leavingCases({ rig, party }: Stage): void {
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
    await chat.say('nobody hears this');
    const second = await joined(user, address);
    await chat.say('two');
    await text(second, 'two');
    assert.deepEqual(texts(second, /./), ['two']);
    await user.leaveByCommand(address);
    await becomes(async () => (await user.groupRooms()).length, 0);
    await becomes(async () => (await chat.members()).has(user.name), false);
  });
}

function roleCases({ party }: Stage): void {
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

function roomCases({ rig }: Stage): void {
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

async function joined(person: GroupMatrixPerson, address: string): Promise<GroupChat> {
  const chat = await person.join(address);
  if (chat === 'refused') throw new Error(`${person.name} was refused: ${person.notices().join('\n')}`);
  return chat;
}

function text(chat: GroupChat, wanted: string): Promise<GroupSeen & { readonly what: SeenOf<'text'> }> {
  return sees(chat, 'text', (what) => what.text === wanted);
}

function sees<K extends SeenKind>(
  chat: GroupChat,
  kind: K,
  test: (what: SeenOf<K>) => boolean,
): Promise<GroupSeen & { readonly what: SeenOf<K> }> {
  const isKind = (seen: GroupSeen): seen is GroupSeen & { readonly what: SeenOf<K> } =>
    seen.what.kind === kind;
  return eventually(
    `${kind} such as ${String(test)}`,
    () =>
      chat
        .seen()
        .filter(isKind)
        .find(({ what }) => test(what)),
    20_000,
    () => `Seen last: ${JSON.stringify(chat.seen().slice(-8))}`,
  );
}

function texts(chat: GroupChat, pattern: RegExp): readonly string[] {
  return chat
    .seen()
    .flatMap(({ what }) => (what.kind === 'text' && pattern.test(what.text) ? [what.text] : []));
}

async function becomes<T>(probe: () => Promise<T>, wanted: T): Promise<void> {
  let last: T | undefined;
  await eventually(
    `${String(wanted)}`,
    async () => {
      last = await probe();
      return last === wanted || undefined;
    },
    20_000,
    () => `It was ${String(last)}.`,
  );
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the rig could not be made');
  return value;
}
