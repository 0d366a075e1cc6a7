import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Content } from '../../../../src/core/event.ts';
import { openPlaintext } from '../../../../src/interop/message/from-wire.ts';
import { pad } from '../../../../src/interop/message/padding.ts';
import { encodeMessage } from '../../../../src/interop/message/protobuf.ts';
import type { WireFile, WireMessage } from '../../../../src/interop/message/wire-message.ts';
import { at, came, media, me, opened, opening, text, them } from '../../../support/wire-chat.ts';

const file: WireFile = {
  mimetype: 'image/jpeg',
  fileSha256: new Uint8Array(32).fill(2),
  fileLength: 1234,
  mediaKey: new Uint8Array(32).fill(1),
  fileEncSha256: new Uint8Array(32).fill(3),
  directPath: '/v/t62.1/x?ccb=1',
};
const name = { in: 'remote', messageId: 'ID' };
const target = { in: 'remote', messageId: 'OLD' };
const envelope = { cause: 'cause', sender: them, at, name };

function contentOf(message: WireMessage): Content | undefined {
  const one = opened(message);
  return one.kind === 'event' && (one.event.kind === 'message' || one.event.kind === 'edit')
    ? one.event.content
    : undefined;
}
function mediaIn(message: WireMessage): Record<string, unknown> {
  const content = contentOf(message);
  assert.ok(content?.kind === 'media');
  const facts = Object.entries(content.media).filter(([name]) => name !== 'open' && name !== 'thumbnail');
  return { ...Object.fromEntries(facts), caption: content.caption?.plain };
}
function reasonOf(message: WireMessage): string {
  const one = opened(message);
  return one.kind === 'ignored' || one.kind === 'unsupported' ? `${one.kind} ${one.reason}` : one.kind;
}

