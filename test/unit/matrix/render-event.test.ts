import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  noMentions,
  type Content,
  type EditEvent,
  type FormattedText,
  type MessageEvent,
  type UnresolvedEvent,
} from '../../../src/core/event.ts';
import { escapeHtml } from '../../../src/core/html.ts';
import { withoutControls } from '../../../src/core/html-subset.ts';
import { cleanHtml } from '../../../src/matrix/html.ts';
import { parseEvent } from '../../../src/matrix/parse-event.ts';
import * as render from '../../../src/matrix/render-event.ts';
import { renderReaction, type RenderedEvent, type RenderedEvents } from '../../../src/matrix/render-event.ts';
import type { UploadedMedia } from '../../../src/matrix/render-media.ts';
import type { Calling } from '../../../src/matrix/render-relation.ts';
import { hostileHtml } from '../../support/hostile-html.ts';
import {
  alice,
  bob,
  ghostOfBob,
  media,
  mxc,
  noBytes,
  parseContext,
  remoteMessage,
  roomEvent,
  target,
  textContent,
} from '../../support/matrix-events.ts';

const uploaded: UploadedMedia = { uri: mxc('mxc://hs/abc'), thumbnail: undefined };
/** Bob's ghost stands for him; whoever else is on the network has no account. */
const calling: Calling = (party) => {
  if (party.in === 'matrix') return { userId: party.userId, names: [party.userId, '@alice'] };
  return party.userId === bob ? { userId: ghostOfBob, names: [bob] } : undefined;
};

function renderMessage(event: MessageEvent, files: UploadedMedia | undefined): RenderedEvents {
  const events = render.renderMessage(event, files === undefined ? [] : [files], calling);
  assert.ok(!('reason' in events));
  return events;
}

function renderEdit(
  event: EditEvent,
  files: UploadedMedia | undefined,
): ReturnType<typeof render.renderEdit> {
  return render.renderEdit(event, files === undefined ? [] : [files], calling);
}

const byBob = target('$target', { in: 'remote', userId: bob });

function edit(content: Content): EditEvent {
  const { cause, sender, at } = remoteMessage(content);
  return {
    kind: 'edit',
    cause,
    sender,
    name: undefined,
    at,
    target: target(),
    content,
    mentions: noMentions,
  };
}

/** What Alice's client would have said with this event. */
function parsed(rendered: RenderedEvent): UnresolvedEvent {
  const opened = parseEvent(roomEvent({ ...rendered }), 'cause', parseContext());
  assert.equal(opened.kind, 'event', JSON.stringify(opened));
  return opened.event;
}

function rendered(event: EditEvent, files = uploaded): RenderedEvent {
  const event_ = renderEdit(event, files);
  assert.ok('type' in event_);
  return event_;
}

const bytesOf = (event: RenderedEvent): number => Buffer.byteLength(JSON.stringify(event.content));

