import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Content, EditEvent, ReactionEvent, RedactionEvent } from '../../../../src/core/event.ts';
import { messageIdFor, partId } from '../../../../src/interop/message/message-id.ts';
import {
  writeEdit,
  writeMessage,
  writeReaction,
  writeRedaction,
  writeTimer,
  type Written,
} from '../../../../src/interop/message/to-wire.ts';
import type { WireMessage } from '../../../../src/interop/message/wire-message.ts';
import {
  at,
  context,
  fileOf,
  firstId,
  me,
  media,
  messageEvent,
  opened,
  target,
  text,
  them,
} from '../../../support/wire-chat.ts';

function messagesOf(written: Written): readonly WireMessage[] {
  assert.ok(written.kind === 'written', 'it is unsupported');
  return written.messages.map(({ message }) => message);
}
const reasonOf = (written: Written): string =>
  written.kind === 'unsupported' ? written.reason : written.kind;
const noMentions = { users: [], room: false };
const edit = (content: Content, ...ids: string[]): EditEvent => ({
  ...{ kind: 'edit', cause: 'cause', sender: me, name: undefined, at, content, mentions: noMentions },
  target: target(me, ...ids),
});
const redaction = (event: Partial<RedactionEvent>): RedactionEvent => ({
  ...{ kind: 'redaction', cause: 'c', sender: me, name: undefined, at, target: target(me, 'A') },
  ...event,
});

