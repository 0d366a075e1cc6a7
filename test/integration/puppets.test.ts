import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { after, before, describe, it } from 'node:test';
import { eventually } from '../conformance/eventually.ts';
import { PuppetScene, type Both, type OwnChat } from '../support/puppet-scene.ts';
import type { SeenEvent } from '../support/matrix-event.ts';

const text = (words: string) => ({ kind: 'text', style: 'normal', text: words }) as const;
const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);

/** Everything that the user does in another app, and how it looks on Matrix. */
async function showsAll(both: Both, chat: OwnChat): Promise<void> {
  const { user, account } = both;
  const mine = (test: (event: SeenEvent) => boolean): Promise<SeenEvent> =>
    user.waitForEvent(chat.room, (event) => event.sender === user.userId && test(event));
  const hear = (body: Parameters<typeof chat.other.hear>[2]): string =>
    chat.other.hear(user.userId, account.id, body);

  const id = hear(text('from my phone'));
  const message = await mine(({ content }) => content['body'] === 'from my phone');
  hear({ kind: 'edit', target: id, content: text('from my own phone') });
  await mine(({ relation }) => relation?.type === 'm.replace' && relation.eventId === message.eventId);
  hear({ kind: 'reaction', target: id, emojis: ['👍'] });
  const reaction = await mine(({ relation }) => relation?.key === '👍');
  hear({ kind: 'reaction', target: id, emojis: [] });
  await mine(({ redacts }) => redacts === reaction.eventId);
  const file = chat.other.hear(user.userId, account.id, {
    ...{ kind: 'file', media: 'image', name: 'sea.png', mimetype: 'image/png', size: pixel.byteLength },
    file: both.account.putFile(pixel),
  });
  const picture = await mine(({ content }) => content['msgtype'] === 'm.image');
  const { bytes } = await user.downloadMedia(String(picture.content['url']));
  assert.deepEqual(Buffer.from(bytes), pixel);
  hear({ kind: 'retraction', target: file });
  await mine(({ redacts }) => redacts === picture.eventId);
}

describe('double puppeting by a second registration', () => {
  let scene: PuppetScene;
  let both: Both;
  before(async () => {
    scene = await PuppetScene.start(true);
    both = await scene.both();
  });
  after(() => scene[Symbol.asyncDispose]());

  it('shows what a user does in another app as theirs, and sends none of it back', async () => {
    const chat = await scene.chat(both);
    await showsAll(both, chat);
    // In the room's order the echoes come before this.
    await both.user.sendText(chat.room, 'from Matrix');
    await chat.other.waitFor(({ body }) => body.kind === 'text' && body.text === 'from Matrix');
    assert.deepEqual(chat.got(), ['from Matrix']);
    assert.equal(chat.other.inbox.length, 1);
    await scene.bridged.restart();
    await both.user.sendText(chat.room, 'once more');
    await chat.other.waitFor(({ body }) => body.kind === 'text' && body.text === 'once more');
    assert.equal(chat.other.inbox.length, 2);
  });

  it('brings the user into a chat that they have not joined yet', async () => {
    const chat = await scene.chat(both, false);
    chat.other.hear(both.user.userId, both.account.id, text('I answer elsewhere'));
    const event = await both.user.waitForText(chat.room, 'I answer elsewhere');
    assert.equal(event.sender, both.user.userId);
  });

  it('takes a message that the user forwards, mark and all, for what it is', async () => {
    const [chat, elsewhere] = [await scene.chat(both), await scene.chat(both)];
    chat.other.hear(both.user.userId, both.account.id, text('worth repeating'));
    const { content } = await both.user.waitForText(chat.room, 'worth repeating');
    assert.deepEqual(content['fi.mau.double_puppet_source'], 'causeway');
    // The bridge is to have recorded its own before, as it has when a person presses a button.
    await both.user.sendText(chat.room, 'barrier');
    await chat.other.waitFor(({ body }) => body.kind === 'text' && body.text === 'barrier');
    await both.user.sendMessage(chat.room, { ...content });
    await chat.other.waitFor(({ body }) => body.kind === 'text' && body.text === 'worth repeating');
    await both.user.sendMessage(elsewhere.room, { ...content });
    await elsewhere.other.waitFor(({ body }) => body.kind === 'text' && body.text === 'worth repeating');
    assert.deepEqual(chat.got(), ['barrier', 'worth repeating']);
  });

  it('says where a message can be changed that was written in another app', async () => {
    const chat = await scene.chat(both);
    chat.other.hear(both.user.userId, both.account.id, text('tpyo'));
    const { eventId } = await both.user.waitForText(chat.room, 'tpyo');
    await both.user.edit(chat.room, eventId, 'typo');
    await both.user.waitForEvent(both.management, ({ content }) =>
      String(content['body']).includes('in another app. Please change it there'),
    );
    assert.deepEqual(chat.got(), []);
  });

  it('leaves the linked account itself a person to talk with', async () => {
    both.account.send(both.user.userId, 'a note to myself');
    const ghost = scene.bridged.ghostOf('loopback', both.account.id);
    const { roomId } = await both.user.waitForInvite(({ inviter }) => inviter === ghost);
    await both.user.join(roomId);
    assert.equal((await both.user.waitForText(roomId, 'a note to myself')).sender, ghost);
  });

  it('follows the list of ignored people, and lets them notice nothing', async () => {
    const stranger = scene.world.person('stranger');
    const ghost = scene.bridged.ghostOf('loopback', stranger.id);
    await both.user.sdk.setIgnoredUsers([ghost]);
    await waitMs(2_100);
    const id = stranger.send(both.user.userId, 'buy this');
    await stranger.waitForAcknowledgement(id);
    // It is judged when it is handled, not when it came: the list is read for it, and then the block is there.
    await eventually(
      'that the stranger is blocked',
      async () =>
        String((await both.ask('blocks', /You have blocked/)).content['body']).includes(stranger.id) ||
        undefined,
    );
    await both.user.sdk.setIgnoredUsers([]);
    await waitMs(2_100);
    stranger.send(both.user.userId, 'sorry');
    const { roomId } = await both.user.waitForInvite(({ inviter }) => inviter === ghost);
    await both.user.join(roomId);
    await both.user.waitForText(roomId, 'sorry');
    assert.deepEqual(
      both.user.timeline(roomId).filter(({ content }) => content['body'] === 'buy this'),
      [],
    );
    assert.deepEqual(stranger.inbox, []);
  });

  it('ends when the user says so, and begins again', async () => {
    const chat = await scene.chat(both);
    await both.ask('puppet', /Double puppeting is on: /);
    await both.ask('puppet off', /Double puppeting is off/);
    const unheard = chat.other.hear(both.user.userId, both.account.id, text('unheard'));
    await chat.other.waitForAcknowledgement(unheard);
    await both.ask('puppet on', /Double puppeting is on: /);
    chat.other.hear(both.user.userId, both.account.id, text('heard'));
    await both.user.waitForText(chat.room, 'heard');
    const bodies = both.user.timeline(chat.room).map(({ content }) => content['body']);
    assert.ok(!bodies.includes('unheard'));
    assert.ok(!both.said().some((line) => line.includes('is not shown here')));
  });
});

