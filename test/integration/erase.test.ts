import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { eventually, seesText } from '../conformance/eventually.ts';
import { SdkPerson } from '../conformance/matrix-person.ts';
import type { Chat } from '../conformance/rig.ts';
import { XmppRemote } from '../conformance/xmpp-remote.ts';
import { MatrixUser } from '../support/matrix-user.ts';
import { makeOperationScene, type OperatedBridge, type OperationScene } from '../support/operation-scene.ts';
import { XmppUser } from '../support/xmpp-user.ts';

const name = 'evelyn-who-goes';

describe('erasing a user, on real servers', { timeout: 180_000 }, () => {
  let scene: OperationScene;
  let bridge: OperatedBridge;
  let user: MatrixUser;
  let person: SdkPerson;
  let bob: XmppUser;
  let remote: XmppRemote;
  let remoteChat: Chat;
  let room = '';

  before(async () => {
    scene = await makeOperationScene('erase');
    bridge = await scene.start();
    await bridge.untilWell();
    const account = await scene.synapse.createUser(name, 'password');
    user = await MatrixUser.login({ baseUrl: scene.synapse.baseUrl, ...account, encryption: {} });
    person = new SdkPerson(user, scene.botUserId, 'xmpp');
    const { jid } = await scene.prosody.addUser('bob', 'secret');
    const { service, domain, uploadDomain } = scene.prosody;
    bob = await XmppUser.login({ service, domain, username: 'bob', password: 'secret' });
    const addressOf = (id: string): string => `${id.slice(1, id.indexOf(':'))}@${scene.componentDomain}`;
    remote = new XmppRemote(
      bob,
      { uploadDomain, addressOf },
      `@_xmpp_${jid.replaceAll('@', '=40')}:localhost`,
    );
    remoteChat = remote.chatWith(user.userId);
  });
  after(async () => {
    await user[Symbol.asyncDispose]();
    await bob[Symbol.asyncDispose]();
    await bridge[Symbol.asyncDispose]();
    await scene[Symbol.asyncDispose]();
  });

  const answers = (): readonly string[] =>
    user
      .timeline(room)
      .filter(({ sender, type }) => sender === scene.botUserId && type === 'm.room.message')
      .map(({ content }) => String(content['body']));
  const command = async (text: string): Promise<string> => {
    const before = answers().length;
    await user.sendText(room, text);
    return eventually(`the answer to ${text}`, () => answers()[before], 20_000);
  };
  const raw = async (): Promise<string> => {
    const wal = await readFile(`${bridge.databaseFile}-wal`).catch(() => Buffer.alloc(0));
    return (await readFile(bridge.databaseFile)).toString('latin1') + wal.toString('latin1');
  };

  it('leaves nothing of them in the database file, and leaves the rooms', async () => {
    room = await user.createDirectRoom(scene.botUserId);
    await eventually('the welcome', () => answers()[0], 20_000);
    await command('language en');
    await command('link xmpp bob@xmpp.localhost');
    await remoteChat.say('hello');
    const chat = await person.chatWith(remote);
    await seesText(chat, 'hello');
    await chat.say('hello yourself');
    await seesText(remoteChat, 'hello yourself');
    assert.ok((await raw()).includes(name));

    const asked = await command('erase me');
    const repeat = /write (erase me \d{4}) within/.exec(asked)?.[1] ?? assert.fail(asked);
    assert.match(await command(repeat), /I am erasing all that I keep/);
    await eventually(
      'the bot to leave',
      async () => (await user.memberships(room))[scene.botUserId] === 'leave' || undefined,
      30_000,
    );
    const farewell = (): true | undefined =>
      (answers().at(-1) ?? '').includes('All that I kept of you is erased') || undefined;
    await eventually('the last words, which the client may see later', farewell, 10_000);
    await eventually(
      'the database to be clean',
      async () => !(await raw()).includes(name) || undefined,
      20_000,
    );
    assert.equal(await bridge.metric('causeway_queue_events'), 0);
    const ghosts = await Promise.all(
      user.sdk
        .getRooms()
        .filter((one) => one.roomId !== room && !one.isSpaceRoom())
        .map(async ({ roomId }) => (await user.memberships(roomId))[remote.ghost]),
    );
    assert.deepEqual(ghosts, ['leave']);
  });

  it('makes no new room for them, until somebody writes', async () => {
    const before = user.sdk.getRooms().length;
    await bridge.untilWell();
    assert.equal(user.sdk.getRooms().length, before);
    await remoteChat.say('hello again');
    const invited = await eventually(
      'the invitation to a new chat',
      () => user.sdk.getRooms().find((one) => one.getMyMembership() === 'invite')?.roomId,
      20_000,
    );
    await user.join(invited);
    await eventually(
      'the message',
      () => user.timeline(invited).find(({ content }) => content['body'] === 'hello again'),
      20_000,
    );
  });
});
