import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { failedForNow } from '../../../../src/core/outcome.ts';
import type { Media } from '../../../../src/core/media.ts';
import { newMediaKey } from '../../../../src/interop/media/keys.ts';
import { openSealed } from '../../../../src/interop/media/open.ts';
import { parseDownloadPath } from '../../../../src/interop/media/paths.ts';
import { seal } from '../../../../src/interop/media/seal.ts';
import { newRef } from '../../../../src/interop/media/shelf/shelf.ts';
import { readFile } from '../../../../src/interop/message/sealed-file.ts';
import type { WireFile } from '../../../../src/interop/message/wire-message.ts';
import { alice, whatsappScene, type WhatsappScene } from '../../../support/whatsapp-scene.ts';
import { enabled, handle, mediaEvent, Opened, patience } from '../../../support/whatsapp-chat.ts';

test('a file that a user sends is sealed, hosted, announced, and opens at the other end', async () => {
  await using scene = await whatsappScene();
  await enabled(scene);
  const bytes = randomBytes(200_000);
  const handled = await handle(scene.network, mediaEvent(picture(bytes), '$picture', 'look'));
  assert.ok(handled.kind === 'sent', JSON.stringify(handled));
  const got = await scene.bob.got.waitFor(({ message }) => message.imageMessage !== undefined, patience);
  assert.equal(got.stanza.type, 'media');
  assert.equal(got.stanza.sealed[0]?.mediaType, 'image');
  assert.equal(got.message.imageMessage?.caption, 'look');
  assert.deepEqual(await fetched(scene, got.message.imageMessage, 'image'), bytes);
});

test('a file that is sent again is sealed once, and keeps its place; a broken transfer is tried anew', async () => {
  await using scene = await whatsappScene();
  await enabled(scene);
  const bytes = randomBytes(5_000);
  let opened = 0;
  const media: Media = {
    ...picture(bytes),
    open: async (signal) => {
      opened += 1;
      if (opened === 1) return failedForNow('media-unavailable');
      return picture(bytes).open(signal);
    },
  };
  assert.equal((await handle(scene.network, mediaEvent(media, '$again'))).kind, 'failed');
  assert.equal((await handle(scene.network, mediaEvent(media, '$again'))).kind, 'sent');
  const got = await scene.bob.got.waitFor(({ message }) => message.imageMessage !== undefined, patience);
  await scene.restart();
  assert.equal((await handle(scene.network, mediaEvent(media, '$again'))).kind, 'sent');
  assert.equal(opened, 2);
  assert.deepEqual(await fetched(scene, got.message.imageMessage, 'image'), bytes);
});

test('a file that is too large goes nowhere', async () => {
  await using scene = await whatsappScene({ config: { media: { ...limits, max_bytes: 1_000 } } });
  await enabled(scene);
  const handled = await handle(scene.network, mediaEvent(picture(randomBytes(2_000)), '$large'));
  assert.ok(handled.kind === 'failed' && handled.reason === 'too-large' && handled.retry.kind === 'never');
  const undeclared = { ...picture(randomBytes(2_000)), size: undefined };
  const second = await handle(scene.network, mediaEvent(undeclared, '$large2'));
  assert.ok(second.kind === 'failed' && second.reason === 'too-large');
});

test('what a user has sent is gone with the user', async () => {
  await using scene = await whatsappScene();
  await enabled(scene);
  await handle(scene.network, mediaEvent(picture(randomBytes(500)), '$gone'));
  const got = await scene.bob.got.waitFor(({ message }) => message.imageMessage !== undefined, patience);
  const { ref = '' } = parseDownloadPath(got.message.imageMessage?.directPath ?? '') ?? {};
  assert.equal((await fetch(`${scene.partnerUrl}/whatsapp/media/${ref}`)).status, 200);
  assert.equal(await scene.network.forget?.(alice, []), undefined);
  assert.equal((await fetch(`${scene.partnerUrl}/whatsapp/media/${ref}`)).status, 404);
});

