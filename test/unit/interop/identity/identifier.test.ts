import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fromBase64url, toBase64url } from '../../../../src/interop/identity/base64url.ts';
import {
  identifierTypes,
  isSameIdentifier,
  normaliseIdentifier,
} from '../../../../src/interop/identity/identifier.ts';

describe('an identifier', () => {
  it('of an e-mail address has one form', () => {
    const same = ['bob@example.org', 'Bob@Example.ORG', 'BOB@example.org', 'bob@ｅxample.org'];
    for (const text of same) assert.equal(normaliseIdentifier('email', text), 'bob@example.org', text);
    assert.equal(normaliseIdentifier('email', 'b@bücher.example'), 'b@xn--bcher-kva.example');
    const none = [
      '',
      '@',
      'bob',
      'bob@',
      '@example.org',
      'bob@localhost',
      'a b@example.org',
      'a..b@example.org',
    ];
    const others = ['.a@example.org', '"a b"@example.org', 'a@[127.0.0.1]', 'a@b@example.org', 'a@1.2.3.4'];
    const odd = [
      'a\u0000@example.org',
      'a@exa mple.org',
      '\ud800@example.org',
      `${'x'.repeat(65)}@example.org`,
    ];
    for (const text of [...none, ...others, ...odd, ` bob@example.org`, `${'x'.repeat(400)}@e.org`])
      assert.equal(normaliseIdentifier('email', text), undefined, text);
  });

  it('of a phone number has one form', () => {
    for (const text of [
      '+4930123456',
      '0049 30 123456',
      '4930123456',
      '+49 (30) 12-34.56',
      '+49\u00a030/123456',
    ])
      assert.equal(normaliseIdentifier('phone', text), '+4930123456', text);
    for (const text of [
      '',
      '+',
      '030123456',
      '+49',
      '+49301234567890123',
      '+49x30123456',
      '+٤٩٣٠١٢٣٤٥٦',
      '++4930123456',
    ])
      assert.equal(normaliseIdentifier('phone', text), undefined, text);
  });

  it('of a username has one form', () => {
    for (const text of ['bob', '@bob', 'BOB', 'ｂｏｂ'])
      assert.equal(normaliseIdentifier('username', text), 'bob');
    assert.equal(normaliseIdentifier('username', 'مريم.1'), 'مريم.1');
    for (const text of ['', '@', '@@bob', 'a b', 'a@b', 'a\u202eb', '.a', 'x'.repeat(65), 'a\n', 'a/b'])
      assert.equal(normaliseIdentifier('username', text), undefined, text);
  });

  it('is compared in that form, and none is the same as nothing', () => {
    assert.ok(isSameIdentifier('email', 'A@example.org', 'a@EXAMPLE.org'));
    assert.ok(!isSameIdentifier('email', 'a@example.org', 'b@example.org'));
    assert.ok(!isSameIdentifier('phone', 'x', 'x'));
  });

  it('stays as it is when it is normalised again', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.tuple(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.domain()).map((parts) => parts.join('@')),
      fc.string({ unit: fc.constantFrom('+', '0', '4', '9', '7', ' ', '-'), maxLength: 22 }),
      fc.string({ unit: fc.constantFrom('İ', 'ß', 'ﬁ', 'ϓ', 'Σ', '́', 'a', 'Å', 'K', '.'), maxLength: 22 }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...identifierTypes), text, (type, raw) => {
        const normal = normaliseIdentifier(type, raw);
        if (normal !== undefined) assert.equal(normaliseIdentifier(type, normal), normal);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('base64url', () => {
  it('has one form for each sequence of bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        assert.deepEqual(fromBase64url(toBase64url(bytes)), bytes);
      }),
    );
    for (const text of ['A', 'AA=', 'AA==', 'AB', 'AAB', 'A+', 'A/', ' AA', 'AA\n', 'AAAAA', 'é'])
      assert.equal(fromBase64url(text), undefined, text);
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('A', 'B', 'Q', '_', '-', 'w', '='), maxLength: 12 }),
        (text) => {
          const bytes = fromBase64url(text);
          if (bytes !== undefined) assert.equal(toBase64url(bytes), text);
        },
      ),
    );
  });
});
