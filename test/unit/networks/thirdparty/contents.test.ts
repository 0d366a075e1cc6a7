import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { noMentions, type Content } from '../../../../src/core/event.ts';
import type { MediaKind } from '../../../../src/core/media.ts';
import { openSealed } from '../../../../src/interop/media/open.ts';
import { parseHostedPath } from '../../../../src/interop/media/paths.ts';
import { readFile, type SealedKind } from '../../../../src/interop/message/sealed-file.ts';
import type { WireFile, WireMessage } from '../../../../src/interop/message/wire-message.ts';
import { gathered } from '../../../support/byte-streams.ts';
import { hosting, mediaOf } from '../../../support/third-party-files.ts';
import { partner } from '../../../support/third-party-partner.ts';
import {
  alice,
  configOf,
  from,
  handle,
  message,
  messagesIn,
  portalOf,
  scene,
  targetOf,
  words,
  type Scene,
} from '../../../support/third-party-scene.ts';

const files: readonly (readonly [MediaKind, string, keyof WireMessage, SealedKind])[] = [
  ['image', 'image/jpeg', 'imageMessage', 'image'],
  ['video', 'video/mp4', 'videoMessage', 'video'],
  ['audio', 'audio/mpeg', 'audioMessage', 'audio'],
  ['voice', 'audio/ogg', 'audioMessage', 'audio'],
  ['file', 'application/pdf', 'documentMessage', 'document'],
];

/** The file of a message that went out, as its receiver opens it from the shelf. */
async function fetched(on: Scene, wire: WireFile | undefined, kind: SealedKind): Promise<Buffer> {
  const file = (wire && readFile(wire, kind)) ?? assert.fail();
  const ref = parseHostedPath(file.directPath) ?? assert.fail();
  const found = (await on.shelf.find(ref)) ?? assert.fail('it is not on the shelf');
  await using there = found;
  const stream = there.read();
  const openIt = await openSealed(
    async () => ({ kind: 'open', stream, size: undefined, mimetype: undefined }),
    file,
    1e6,
  );
  assert.ok(openIt.kind === 'opened', JSON.stringify(openIt));
  await using clear = openIt;
  return await gathered(clear.read());
}