describe('messages, written', () => {
  it('writes text, and with it what it answers, whom it calls and how long it stays', () => {
    assert.deepEqual(messagesOf(writeMessage(messageEvent(text('hi')), context())), [{ conversation: 'hi' }]);
    const event = messageEvent(text('hi', '<b>hi</b>'), {
      mentions: { users: [them], room: false },
      replyTo: target(them, 'OLD'),
      expires: { afterMs: 60_000, from: 'sending' },
    });
    const around = context({ quoted: () => ({ conversation: 'before' }) });
    const contextInfo = {
      ...{ stanzaId: 'OLD', participant: '1-22@interop', quotedMessage: { conversation: 'before' } },
      ...{ expiration: 60, mentionedJid: ['1-22@interop'] },
    };
    assert.deepEqual(messagesOf(writeMessage(event, around)), [
      { extendedTextMessage: { text: '*hi*', contextInfo } },
    ]);
    for (const expires of [
      { afterMs: 60_000, from: 'reading' },
      { afterMs: 400, from: 'sending' },
      { afterMs: 800 * 86_400_000, from: 'sending' },
    ] as const)
      assert.deepEqual(messagesOf(writeMessage(messageEvent(text('hi'), { expires }), context())), [
        { conversation: 'hi' },
      ]);
    const emote: Content = { ...text('waves'), style: 'emote' };
    assert.deepEqual(messagesOf(writeMessage(messageEvent(emote), context())), [
      { conversation: '/me waves' },
    ]);
  });

  it('writes a text that is too long as several, under names of their own', () => {
    const plain = 'word '.repeat(30_000);
    const written = writeMessage(messageEvent(text(plain)), context());
    assert.equal(
      messagesOf(written)
        .map(({ conversation }) => conversation)
        .join(''),
      plain,
    );
    assert.ok(written.kind === 'written' && written.messages.length === 3);
    assert.deepEqual(
      written.messages.map(({ id }) => id),
      [0, 1, 2].map((index) => partId(firstId, index)),
    );
    assert.equal(firstId, messageIdFor('cause'));
    assert.match(firstId, /^3EB0[0-9A-F]{18}$/);
  });

  it('writes a caption with the first file that can have one, else behind', () => {
    const caption = { plain: 'c', html: undefined };
    const voice = media({ kind: 'voice', mimetype: 'audio/ogg', duration: 400, waveform: [0, 1] });
    const spoken = messagesOf(
      writeMessage(
        messageEvent({ kind: 'media', media: voice, caption }),
        context({ files: [fileOf('audio')] }),
      ),
    );
    assert.deepEqual(spoken[1], { conversation: 'c' });
    const audio = spoken[0]?.audioMessage;
    assert.ok(audio?.ptt === true && audio.seconds === 1 && audio.waveform?.length === 64);
    assert.equal(audio.mimetype, 'audio/ogg; codecs=opus');
    const gallery: Content = { kind: 'gallery', items: [voice, media(), media()], caption };
    const files = [fileOf('audio'), fileOf(), fileOf()];
    const several = messagesOf(writeMessage(messageEvent(gallery), context({ files })));
    assert.deepEqual(
      several.map((one) => one.imageMessage?.caption),
      [undefined, 'c', undefined],
    );
    const pdf = media({ kind: 'file', name: 'a.pdf', mimetype: 'application/pdf' });
    const [document] = messagesOf(
      writeMessage(
        messageEvent({ kind: 'media', media: pdf, caption }),
        context({ files: [fileOf('document')] }),
      ),
    );
    assert.equal(document?.documentWithCaptionMessage?.message?.documentMessage?.caption, 'c');
  });

  it('writes cards with the name on them, and places', () => {
    const vcard = 'BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Bo\\, B\r\nEND:VCARD\r\n';
    const card: Content = { kind: 'media', media: media({ kind: 'contact' }), caption: undefined };
    assert.deepEqual(
      messagesOf(writeMessage(messageEvent(card), context({ files: [{ kind: 'card', vcard }] }))),
      [{ contactMessage: { displayName: 'Bo, B', vcard } }],
    );
    const place = { latitude: 1.5, longitude: 2.5, accuracy: 7.6, description: 'Here\nStreet' };
    assert.deepEqual(messagesOf(writeMessage(messageEvent({ kind: 'location', place }), context())), [
      {
        locationMessage: {
          ...{ degreesLatitude: 1.5, degreesLongitude: 2.5 },
          ...{ name: 'Here', address: 'Street', accuracyInMeters: 8 },
        },
      },
    ]);
  });

  it('edits words and captions, adds what is new, revokes what is gone', () => {
    const second = partId(firstId, 1);
    const key = (id: string): unknown => ({ remoteJid: '1-22@interop', fromMe: true, id });
    const edited = (id: string, editedMessage: WireMessage): unknown => ({
      protocolMessage: { key: key(id), type: 14, editedMessage, timestampMs: at },
    });
    assert.deepEqual(messagesOf(writeEdit(edit(text('new'), firstId, second, 'EDIT'), context())), [
      edited(firstId, { conversation: 'new' }),
      { protocolMessage: { key: key(second), type: 0 } },
    ]);
    const captioned: Content = { kind: 'media', media: media(), caption: { plain: 'new', html: undefined } };
    assert.deepEqual(messagesOf(writeEdit(edit(captioned, firstId), context())), [
      edited(firstId, { imageMessage: { caption: 'new' } }),
    ]);
    assert.equal(
      reasonOf(writeEdit(edit(captioned, firstId), context({ files: [fileOf()] }))),
      'not-editable',
    );
    const sticker: Content = { kind: 'media', media: media({ kind: 'sticker' }), caption: undefined };
    assert.equal(reasonOf(writeEdit(edit(sticker, firstId), context())), 'not-editable');
  });

  it('writes the reaction that came last, and its removal', () => {
    const reaction = (emojis: string[], previous: string[]): ReactionEvent => ({
      ...{ kind: 'reaction', cause: 'c', sender: me, name: undefined, at, target: target(them, 'OLD') },
      reactions: { emojis, previous, previousEvents: new Map() },
    });
    const texts = [
      [['👍'], []],
      [['👍', '🎉'], ['👍']],
      [['👍'], ['👍', '🎉']],
      [[], ['👍']],
    ].map(
      ([emojis = [], previous = []]) =>
        messagesOf(writeReaction(reaction(emojis, previous), context()))[0]?.reactionMessage,
    );
    assert.deepEqual(
      texts.map((one) => one?.text),
      ['👍', '🎉', '👍', ''],
    );
    assert.deepEqual(texts[0]?.key, { remoteJid: '1-22@interop', fromMe: false, id: 'OLD' });
    const inGroup = writeReaction(reaction(['👍'], []), context({ group: true }));
    assert.equal(messagesOf(inGroup)[0]?.reactionMessage?.key?.participant, '1-22@interop');
  });

  it('takes back each part of its own, and nothing of others', () => {
    const ids = messagesOf(
      writeRedaction(redaction({ target: target(me, firstId, partId(firstId, 1)) }), context()),
    );
    assert.deepEqual(
      ids.map((one) => one.protocolMessage?.key?.id),
      [firstId, partId(firstId, 1)],
    );
    assert.equal(
      reasonOf(writeRedaction(redaction({ target: target(them, 'A') }), context())),
      'no-moderation',
    );
  });

  it('sets and ends timers that run from sending', () => {
    const sent = (afterMs: number) => writeTimer({ afterMs, from: 'sending' }, { id: firstId, at });
    assert.equal(messagesOf(sent(86_400_000))[0]?.protocolMessage?.ephemeralExpiration, 86_400);
    assert.equal(
      messagesOf(writeTimer(undefined, { id: firstId, at }))[0]?.protocolMessage?.ephemeralExpiration,
      0,
    );
    assert.equal(reasonOf(sent(10)), 'not-carried');
    assert.equal(reasonOf(sent(1e15)), 'not-carried');
    assert.equal(
      reasonOf(writeTimer({ afterMs: 60_000, from: 'reading' }, { id: firstId, at })),
      'not-carried',
    );
  });

  it('says what it has no form for', () => {
    const poll: Content = {
      kind: 'poll',
      poll: { question: '?', answers: [], maxSelections: 1, disclosed: true },
    };
    assert.equal(reasonOf(writeMessage(messageEvent(poll), context())), 'no-handler');
    const lost: Content = { kind: 'media', media: media(), caption: undefined };
    assert.equal(reasonOf(writeMessage(messageEvent(lost), context())), 'media-unavailable');
  });
});

