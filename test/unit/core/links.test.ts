import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isLink, withoutLinks } from '../../../src/core/links.ts';

describe('links in a text', () => {
  const links = [
    'https://example.org/a?b=c',
    'www.example.org',
    'example.org',
    'мир.рф',
    'mailto:a@b.c',
    'tel:+1',
    'x.Com',
  ];
  for (const link of links)
    it(`are ${link}`, () => {
      assert.ok(isLink(`see ${link} there`));
      assert.ok(!isLink(withoutLinks(`see ${link} there`)));
    });

  for (const text of ['hello', '1.5', 'at 10:30', 'a: b', 'so... no', 'v2.0.1', 'Dr. No'])
    it(`are not ${text}`, () => {
      assert.ok(!isLink(text));
      assert.equal(withoutLinks(text), text);
    });

  it('can still be read when nothing makes a link of them', () => {
    assert.equal(withoutLinks('see https://example.org/a.b'), 'see hxxps[:]//example[.]org/a[.]b');
    assert.equal(
      withoutLinks('example.org, or mailto:a@b.example'),
      'example[.]org, or mailto[:]a@b[.]example',
    );
  });

  it('are all gone from any text', () => {
    const pieces = fc.constantFrom(
      ...[
        'http',
        'https://',
        '://',
        ':',
        '.',
        'example.org',
        'www.',
        'a',
        'b1',
        'é',
        '<',
        '>',
        '"',
        ' ',
        '/',
        '@',
        'tel:',
        '-',
        '+',
      ],
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 20 }), (parts) => {
        assert.ok(!isLink(withoutLinks(parts.join(''))), parts.join(''));
      }),
      { numRuns: 5_000 },
    );
  });
});
