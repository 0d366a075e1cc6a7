import assert from 'node:assert/strict';
import { copyFile, rm } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { LoopbackGroupMember } from '../../src/networks/loopback/index.ts';
import type { SeenEvent } from '../support/matrix-event.ts';
import { PuppetScene, type Both, type OwnChat } from '../support/puppet-scene.ts';
import type { Shield } from '../support/user-crypto.ts';

const text = (words: string) => ({ kind: 'text', style: 'normal', text: words }) as const;
const sessionName = 'Causeway (what you write in other apps)';
const shielded: readonly (Shield | undefined)[] = ['grey', 'red'];
let groups = 0;

interface Found {
  readonly device_id: string;
  readonly display_name?: string;
}

/** The sessions of a user that the bridge made to seal as them. */
async function sessions({ user }: Both): Promise<readonly string[]> {
  const { devices } = await user.sdk.getDevices();
  return (devices as readonly Found[])
    .filter(({ display_name: name }) => name === sessionName)
    .map(({ device_id: id }) => id);
}

async function identity({ user }: Both): Promise<unknown> {
  const found = await user.sdk.downloadKeysForUsers([user.userId]);
  const keys = [found.master_keys, found.self_signing_keys, found.user_signing_keys];
  assert.ok(keys.every((kind) => kind?.[user.userId] !== undefined));
  return keys;
}

/** What the user did in another app, as their client has it. */
async function shown(
  { user }: Both,
  room: string,
  wanted: string,
  test: (event: SeenEvent) => boolean,
): Promise<SeenEvent> {
  return user.waitForEvent(room, (seen) => seen.sender === user.userId && test(seen), 30_000, wanted);
}

async function showsAll(both: Both, { room, other }: OwnChat): Promise<void> {
  const { user, account } = both;
  const hear = (body: Parameters<typeof other.hear>[2]): string => other.hear(user.userId, account.id, body);
  const id = hear(text('from my phone'));
  const said = await shown(both, room, 'a text', ({ content }) => content['body'] === 'from my phone');
  assert.ok(shielded.includes(await user.shieldOf(room, said.eventId)));
  hear({ kind: 'edit', target: id, content: text('from my own phone') });
  const edit = await shown(
    both,
    room,
    'an edit',
    ({ relation, content }) => relation?.type === 'm.replace' && content['body'] !== undefined,
  );
  assert.equal(edit.relation?.eventId, said.eventId);
  assert.ok(shielded.includes(await user.shieldOf(room, edit.eventId)));
  hear({ kind: 'reaction', target: id, emojis: ['👍'] });
  const reaction = await shown(both, room, 'a reaction', ({ relation }) => relation?.key === '👍');
  hear({ kind: 'reaction', target: id, emojis: [] });
  await shown(both, room, 'a reaction taken back', ({ redacts }) => redacts === reaction.eventId);
  other.send(user.userId, 'an answer');
  const answer = await user.waitForText(room, 'an answer');
  assert.equal(await user.shieldOf(room, answer.eventId), 'none');
}

/** Nothing went round: what comes after the echoes is the only thing that the other side got. */
async function sendsOnly(both: Both, { room, other, ...chat }: OwnChat, words: string): Promise<void> {
  const before = chat.got();
  await both.user.sendText(room, words);
  await other.waitFor(({ body }) => body.kind === 'text' && body.text === words, 30_000);
  assert.deepEqual(chat.got(), [...before, words]);
  assert.ok(other.inbox.every(({ body }) => body.kind === 'text'));
}

