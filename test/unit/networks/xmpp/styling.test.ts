import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseHtml, serialiseHtml, textOf } from '../../../../src/core/html.ts';
import { isStyled, parseStyling, styledText } from '../../../../src/networks/xmpp/styling.ts';

const html = (body: string): string => serialiseHtml(parseStyling(body));
const body = (source: string): string => styledText(parseHtml(source));

describe('message styling, read (the examples of XEP-0393)', () => {
  const vectors: readonly (readonly [body: string, html: string])[] = [
    [
      'There are three blocks in this body, one per line,\nbut there is no *formatting\nas spans* may not escape blocks.',
      'There are three blocks in this body, one per line,<br>but there is no *formatting<br>as spans* may not escape blocks.',
    ],
    [
      '```ignored\n(println "Hello, world!")\n```\n\nThis should show up as monospace, preformatted text ⤴',
      '<pre><code class="language-ignored">(println &quot;Hello, world!&quot;)</code></pre>This should show up as monospace, preformatted text ⤴',
    ],
    [
      '> ```\n> (println "Hello, world!")\n\nThe entire blockquote is a preformatted text block, but this line\nis plaintext!',
      '<blockquote><pre><code>(println &quot;Hello, world!&quot;)</code></pre></blockquote>The entire blockquote is a preformatted text block, but this line<br>is plaintext!',
    ],
    [
      '> That that is, is.\n\nSaid the old hermit of Prague.',
      '<blockquote>That that is, is.</blockquote>Said the old hermit of Prague.',
    ],
    [
      '>> That that is, is.\n> Said the old hermit of Prague.\n\nWho?',
      '<blockquote><blockquote>That that is, is.</blockquote>Said the old hermit of Prague.</blockquote>Who?',
    ],
    ['plain span', 'plain span'],
    ['*strong span*', '<strong>strong span</strong>'],
    ['plain _emphasis_ plain', 'plain <em>emphasis</em> plain'],
    ['`pre` plain *strong*', '<code>pre</code> plain <strong>strong</strong>'],
    ['*strong*plain*', '<strong>strong</strong>plain*'],
    ['* plain *strong*', '* plain <strong>strong</strong>'],
    ['not strong*', 'not strong*'],
    ['*not strong', '*not strong'],
    ['*not \n strong*', '*not <br> strong*'],
    ['*not *strong', '*not *strong'],
    ['**', '**'],
    ['***', '***'],
    ['****', '****'],
    ['Two spans, both *alike in dignity*', 'Two spans, both <strong>alike in dignity</strong>'],
    [
      'The full title is _Twelfth Night, or What You Will_ but\n_most_ people shorten it.',
      'The full title is <em>Twelfth Night, or What You Will</em> but<br><em>most</em> people shorten it.',
    ],
    ['Everyone ~dis~likes cake.', 'Everyone <del>dis</del>likes cake.'],
    ['This is `*monospace*`', 'This is <code>*monospace*</code>'],
    ['This is *`monospace and bold`*', 'This is <strong><code>monospace and bold</code></strong>'],
    ['Wow, I can write in `monospace`!', 'Wow, I can write in <code>monospace</code>!'],
    ['> _ <', '<blockquote>_ &lt;</blockquote>'],
  ];
  for (const [source, expected] of vectors) {
    it(JSON.stringify(source), () => assert.equal(html(source), expected));
  }

  it('takes any text, loses none of it, and writes a tree that stands', () => {
    const bits = fc.constantFrom(
      '*',
      '_',
      '~',
      '`',
      '```',
      '>',
      '\n',
      ' ',
      'a',
      'b c',
      '\u00a0',
      '\u2003',
      '👍',
    );
    fc.assert(
      fc.property(fc.array(bits, { maxLength: 60 }), (parts) => {
        const source = parts.join('');
        const nodes = parseStyling(source);
        const written = serialiseHtml(nodes);
        assert.equal(serialiseHtml(parseHtml(written)), written);
        // Directives and the line of an opening fence go; letters outside of such a line stay, in order.
        const letters = (text: string): string => text.replace(/[^abc👍]/gu, '');
        const outside = source.replace(/^(?:[> \u00a0\u2003]*)```.*$/gmu, '');
        if (outside === source) assert.equal(letters(textOf(nodes)), letters(source));
      }),
      { numRuns: 3000 },
    );
  });

  it('is linear in time on runs of directives and nested quotations', () => {
    const size = 200_000;
    for (const hostile of [
      '*'.repeat(size),
      '*a '.repeat(size / 3),
      ' *_~`'.repeat(size / 5),
      '*_~'.repeat(size / 3),
      '_a *b ~c `d '.repeat(size / 12),
      '>'.repeat(size),
      '> '.repeat(size / 2),
      `${'>'.repeat(50)}\n`.repeat(size / 51),
      '```\n>'.repeat(size / 5),
      '```x\n'.repeat(size / 5),
      '> ```\n\n'.repeat(size / 7),
    ]) {
      const started = performance.now();
      parseStyling(hostile);
      const took = performance.now() - started;
      assert.ok(took < 1500, `${JSON.stringify(hostile.slice(0, 12))} took ${took} ms`);
    }
  });
});

describe('message styling, written', () => {
  it('writes what it can as directives, and the rest as people write it', () => {
    const cases: readonly (readonly [html: string, body: string])[] = [
      [
        'a <b>bold</b>, <i>italic</i>, <s>gone</s> and <code>x*y</code>',
        'a *bold*, _italic_, ~gone~ and `x*y`',
      ],
      ['<b><i>both</i></b>', '*_both_*'],
      ['<b> spaced </b>end', '*spaced* end'],
      ['in<b>side</b> a word', 'inside a word'],
      ['<b>2 * 3</b>', '2 * 3'],
      ['<b>one<br>two</b>', '*one*\n*two*'],
      ['<p>one</p>\n<p>two</p>', 'one\n\ntwo'],
      ['<blockquote>a<blockquote>b</blockquote></blockquote>c', '> a\n>\n> > b\n\nc'],
      [
        '<pre><code class="language-rust">fn a() {\n  *b\n}\n</code></pre>after',
        '```rust\nfn a() {\n  *b\n}\n```\nafter',
      ],
      ['<ul><li>one</li><li>two<ol start="3"><li>three</li></ol></li></ul>', '- one\n- two\n  3. three'],
      ['<a href="https://example.org/">here</a>', 'here (https://example.org/)'],
      ['<a href="https://example.org/">https://example.org/</a>', 'https://example.org/'],
      ['<a href="https://matrix.to/#/@bob:hs">Bob</a>: hi', 'Bob: hi'],
      ['<h1>Title</h1>text', '*Title*\ntext'],
      ['<table><tr><th>a</th><td>b</td></tr></table>', '*a* | b'],
      ['&gt; no quote', ' > no quote'],
      ['<pre>a\n```\nb</pre>', '```\na\n ```\nb\n```'],
    ];
    for (const [source, expected] of cases) assert.equal(body(source), expected, source);
  });

  it('is read as what was written, where directives can say it', () => {
    const word = fc.stringMatching(/^[a-zäß👍.,!]{1,8}$/u);
    const inline = fc
      .tuple(fc.constantFrom('', 'strong', 'em', 'del', 'code'), fc.constantFrom('', 'strong', 'em'), word)
      .filter(([outer, inner]) => outer !== inner && (outer !== 'code' || inner === ''))
      .map(([outer, inner, text]) => wrap(outer, wrap(inner, text)));
    const line = fc.array(inline, { minLength: 1, maxLength: 5 }).map((all) => all.join(' '));
    const block = fc.oneof(
      line,
      line.map((text) => `<blockquote>${text}</blockquote>`),
      fc
        .array(word, { minLength: 1, maxLength: 3 })
        .map((all) => `<pre><code>${all.join('\n')}</code></pre>`),
    );
    fc.assert(
      fc.property(block, (source) => {
        assert.equal(html(body(source)), serialiseHtml(parseHtml(source)));
      }),
      { numRuns: 1000 },
    );
  });

  it('knows plain text that a reader would take as styled', () => {
    assert.equal(isStyled('2 * 3 * 4\nsnake_case_name'), false);
    for (const text of ['> _ <', '*x*', 'a ~b~', '```', 'see `x`']) assert.equal(isStyled(text), true, text);
  });
});

function wrap(tag: string, inner: string): string {
  return tag === '' ? inner : `<${tag}>${inner}</${tag}>`;
}
