import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { countryOf } from '../../src/number-region.ts';

describe('the country of a number', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['+4917012345678', 'DE'],
    ['tel:+49-170-12345678', 'DE'],
    ['+1 212 555 0123', 'US'],
    ['+1 (416) 555-0123', 'CA'],
    ['+18095551234', 'DO'],
    ['+77011234567', 'KZ'],
    ['+79161234567', 'RU'],
    ['+390669812345', 'VA'],
    ['+447781123456', 'GG'],
    ['+\u0664\u0669\u0661\u0667\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668', 'DE'],
    ['017012345678', undefined],
    ['4917012345678', undefined],
    ['+882161234567', undefined],
    ['+447700900123', undefined],
    ['+3906698', undefined],
    ['my number is +4917012345678', undefined],
    [`+49${' '.repeat(40)}17012345678`, undefined],
    ['+49', undefined],
    ['', undefined],
  ];
  for (const [number, expected] of cases)
    it(`of ${JSON.stringify(number)} is ${expected ?? 'none'}`, () =>
      assert.equal(countryOf(number), expected));

  it('is looked for in bounded time, and nothing makes it throw', () => {
    const started = performance.now();
    for (const hostile of [
      '+' + '9'.repeat(100_000),
      '+49'.repeat(50_000),
      '+' + '('.repeat(39),
      '+;ext='.repeat(6),
    ])
      assert.equal(countryOf(hostile), undefined);
    assert.ok(performance.now() - started < 1_000);
    const text = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^\+[0-9 ()x;=-]{0,38}$/),
    );
    fc.assert(
      fc.property(text, (number) => {
        const country = countryOf(number);
        assert.ok(country === undefined || /^[A-Z]{2}$/.test(country));
      }),
    );
  });
});