test('a file from WhatsApp is fetched when it is wanted, and only if it is genuine', async () => {
  await using scene = await whatsappScene();
  const login = await enabled(scene);
  const opened = new Opened(scene);
  const bytes = randomBytes(50_000);
  const file = await hosted(scene, bytes);
  const voice = {
    ...file,
    mimetype: 'audio/ogg; codecs=opus',
    ptt: true,
    seconds: 3,
    waveform: Uint8Array.of(0, 50, 100),
  };
  await scene.bob.say(login, 'V1', { audioMessage: voice });
  await opened.next('identity-change');
  const event = await opened.next('message');
  assert.ok(event.content.kind === 'media');
  const { media } = event.content;
  assert.deepEqual([media.kind, media.duration, media.waveform], ['voice', 3_000, [0, 0.5, 1]]);
  const open = await media.open(AbortSignal.timeout(patience));
  assert.ok(open.kind === 'open', JSON.stringify(open));
  assert.deepEqual(await buffer(open.stream), bytes);

  const other = randomBytes(32);
  await scene.bob.say(login, 'V2', { audioMessage: { ...voice, fileSha256: other } });
  const forged = await opened.next('message');
  assert.ok(forged.content.kind === 'media');
  const refused = await forged.content.media.open(AbortSignal.timeout(patience));
  assert.ok(refused.kind === 'failed' && refused.reason === 'not-genuine');
});

test('a caption is changed by an edit that does not say again where the file is', async () => {
  await using scene = await whatsappScene();
  const login = await enabled(scene);
  const opened = new Opened(scene);
  const bytes = randomBytes(5_000);
  const documentMessage = { ...(await hosted(scene, bytes, 'document')), mimetype: 'text/plain' };
  await scene.bob.say(login, 'C1', { documentMessage });
  await scene.bob.say(login, 'C2', {
    protocolMessage: {
      key: { fromMe: true, id: 'C1' },
      type: 14,
      editedMessage: { documentMessage: { caption: 'another' } },
    },
  });
  await opened.next('identity-change');
  await opened.next('message');
  const { content } = await opened.next('edit');
  assert.ok(content.kind === 'media' && content.caption?.plain === 'another', JSON.stringify(content));
  const open = await content.media.open(AbortSignal.timeout(patience));
  assert.ok(open.kind === 'open', JSON.stringify(open));
  assert.deepEqual(await buffer(open.stream), bytes);
});

const limits = {
  ...{ max_bytes: 1_000_000, keep_days: 31, most_bytes: 100_000_000, most_bytes_of_user: 10_000_000 },
  timeout_seconds: 5,
};

function picture(bytes: Buffer): Media {
  return {
    ...{ kind: 'image', name: 'cat.jpg', mimetype: 'image/jpeg', size: bytes.length, width: 10, height: 10 },
    ...{ duration: undefined, waveform: undefined, blurhash: undefined, thumbnail: undefined },
    open: async () => ({
      ...{ kind: 'open', size: bytes.length, mimetype: 'image/jpeg' },
      stream: Readable.from([bytes], { objectMode: false }),
    }),
  };
}

/** As a client of WhatsApp's gets it: from the partner, by way of the media host. */
async function fetched(
  scene: WhatsappScene,
  wire: WireFile | undefined,
  kind: 'image' | 'audio',
): Promise<Buffer> {
  const file = wire && readFile(wire, kind);
  assert.ok(file !== undefined);
  const path = parseDownloadPath(file.directPath);
  assert.equal(path?.integrator, 12);
  const opened = await openSealed(
    async () => {
      const response = await fetch(`${scene.partnerUrl}/whatsapp/media/${path.ref}`);
      assert.equal(response.status, 200);
      const bytes = Buffer.from(await response.arrayBuffer());
      return {
        kind: 'open',
        size: bytes.length,
        mimetype: undefined,
        stream: Readable.from([bytes], { objectMode: false }),
      };
    },
    file,
    10_000_000,
  );
  assert.ok(opened.kind === 'opened');
  const bytes = await buffer(opened.read());
  await opened[Symbol.asyncDispose]();
  return bytes;
}

/** Puts a file onto the host's media host. */
async function hosted(
  scene: WhatsappScene,
  bytes: Buffer,
  kind: 'audio' | 'document' = 'audio',
): Promise<WireFile> {
  const mediaKey = newMediaKey();
  const sealing = seal(Readable.from([bytes], { objectMode: false }), mediaKey, kind);
  const sealed = await buffer(sealing.stream);
  const ref = newRef();
  scene.files.set(ref, () => ({
    ...{ size: sealed.length, expiresAt: Date.now() + 60_000 },
    read: () => Readable.from([sealed], { objectMode: false }),
    [Symbol.asyncDispose]: async () => undefined,
  }));
  return {
    ...{ mediaKey, directPath: `/v/t${ref}`, fileLength: bytes.length },
    fileSha256: createHash('sha256').update(bytes).digest(),
    fileEncSha256: createHash('sha256').update(sealed).digest(),
  };
}
