import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { features } from '../../../src/core/network.ts';
import {
  readRuleLine,
  readRules,
  readRuleText,
  writtenRule,
  type RuleInput,
} from '../../../src/rules/rule-input.ts';
import type { Rule } from '../../../src/rules/rule.ts';

const rule: Rule = { id: 'no-stickers', features: ['sticker'], action: 'refuse' };

function only(input: RuleInput): Rule {
  assert.equal(input.kind, 'rules', JSON.stringify(input));
  assert.equal(input.rules.length, 1);
  assert.ok(input.rules[0]);
  return input.rules[0];
}
function problems(input: RuleInput): readonly string[] {
  assert.equal(input.kind, 'wrong');
  return input.problems.map(({ path, code }) => `${path} ${code}`);
}

describe('a rule on one line', () => {
  it('says everything that a rule can', () => {
    assert.deepEqual(only(readRuleLine('no-stickers refuse sticker'.split(' '))), rule);
    const line =
      'big refuse image,video networks=xmpp,whatsapp user_groups=staff users=@a:b.c people=x@y.z rooms=!r:b.c ' +
      'regions=DE,FR direction=to-matrix chats=group larger_than=10MB types=image/webp more_than=5/2m ' +
      'days=sat,sun from=08:00 to=17:30 zone=Europe/Berlin';
    assert.deepEqual(only(readRuleLine(line.split(' '))), {
      id: 'big',
      networks: ['xmpp', 'whatsapp'],
      userGroups: ['staff'],
      users: ['@a:b.c'],
      people: ['x@y.z'],
      rooms: ['!r:b.c'],
      regions: ['DE', 'FR'],
      time: { days: ['sat', 'sun'], from: '08:00', to: '17:30', zone: 'Europe/Berlin' },
      features: ['image', 'video'],
      direction: 'to-matrix',
      chats: 'group',
      largerThanBytes: 10_000_000,
      types: ['image/webp'],
      moreThan: { events: 5, withinMs: 120_000 },
      action: 'refuse',
    });
    assert.deepEqual(only(readRuleLine(['all', 'drop', '*'])).features, [...features]);
    assert.equal(only(readRuleLine(['k', 'drop', 'file', 'larger_than=2KiB'])).largerThanBytes, 2_048);
  });

  it('is refused as a whole, with what is wrong and where', () => {
    const of = (line: string): readonly string[] => problems(readRuleLine(line.split(' ')));
    assert.deepEqual(of('x refuse telepathy'), ['features[0] one-of']);
    assert.deepEqual(of('x forbid sticker'), ['action one-of']);
    assert.deepEqual(of('X! refuse sticker'), ['id wrong']);
    assert.deepEqual(of('x refuse sticker colour=red'), ['colour unknown-name']);
    assert.deepEqual(of('x refuse sticker loose'), ['loose unknown-name']);
    assert.deepEqual(of('x refuse sticker action=drop'), ['action unknown-name']);
    assert.deepEqual(of('x refuse sticker chats=group chats=direct'), ['chats unknown-name']);
    assert.deepEqual(of('x refuse file larger_than=much'), ['larger_than_bytes wrong']);
    assert.deepEqual(of('x refuse file more_than=5'), ['more_than.within_ms wrong']);
    assert.deepEqual(of('x refuse file from=25:00'), ['time.from wrong']);
  });
});

describe('rules as data', () => {
  it('are one, a list, or a map with a list, in the names of rule files', () => {
    for (const given of [rule, [rule], { rules: [rule] }]) assert.deepEqual(only(readRules(given)), rule);
    const yaml =
      'id: no-stickers\nfeatures: [sticker]\naction: refuse\nmore_than: {events: 3, within_ms: 1000}\n';
    assert.deepEqual(only(readRuleText(yaml)).moreThan, { events: 3, withinMs: 1_000 });
  });

  it('are read as they are written out', () => {
    const defined: Rule = {
      ...{ ...rule, features: ['file'], userGroups: ['staff'], largerThanBytes: 5, types: ['a/b'] },
      ...{ time: { from: '10:00', to: '11:00' }, moreThan: { events: 1, withinMs: 2_000 } },
    };
    const full: Rule = { ...defined, networks: undefined };
    assert.deepEqual(only(readRules(JSON.parse(JSON.stringify(writtenRule(full))))), defined);
    assert.ok('user_groups' in writtenRule(full));
  });

  it('are refused as a whole, with what is wrong and where', () => {
    assert.deepEqual(problems(readRules({ rules: [rule, { ...rule, id: 'x', colour: 1 }] })), [
      'rules[1].colour unknown-name',
    ]);
    assert.deepEqual(problems(readRules({ ...rule, userGroups: ['a'] })), ['userGroups unknown-name']);
    assert.deepEqual(problems(readRules({ rules: [rule], more: 1 })), ['more unknown-name']);
    assert.deepEqual(problems(readRules({ rules: 5 })), ['rules wrong']);
    assert.deepEqual(problems(readRules([{ id: 'x', features: ['sticker'] }])), ['[0].action missing']);
    assert.deepEqual(problems(readRules(JSON.parse('{"__proto__": {"id": "x"}}') as unknown)).length, 4);
    assert.deepEqual(problems(readRuleText('a: [')), [' syntax']);
    assert.deepEqual(problems(readRuleText('hello')), [' wrong']);
    assert.deepEqual(problems(readRuleText('')), [' wrong']);
    assert.deepEqual(problems(readRules(Array.from({ length: 2_000 }, () => rule))), ['rules wrong']);
  });

  it('cannot grow by aliases', () => {
    const laughs = Array.from({ length: 12 }, (_, n) =>
      n === 0
        ? 'a0: &a0 [x, x, x]'
        : `a${n}: &a${n} [${Array.from({ length: 9 }, () => `*a${n - 1}`).join(', ')}]`,
    );
    assert.deepEqual(problems(readRuleText(laughs.join('\n'))), [' syntax']);
  });

  it('never throw, whatever is given', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const read = readRules(value);
        assert.ok(read.kind === 'rules' || read.problems.length > 0);
      }),
    );
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const read = readRuleText(text);
        assert.ok(read.kind === 'rules' || read.problems.length > 0);
      }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.constantFrom('more_than=1/1s', 'days=', 'x', 'drop'))),
        (words) => {
          const read = readRuleLine(words);
          assert.ok(read.kind === 'rules' || read.problems.length > 0);
        },
      ),
    );
  });
});
