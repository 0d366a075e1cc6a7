import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Element } from '@xmpp/xml';
import fc from 'fast-check';
import { noMentions, type Content } from '../../../../src/core/event.ts';
import type { Media } from '../../../../src/core/media.ts';
import { parseHtml, serialiseHtml, textOf } from '../../../../src/core/html.ts';
import { xmlText } from '../../../../src/networks/xmpp/characters.ts';
import { namespaces } from '../../../../src/networks/xmpp/namespaces.ts';
import { ownText, parseStanza } from '../../../../src/networks/xmpp/stanza.ts';
import { renderEdit, renderMessage, renderRedaction } from '../../../../src/networks/xmpp/to-remote.ts';
import { hostileHtml } from '../../../support/hostile-html.ts';
import { openContext } from '../../../support/stanzas.ts';
import {
  child,
  context,
  envelope,
  messageOf,
  reread,
  rereadText,
  targetOf,
  textMessage,
  texts,
  url,
  withFiles,
} from '../../../support/written-stanzas.ts';

describe('what is written is read again', () => {
  const anyText = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 });

  it('keeps plain text, but for what XML cannot carry', () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom('normal' as const, 'emote' as const), (plain, style) => {
        const carried = xmlText(plain);
        fc.pre(carried.trim() !== '' && !carried.startsWith('/me '));
        const [stanza] = renderMessage(textMessage({ plain, html: undefined }, style), context);
        assert.deepEqual(rereadText(stanza), { style, plain: carried, html: undefined });
      }),
      { numRuns: 3000 },
    );
  });

  it('keeps what it is about: replies, edits and retractions of any id, and files with their facts', () => {
    const anyId = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).map(xmlText);
    const count = fc.option(fc.nat({ max: 1_000_000_000 }), { nil: undefined });
    const pixels = fc.option(fc.integer({ min: 1, max: 100_000 }), { nil: undefined });
    const facts = fc
      .tuple(fc.nat({ max: 1_000_000_000 }), pixels, pixels, count)
      .map(([size, width, height, duration]) => ({ size, width, height, duration }));
    const type = fc.constantFrom(
      'image/png',
      'video/mp4',
      'audio/ogg',
      'text/x-a',
      'application/octet-stream',
    );
    fc.assert(
      fc.property(anyId, fc.stringMatching(/^[^\s/\\]{1,30}$/), type, facts, (id, name, mimetype, said) => {
        fc.pre(id !== '');
        const target = targetOf(id);
        const ref = { in: 'remote', messageId: id };
        const source = { url, name: `a${xmlText(name)}.bin`, mimetype, size: said.size };
        const media: Media = { ...openContext.media(source), ...said };
        const content: Content = { kind: 'media', media, caption: undefined };
        const reply = reread(renderMessage(messageOf(content, { replyTo: target }), withFiles(media))[0]);
        assert.ok(reply.kind === 'message' && reply.content.kind === 'media');
        assert.deepEqual(reply.replyTo, ref);
        const { kind, size, width, height, duration } = reply.content.media;
        assert.deepEqual({ size, width, height, duration }, said);
        assert.deepEqual([kind, reply.content.media.mimetype], [media.kind, mimetype]);
        assert.equal(reply.content.media.name, source.name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ''));
        const edit = reread(
          renderEdit(
            { ...envelope, kind: 'edit', target, content, mentions: noMentions },
            withFiles(media),
            texts,
          )[0],
        );
        assert.deepEqual([edit.kind, 'target' in edit && edit.target], ['edit', ref]);
        const redaction = reread(
          renderRedaction({ ...envelope, kind: 'redaction', target }, context, texts)[0],
        );
        assert.deepEqual([redaction.kind, 'target' in redaction && redaction.target], ['redaction', ref]);
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps text and formatting: bold, italic, struck, underlined, code, quotations, links, lists', () => {
    const word = fc.stringMatching(/^[a-z*_~`<&"ä👍 ]{0,8}[a-zä]$/u);
    const { node } = fc.letrec<{ node: string; inline: string }>((tie) => ({
      inline: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        word.map((text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')),
        fc
          .tuple(
            fc.constantFrom('strong', 'em', 'del', 'u', 'code'),
            fc.array(tie('inline'), { maxLength: 3 }),
          )
          .map(([tag, inner]) => `<${tag}>x${inner.join('')}</${tag}>`),
        tie('inline').map(
          (inner) => `<a href="https://example.org/?a=1&amp;b=2">${inner.replace(/<\/?a[^>]*>/g, '')}</a>`,
        ),
      ),
      node: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        tie('inline'),
        tie('inline').map((inner) => `<p>${inner}</p>`),
        fc
          .array(tie('node'), { minLength: 1, maxLength: 3 })
          .map((all) => `<blockquote>${all.join('')}</blockquote>`),
        fc
          .array(tie('inline'), { minLength: 1, maxLength: 3 })
          .map((all) => `<ul><li>${all.join('</li><li>')}</li></ul>`),
        tie('inline').map((inner) => `<pre><code>${inner.replace(/<[^>]*>/g, '')}\nb</code></pre>`),
      ),
    }));
    fc.assert(
      fc.property(fc.array(node, { minLength: 1, maxLength: 3 }), (all) => {
        const html = serialiseHtml(parseHtml(`<b>a</b>${all.join('')}`));
        const [stanza] = renderMessage(textMessage({ plain: textOf(parseHtml(html)), html }), context);
        assert.equal(
          rereadText(stanza).html,
          html.replaceAll('<b>', '<strong>').replaceAll('</b>', '</strong>'),
        );
        // Those that read the body alone still find every word of the text, in order.
        const letters = (text: string): string =>
          text.replaceAll(/\(https[^)]*\)/g, '').replace(/[^a-zä👍]/gu, '');
        assert.equal(
          letters(stanza === undefined ? '' : (ownText(stanza, 'body') ?? '')),
          letters(textOf(parseHtml(html))),
        );
      }),
      { numRuns: 1500 },
    );
  });

  it('writes well-formed stanzas for any text and any HTML, and formats only as XHTML-IM defines', () => {
    const permitted = /^(?:a|blockquote|br|code|div|em|h[1-6]|li|ol|p|pre|span|strong|ul)$/;
    fc.assert(
      fc.property(anyText, hostileHtml, anyText, (plain, html, id) => {
        const tidy = serialiseHtml(parseHtml(html));
        for (const stanza of renderMessage(textMessage({ plain, html: tidy }), { ...context, id })) {
          const parsed = parseStanza(stanza.toString());
          assert.ok(typeof parsed !== 'string', stanza.toString());
          assert.doesNotMatch(stanza.toString(), /(?![\t\n])[\u0000-\u001f\p{Cs}\uFFFE\uFFFF]/u);
          const body = child(child(parsed, 'html', namespaces.xhtmlIm), 'body', namespaces.xhtml);
          for (const name of body === undefined ? [] : namesIn(body)) assert.match(name, permitted);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

function namesIn(element: Element): readonly string[] {
  return element.children.flatMap((node) => (typeof node === 'string' ? [] : [node.name, ...namesIn(node)]));
}

describe('characters', () => {
  it('keeps exactly those that XML can carry', () => {
    const carries = (char: string): boolean => {
      const point = char.codePointAt(0) ?? 0;
      if (point === 0x9 || point === 0xa) return true;
      return (point >= 0x20 && point <= 0xd7ff) || (point >= 0xe000 && point <= 0xfffd) || point >= 0x10000;
    };
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 0xffff })),
        fc.string({ unit: 'binary' }),
        (units, more) => {
          const text = String.fromCharCode(...units) + more;
          const expected = Array.from(text.replace(/\r\n?/g, '\n')).filter(carries).join('');
          assert.equal(xmlText(text), expected);
        },
      ),
      { numRuns: 3000 },
    );
  });
});
