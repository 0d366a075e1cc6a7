import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseHtml, serialiseHtml, textOf, type HtmlNode } from '../../../src/core/html.ts';
import { hostileHtml } from '../../support/hostile-html.ts';

const clean = (html: string): string => serialiseHtml(parseHtml(html));

function everyElement(nodes: readonly HtmlNode[], depth = 1): { depth: number; tag: string }[] {
  return nodes.flatMap((node) =>
    node.kind === 'text' ? [] : [{ depth, tag: node.tag }, ...everyElement(node.children, depth + 1)],
  );
}

/** What a serialised tree may consist of: permitted tags with quoted, permitted attributes; escaped text. */
const onlySafe =
  /^(?:[^<>"]|<\/?[a-z][a-z0-9]{0,9}(?: (?:data-mx-(?:bg-)?color="#[0-9a-f]{6}"|data-mx-(?:spoiler|maths)="[^"<>]*"|href="(?:https?:\/\/|ftp:\/\/|mailto:|magnet:\?)[^"<>\s]*"|src="mxc:\/\/[^"<>\s]*"|(?:width|height|start)="\d+"|(?:alt|title)="[^"<>]*"|class="language-[^"<>\s]*"))*>)*$/i;

describe('html', () => {
  it('keeps what Matrix permits as it is', () => {
    const html =
      '<p>a <strong>b</strong><br>c &amp; &lt;d&gt;</p><ul><li>one</li><li>two</li></ul>' +
      '<a href="https://example.org/?a=1&amp;b=2">link</a><code class="language-rust">x</code>' +
      '<span data-mx-spoiler="why" data-mx-color="#ff0000">s</span><img src="mxc://hs/abc" alt="cat">';
    assert.equal(clean(html), html);
  });

  it('takes unknown elements off their content, and scripts and reply fallbacks whole', () => {
    assert.equal(clean('<font>a</font><script>b</script><mx-reply><b>c</b></mx-reply>d'), 'ad');
    assert.equal(clean('<mx-reply>a<mx-reply>b</mx-reply>c</mx-reply>d'), 'd');
    assert.equal(clean('<strike>a</strike>'), '<s>a</s>');
  });

  it('takes links apart that are not safe, whatever they are dressed as', () => {
    for (const link of [
      'javascript:alert(1)',
      'JaVaScRiPt:alert(1)',
      'java\tscript:alert(1)',
      '&#106;avascript&colon;alert(1)',
      ' \u0001javascript:alert(1)',
      'data:text/html,x',
      'vbscript:x',
      '//example.org',
      '/path',
      'https:example.org',
      '',
    ])
      assert.equal(clean(`<a href="${link}">x</a>`), '<a>x</a>', link);
    assert.equal(
      clean('<a href=" https://exa\nmple.org/a b ">x</a>'),
      '<a href="https://example.org/a%20b">x</a>',
    );
  });

  it('shows only images that the homeserver keeps, and the others as their alternative text', () => {
    assert.equal(clean('<img src="https://example.org/p.png" alt="p">'), 'p');
    assert.equal(clean('<img src="mxc://hs/a" onerror=x>'), '<img src="mxc://hs/a">');
  });

  it('ends the elements whose end tags people leave out', () => {
    assert.equal(clean('<p>a<p>b'), '<p>a</p><p>b</p>');
    assert.equal(clean('<ul><li>a<li>b</ul>c'), '<ul><li>a</li><li>b</li></ul>c');
    assert.equal(
      clean('<ul><li>a<ul><li>b</ul><li>c</ul>'),
      '<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>',
    );
    assert.equal(
      clean('<table><tr><td>a<td>b<tr><td>c</table>'),
      '<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>',
    );
    assert.equal(clean('<p>a<ul><li>b</ul>'), '<p>a</p><ul><li>b</li></ul>');
  });

  it('nests no deeper than 100 and keeps all text', () => {
    const nodes = parseHtml('<div>x'.repeat(10_000));
    const depths = everyElement(nodes).map(({ depth }) => depth);
    assert.equal(Math.max(...depths), 100);
    assert.equal(textOf(nodes).replaceAll('\n', ''), 'x'.repeat(10_000));
  });

  it('reads as text with a line for every block', () => {
    assert.equal(
      textOf(parseHtml('<p>a<br>b</p><p>c</p><ul><li>d</li><li><p>e</p></li></ul>f')),
      'a\nb\nc\nd\ne\nf',
    );
  });

  it('is safe and stable for hostile HTML', () => {
    fc.assert(
      fc.property(hostileHtml, (html) => {
        const once = clean(html);
        assert.match(once, onlySafe);
        assert.doesNotMatch(once, /<[^>]*(?:javascript|vbscript|data:|\son[a-z]+=)/i);
        assert.equal(clean(once), once);
      }),
      { numRuns: 5000 },
    );
  });

  it('gives text back that was only escaped', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const escaped = serialiseHtml([{ kind: 'text', text }]);
        assert.equal(textOf(parseHtml(escaped)), text);
      }),
    );
  });

  it('does not write attributes that a hand-made tree smuggles in', () => {
    const link: HtmlNode = {
      kind: 'element',
      tag: 'a',
      attributes: new Map([
        ['href', 'javascript:x'],
        ['onclick', 'x'],
      ]),
      children: [],
    };
    assert.equal(serialiseHtml([link]), '<a></a>');
  });

  it('takes time in proportion to its input', () => {
    const started = performance.now();
    for (const piece of ['<b>', '<p>', '<li>', '</b>', '<a ', '&amp', '<!--', '<b x=1>', '<table><tr><td>'])
      parseHtml(piece.repeat(65_536 / piece.length));
    assert.ok(performance.now() - started < 3000);
  });
});
