import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseHtml, textOf } from '../../../../src/core/html.ts';
import { readText, writeText } from '../../../../src/interop/message/formatting.ts';
import { hostileHtml } from '../../../support/hostile-html.ts';

const html = (body: string): string | undefined => readText(body).html;
const written = (source: string): string => writeText({ plain: 'plain', html: source });

describe('marks, read', () => {
  const vectors: readonly (readonly [body: string, html: string | undefined])[] = [
    ['plain', undefined],
    ['*bold*', '<strong>bold</strong>'],
    ['_italic_', '<em>italic</em>'],
    ['~strike~', '<del>strike</del>'],
    ['`inline`', '<code>inline</code>'],
    ['```code```', '<code>code</code>'],
    ['a ```b *c*``` d', 'a <code>b *c*</code> d'],
    ['```\nlet a;\n\nlet b;\n```', '<pre><code>let a;\n\nlet b;</code></pre>'],
    ['```let a;\nlet b;```', '<pre><code>let a;\nlet b;</code></pre>'],
    ['```open\nfor good', undefined],
    ['*_both_*', '<strong><em>both</em></strong>'],
    ['(*bold*), *so*!', '(<strong>bold</strong>), <strong>so</strong>!'],
    ['2*3*4 and snake_case_name', undefined],
    ['*not bold*er', undefined],
    ['so * not bold*', undefined],
    ['*not bold *', undefined],
    ['*over\nlines*', undefined],
    ['**', undefined],
    ['كلمة *عريضة*', 'كلمة <strong>عريضة</strong>'],
    ['كلمة*ليست*كذا', undefined],
    ['https://example.org/_a_/*b*/~c~', undefined],
    ['*https://example.org/a_b_c*', '<strong>https://example.org/a_b_c</strong>'],
    ['> quoted\n> *twice*\nsaid', '<blockquote>quoted<br><strong>twice</strong></blockquote>said'],
    ['>not quoted', undefined],
    ['> > once', '<blockquote>&gt; once</blockquote>'],
    ['- one\n- *two*', '<ul><li>one</li><li><strong>two</strong></li></ul>'],
    ['* one\n* two', '<ul><li>one</li><li>two</li></ul>'],
    ['1. one\n2. two', '<ol><li>one</li><li>two</li></ol>'],
    ['3. three\n4. four', '<ol start="3"><li>three</li><li>four</li></ol>'],
    ['1. one\n1. one', '<ol><li>one</li></ol><ol><li>one</li></ol>'],
    ['01. none', undefined],
    ['-none', undefined],
    ['<b>&amp;', undefined],
    ['*<b>*', '<strong>&lt;b&gt;</strong>'],
  ];
  for (const [body, expected] of vectors) it(JSON.stringify(body), () => assert.equal(html(body), expected));

  it('keeps the body as the plain text, without control characters', () => {
    assert.equal(readText('*a*\u0000\r\nb').plain, '*a*\nb');
  });
});

describe('marks, written', () => {
  const vectors: readonly (readonly [html: string, body: string])[] = [
    ['<strong>a</strong> <em>b</em> <del>c</del> <code>d</code>', '*a* _b_ ~c~ `d`'],
    ['un<strong>believ</strong>able', 'unbelievable'],
    ['<strong>bold</strong>er', 'bolder'],
    ['(<strong>bold</strong>)', '(*bold*)'],
    ['<strong> spaced </strong>out', '*spaced* out'],
    ['<pre><code class="language-ts">let a;\nlet b;\n</code></pre>', '```\nlet a;\nlet b;\n```'],
    ['<pre><code>a```b</code></pre>', 'a```b'],
    ['<blockquote>q</blockquote>said', '> q\n\nsaid'],
    ['<ul><li>one</li><li>two</li></ul>', '- one\n- two'],
    ['<ol start="4"><li>four</li></ol>', '4. four'],
    ['<a href="https://example.org/">here</a>', 'here (https://example.org/)'],
    ['<span data-mx-spoiler="who">him</span>', '(who) ||him||'],
    ['<h1>Title</h1><p>text</p>', '*Title*\n\ntext'],
    ['<p>1. no list</p>', ' 1. no list'],
    ['', 'plain'],
  ];
  for (const [source, expected] of vectors)
    it(JSON.stringify(source), () => assert.equal(written(source), expected));

  it('leaves a text without formatting as it was typed', () => {
    assert.equal(writeText({ plain: '  *typed*\n> so', html: undefined }), '  *typed*\n> so');
  });
});

describe('marks, there and back', () => {
  const bit = fc.constantFrom(
    ...['*', '_', '~', '`', '```', '> ', '- ', '* ', '1. ', '2. ', '\n', ' ', 'a', 'b c'],
    ...['\u00a0', '👍', 'é', 'ع', 'https://e.org/_a_', '||', '<b>', '&amp;'],
  );
  const bodies = fc.array(bit, { maxLength: 40 }).map((bits) => bits.join(''));
  /** What people read, without the marks, numbers of lists, and white space. */
  const words = (text: string): string => text.replace(/[*_~`>\-\s\d.]/gu, '');

  it('loses no word', () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const { plain, html: source } = readText(body);
        assert.equal(plain, body);
        if (source === undefined) return;
        assert.equal(words(textOf(parseHtml(source))), words(body));
        assert.equal(words(writeText({ plain, html: source })), words(body));
      }),
      { numRuns: 5000 },
    );
  });

  /** Without the empty lines that set blocks apart. */
  const tight = (body: string): string => body.replace(/\n\s*\n/g, '\n').trim();

  it('comes to rest', () => {
    const round = (body: string): string => writeText(readText(body));
    // Marks that cannot be written (around the same character) may leave what looks like a mark, a few times at most.
    fc.assert(
      fc.property(bodies, (body) => {
        const settled = Array.from({ length: 8 }).reduce<string>((said) => round(said), body);
        assert.equal(tight(round(settled)), tight(settled));
      }),
      { numRuns: 3000 },
    );
  });

  it('takes any HTML and any text', () => {
    fc.assert(
      fc.property(hostileHtml, fc.string({ unit: 'binary', maxLength: 80 }), (source, body) => {
        writeText({ plain: 'plain', html: source });
        const { html: read } = readText(body);
        assert.ok(read === undefined || read.isWellFormed());
      }),
      { numRuns: 2000 },
    );
  });

  it('is quick with texts that are all marks', () => {
    const started = performance.now();
    for (const hostile of [
      '*',
      '`',
      '```',
      '> ',
      '- \n',
      '```\n',
      '*a ',
      'http://_',
      '\u00a0',
      '1. a\n',
      '_*~`',
    ])
      round(hostile.repeat(65_536 / hostile.length));
    assert.ok(performance.now() - started < 15_000);
    function round(body: string): string {
      return writeText({ plain: body, html: readText(body).html ?? `<b>${body}x</b>` });
    }
  });
});
