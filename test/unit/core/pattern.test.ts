/** Rules and `reach` have the same patterns. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ineligible } from '../../../src/core/eligibility.ts';
import { matrixUserId } from '../../../src/core/ids.ts';
import { fits, includes, matcher, matcherOf } from '../../../src/core/pattern.ts';
import { ruleOf, rulesOf } from '../../support/rule-events.ts';

const alice = matrixUserId('@alice:a.example.org');

describe('a pattern of users', () => {
  const meant = [
    '*',
    '@alice:a.example.org',
    'a.example.org',
    '@al*:*',
    '@?lice:a.example.org',
    '/@a.*:.*\\.org/',
  ];
  const others = [
    '',
    '@bob:a.example.org',
    'example.org',
    '@bl*',
    '*:b.example.org',
    '@?ice:*',
    '/alice/',
    '/(/',
  ];
  const isIn = (pattern: string): readonly boolean[] => {
    const userGroups = { g: [pattern] };
    return [
      fits(matcher([pattern]), alice, 'a.example.org'),
      rulesOf([ruleOf({ features: ['text'], action: 'drop', userGroups: ['g'] })], {
        userGroups,
        regions: {},
      })
        .groupsOf(alice)
        .includes('g'),
      ineligible({ users: [pattern] }, { user: alice, region: undefined, numbers: [] }, {}) === undefined,
      ineligible({ groups: ['g'] }, { user: alice, region: undefined, numbers: [] }, userGroups) ===
        undefined,
    ];
  };
  for (const pattern of meant)
    it(`means the same everywhere: ${pattern}`, () =>
      assert.deepEqual(isIn(pattern), [true, true, true, true]));
  for (const pattern of others)
    it(`does not mean somebody else anywhere: ${pattern}`, () =>
      assert.deepEqual(isIn(pattern), [false, false, false, false]));

  it('covers what is written the same, and names that it fits', () => {
    const server = (): undefined => undefined;
    assert.ok(includes(matcher(['@a*:b']), matcher(['@a*:b', '@alice:b']), server));
    assert.ok(!includes(matcher(['@a*:b']), matcher(['@?*:b']), server));
    assert.ok(!includes(matcher(['@a*:b']), matcher(['@bob:b']), server));
  });

  it('is found by a type whose wider name it is', () => {
    const images = matcher(['image/*']);
    assert.deepEqual([...images.exact], ['image/*']);
    assert.ok(fits(images, 'image/png', 'image/*'));
  });

  it('has the same meaning from a list that is asked again', () => {
    const list = ['@a*:b'];
    assert.equal(matcherOf(list), matcherOf(list));
  });

  it('never throws, whatever it is and is compared with', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.string(), (patterns, value) => {
        assert.equal(typeof fits(matcher(patterns), value), 'boolean');
      }),
    );
  });
});
