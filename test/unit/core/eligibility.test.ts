import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ineligible, matches, type Eligibility, type RegionBy } from '../../../src/core/eligibility.ts';
import { matrixUserId } from '../../../src/core/ids.ts';

const alice = matrixUserId('@alice:example.org');
const groups = { staff: ['@al*:example.org'], none: [] };

describe('eligibility', () => {
  const cases: readonly (readonly [string, Eligibility, string | undefined, string | undefined])[] = [
    ['says nothing where nothing is asked for', {}, undefined, undefined],
    ['takes empty lists for no condition', { users: [], groups: [], regions: [] }, undefined, undefined],
    ['goes by patterns of users', { users: ['@b*:example.org'] }, undefined, 'user'],
    ['takes one of several patterns', { users: ['@bob:*', '@alic?:*'] }, undefined, undefined],
    ['goes by groups', { groups: ['staff'] }, undefined, undefined],
    ['knows who is in no group', { groups: ['none'] }, undefined, 'group'],
    ['takes no group for what every object has', { groups: ['constructor'] }, undefined, 'group'],
    ['goes by homeservers', { homeservers: ['*.example.org'] }, undefined, 'homeserver'],
    ['goes by regions, in any case of letters', { regions: ['de'] }, 'DE', undefined],
    ['knows another region', { regions: ['DE'] }, 'FR', 'region'],
    ['knows who has no region', { regions: ['DE'] }, undefined, 'no-region'],
    ['has exceptions before all', { users: ['*'], except: ['@alice:*'] }, undefined, 'excepted'],
    ['asks for all conditions', { users: ['*'], homeservers: ['other.org'] }, undefined, 'homeserver'],
  ];
  for (const [name, rules, region, expected] of cases)
    it(name, () => assert.equal(ineligible(rules, { user: alice, region, numbers: [] }, groups), expected));

  const numbered: readonly (readonly [
    RegionBy | undefined,
    readonly (string | undefined)[],
    string | undefined,
    string | undefined,
  ])[] = [
    [undefined, ['DE'], 'FR', undefined],
    [undefined, ['FR'], 'DE', 'region'],
    [undefined, ['DE', 'FR'], 'DE', 'region'],
    [undefined, [undefined], 'DE', 'region'],
    [undefined, [], 'DE', undefined],
    [undefined, [], undefined, 'no-region'],
    ['number', [], 'DE', 'no-number'],
    ['number', ['DE'], undefined, undefined],
    ['number', ['FR'], 'DE', 'region'],
    ['declared', ['FR'], 'DE', undefined],
    ['declared', ['DE'], undefined, 'no-region'],
  ];
  for (const [regionBy, numbers, region, expected] of numbered)
    it(`with numbers of ${numbers.map((one) => one ?? 'none').join() || 'nobody'}, declared ${region ?? 'nothing'}, by ${regionBy ?? 'default'}`, () =>
      assert.equal(
        ineligible({ regions: ['DE'], regionBy }, { user: alice, region, numbers }, groups),
        expected,
      ));

  it('is never given by a declaration to who has a number of another country', () => {
    const country = fc.constantFrom('DE', 'FR', undefined);
    fc.assert(
      fc.property(
        fc.array(country, { minLength: 1, maxLength: 4 }),
        country,
        fc.constantFrom('number' as const, 'number-or-declared' as const, undefined),
        (numbers, region, regionBy) => {
          const why = ineligible({ regions: ['DE'], regionBy }, { user: alice, region, numbers }, groups);
          assert.equal(
            why === undefined,
            numbers.every((one) => one === 'DE'),
          );
        },
      ),
    );
  });

  it('matches a pattern as the same expression does', () => {
    const piece = fc.constantFrom('a', 'b', '*', '?', '.', '@');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.array(piece, { maxLength: 12 }), (one, other) => {
        const [pattern, value] = [one.join(''), other.join('')];
        const same = new RegExp(
          `^${one.map((c) => (c === '*' ? '.*' : c === '?' ? '.' : `\\${c}`.replace(/\\([ab@])/, '$1'))).join('')}$`,
          's',
        );
        assert.equal(matches(pattern, value), same.test(value));
      }),
    );
  });

  it('is not slowed down by a hostile pattern', () => {
    const started = performance.now();
    assert.equal(matches('*a'.repeat(120) + '*b', 'a'.repeat(255)), false);
    assert.ok(performance.now() - started < 200);
  });
});