describe('renderMessage', () => {
  it('renders text with its formatting and style', () => {
    assert.deepEqual(
      renderMessage(remoteMessage(textContent('a b', 'a <b>b</b><script>', 'emote')), undefined),
      [
        {
          type: 'm.room.message',
          content: {
            msgtype: 'm.emote',
            body: 'a b',
            format: 'org.matrix.custom.html',
            formatted_body: 'a <b>b</b>',
            'm.mentions': {},
          },
        },
      ],
    );
  });

  it('mentions whom it answers where that is a Matrix user', () => {
    const [toAlice] = renderMessage(remoteMessage(textContent('yes'), target()), undefined);
    assert.deepEqual(toAlice.content['m.relates_to'], { 'm.in_reply_to': { event_id: '$target' } });
    assert.deepEqual(toAlice.content['m.mentions'], { user_ids: [alice] });
    const [toBob] = renderMessage(remoteMessage(textContent('yes'), byBob), undefined);
    assert.deepEqual(toBob.content['m.mentions'], {});
  });

  it('renders a file with what is known of it, and its caption', () => {
    const file = media({ kind: 'video', name: '../a.mp4', mimetype: 'video/mp4', size: 1, duration: 2 });
    const caption = { plain: 'look', html: undefined };
    assert.deepEqual(
      renderMessage(remoteMessage({ kind: 'media', media: file, caption }), uploaded)[0].content,
      {
        msgtype: 'm.video',
        body: 'look',
        filename: 'a.mp4',
        url: uploaded.uri,
        info: { mimetype: 'video/mp4', size: 1, duration: 2 },
        'm.mentions': {},
      },
    );
    assert.throws(() => renderMessage(remoteMessage({ kind: 'media', media: file, caption }), undefined));
  });

  it('sends a caption that does not fit after its file', () => {
    const caption = { plain: 'word '.repeat(13_000), html: undefined };
    const [file, ...texts] = renderMessage(
      remoteMessage({ kind: 'media', media: media(), caption }, target()),
      uploaded,
    );
    assert.equal(file.content['body'], 'cat.png');
    assert.ok('m.relates_to' in file.content);
    assert.equal(texts.map(({ content }) => content['body']).join(''), caption.plain);
  });

  it('gives up formatting before it splits', () => {
    const html = `<b>${'x'.repeat(40_000)}</b>`;
    const events = renderMessage(remoteMessage(textContent('x'.repeat(40_000), html)), undefined);
    assert.equal(events.length, 1);
    assert.ok(!('formatted_body' in events[0].content));
  });

  it('splits a long text into events that fit, and loses nothing of it', () => {
    const word = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('"\\\n', 'مرحبا ', '👩‍👩‍👧‍👦', 'word '));
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 4 }),
        (words, times) => {
          const piece = `${words.join('')}.`;
          const text = piece.repeat(Math.ceil((times * 40_000) / piece.length));
          const events = renderMessage(
            remoteMessage(textContent(text, undefined, 'notice'), target()),
            undefined,
          );
          assert.equal(events.map(({ content }) => content['body']).join(''), withoutControls(text));
          for (const [index, event] of events.entries()) {
            assert.ok(bytesOf(event) <= 60_000);
            assert.equal(event.content['msgtype'], 'm.notice');
            assert.equal('m.relates_to' in event.content, index === 0);
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('renderEdit', () => {
  it('replaces, and shows old clients the new text with a star', () => {
    assert.deepEqual(rendered(edit(textContent('new', '<b>new</b>'))).content, {
      msgtype: 'm.text',
      body: '* new',
      format: 'org.matrix.custom.html',
      formatted_body: '* <b>new</b>',
      'm.mentions': {},
      'm.new_content': {
        msgtype: 'm.text',
        body: 'new',
        format: 'org.matrix.custom.html',
        formatted_body: '<b>new</b>',
        'm.mentions': {},
      },
      'm.relates_to': { rel_type: 'm.replace', event_id: '$target' },
    });
  });

  it('cuts the text for old clients before it refuses, and the new text never', () => {
    for (const length of [20_000, 35_000, 55_000]) {
      const event = rendered(edit(textContent('x'.repeat(length), `<b>${'x'.repeat(length)}</b>`)));
      assert.ok(bytesOf(event) <= 60_000);
      const said = parsed(event);
      assert.equal(
        said.kind === 'edit' && said.content.kind === 'text' && said.content.text.plain.length,
        length,
      );
    }
    const formatted = parsed(rendered(edit(textContent('x'.repeat(25_000), `<b>${'x'.repeat(25_000)}</b>`))));
    assert.ok(formatted.kind === 'edit' && formatted.content.kind === 'text' && formatted.content.text.html);
    assert.deepEqual(renderEdit(edit(textContent('x'.repeat(60_000))), undefined), {
      kind: 'unsupported',
      reason: 'too-long',
    });
  });
});

describe('renderReaction', () => {
  it('annotates, as far as it is an emoji', () => {
    assert.deepEqual(renderReaction(target(), '👍'), {
      type: 'm.reaction',
      content: { 'm.relates_to': { rel_type: 'm.annotation', event_id: '$target', key: '👍' } },
    });
    assert.deepEqual(renderReaction(target(), 'x'.repeat(257)), { kind: 'unsupported', reason: 'too-long' });
  });
});

describe('what is rendered parses to the same', () => {
  const plain = fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => `${withoutControls(text)}.`);
  const html = fc.oneof(hostileHtml, plain.map(escapeHtml)).map((text) => cleanHtml(text));
  const text: fc.Arbitrary<FormattedText> = fc.record({ plain, html });
  const count = fc.option(fc.integer({ min: 1, max: 100_000 }), { nil: undefined });
  const picture = fc.record({ mimetype: fc.constant('image/png'), size: count, width: count, height: count });
  const waveform = fc.array(fc.integer({ min: 0, max: 1024 }), { minLength: 1, maxLength: 256 });
  const described = {
    name: fc.constantFrom('cat.png', 'صورة.jpg', 'my file (1).tar.gz'),
    size: count,
    width: count,
    height: count,
    duration: count,
    blurhash: fc.option(fc.constant('LEHV6nWB2yk8pyo0adR*.7kCMdnj'), { nil: undefined }),
    thumbnail: fc.option(
      picture.map((one) => ({ ...one, open: noBytes })),
      { nil: undefined },
    ),
  };
  const file = fc.oneof(
    fc.record({
      ...described,
      kind: fc.constantFrom('image' as const, 'video' as const, 'audio' as const, 'file' as const),
      mimetype: fc.constantFrom('image/png', 'application/vnd.x+json'),
    }),
    fc.record({ ...described, kind: fc.constant('contact' as const), mimetype: fc.constant('text/vcard') }),
    fc.record({
      ...described,
      kind: fc.constant('voice' as const),
      mimetype: fc.constant('audio/ogg'),
      waveform: fc.option(
        waveform.map((samples) => samples.map((sample) => sample / 1024)),
        { nil: undefined },
      ),
    }),
  );
  const degrees = (most: number): fc.Arbitrary<number> =>
    fc.integer({ min: -most * 1e6, max: most * 1e6 }).map((millionths) => millionths / 1e6);
  const place = fc.record({
    latitude: degrees(90),
    longitude: degrees(180),
    accuracy: fc.option(fc.integer({ min: 0, max: 1_000_000 }), { nil: undefined }),
    description: fc.option(
      plain.filter((one) => one.trim() === one),
      { nil: undefined },
    ),
  });
  const line = plain.map((one) => one.trim());
  const poll = fc.record({
    question: line,
    answers: fc
      .uniqueArray(fc.record({ id: fc.uuid(), text: line }), {
        minLength: 1,
        maxLength: 20,
        selector: ({ id }) => id,
      })
      .map((answers) => answers),
    disclosed: fc.boolean(),
  });
  const edited: fc.Arbitrary<Content> = fc.oneof(
    fc.record({
      kind: fc.constant('text' as const),
      style: fc.constantFrom('normal' as const, 'emote' as const, 'notice' as const),
      text,
    }),
    fc.record({
      kind: fc.constant('media' as const),
      media: file.map(media),
      caption: fc.option(text, { nil: undefined }),
    }),
    fc.record({ kind: fc.constant('location' as const), place }),
    poll.chain(({ answers, ...about }) =>
      fc.integer({ min: 1, max: answers.length }).map((maxSelections) => {
        return { kind: 'poll' as const, poll: { ...about, answers, maxSelections } };
      }),
    ),
  );
  const sticker = fc.record(described).map((said): Content => {
    return { kind: 'media', media: media({ ...said, kind: 'sticker' }), caption: undefined };
  });
  const content = fc.oneof({ weight: 6, arbitrary: edited }, sticker);
  const uploadedWith = (said: Content): UploadedMedia => {
    const small = said.kind === 'media' && said.media.thumbnail !== undefined;
    return { ...uploaded, thumbnail: small ? mxc('mxc://hs/small') : undefined };
  };
  /** As values: the media's `open` is a function and stays out. */
  const told = (said: Content): unknown => JSON.parse(JSON.stringify(said));

  it('messages with their replies', () => {
    fc.assert(
      fc.property(content, fc.boolean(), fc.boolean(), (said, replies, threads) => {
        const thread = threads ? target('$root') : undefined;
        const message = { ...remoteMessage(said, replies ? target() : undefined), thread };
        const [event] = renderMessage(message, uploadedWith(said));
        const back = parsed(event);
        assert.equal(back.kind, 'message');
        assert.deepEqual(told(back.content), told(said));
        assert.deepEqual(back.replyTo, replies ? { in: 'matrix', eventId: '$target' } : undefined);
        assert.deepEqual(back.thread, threads ? { in: 'matrix', eventId: '$root' } : undefined);
      }),
      { numRuns: 1000 },
    );
  });

  it('edits', () => {
    fc.assert(
      fc.property(edited, (said) => {
        const back = parsed(rendered(edit(said), uploadedWith(said)));
        assert.equal(back.kind, 'edit');
        assert.deepEqual(told(back.content), told(said));
        assert.deepEqual(back.target, { in: 'matrix', eventId: '$target' });
      }),
      { numRuns: 1000 },
    );
  });

  it('reactions', () => {
    fc.assert(
      fc.property(fc.constantFrom('👍', '❤️', '👩‍👩‍👧', '🏴󠁧󠁢󠁳󠁣󠁴󠁿', 'ok', '1️⃣'), (emoji) => {
        const event = renderReaction(target(), emoji);
        assert.ok('type' in event);
        const back = parsed(event);
        assert.deepEqual(back.kind === 'reaction' && [back.target, back.reactions], [
          { in: 'matrix', eventId: '$target' },
          { op: 'add', emoji },
        ]);
      }),
    );
  });
});
