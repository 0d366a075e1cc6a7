import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { cleanLine, cleanText, likenessOf } from '../../../src/matrix/clean-text.ts';

const hostile = fc.string({
  unit: fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    fc.constantFrom(
      '\u202e',
      '\u200b',
      '\u200d',
      '\u0000',
      '\n',
      '\r',
      '\t',
      '\ud800',
      '\u0301',
      '👩',
      '\u{e0041}',
    ),
  ),
  maxLength: 200,
});

describe('a name that a stranger chose', () => {
  it('becomes one line without what cannot be seen, within its length', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 2, max: 60 }), (text, max) => {
        const line = cleanLine(text, max);
        assert.ok(line.length <= max, `${line.length}`);
        assert.ok(line.isWellFormed());
        assert.doesNotMatch(line, /[\p{Cc}\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\u2028\u2029]/u);
        assert.equal(cleanLine(line, max), line);
      }),
      { numRuns: 3_000 },
    );
  });

  it('keeps what people write: scripts, marks, emoji of several parts', () => {
    for (const name of ['Zoë', 'محمد', 'ナナ', 'ไพลิน', '👩‍👩‍👧', '🏳️‍🌈 Ann', "O'Neill (3)"]) {
      assert.equal(cleanLine(name, 100), name);
    }
    assert.equal(cleanLine('  a \t b\u00a0\u2003c ', 100), 'a b c');
    assert.equal(cleanLine('Ann\u202egpj.exe', 100), 'Anngpj.exe');
    assert.equal(cleanLine(`Z${'\u0301'.repeat(500)}`, 100), `Z${'\u0301'.repeat(4)}`);
    assert.equal(cleanLine('\u200b\u2060\u3164', 100), '');
  });

  it('is cut between characters, quickly, however long it is', () => {
    const begun = Date.now();
    assert.equal(cleanLine('x'.repeat(10_000_000), 10), `${'x'.repeat(9)}…`);
    assert.equal(cleanLine('👩‍👩‍👧'.repeat(10), 20), '👩‍👩‍👧👩‍👩‍👧…');
    assert.ok(Date.now() - begun < 1_000);
  });
});

describe('a topic that a stranger wrote', () => {
  it('keeps its lines, without the rest', () => {
    assert.equal(cleanText('one\r\ntwo \n\n\n\n three\u0007', 100), 'one\ntwo\n\n three');
    fc.assert(
      fc.property(hostile, (text) => {
        const clean = cleanText(text, 80);
        assert.ok(clean.length <= 80);
        assert.doesNotMatch(clean.replaceAll('\n', ''), /[\p{Cc}\u202a-\u202e]/u);
      }),
    );
  });
});

describe('names that look alike', () => {
  it('have the same likeness', () => {
    for (const [one, other] of [
      ['Alice', 'аlісе'],
      ['Alice', 'ALICE'],
      ['Alice', 'A l i c e.'],
      ['Alice', 'Al\u200bice'],
      ['Alice', 'A1ice'],
      ['admin', 'adrnin'],
      ['Bob', 'B0b'],
      ['Zoe', 'Zoë'],
      ['Hello', 'Heⅼⅼo'],
      ['Ann', '𝐀𝐧𝐧'],
    ] as const) {
      assert.equal(likenessOf(one), likenessOf(other), `${one} ${other}`);
    }
  });

  it('are not those that are different', () => {
    const names = ['Alice', 'Alicia', 'Bob', 'Rob', 'محمد', 'أحمد', '🙂', '🙃', '王芳', '王方'];
    assert.equal(new Set(names.map(likenessOf)).size, names.length);
  });
});
