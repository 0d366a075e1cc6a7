import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { after, keyOf, requireKey, valueOf } from '../../../../../src/crypto/megolm/store/keys.ts';

const text = fc.string({ unit: 'binary' });
const simple = fc.oneof(
  fc.double({ noNaN: true }),
  fc.date({ noInvalidDate: true }),
  text,
  fc
    .array(fc.integer({ min: 0xd7fe, max: 0xe002 }), { maxLength: 3 })
    .map((units) => String.fromCharCode(...units)),
  fc.uint8Array({ maxLength: 5 }).map((bytes) => bytes.slice().buffer),
);
const key: fc.Arbitrary<unknown> = fc.letrec<{ key: unknown }>((tie) => ({
  key: fc.oneof({ depthSize: 'small' }, simple, fc.array(tie('key'), { maxLength: 3 })),
})).key;

/** https://w3c.github.io/IndexedDB/#compare-two-keys, written down as it stands. */
function compare(a: unknown, b: unknown): number {
  const rank = (value: unknown): number =>
    typeof value === 'number'
      ? 0
      : value instanceof Date
        ? 1
        : typeof value === 'string'
          ? 2
          : value instanceof ArrayBuffer
            ? 3
            : 4;
  if (rank(a) !== rank(b)) return Math.sign(rank(a) - rank(b));
  if (typeof a === 'number' && typeof b === 'number')
    return Math.sign(a - b) || Number(a > b) - Number(a < b);
  if (a instanceof Date && b instanceof Date) return Math.sign(a.getTime() - b.getTime());
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  if (a instanceof ArrayBuffer && b instanceof ArrayBuffer) return Buffer.from(a).compare(Buffer.from(b));
  const [left, right]: [unknown[], unknown[]] = [Array.isArray(a) ? a : [], Array.isArray(b) ? b : []];
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const order = compare(left[index], right[index]);
    if (order !== 0) return order;
  }
  return Math.sign(left.length - right.length);
}

describe('keys', () => {
  it('sort as bytes the way the specification compares them', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        assert.equal(Math.sign(requireKey(a).compare(requireKey(b))), compare(a, b));
      }),
      { numRuns: 3_000 },
    );
  });

  it('come back as the values that they were', () => {
    fc.assert(
      fc.property(key, (value) => {
        assert.equal(compare(valueOf(requireKey(value)), value), 0);
      }),
    );
  });

  it('are never the beginning of one another, also with what stands after them', () => {
    fc.assert(
      fc.property(key, key, key, (a, b, tail) => {
        const [first, second] = [requireKey(a), requireKey(b)];
        const entry = Buffer.concat([second, requireKey(tail)]);
        const order = compare(a, b);
        assert.equal(entry.compare(after(first)) < 0, order >= 0);
        assert.equal(entry.compare(first) >= 0, order <= 0);
      }),
    );
  });

  it('are not made of what is no key', () => {
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    for (const value of [
      Number.NaN,
      null,
      undefined,
      true,
      {},
      [{}],
      new Date(Number.NaN),
      cyclic,
      [, 1],
      1n,
    ])
      assert.equal(keyOf(value), undefined);
    const detached = new ArrayBuffer(2);
    structuredClone(detached, { transfer: [detached] });
    assert.equal(keyOf(detached), undefined);
  });

  it('hold zero and minus zero as one', () => {
    assert.deepEqual(keyOf(-0), keyOf(0));
  });
});
