import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { GroupChat, GroupRig } from './group-chat.ts';
import { leavingCases, roleCases, roomCases, topicCases } from './group-leaving-cases.ts';
import { nameCases } from './group-name-cases.ts';
import { becomes, gather, sees, text, texts, type Party, type Stage } from './group-stage.ts';

/** Registers every case of groups for a network. */
export function groupCases<R extends GroupRig>(
  name: string,
  makeRig: () => Promise<R>,
  last: (stage: { rig(): R }) => void = () => undefined,
): void {
  describe(`groups of a network: ${name}`, { timeout: 600_000 }, () => {
    let rig: R | undefined;
    let party: Party | undefined;
    const stage: Stage & { rig(): R } = { rig: () => present(rig), party: () => present(party) };
    before(async () => {
      rig = await makeRig();
      party = await gather(rig);
    });
    after(() => rig?.[Symbol.asyncDispose]());
    talkCases(stage);
    infoCases(stage);
    moderationCases(stage);
    comingCases(stage);
    leavingCases(stage);
    roleCases(stage);
    topicCases(stage);
    nameCases(stage);
    roomCases(stage);
    last(stage);
  });
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

/** After `infoCases`, which gave Alice the power for it. */
function moderationCases({ party }: Stage): void {
  it('takes back what a moderator takes back, both ways, whoever wrote it', async () => {
    const { alices, bobs, carols, daves } = party();
    const bad = await daves.say('not for this group');
    const shown = (await text(alices, 'not for this group')).what.id;
    await carols.moderate(bad, 'off topic');
    await becomes(async () => alices.moderated().includes(shown), true);

    const own = await bobs.say('of a user, not for it either');
    const there = (await text(carols, 'of a user, not for it either')).what.id;
    await carols.moderate(there, 'off topic too');
    await becomes(async () => bobs.moderated().includes(own), true);

    const worse = await daves.say('worse');
    await alices.moderate((await text(alices, 'worse')).what.id, 'out of bounds');
    await becomes(async () => daves.moderated().includes(worse) || carols.moderated().includes(worse), true);

    const users = await bobs.say('from another user');
    const usersThere = (await text(daves, 'from another user')).what.id;
    await alices.moderate(users, 'again');
    await becomes(async () => daves.moderated().includes(usersThere), true);
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

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the rig could not be made');
  return value;
}
