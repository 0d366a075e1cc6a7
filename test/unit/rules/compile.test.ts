import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { networkId, remoteChatId } from '../../../src/core/ids.ts';
import { compile } from '../../../src/rules/compile.ts';
import { evaluate } from '../../../src/rules/evaluate.ts';
import { RulesInForce } from '../../../src/rules/in-force.ts';
import { presetFor, rulesOf as presetRules } from '../../../src/rules/presets.ts';
import type { Rule } from '../../../src/rules/rule.ts';
import type { Facts } from '../../../src/rules/facts.ts';
import { alice, bob, noGroups, ruleOf, rulesOf } from '../../support/rule-events.ts';

const around = { userGroups: { staff: ['@alice:hs'] }, regions: {} };
const about = { features: ['sticker'], action: 'drop' } as const;
const onWhatsapp: Facts = {
  ...{ network: networkId('whatsapp'), direction: 'to-network', features: ['sticker'], chats: 'direct' },
  ...{ chat: remoteChatId('bob@x'), room: undefined, user: alice, person: bob, regions: [], now: 0 },
  ...{ size: undefined, types: [], isBeyond: () => false },
};

describe('rules that are loaded', () => {
  it('are told of where they can never decide', () => {
    const wide = ruleOf({ id: 'wide', users: ['hs'], ...about });
    const idle = (rule: Partial<Rule>): readonly string[] =>
      rulesOf([wide, ruleOf({ id: 'later', ...about, ...rule })], around).warnings.map(
        ({ rule: id, by }) => `${id} by ${by}`,
      );
    assert.deepEqual(idle({ users: ['@alice:hs'], networks: ['xmpp'] }), ['later by wide']);
    assert.deepEqual(idle({ users: ['@alice:hs'], features: ['sticker', 'poll'] }), []);
    assert.deepEqual(idle({ users: ['@alice:hs', '@eve:x'] }), []);
    assert.deepEqual(idle({ rooms: ['!a:hs'] }), []);
    const elsewhere = rulesOf([ruleOf({ networks: ['other'], ...about })], {
      ...noGroups,
      networks: ['xmpp'],
    });
    assert.deepEqual(
      elsewhere.warnings.map(({ code }) => code),
      ['not-configured'],
    );
  });

  const bad: readonly [code: string, rules: readonly Partial<Rule>[]][] = [
    ['twice', [{}, {}]],
    ['bad-pattern', [{ users: ['/(/'] }]],
    ['bad-pattern', [{ rooms: ['/(?=a)b/'] }]],
    ['bad-network', [{ networks: ['X MPP'] }]],
    ['bad-zone', [{ time: { zone: 'Mars/North' } }]],
    ['unknown-group', [{ userGroups: ['nobody'] }]],
    ['unknown-group', [{ userGroups: ['constructor'] }]],
    ['no-conversion', [{ features: ['typing'], action: 'convert' }]],
    ['no-size', [{ features: ['typing'], largerThanBytes: 1 }]],
    ['no-type', [{ features: ['text'], types: ['image/png'] }]],
    ['pointless-limit', [{ action: 'allow', moreThan: { events: 1, withinMs: 1_000 } }]],
  ];
  for (const [code, rules] of bad) {
    it(`are refused as a whole for ${code} (${JSON.stringify(rules.at(-1))}), and those in force stay`, () => {
      const inForce = new RulesInForce();
      let changes = 0;
      inForce.listen(() => (changes += 1));
      assert.equal(inForce.change({ configured: [ruleOf({ id: 'good', ...about })] }).kind, 'compiled');
      const before = inForce.rules;
      const refused = inForce.change({ configured: rules.map((rule) => ruleOf({ ...about, ...rule })) });
      assert.ok(refused.kind === 'refused');
      assert.equal(refused.problems[0]?.code, code);
      assert.equal(inForce.rules, before);
      assert.equal(changes, 1);
    });
  }

  it('are put in layers: those of the run time before those of the configuration, presets last', () => {
    const inForce = new RulesInForce();
    const presets = presetRules('whatsapp', 'whatsapp');
    inForce.change({ presets });
    const decider = (): string | undefined => {
      const verdict = evaluate(inForce.rules, onWhatsapp);
      return verdict.kind === 'convert' ? verdict.by[0].by.rule.id : verdict.by?.by.rule.id;
    };
    assert.equal(decider(), 'whatsapp.stickers');
    inForce.change({ configured: [ruleOf({ id: 'file', networks: ['whatsapp'], ...about })] });
    assert.equal(decider(), 'file');
    inForce.change({ runtime: [ruleOf({ id: 'now', networks: ['whatsapp'], ...about })] });
    assert.equal(decider(), 'now');
    assert.equal(inForce.attempt({ runtime: [], configured: [], presets: [] }).kind, 'compiled');
    assert.equal(decider(), 'now');
    assert.deepEqual(['whatsapp', 'xmpp'].map(presetFor), ['whatsapp', 'default']);
  });
});

it('compiles whatever is listed, or refuses it, without throwing', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 4 }), (names) => {
      const rule = ruleOf({ ...about, users: names, rooms: names, people: names, types: names });
      assert.ok(['compiled', 'refused'].includes(compile([rule], noGroups).kind));
    }),
  );
});
