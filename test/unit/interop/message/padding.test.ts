import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { pad, unpad } from '../../../../src/interop/message/padding.ts';

describe('padding', () => {
  it('comes off as it went on', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), fc.integer({ min: 1, max: 15 }), (bytes, length) => {
        const padded = pad(bytes, length);
        assert.equal(padded.byteLength, bytes.byteLength + length);
        assert.deepEqual(unpad(padded), bytes);
      }),
    );
  });

  it('is read with 16 bytes too, as some write it', () => {
    const padded = Uint8Array.of(7, ...Array.from({ length: 16 }, () => 16));
    assert.deepEqual(unpad(padded), Uint8Array.of(7));
  });

  for (const wrong of [[], [0], [1, 0], [9, 17], [2], [1, 3, 3], [5, 5, 5, 4, 5], [3, 2, 3]]) {
    it(`refuses ${JSON.stringify(wrong)}`, () => {
      const unpadded = unpad(Uint8Array.from(wrong));
      assert.equal(unpadded instanceof Uint8Array ? 'bytes' : unpadded.reason, 'bad-padding');
    });
  }

  it('refuses 17 of 17', () => {
    assert.ok(!(unpad(new Uint8Array(17).fill(17)) instanceof Uint8Array));
  });

  it('is never written with another length', () => {
    for (const length of [0, 16, 1.5, Number.NaN]) assert.throws(() => pad(Uint8Array.of(1), length));
  });
});