describe('double puppeting in encrypted rooms, by a second registration', () => {
  let scene: PuppetScene;
  let both: Both;
  let mine: unknown;
  before(async () => {
    scene = await PuppetScene.start(true, {});
    both = await scene.both();
    mine = await identity(both);
  });
  after(() => scene[Symbol.asyncDispose]());

  it('shows what a user does in another app as theirs, and sends none of it back, also after a restart', async () => {
    const chat = await scene.chat(both);
    assert.ok(await both.user.isEncrypted(chat.room));
    await showsAll(both, chat);
    await sendsOnly(both, chat, 'from Matrix');
    await scene.bridged.restart();
    chat.other.hear(both.user.userId, both.account.id, text('after a restart'));
    await shown(both, chat.room, 'a text', ({ content }) => content['body'] === 'after a restart');
    await sendsOnly(both, chat, 'once more');
    assert.equal((await sessions(both)).length, 1);
    assert.deepEqual(await identity(both), mine);
  });

  it('brings the user into a chat that they have not joined yet', async () => {
    const chat = await scene.chat(both, false);
    chat.other.hear(both.user.userId, both.account.id, text('I answer elsewhere'));
    await shown(both, chat.room, 'a text', ({ content }) => content['body'] === 'I answer elsewhere');
  });

  it('speaks in groups, where others read it, and brings the user in', async () => {
    const friend = await scene.both();
    const person = scene.world.person(`maker.${(groups += 1)}`);
    const address = `#group${groups}`;
    const maker = LoopbackGroupMember.make(scene.world, person, address, 'A group');
    for (const { user } of [both, friend]) {
      maker.change(user.userId, 'invite');
      const { roomId } = await user.waitForInvite(
        ({ inviter, roomId: id }) => inviter === scene.bridged.botUserId && id !== both.management,
        30_000,
      );
      await user.join(roomId);
    }
    maker.send('hello');
    const { roomId: room } = await friend.user.waitForEvent(
      (await friend.user.waitForInvite(({ inviter }) => inviter === scene.bridged.botUserId)).roomId,
      ({ content }) => content['body'] === 'hello',
      30_000,
    );
    assert.ok(await both.user.isEncrypted(room));
    const own = LoopbackGroupMember.join(scene.world, both.account, address);
    own.send('from my phone');
    for (const { user } of [both, friend]) {
      const { sender } = await user.waitForText(room, 'from my phone', 30_000);
      assert.equal(sender, both.user.userId);
    }
    await both.user.sendText(room, 'from Matrix');
    await person.waitFor(({ body }) => body.kind === 'text' && body.text === 'from Matrix', 30_000);
    const heard = person.inbox.flatMap(({ body }) => (body.kind === 'text' ? [body.text] : []));
    assert.deepEqual(heard.filter((words) => words === 'from my phone').length, 1);
  });

  it('says a thing once where the bridge stops in the middle', async () => {
    const chat = await scene.chat(both);
    const said = ['one', 'two', 'three', 'four'];
    for (const [at, words] of said.entries()) {
      chat.other.hear(both.user.userId, both.account.id, text(words));
      await setTimeout(at * 60);
      await scene.bridged.restart();
    }
    for (const words of said) await shown(both, chat.room, words, ({ content }) => content['body'] === words);
    await sendsOnly(both, chat, 'the end');
    const bodies = both.user.timeline(chat.room).map(({ content }) => content['body']);
    assert.deepEqual(
      bodies.filter((body) => said.includes(String(body))),
      said,
    );
  });

  it('goes on by another session after the keys were restored from a backup, or lost', async () => {
    const chat = await scene.chat(both);
    const keys = scene.bridged.databaseFile.replace('.sqlite', '-keys.sqlite');
    const files = ['', '-wal', '-shm'].map((suffix) => keys + suffix);
    const hear = async (words: string): Promise<readonly string[]> => {
      chat.other.hear(both.user.userId, both.account.id, text(words));
      await shown(both, chat.room, words, ({ content }) => content['body'] === words);
      return sessions(both);
    };
    const first = await hear('before the backup');
    await scene.bridged.restart(() => copyFile(keys, `${keys}.yesterday`));
    assert.deepEqual(await hear('after the backup'), first);
    await scene.bridged.restart(async () => {
      for (const file of files) await rm(file, { force: true });
      await copyFile(`${keys}.yesterday`, keys);
    });
    const second = await hear('restored');
    assert.equal(second.length, 1);
    assert.notDeepEqual(second, first);
    await scene.bridged.restart(async () => {
      for (const file of files) await rm(file, { force: true });
    });
    const third = await hear('without a store');
    assert.equal(third.length, 1);
    assert.notDeepEqual(third, second);
    assert.deepEqual(await identity(both), mine);
  });

  it('is made anew where the user removed the session', async () => {
    const chat = await scene.chat(both);
    const [session] = await sessions(both);
    await removeSession(scene, both, session ?? assert.fail());
    chat.other.hear(both.user.userId, both.account.id, text('still me'));
    await shown(both, chat.room, 'a text', ({ content }) => content['body'] === 'still me');
    assert.deepEqual(await identity(both), mine);
  });

  it('takes its session away when double puppeting ends, and makes another when it begins again', async () => {
    const chat = await scene.chat(both);
    chat.other.hear(both.user.userId, both.account.id, text('before'));
    await shown(both, chat.room, 'a text', ({ content }) => content['body'] === 'before');
    const before = await sessions(both);
    assert.equal(before.length, 1);
    await both.ask('puppet', /a warning stands beside what I write/);
    await both.ask('puppet off', /Double puppeting is off/);
    assert.deepEqual(await sessions(both), []);
    await both.ask('puppet on', /Double puppeting is on: /);
    chat.other.hear(both.user.userId, both.account.id, text('again'));
    await shown(both, chat.room, 'a text', ({ content }) => content['body'] === 'again');
    assert.equal((await sessions(both)).length, 1);
    assert.deepEqual(await identity(both), mine);
  });
});

