import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { cleanName } from '../../../src/core/person-name.ts';

describe('a name', () => {
  for (const [what, given, shown] of [
    ['that is one stays', 'Zoë O’Neill-ßmith 李', 'Zoë O’Neill-ßmith 李'],
    ['on several lines is on one', 'a\r\nb\u2028c', 'a b c'],
    ['loses what turns text', '\u202egro.live\u202c \u2066x\u2069', 'gro.live x'],
    ['loses what hides in text', 'ad\u200bm\u00adin\ufeff', 'admin'],
    ['keeps joined emoji', '👩\u200d🚀', '👩\u200d🚀'],
    ['does not pile marks up', `a${'\u0301'.repeat(50)}`, 'á\u0301\u0301\u0301'],
    ['of nothing to see is none', ' \u3164\u200d\u2800\u0007 ', ''],
    ['is cut at 100 characters', '😀'.repeat(10_000), '😀'.repeat(100)],
    ['of half a character is mended', '\ud800x', '�x'],
  ] as const) {
    it(what, () => assert.equal(cleanName(given), shown));
  }

  it('is clean and short whatever is given, and cleaning it again changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const name = cleanName(text);
        assert.ok(Array.from(name).length <= 100);
        assert.ok(name.isWellFormed() && !/[\p{Cc}\u202a-\u202e\u2066-\u2069\u2028\u2029]/u.test(name));
        assert.equal(cleanName(name), name);
      }),
    );
  });
});
