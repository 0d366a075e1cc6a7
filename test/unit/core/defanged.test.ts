import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { defanged } from '../../../src/core/defanged.ts';

describe('words without links', () => {
  for (const [words, safe] of [
    ['https://spam.example/a?b=c', 'hxxps[:]//spam[.]example/a?b=c'],
    ['HTTP://x.example:80', 'HxxP[:]//x[.]example[:]80'],
    ['go to www.spam.example.', 'go to www[.]spam[.]example.'],
    ['mail eve@spam.example', 'mail eve[@]spam[.]example'],
    ['matrix:u/eve:hs.example', 'matrix[:]u/eve[:]hs[.]example'],
    ['@eve:hs.example #room:hs.example', '[@]eve[:]hs[.]example #room[:]hs[.]example'],
    ['tel:+123 geo:1,2', 'tel[:]+123 geo[:]1,2'],
    ['at 10:30, 1.5 of them: all. Really.', 'at 10:30, 1.5 of them: all. Really.'],
    ['مثال.إختبار', 'مثال[.]إختبار'],
  ] as const)
    it(`keeps the words of ${words}`, () => {
      assert.equal(defanged(words), safe);
    });

  it('has nothing left that clients make a link of, whatever it was', () => {
    const part = fc.constantFrom(
      'http',
      'https',
      ':',
      '//',
      '.',
      'www',
      'example',
      'org',
      '@',
      '#',
      'a',
      '1',
      ' ',
      '%',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
        const said = defanged(parts.join(''));
        assert.doesNotMatch(said, /:\/\/|https?:\S|[\p{L}\p{N}]\.\p{L}{2}|[^[]@|^@|[#@]\S*[^[]:\S/u);
      }),
    );
  });
});
