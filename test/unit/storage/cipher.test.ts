import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Cipher, keyIdOf, parseKey } from '../../../src/storage/cipher.ts';

const secret = () => randomBytes(32);
const places = fc.array(fc.string(), { minLength: 1, maxLength: 3 });

describe('the cipher', () => {
  it('opens what it sealed, in the same place', () => {
    const cipher = new Cipher([secret()]);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 2_000 }), places, (plain, place) => {
        assert.equal(cipher.open(cipher.seal(plain, place), place), plain);
      }),
    );
  });

  it('opens nothing that was changed in any bit, cut, or moved', () => {
    const cipher = new Cipher([secret()]);
    fc.assert(
      fc.property(fc.string(), places, fc.nat(), fc.integer({ min: 0, max: 7 }), (plain, place, at, bit) => {
        const blob = cipher.seal(plain, place);
        const index = at % blob.length;
        const changed = Buffer.from(blob);
        changed[index] = (changed[index] ?? 0) ^ (1 << bit);
        const refused = { code: 'undecryptable' };
        assert.throws(() => cipher.open(changed, place), refused);
        assert.throws(() => cipher.open(blob.subarray(0, index), place), refused);
        assert.throws(() => cipher.open(blob, [...place, '']), refused);
      }),
    );
  });

  it('tells places apart whose parts join to the same text', () => {
    const cipher = new Cipher([secret()]);
    const blob = cipher.seal('x', ['events', 'a', 'bc']);
    assert.throws(() => cipher.open(blob, ['events', 'ab', 'c']), { code: 'undecryptable' });
  });

  it('seals under the first key and opens under all', () => {
    const [old, current] = [secret(), secret()];
    const before = new Cipher([old]).seal('kept', ['t']);
    const rotated = new Cipher([current, old]);
    assert.equal(rotated.open(before, ['t']), 'kept');
    assert.equal(new Cipher([current]).open(rotated.seal('new', ['t']), ['t']), 'new');
    assert.equal(keyIdOf(before), new Cipher([old]).keyIds[0]);
    assert.throws(() => new Cipher([current]).open(before, ['t']), { code: 'undecryptable' });
  });

  it('never seals the same text to the same bytes', () => {
    const cipher = new Cipher([secret()]);
    assert.notDeepEqual(cipher.seal('x', ['t']), cipher.seal('x', ['t']));
  });

  it('never uses a nonce twice, also where it has to draw new ones', () => {
    const cipher = new Cipher([secret()]);
    const nonces = Array.from({ length: 1_000 }, () =>
      cipher.seal('', ['a']).subarray(5, 17).toString('hex'),
    );
    assert.equal(new Set(nonces).size, 1_000);
  });
});

describe('a key', () => {
  it('is 32 bytes as hexadecimal digits or base64, and nothing else', () => {
    const bytes = secret();
    assert.deepEqual(parseKey(bytes.toString('hex').toUpperCase()), bytes);
    assert.deepEqual(parseKey(` ${bytes.toString('base64')}\n`), bytes);
    assert.deepEqual(parseKey(bytes.toString('base64url')), bytes);
    for (const text of ['', 'secret', bytes.toString('hex').slice(2), randomBytes(33).toString('base64')]) {
      assert.equal(parseKey(text), undefined);
    }
  });
});