describe('messages, opened', () => {
  it('reads text, with what it answers, whom it calls and how long it stays', () => {
    const contextInfo = {
      stanzaId: 'OLD',
      participant: '1-22@interop',
      quotedMessage: { conversation: 'before' },
      mentionedJid: ['1-2@interop'],
      expiration: 86_400,
    };
    assert.deepEqual(opened({ extendedTextMessage: { text: '*hi* @1-2', contextInfo } }), {
      kind: 'event',
      event: {
        ...envelope,
        kind: 'message',
        content: text(
          '*hi* @Alice',
          '<strong>hi</strong> <a href="https://matrix.to/#/%40alice%3Aexample.org">@Alice</a>',
        ),
        mentions: { users: [me], room: false },
        replyTo: target,
        thread: undefined,
        expires: { afterMs: 86_400_000, from: 'sending' },
      },
    });
    assert.deepEqual(contentOf({ conversation: '/me waves' }), { ...text('waves'), style: 'emote' });
  });

  it('reads files', () => {
    const bare = { blurhash: undefined, width: undefined, height: undefined, duration: undefined };
    const common = { ...bare, size: 1234, mimetype: 'image/jpeg', waveform: undefined, caption: undefined };
    assert.deepEqual(mediaIn({ imageMessage: { ...file, caption: '_c_', width: 4, height: 3 } }), {
      ...{ ...common, kind: 'image', name: 'image.jpg', caption: '_c_', width: 4, height: 3 },
    });
    const audioMessage = {
      ...{ ...file, mimetype: 'audio/ogg; codecs=opus', seconds: 7, ptt: true },
      waveform: Uint8Array.of(0, 50, 100, 255),
    };
    assert.deepEqual(mediaIn({ audioMessage }), {
      ...{ ...common, kind: 'voice', name: 'voice.ogg', mimetype: 'audio/ogg', duration: 7000 },
      waveform: [0, 0.5, 1, 1],
    });
    const documentMessage = {
      ...file,
      mimetype: 'application/pdf',
      fileName: '../../a\u202E.pdf',
      caption: 'c',
    };
    const document = { ...common, kind: 'file', name: 'a.pdf', mimetype: 'application/pdf', caption: 'c' };
    assert.deepEqual(mediaIn({ documentMessage }), document);
    assert.deepEqual(mediaIn({ documentWithCaptionMessage: { message: { documentMessage } } }), document);
    assert.equal(mediaIn({ stickerMessage: { ...file, mimetype: 'image/webp' } })['kind'], 'sticker');
    assert.equal(mediaIn({ videoMessage: { ...file, mimetype: 'video/mp4', seconds: 3 } })['duration'], 3000);
    assert.equal(
      mediaIn({ audioMessage: { ...file, mimetype: '<script>' } })['mimetype'],
      'application/octet-stream',
    );
  });

  it('reads cards and places', async () => {
    const vcard = 'BEGIN:VCARD\nVERSION:3.0\nFN:Bo\nEND:VCARD';
    const contacts = contentOf({
      contactsArrayMessage: { displayName: '2', contacts: [{ vcard }, { vcard }] },
    });
    assert.ok(contacts?.kind === 'media' && contacts.media.kind === 'contact');
    const card = await contacts.media.open(AbortSignal.timeout(1000));
    assert.ok(card.kind === 'open');
    const written = `${vcard.replaceAll('\n', '\r\n')}\r\n`;
    assert.equal(Buffer.concat(await Array.fromAsync(card.stream)).toString(), written + written);
    const place = {
      degreesLatitude: -12.5,
      degreesLongitude: 180,
      name: 'Here',
      address: 'Street',
      accuracyInMeters: 9,
    };
    assert.deepEqual(contentOf({ locationMessage: place }), {
      kind: 'location',
      place: { latitude: -12.5, longitude: 180, accuracy: 9, description: 'Here\nStreet' },
    });
  });

  it('reads reactions and their removal, revokes, edits and timers', () => {
    const key = { id: 'OLD', fromMe: false };
    const reaction = (emojis: readonly string[]): unknown => ({
      kind: 'event',
      event: { ...envelope, kind: 'reaction', target, reactions: { op: 'set', emojis } },
    });
    assert.deepEqual(opened({ reactionMessage: { key, text: '👍' } }), reaction(['👍']));
    assert.deepEqual(opened({ reactionMessage: { key, text: '' } }), reaction([]));
    assert.deepEqual(opened({ protocolMessage: { key, type: 0 } }), {
      kind: 'event',
      event: { ...envelope, kind: 'redaction', target },
    });
    const edit = { protocolMessage: { key, type: 14, editedMessage: { conversation: 'new' } } };
    const edited = {
      kind: 'event',
      event: {
        ...envelope,
        kind: 'edit',
        target,
        content: text('new'),
        mentions: { users: [], room: false },
      },
    };
    assert.deepEqual(opened(edit), edited);
    assert.deepEqual(opened({ editedMessage: { message: edit } }), edited);
    const timer = (ephemeralExpiration: number, expires: unknown): void =>
      assert.deepEqual(opened({ protocolMessage: { type: 3, ephemeralExpiration } }), {
        kind: 'event',
        event: { ...envelope, kind: 'timer', expires },
      });
    timer(604_800, { afterMs: 604_800_000, from: 'sending' });
    timer(0, undefined);
  });

  it('reads the edit of a caption with the file that is remembered, and not without', () => {
    const edit = {
      protocolMessage: { key: { id: 'OLD' }, type: 14, editedMessage: { imageMessage: { caption: 'new' } } },
    };
    const known = media();
    const one = opened(edit, { fileOf: (id) => (String(id) === 'OLD' ? known : undefined) });
    assert.ok(one.kind === 'event' && one.event.kind === 'edit');
    assert.deepEqual(one.event.content, {
      kind: 'media',
      media: known,
      caption: { plain: 'new', html: undefined },
    });
    assert.equal(reasonOf(edit), 'unsupported broken-event');
  });

  it('hands on the keys of a group beside what is said, or alone', () => {
    const key = { groupId: '1@g.us', axolotlSenderKeyDistributionMessage: Uint8Array.of(1, 2) };
    const open = (message: WireMessage) => openPlaintext(pad(encodeMessage(message), 1), came, opening());
    const both = open({ conversation: 'hi', senderKeyDistributionMessage: key });
    assert.deepEqual(both.senderKey, { group: '1@g.us', distribution: Uint8Array.of(1, 2) });
    assert.equal(both.opened.kind, 'event');
    const alone = open({ senderKeyDistributionMessage: key });
    assert.deepEqual(alone.opened, { kind: 'ignored', reason: 'nothing-to-do' });
    assert.ok(alone.senderKey);
  });

  const short = Uint8Array.of(1);
  const cases: readonly (readonly [what: string, message: WireMessage, reason: string])[] = [
    ['nothing', {}, 'ignored nothing-to-do'],
    ['empty text', { conversation: ' \n' }, 'ignored nothing-to-do'],
    ['two things at once', { conversation: 'a', imageMessage: file }, 'unsupported broken-event'],
    ['a key of another size', { imageMessage: { ...file, mediaKey: short } }, 'unsupported broken-event'],
    ['a hash of another size', { imageMessage: { ...file, fileSha256: short } }, 'unsupported broken-event'],
    ['no place of the file', { imageMessage: { ...file, directPath: '' } }, 'unsupported broken-event'],
    ['another host', { imageMessage: { ...file, directPath: 'https://e.org/' } }, 'unsupported broken-event'],
    ['what is to be seen once', { imageMessage: { ...file, viewOnce: true } }, 'unsupported not-carried'],
    ['its wrapper', { viewOnceMessageV2: { message: { imageMessage: file } } }, 'unsupported not-carried'],
    [
      'a place off the earth',
      { locationMessage: { degreesLatitude: 91, degreesLongitude: 0 } },
      'unsupported broken-event',
    ],
    [
      'no place',
      { locationMessage: { degreesLatitude: Number.NaN, degreesLongitude: 0 } },
      'unsupported broken-event',
    ],
    ['a card that is none', { contactMessage: { vcard: '<html>' } }, 'unsupported broken-event'],
    ['a reaction to nothing', { reactionMessage: { text: '👍' } }, 'unsupported broken-event'],
    [
      'a reaction as long as a text',
      { reactionMessage: { key: { id: 'A' }, text: 'x'.repeat(256) } },
      'unsupported too-long',
    ],
    ['the end of nothing', { protocolMessage: { type: 0 } }, 'unsupported broken-event'],
    [
      'a timer of a century',
      { protocolMessage: { type: 3, ephemeralExpiration: 4e9 } },
      'unsupported broken-event',
    ],
    [
      'an edit into nothing',
      { protocolMessage: { type: 14, key: { id: 'A' }, editedMessage: {} } },
      'unsupported not-editable',
    ],
    ['history between devices', { protocolMessage: { type: 5 } }, 'ignored nothing-to-do'],
    ['another protocol message', { protocolMessage: { type: 99 } }, 'unsupported not-carried'],
    ['an empty wrapper', { ephemeralMessage: {} }, 'unsupported broken-event'],
    [
      'an id with a line end',
      { reactionMessage: { key: { id: 'A\nB' }, text: '👍' } },
      'unsupported broken-event',
    ],
  ];
  for (const [what, message, reason] of cases) {
    it(`answers ${what}: ${reason}`, () => assert.equal(reasonOf(message), reason));
  }

  it('tells of content that it does not know, but not of what stands beside content', () => {
    const reason = (hex: string): unknown =>
      openPlaintext(pad(Buffer.from(hex, 'hex'), 1), came, opening()).opened;
    assert.deepEqual(reason('8a0300'), { kind: 'unsupported', reason: 'not-carried' });
    assert.deepEqual(reason('9a0200'), { kind: 'ignored', reason: 'nothing-to-do' });
  });

  it('counts what was wrong with the bytes', () => {
    const failed = (bytes: Uint8Array): string | undefined =>
      openPlaintext(bytes, came, opening()).failed?.reason;
    assert.equal(failed(new Uint8Array(0)), 'bad-padding');
    assert.equal(failed(pad(Uint8Array.of(8, 1), 3)), 'broken');
    assert.equal(failed(pad(encodeMessage({ conversation: 'ok' }), 3)), undefined);
  });
});
