import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { jsonBytes, splitText, textBytes } from '../../../src/core/split-text.ts';

describe('splitText', () => {
  it('leaves what fits in one part', () => {
    assert.deepEqual(splitText('short', 100), ['short']);
    assert.deepEqual(splitText('', 100), ['']);
  });

  it('cuts after a paragraph where one ends near the limit', () => {
    assert.deepEqual(splitText('one two three x\n\na\nbcd', 20), ['one two three x\n\n', 'a\nbcd']);
  });

  it('cuts after a line, else after a word, else between graphemes', () => {
    assert.deepEqual(splitText('one two three\nfour five six', 16), ['one two three\n', 'four five six']);
    assert.deepEqual(splitText('aaaa bbbb cccc\nd e f', 19), ['aaaa bbbb cccc\n', 'd e f']);
    assert.deepEqual(splitText('one two three four', 15), ['one two three ', 'four']);
    const family = '👩‍👩‍👧‍👦';
    assert.deepEqual(splitText(family.repeat(3), 60), [family.repeat(2), family]);
  });

  it('counts a text as JSON does', () => {
    assert.deepEqual(splitText('"'.repeat(12), 12, jsonBytes), ['"'.repeat(6), '"'.repeat(6)]);
  });

  it('loses no character and keeps every part within the limit', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), fc.constant('\n')),
          {
            maxLength: 60,
          },
        ),
        fc.integer({ min: 12, max: 200 }),
        (pieces, limit) => {
          const text = pieces.join('').toWellFormed();
          for (const measure of [textBytes, jsonBytes]) {
            const parts = splitText(text, limit, measure);
            assert.equal(parts.join(''), text);
            for (const part of parts) {
              assert.ok(measure(part) <= limit);
              assert.ok(part.isWellFormed());
              assert.ok(part !== '' || text === '');
            }
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
