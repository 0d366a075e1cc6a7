import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Content, FormattedText } from '../../../src/core/event.ts';
import { escapeHtml } from '../../../src/core/html.ts';
import { withoutControls } from '../../../src/core/html-subset.ts';
import { cleanHtml } from '../../../src/matrix/html.ts';
import { renderReaction } from '../../../src/matrix/render-event.ts';
import type { UploadedMedia } from '../../../src/matrix/render-media.ts';
import { hostileHtml } from '../../support/hostile-html.ts';
import { media, mxc, noBytes, remoteMessage, target } from '../../support/matrix-events.ts';
import { edit, parsed, rendered, renderMessage, uploaded } from '../../support/rendering.ts';

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
    return { ...uploaded, thumbnail: small ? { uri: mxc('mxc://hs/small') } : undefined };
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
