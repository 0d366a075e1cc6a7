import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { features } from '../../../src/core/network.ts';
import type { Direction } from '../../../src/core/policy.ts';
import { RulePolicy } from '../../../src/rules/policy.ts';
import { chatOn, eventWith, loopback, ruleOf, rulesOf } from '../../support/rule-events.ts';

/** Freezes all that can be reached of plain data; a change of any of it then throws. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) frozen(inner);
  return value;
}

const anyRule = fc
  .record({
    features: fc.uniqueArray(fc.constantFrom(...features), { minLength: 1, maxLength: 4 }),
    action: fc.constantFrom('allow' as const, 'drop' as const, 'refuse' as const),
    narrowed: fc.constantFrom(
      {},
      { direction: 'to-matrix' as const },
      { chats: 'direct' as const },
      { people: ['*'] },
    ),
  })
  .map(({ narrowed, ...rule }) => ({ ...rule, ...narrowed }));

describe('evaluation', () => {
  it('has no side effect: once more, in another order, on what cannot be changed, it says the same', () => {
    fc.assert(
      fc.property(
        fc.array(anyRule, { maxLength: 8 }),
        fc.constantFrom<Direction>('to-matrix', 'to-network'),
        fc.constantFrom('direct' as const, 'group' as const),
        (wanted, direction, kind) => {
          const authored = wanted.map((rule, index) => ruleOf({ id: `r${index}`, ...rule }));
          const rules = rulesOf(frozen(authored));
          const before = JSON.stringify(rules.rules);
          const policy = new RulePolicy({ rules: () => rules, now: () => 0 });
          const chat = frozen(chatOn(loopback, kind));
          const events = features.map((feature) => frozen(eventWith(feature, direction)));
          const judged = (some: typeof events): readonly string[] =>
            some.map((event) => JSON.stringify(policy.judge(event, chat, direction)));
          const first = judged(events);
          assert.deepEqual(judged(events.toReversed()).toReversed(), first);
          assert.deepEqual(judged(events), first);
          assert.equal(JSON.stringify(rules.rules), before);
        },
      ),
      { numRuns: 100 },
    );
  });
});