describe('what is said in third-party chats, beyond words', () => {
  for (const [kind, mimetype, field, sealed] of files)
    it(`goes out: ${kind}, once on the shelf however often it is tried`, async () => {
      await using on = await scene();
      const bob = await partner(on);
      const bytes = randomBytes(10_000);
      const content: Content = { kind: 'media', media: mediaOf(kind, mimetype, bytes), caption: undefined };
      const event = message(content);
      const sent = await handle(on, event, portalOf(bob));
      assert.ok(sent.kind === 'sent' && sent.messageIds.length === 1, JSON.stringify(sent));
      const gone = { ...content.media, open: () => assert.fail('it is not fetched again') };
      assert.deepEqual(
        await handle(on, { ...event, content: { ...content, media: gone } }, portalOf(bob)),
        sent,
      );
      assert.equal(on.shelf.total().files, 1);
      const [read] = await bob.read();
      const wire = read?.message[field] as (WireFile & { readonly ptt?: boolean }) | undefined;
      assert.equal(wire?.ptt ?? false, kind === 'voice');
      assert.ok((await fetched(on, wire, sealed)).equals(bytes));
    });

  for (const [kind, mimetype, field, sealed] of files)
    it(`comes in: ${kind}, fetched from its provider when it is wanted`, async () => {
      await using provider = await hosting();
      await using on = await scene({ config: configOf(provider.url) });
      const bob = await partner(on);
      const address = (await bob.find('alice')) ?? assert.fail();
      const bytes = randomBytes(10_000);
      const wire = {
        ...(await provider.put(bytes, sealed)),
        mimetype,
        ...(kind === 'voice' ? { ptt: true } : {}),
      };
      assert.deepEqual(await bob.say(address, 'A1', { [field]: wire }), {});
      const [event] = messagesIn(on);
      assert.ok(event?.kind === 'message' && event.content.kind === 'media', JSON.stringify(event));
      const { media } = event.content;
      assert.deepEqual([media.kind, media.mimetype, media.size], [kind, mimetype, bytes.byteLength]);
      assert.deepEqual(provider.asked, []);
      const open = await media.open(AbortSignal.timeout(10_000));
      assert.ok(open.kind === 'open', JSON.stringify(open));
      assert.ok((await gathered(open.stream)).equals(bytes));
    });

  it('is not fetched where it names another integrator’s file, nor shown where it is not genuine', async () => {
    await using provider = await hosting();
    await using on = await scene({ config: configOf(provider.url) });
    const bob = await partner(on);
    const address = (await bob.find('alice')) ?? assert.fail();
    const mimetype = 'image/jpeg';
    await bob.say(address, 'A1', {
      imageMessage: { ...(await provider.put(Buffer.from('x'), 'image', 13)), mimetype },
    });
    const spoilt = {
      ...(await provider.put(Buffer.from('x'), 'image')),
      fileSha256: randomBytes(32),
      mimetype,
    };
    await bob.say(address, 'A2', { imageMessage: spoilt });
    const reasons: string[] = [];
    for (const event of messagesIn(on)) {
      assert.ok(event.kind === 'message' && event.content.kind === 'media');
      const open = await event.content.media.open(AbortSignal.timeout(10_000));
      reasons.push(open.kind === 'failed' ? open.reason : open.kind);
    }
    assert.deepEqual(reasons, ['broken-event', 'not-genuine']);
    assert.equal(provider.asked.length, 1);
  });

  it('has a card and a place in the message itself, and no file that is too large', async () => {
    await using on = await scene({
      config: { ...configOf(), limits: { ...configOf().limits, max_media_bytes: 100 } },
    });
    const bob = await partner(on);
    const vcard = 'BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Carol\r\nEND:VCARD\r\n';
    const card = mediaOf('contact', 'text/vcard', Buffer.from(vcard), 'carol.vcf');
    await handle(on, message({ kind: 'media', media: card, caption: undefined }), portalOf(bob));
    const place = { latitude: 52.5, longitude: 13.4, accuracy: 10, description: 'Berlin' };
    await handle(on, message({ kind: 'location', place }), portalOf(bob));
    const read = await bob.read();
    assert.equal(read[0]?.message.contactMessage?.displayName, 'Carol');
    assert.equal(read[1]?.message.locationMessage?.degreesLatitude, 52.5);
    const large = mediaOf('file', 'application/pdf', randomBytes(101));
    const untouched = { ...large, open: () => assert.fail('what says that it is too large is not fetched') };
    for (const media of [untouched, { ...large, size: undefined }]) {
      const handled = await handle(on, message({ kind: 'media', media, caption: undefined }), portalOf(bob));
      assert.ok(handled.kind === 'failed' && handled.reason === 'too-large', JSON.stringify(handled));
    }
    assert.equal(on.shelf.total().files, 0);
  });

  it('is edited, reacted to, taken back and answered, both ways', async () => {
    await using on = await scene();
    const bob = await partner(on);
    const portal = portalOf(bob);
    const sent = await handle(on, message(words('hello')), portal);
    assert.ok(sent.kind === 'sent');
    const target = targetOf(sent.messageIds[0] ?? assert.fail(), { in: 'matrix', userId: alice });
    const theirs = targetOf('A1', { in: 'remote', userId: portal.remote });
    const edit = { ...from(), kind: 'edit', target, content: words('hallo'), mentions: noMentions } as const;
    await handle(on, edit, portal);
    const reactions = { emojis: ['👍'], previous: [], previousEvents: new Map() };
    const reacted = await handle(on, { ...from(), kind: 'reaction', target: theirs, reactions }, portal);
    assert.deepEqual(reacted, { kind: 'sent', messageIds: [] });
    await handle(on, { ...from(), kind: 'redaction', target }, portal);
    await handle(on, { ...message(words('an answer')), replyTo: theirs }, portal);
    const [, edited, reaction, revoked, answer] = (await bob.read()).map((read) => read.message);
    assert.equal(edited?.protocolMessage?.editedMessage?.conversation, 'hallo');
    assert.equal(edited.protocolMessage.key?.id, sent.messageIds[0]);
    assert.equal(reaction?.reactionMessage?.text, '👍');
    assert.deepEqual(
      [reaction.reactionMessage.key?.id, reaction.reactionMessage.key?.fromMe ?? false],
      ['A1', false],
    );
    assert.equal(revoked?.protocolMessage?.key?.id, sent.messageIds[0]);
    assert.equal(answer?.extendedTextMessage?.contextInfo?.stanzaId, 'A1');

    const address = (await bob.find('alice')) ?? assert.fail();
    const key = { remoteJid: 'x@lid', fromMe: true, id: 'A1' };
    await bob.say(address, 'A1', { conversation: 'mine' });
    await bob.say(address, 'A2', {
      protocolMessage: { key, type: 14, editedMessage: { conversation: 'ours' } },
    });
    await bob.say(address, 'A3', { reactionMessage: { key, text: '🎉' } });
    await bob.say(address, 'A4', { protocolMessage: { key, type: 0 } });
    assert.deepEqual(
      messagesIn(on).map(({ kind }) => kind),
      ['message', 'edit', 'reaction', 'redaction'],
    );
  });

  it('keeps how long a message is to stay', async () => {
    await using on = await scene();
    const bob = await partner(on);
    const address = (await bob.find('alice')) ?? assert.fail();
    const extendedTextMessage = { text: 'soon gone', contextInfo: { expiration: 3600 } };
    await bob.say(address, 'A1', { extendedTextMessage });
    await bob.say(address, 'A2', { protocolMessage: { type: 3, ephemeralExpiration: 60 } });
    const [said, timer] = messagesIn(on);
    assert.deepEqual(said?.kind === 'message' && said.expires, { afterMs: 3_600_000, from: 'sending' });
    assert.deepEqual(timer?.kind === 'timer' && timer.expires, { afterMs: 60_000, from: 'sending' });
  });

  it('goes no further with a word to its sender: a receipt for what was refused, once', async () => {
    await using on = await scene();
    const bob = await partner(on);
    const address = (await bob.find('alice')) ?? assert.fail();
    await bob.say(address, 'A1', { conversation: 'hello' });
    const arrivals = on.sink.arrivals.all;
    for (const arrival of [...arrivals, ...arrivals]) {
      await on.network().refuse?.(arrival, { kind: 'unsupported', reason: 'not-carried' });
      await on.network().refuse?.(arrival, { kind: 'sent' });
    }
    const [message_] = arrivals.filter(({ outerId }) => outerId.startsWith('message'));
    await on.network().refuse?.(message_ ?? assert.fail(), { kind: 'failed', reason: 'media-gone' });
    assert.deepEqual(
      bob.receipts().map(({ about }) => (about.kind === 'other' ? about.type : about.kind)),
      ['delivered', 'refused', 'server-error'],
    );
  });
});