describe('messages, there and back', () => {
  function reread(content: Content, files = [fileOf()]): Content | undefined {
    const [message = {}] = messagesOf(writeMessage(messageEvent(content), context({ files })));
    const one = opened(message);
    return one.kind === 'event' && one.event.kind === 'message' ? one.event.content : undefined;
  }

  it('keeps plain text without marks', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), (source) => {
        const plain = source.replace(/[*_~`>\-.\p{Cc}]/gu, '').toWellFormed();
        fc.pre(plain.trim() !== '' && !plain.startsWith('/me '));
        assert.deepEqual(reread(text(plain)), text(plain));
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps places, and files with their facts', () => {
    const count = fc.option(fc.integer({ min: 1, max: 1_000_000 }), { nil: undefined });
    const degrees = (most: number) => fc.double({ min: -most, max: most, noNaN: true });
    fc.assert(
      fc.property(degrees(90), degrees(180), count, (latitude, longitude, accuracy) => {
        const place = { latitude, longitude, accuracy, description: 'Here\nStreet 1' };
        assert.deepEqual(reread({ kind: 'location', place }), { kind: 'location', place });
      }),
    );
    fc.assert(
      fc.property(count, count, count, (width, height, seconds) => {
        const duration = seconds === undefined ? undefined : seconds * 1000;
        const source = media({ kind: 'video', mimetype: 'video/mp4', width, height, duration });
        const content = reread({ kind: 'media', media: source, caption: { plain: 'c', html: undefined } }, [
          fileOf('video'),
        ]);
        assert.ok(content?.kind === 'media' && content.caption?.plain === 'c');
        const { kind, mimetype, size } = content.media;
        assert.deepEqual({ kind, mimetype, size }, { kind: 'video', mimetype: 'video/mp4', size: 1234 });
        assert.deepEqual(
          [content.media.width, content.media.height, content.media.duration],
          [width, height, duration],
        );
      }),
    );
  });

  it('keeps the loudness of voice messages to a hundredth', () => {
    const waveform = Array.from({ length: 64 }, (_, index) => (index % 10) / 9);
    const voice = media({ kind: 'voice', mimetype: 'audio/ogg', waveform });
    const content = reread({ kind: 'media', media: voice, caption: undefined }, [fileOf('audio')]);
    assert.ok(content?.kind === 'media' && content.media.waveform?.length === 64);
    for (const [index, value] of content.media.waveform.entries())
      assert.ok(Math.abs(value - (waveform[index] ?? 9)) <= 0.006);
  });
});
