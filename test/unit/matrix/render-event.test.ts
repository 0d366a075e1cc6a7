import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { withoutControls } from '../../../src/core/html-subset.ts';
import { renderReaction, type RenderedEvent } from '../../../src/matrix/render-event.ts';
import { alice, bob, media, remoteMessage, target, textContent } from '../../support/matrix-events.ts';
import { edit, parsed, rendered, renderEdit, renderMessage, uploaded } from '../../support/rendering.ts';

const byBob = target('$target', { in: 'remote', userId: bob });
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
            assert.ok(bytesOf(event) <= 44_000);
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
    for (const length of [15_000, 25_000, 40_000]) {
      const event = rendered(edit(textContent('x'.repeat(length), `<b>${'x'.repeat(length)}</b>`)));
      assert.ok(bytesOf(event) <= 44_000);
      const said = parsed(event);
      assert.equal(
        said.kind === 'edit' && said.content.kind === 'text' && said.content.text.plain.length,
        length,
      );
    }
    const formatted = parsed(rendered(edit(textContent('x'.repeat(18_000), `<b>${'x'.repeat(18_000)}</b>`))));
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
