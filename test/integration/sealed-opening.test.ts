import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { encryptedFile, FileSealer } from '../../src/matrix/crypto/attachment.ts';
import { mxc } from '../support/matrix-events.ts';
import { SealedScene } from '../support/sealed-scene.ts';
import { chat, holdKeys, put, statusOf, textOf, wireOf, type Chat } from '../support/sealed-talk.ts';

const patience = 30_000;
const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), randomBytes(60_000)]);

describe('what people’s clients encrypt', () => {
  let scene: SealedScene;
  let one: Chat;
  before(async () => {
    scene = await SealedScene.start();
    one = await chat(scene);
  });
  after(() => scene[Symbol.asyncDispose]());

  it('is opened and carried', async () => {
    const { user, person, room } = one;
    const first = await user.sendText(room, 'a secret');
    await person.waitFor((packet) => textOf(packet) === 'a secret', patience);
    await user.edit(room, first, 'a better secret');
    await user.reply(room, first, 'an answer');
    await user.react(room, first, '👍');
    await person.waitFor(({ body }) => body.kind === 'edit', patience);
    const answer = await person.waitFor((packet) => textOf(packet)?.includes('an answer') === true, patience);
    assert.ok(answer.body.kind === 'text' && answer.body.replyTo !== undefined);
    await person.waitFor(({ body }) => body.kind === 'reaction', patience);
  });

  it('is refused and told where it was changed, or comes again under another id', async () => {
    const { user, person, room } = one;
    const sent = await user.sendText(room, 'said once');
    await person.waitFor((packet) => textOf(packet) === 'said once', patience);
    const content = await wireOf(user, room, sent);
    const replayed = await put(user, room, 'm.room.encrypted', content);
    assert.equal(await statusOf(one, replayed, 'FAIL_PERMANENT'), 'replayed');
    const ciphertext = Buffer.from(String(content['ciphertext']), 'base64');
    const at = ciphertext.byteLength - 40;
    ciphertext[at] = (ciphertext[at] ?? 0) ^ 1;
    const changed = { ...content, ciphertext: ciphertext.toString('base64').replace(/=+$/, '') };
    const tampered = await put(user, room, 'm.room.encrypted', changed);
    assert.equal(await statusOf(one, tampered, 'FAIL_PERMANENT'), 'not-genuine');
    await user.sendText(room, 'after that');
    await person.waitFor((packet) => textOf(packet) === 'after that', patience);
    assert.equal(person.inbox.filter((packet) => textOf(packet) === 'said once').length, 1);
  });

  it('carries files both ways, and none whose hash is wrong', async () => {
    const { user, person, room } = one;
    await user.sendFile(room, { name: 'a.png', type: 'image/png', bytes: new Uint8Array(png) });
    const { body } = await person.waitFor(({ body: { kind } }) => kind === 'file', patience);
    assert.ok(body.kind === 'file');
    assert.deepEqual(Buffer.from(scene.world.files.whole(body.file) ?? []), png);
    const sealer = new FileSealer();
    const chunks: Uint8Array[] = [];
    for await (const chunk of sealer.seal(pieces(png))) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    bytes[30_000] = (bytes[30_000] ?? 0) ^ 1;
    const { content_uri: uri } = await user.sdk.uploadContent(new Blob([bytes]), { includeFilename: false });
    const file = encryptedFile({ uri: mxc(uri), cipher: sealer.cipher() ?? assert.fail() });
    const wrong = await user.sendMessage(room, {
      msgtype: 'm.image',
      body: 'b.png',
      file,
      info: { mimetype: 'image/png', size: png.byteLength },
    });
    assert.equal(await statusOf(one, wrong, 'FAIL_PERMANENT'), 'not-genuine');
    assert.equal(person.inbox.filter((packet) => packet.body.kind === 'file').length, 1);
    person.sendFile(user.userId, {
      ...{ media: 'image', name: 'c.png', mimetype: 'image/png', bytes: png },
      thumbnail: { mimetype: 'image/png', bytes: png.subarray(0, 900) },
    });
    const seen = await user.waitForEvent(room, ({ content }) => content['body'] === 'c.png', patience);
    const content = user.sdk.getRoom(room)?.findEventById(seen.eventId)?.getContent();
    assert.equal(content?.['url'], undefined);
    const info = content?.['info'] as Record<string, unknown>;
    assert.ok(typeof content?.['file'] === 'object' && typeof info['thumbnail_file'] === 'object');
    const address = (content['file'] as { readonly url: string }).url;
    assert.deepEqual(Buffer.from((await user.downloadMedia(address)).bytes), png);
  });

  it('is no verification: a ghost cancels it, with a reason, and nothing is carried', async () => {
    const { user, person, room } = one;
    const ghost = scene.ghostOf(person);
    const before = person.inbox.length;
    const request = await user.sendMessage(room, {
      msgtype: 'm.key.verification.request',
      body: 'please verify',
      from_device: user.sdk.getDeviceId() ?? '',
      methods: ['m.sas.v1'],
      to: ghost,
    });
    const { content, sender } = await user.waitForEvent(
      room,
      ({ type }) => type === 'm.key.verification.cancel',
      patience,
    );
    assert.equal(sender, ghost);
    assert.equal(content['code'], 'm.user');
    assert.equal((content['m.relates_to'] as { readonly event_id?: string }).event_id, request);
    await user.sendText(room, 'then not');
    await person.waitFor((packet) => textOf(packet) === 'then not', patience);
    assert.equal(person.inbox.length, before + 1);
  });

  it('waits for a key that is late, lets others pass, and comes late, marked', async () => {
    const two = await chat(scene);
    const { user, person, room } = two;
    await user.sendText(room, 'in time');
    await person.waitFor((packet) => textOf(packet) === 'in time', patience);
    const keys = holdKeys(user);
    const discarded = user.sdk.getCrypto()?.forceDiscardSession(room);
    await discarded;
    const first = await user.sendText(room, 'first');
    const second = await user.sendText(room, 'second');
    keys.stop();
    await user.sdk.getCrypto()?.forceDiscardSession(room);
    await user.sendText(room, 'third');
    await person.waitFor((packet) => textOf(packet) === 'third', patience);
    for (const id of [first, second]) assert.equal(await statusOf(two, id, 'PENDING'), 'no-key');
    const { roomId } = await user.waitForInvite(
      ({ inviter }) => inviter === scene.bridged.botUserId,
      patience,
    );
    await user.join(roomId);
    await user.waitForEvent(
      roomId,
      ({ content }) => String(content['body']).includes('send it again'),
      patience,
    );
    await keys.letGo();
    await person.waitFor((packet) => textOf(packet) === 'second', 60_000);
    const texts = person.inbox.map((packet) => [textOf(packet), packet.late]);
    assert.deepEqual(texts.slice(-3), [
      ['third', undefined],
      ['first', true],
      ['second', true],
    ]);
    for (const id of [first, second]) await statusOf(two, id, 'SUCCESS');
  });

  it('is read in order in three rooms after the bridge was off, over several sessions', async () => {
    const user = await scene.user();
    const chats = [await chat(scene, user), await chat(scene, user), await chat(scene, user)];
    const said = (at: number): string => `message ${String(at)}`;
    await scene.bridged.restart(async () => {
      for (let at = 0; at < 100; at += 1) {
        for (const { room } of chats) {
          if (at % 30 === 29) await user.sdk.getCrypto()?.forceDiscardSession(room);
          await user.sendText(room, said(at));
        }
      }
    });
    for (const { person } of chats) {
      await person.waitFor((packet) => textOf(packet) === said(99), 120_000);
      assert.deepEqual(
        person.inbox.map((packet) => textOf(packet)),
        Array.from({ length: 100 }, (_, at) => said(at)),
      );
      assert.ok(person.inbox.every(({ late }) => late === undefined));
    }
  });
});

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}