describe("double puppeting by a user's own token", () => {
  let scene: PuppetScene;
  let both: Both;
  before(async () => {
    scene = await PuppetScene.start(false);
    both = await scene.both();
  });
  after(() => scene[Symbol.asyncDispose]());

  it('tells once that what is written in another app is not shown', async () => {
    const chat = await scene.chat(both);
    for (const words of ['one', 'two']) {
      const id = chat.other.hear(both.user.userId, both.account.id, text(words));
      await chat.other.waitForAcknowledgement(id);
    }
    chat.other.send(both.user.userId, 'and I');
    await both.user.waitForText(chat.room, 'and I');
    await both.ask('puppet', /Double puppeting is off/);
    assert.equal(both.said().filter((line) => line.includes('is not shown here')).length, 1);
    assert.deepEqual([chat.other.inbox, both.account.inbox.length], [[], 1]);
  });

  it('takes a token out of the room at once, and no token of somebody else or of nobody', async () => {
    const another = await scene.both();
    const theirs = another.user.sdk.getAccessToken() ?? '';
    await both.ask(`puppet ${theirs}`, /not yours/);
    await both.ask('puppet syt_nobody_has_this', /does not know this access token/);
    await both.ask('puppet', /Double puppeting is off/);
    await both.user.waitForEvent(both.management, ({ type }) => type === 'm.room.redaction');
    const session = await scene.bridged.synapse.login(both.user.userId, 'password');
    await both.ask(`puppet ${session.accessToken}`, /now appears on Matrix as yours/);
    const left = JSON.stringify(await messagesIn(scene, both));
    for (const token of [theirs, session.accessToken]) {
      assert.ok(!left.includes(token));
      assert.ok(!inspect(scene.log, { depth: null }).includes(token));
    }
    await both.ask('puppet', /with the access token that you gave me/);
  });

  it('shows what a user does in another app as theirs, and sends none of it back', async () => {
    const chat = await scene.chat(both);
    await showsAll(both, chat);
    await both.user.sendText(chat.room, 'from Matrix');
    await chat.other.waitFor(({ body }) => body.kind === 'text' && body.text === 'from Matrix');
    assert.equal(chat.other.inbox.length, 1);
  });

  it('goes on without a token that is no longer good, and says so once', async () => {
    const chat = await scene.chat(both);
    const session = await scene.bridged.synapse.login(both.user.userId, 'password');
    await both.ask(`puppet ${session.accessToken}`, /now appears on Matrix as yours/);
    const logout = await fetch(`${scene.bridged.synapse.baseUrl}/_matrix/client/v3/logout`, {
      method: 'POST',
      headers: { authorization: `Bearer ${session.accessToken}` },
    });
    assert.ok(logout.ok);
    for (const words of ['one', 'two']) chat.other.hear(both.user.userId, both.account.id, text(words));
    chat.other.send(both.user.userId, 'and I');
    await both.user.waitForText(chat.room, 'and I');
    await both.ask('puppet', /is no longer good/);
    assert.equal(both.said().filter((line) => line.includes('no longer takes')).length, 1);
    const again = await scene.bridged.synapse.login(both.user.userId, 'password');
    await both.ask(`puppet ${again.accessToken}`, /now appears on Matrix as yours/);
    chat.other.hear(both.user.userId, both.account.id, text('three'));
    assert.equal((await both.user.waitForText(chat.room, 'three')).sender, both.user.userId);
  });
});

function waitMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The management room as a fresh client would read it. */
async function messagesIn({ bridged }: PuppetScene, { user, management }: Both): Promise<unknown> {
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(management)}/messages?dir=b&limit=100`;
  const headers = { authorization: `Bearer ${user.sdk.getAccessToken() ?? ''}` };
  return (await fetch(bridged.synapse.baseUrl + path, { headers })).json();
}