describe("double puppeting in encrypted rooms, by a user's own token", () => {
  let scene: PuppetScene;
  let both: Both;
  before(async () => {
    scene = await PuppetScene.start(false, {});
    both = await scene.both();
  });
  after(() => scene[Symbol.asyncDispose]());

  it('shows what a user does in another app as theirs, and sends none of it back, also after a restart', async () => {
    const mine = await identity(both);
    const chat = await scene.chat(both);
    const session = await scene.bridged.synapse.login(both.user.userId, 'password');
    await both.ask(`puppet ${session.accessToken}`, /a warning stands beside what I write/);
    await showsAll(both, chat);
    await sendsOnly(both, chat, 'from Matrix');
    await scene.bridged.restart();
    chat.other.hear(both.user.userId, both.account.id, text('after a restart'));
    await shown(both, chat.room, 'a text', ({ content }) => content['body'] === 'after a restart');
    await sendsOnly(both, chat, 'once more');
    assert.deepEqual(await identity(both), mine);
  });

  it('leaves the keys of a client alone, says so once, and goes on with a fresh token', async () => {
    const person = await scene.both();
    const mine = await person.user.sdk.downloadKeysForUsers([person.user.userId]);
    const chat = await scene.chat(person);
    await person.ask(`puppet ${person.user.sdk.getAccessToken() ?? ''}`, /I cannot write as you/);
    for (const words of ['one', 'two']) {
      const id = chat.other.hear(person.user.userId, person.account.id, text(words));
      await chat.other.waitForAcknowledgement(id);
    }
    chat.other.send(person.user.userId, 'and I');
    await person.user.waitForText(chat.room, 'and I', 30_000);
    await person.ask('puppet', /I cannot write as you/);
    // In the answers to both commands, and once of its own accord.
    assert.equal(person.said().filter((line) => line.startsWith('In encrypted chats I cannot')).length, 1);
    assert.deepEqual(await person.user.sdk.downloadKeysForUsers([person.user.userId]), mine);
    const session = await scene.bridged.synapse.login(person.user.userId, 'password');
    await person.ask(`puppet ${session.accessToken}`, /a warning stands beside what I write/);
    chat.other.hear(person.user.userId, person.account.id, text('three'));
    await shown(person, chat.room, 'a text', ({ content }) => content['body'] === 'three');
  });
});

describe('double puppeting where only verified sessions count', () => {
  it('says why it does not speak in encrypted rooms, and lets the ghost speak in groups', async () => {
    await using scene = await PuppetScene.start(true, { strategy: 'signed-devices' });
    const both = await scene.both();
    const chat = await scene.chat(both);
    const id = chat.other.hear(both.user.userId, both.account.id, text('unheard'));
    await chat.other.waitForAcknowledgement(id);
    const isReason = (line: string): boolean => line.includes('only verified sessions count');
    await both.user.waitForEvent(both.management, ({ content }) => isReason(String(content['body'])), 30_000);
    assert.ok(!both.said().some((line) => line.includes('double puppeting is off')));
    assert.deepEqual(await sessions(both), []);

    const maker = LoopbackGroupMember.make(scene.world, chat.other, '#signed', 'A group');
    maker.change(both.user.userId, 'invite');
    const { roomId } = await both.user.waitForInvite(
      ({ inviter }) => inviter === scene.bridged.botUserId,
      30_000,
    );
    await both.user.join(roomId);
    LoopbackGroupMember.join(scene.world, both.account, '#signed').send('by my ghost');
    const { sender } = await both.user.waitForText(roomId, 'by my ghost', 30_000);
    assert.equal(sender, scene.bridged.ghostOf('loopback', both.account.id));
  });
});

async function removeSession(scene: PuppetScene, { user }: Both, session: string): Promise<void> {
  const identifier = { type: 'm.id.user', user: user.userId };
  const path = `/_matrix/client/v3/devices/${session}`;
  const headers = { authorization: `Bearer ${user.sdk.getAccessToken() ?? ''}` };
  const url = scene.bridged.synapse.baseUrl + path;
  const first = await fetch(url, { method: 'DELETE', headers, body: '{}' });
  const asked = (await first.json()) as { readonly session?: string };
  const auth = { type: 'm.login.password', identifier, password: 'password', session: asked.session };
  const done = await fetch(url, { method: 'DELETE', headers, body: JSON.stringify({ auth }) });
  assert.ok(done.ok, String(done.status));
}
