import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import { eventually, refused, seesText } from '../conformance/eventually.ts';
import type { Chat, SampleFile } from '../conformance/rig.ts';
import { noise } from '../conformance/samples.ts';
import {
  makeFaultScene,
  maxMediaBytes,
  maxTransactionBytes,
  type FaultScene,
  type FaultyMatrixPerson,
} from '../support/fault-scene.ts';
import { attribute, type Stanza } from '../support/xmpp-stanzas.ts';
import type { XmppUser } from '../support/xmpp-user.ts';

const event = {
  event_id: '$never-sent',
  room_id: '!room:localhost',
  sender: '@alice:localhost',
  type: 'm.room.message',
  origin_server_ts: 1,
  content: { msgtype: 'm.text', body: 'hello' },
};
const good = JSON.stringify({ events: [event] });

describe('what is refused', { timeout: 120_000 }, () => {
  let scene: FaultScene;
  let alice: FaultyMatrixPerson;
  let bob: XmppUser;
  let matrixChat: Chat;
  let remoteChat: Chat;

  before(async () => {
    scene = await makeFaultScene('refusals');
    alice = await scene.matrixPerson('alice');
    const person = await scene.remotePerson('bob');
    bob = person.user;
    remoteChat = person.remote.chatWith(alice.user.userId);
    await remoteChat.say('hello');
    matrixChat = await alice.person.chatWith(person.remote);
    await alice.command('status');
  });
  after(() => scene[Symbol.asyncDispose]());

  const isKept = (): boolean => {
    using database = opened(scene.bridged.databaseFile);
    return (
      database.rows("select 1 from events where source = 'matrix' and outer_key = ?", event.event_id) > 0
    );
  };
  const call = async (
    body: string,
    token: string | undefined,
    path = '/_matrix/app/v1/transactions/never',
  ) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(scene.bridged.bridgeUrl + path, { method: 'PUT', headers, body });
    const said = (await response.json()) as { readonly errcode?: string };
    return [response.status, said.errcode];
  };

  describe('of a homeserver', () => {
    const half = good.slice(0, -1);
    const huge = JSON.stringify({ events: [event], more: 'x'.repeat(maxTransactionBytes) });
    it('is a transaction with a wrong token, and nothing of it is kept', async () => {
      assert.deepEqual(await call(good, 'not-the-token'), [403, 'M_FORBIDDEN']);
      assert.deepEqual(await call(good, `${scene.bridged.hsToken}x`), [403, 'M_FORBIDDEN']);
      assert.equal(isKept(), false);
    });

    it('is a transaction without a token', async () => {
      assert.deepEqual(await call(good, undefined), [401, 'M_MISSING_TOKEN']);
      assert.equal(isKept(), false);
    });

    it('is half of a JSON text, or JSON of another shape', async () => {
      const { hsToken } = scene.bridged;
      assert.deepEqual(await call(half, hsToken), [400, 'M_NOT_JSON']);
      assert.deepEqual(await call(JSON.stringify([event]), hsToken), [400, 'M_BAD_JSON']);
      assert.deepEqual(await call(JSON.stringify({ events: event }), hsToken), [400, 'M_BAD_JSON']);
      assert.equal(isKept(), false);
    });

    it('is a transaction above the limit', async () => {
      assert.deepEqual(await call(huge, scene.bridged.hsToken), [413, 'M_TOO_LARGE']);
      assert.equal(isKept(), false);
    });

    it('is a path that the specification does not know', async () => {
      const path = '/_matrix/app/v1/nothing';
      assert.deepEqual(await call(good, scene.bridged.hsToken, path), [404, 'M_UNRECOGNIZED']);
    });

    it('is nothing of a good transaction', async () => {
      assert.deepEqual(await call(good, scene.bridged.hsToken), [200, undefined]);
      assert.equal(isKept(), true);
    });
  });

  describe('of people', () => {
    const lie = (name: string): SampleFile => ({
      ...{ name, type: 'image/png' },
      bytes: Uint8Array.from(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>')),
    });
    const files = (chat: Chat): readonly string[] =>
      chat.seen().flatMap((seen) => (seen.kind === 'file' ? [seen.name] : []));
    const noticed = (pattern: RegExp): Promise<unknown> =>
      eventually('a line in the management room', () =>
        alice.person.notices().find((notice) => pattern.test(notice)),
      );
    const errorFor = (id: string): Stanza | undefined =>
      bob.stanzas.find((stanza) => attribute(stanza, 'id') === id && attribute(stanza, 'type') === 'error');

    const fromMatrix: readonly (readonly [string, SampleFile, RegExp])[] = [
      ['above the limit', noise('big.bin', maxMediaBytes + 1), /bob.*larger/is],
      ['whose type lies', lie('lie.png'), /bob.*not what/is],
    ];
    for (const [what, file, sentence] of fromMatrix) {
      it(`is a Matrix user’s file ${what}: the user sees it at the message and reads why`, async () => {
        const id = await matrixChat.sendFile(file);
        await refused(matrixChat, id);
        await noticed(sentence);
        await matrixChat.say(`after ${file.name}`);
        await seesText(remoteChat, `after ${file.name}`);
        assert.ok(!files(remoteChat).includes(file.name));
      });
    }

    it('is a Matrix user’s file whose size lies', async () => {
      const file = noise('small.bin', maxMediaBytes + 1);
      const room = await roomOf(alice, scene);
      const url = await alice.user.upload(file);
      const info = { size: 10, mimetype: file.type };
      const id = await alice.user.sendMessage(room, { msgtype: 'm.file', body: file.name, url, info });
      await refused(matrixChat, id);
      assert.ok(!files(remoteChat).includes(file.name));
    });

    const fromRemote: readonly (readonly [string, SampleFile, RegExp])[] = [
      ['above the limit', noise('big.bin', maxMediaBytes + 1), /larger/i],
      ['whose type lies', lie('lie.png'), /not what/i],
    ];
    for (const [what, file, sentence] of fromRemote) {
      it(`is an XMPP user’s file ${what}: an error says why`, async () => {
        const id = await remoteChat.sendFile(file);
        await refused(remoteChat, id);
        const said = errorFor(id)?.getChild('error')?.getChildText('text') ?? '';
        assert.match(said, sentence);
        await remoteChat.say(`after ${file.name}`);
        await seesText(matrixChat, `after ${file.name}`);
        assert.ok(!files(matrixChat).includes(file.name));
      });
    }

    it('is a user without permission: the bot declines, and their XMPP friends are told', async () => {
      const mallory = await scene.matrixPerson('mallory');
      const room = await mallory.user.createDirectRoom(scene.bridged.botUserId);
      await eventually(
        'the bot to decline',
        async () => (await mallory.user.memberships(room))[scene.bridged.botUserId] === 'leave' || undefined,
      );
      const chat = (await scene.remotePerson('carol')).remote.chatWith(mallory.user.userId);
      await refused(chat, await chat.say('hello'));
    });
  });
});

/** The room in which the user has the chat. */
async function roomOf(alice: FaultyMatrixPerson, scene: FaultScene): Promise<string> {
  const ghost = scene.bridged.ghostOf('xmpp', 'bob@xmpp.localhost');
  const invite = await alice.user.waitForInvite(({ inviter }) => inviter === ghost);
  return invite.roomId;
}

/** The bridge's database, read beside it. */
function opened(file: string): Disposable & { rows(sql: string, value: string): number } {
  const database = new Database(file, { readonly: true });
  return {
    rows: (sql, value) => database.prepare(sql).all(value).length,
    [Symbol.dispose]: () => database.close(),
  };
}
