import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NetworkView } from '../../../src/core/network.ts';
import type { Verdict } from '../../../src/core/policy.ts';
import { roomFeatures } from '../../../src/matrix/bridge-info.ts';
import { RulePolicy } from '../../../src/rules/policy.ts';
import { roomCapabilities } from '../../../src/rules/room-capabilities.ts';
import type { AuthoredRule, Rule } from '../../../src/rules/rule.ts';
import { capabilitiesWithout } from '../../support/capabilities.ts';
import {
  chatOn,
  eventWith,
  fileOf,
  loopback,
  messageOf,
  noGroups,
  ruleOf,
  rulesOf,
  textOf,
} from '../../support/rule-events.ts';

function judge(rules: readonly AuthoredRule[], event: ReturnType<typeof eventWith>): Verdict {
  const compiled = rulesOf(rules);
  return new RulePolicy({ rules: () => compiled }).judge(event, chatOn(loopback, 'direct'), 'to-network');
}

describe('the policy', () => {
  it('judges what was converted again, until it may pass', () => {
    const rules = ['sticker', 'image', 'file'].map((feature) =>
      ruleOf({ id: feature, features: [feature as 'sticker'], action: 'convert' }),
    );
    const verdict = judge(rules, eventWith('sticker', 'to-network'));
    assert.ok(verdict.kind === 'convert' && verdict.event.kind === 'message');
    assert.deepEqual(
      verdict.by.map(({ feature }) => feature),
      ['sticker', 'image', 'file'],
    );
    assert.deepEqual(verdict.event.content, textOf('a sticker'));
  });

  it('stops what was converted to something that may not pass', () => {
    const rules = [
      ruleOf({ id: 'a', features: ['sticker'], action: 'convert' }),
      ruleOf({ id: 'b', features: ['image'], action: 'refuse' }),
    ];
    assert.deepEqual(judge(rules, eventWith('sticker', 'to-network')), {
      kind: 'block',
      rule: 'b',
      feature: 'image',
    });
  });

  it('refuses what cannot be said otherwise, and lets a reaction be taken back', () => {
    const both = [fileOf('image'), fileOf('file')] as const;
    const gallery = messageOf('to-network', { kind: 'gallery', items: both, caption: undefined });
    const files = [ruleOf({ features: ['file'], action: 'convert' })];
    assert.deepEqual(judge(files, gallery), { kind: 'block', rule: 'r', feature: 'file' });
    const reaction = eventWith('reaction', 'to-network');
    assert.ok(reaction.kind === 'reaction');
    const removed = { ...reaction, reactions: { ...reaction.reactions, emojis: [], previous: ['👍'] } };
    for (const action of ['convert', 'refuse', 'drop'] as const)
      assert.deepEqual(judge([ruleOf({ features: ['reaction'], action })], removed), { kind: 'pass' });
  });

  it('refuses votes under a rule that makes text of polls, and names polls', () => {
    const reaction = eventWith('reaction', 'to-network');
    assert.ok(reaction.kind === 'reaction');
    const { cause, sender, name, at, target } = reaction;
    const envelope = { cause, sender, name, at, target };
    const rules = [ruleOf({ features: ['poll'], action: 'convert' })];
    const refused = { kind: 'block', rule: 'r', feature: 'poll' };
    assert.deepEqual(judge(rules, { ...envelope, kind: 'vote', choices: ['a'] }), refused);
    assert.deepEqual(judge(rules, { ...envelope, kind: 'poll-end' }), refused);
  });

  it('counts for a limit what passed, each event once, for each sender alone', () => {
    let now = 1_000_000;
    const rules = rulesOf([
      ruleOf({ features: ['text'], action: 'refuse', moreThan: { events: 2, withinMs: 10_000 } }),
    ]);
    const policy = new RulePolicy({ rules: () => rules, now: () => now });
    const passes = (cause: string, direction: 'to-network' | 'to-matrix' = 'to-network'): boolean =>
      policy.judge(messageOf(direction, textOf('x'), cause), chatOn(loopback, 'direct'), direction).kind ===
      'pass';
    assert.deepEqual(
      [passes('1'), passes('1'), passes('2'), passes('3'), passes('4')],
      [true, true, true, false, false],
    );
    assert.equal(passes('2'), true);
    assert.equal(passes('5', 'to-matrix'), true);
    now += 10_000;
    assert.equal(passes('3'), true);
  });

  it('takes further regions of the user, and that of the person, as they are known elsewhere', () => {
    const rules = rulesOf([ruleOf({ features: ['text'], action: 'refuse', regions: ['DE'] })]);
    assert.equal(rules.asksRegions, true);
    assert.equal(rulesOf([ruleOf({ features: ['text'], action: 'refuse' })]).asksRegions, false);
    const judged = (user: readonly string[], person: string | undefined): string =>
      new RulePolicy({ rules: () => rules, regionsOf: () => user, regionOf: () => person }).judge(
        messageOf('to-network', textOf('x')),
        chatOn(loopback, 'direct'),
        'to-network',
      ).kind;
    assert.deepEqual(
      [judged([], undefined), judged(['FR'], 'FR'), judged(['FR', 'DE'], undefined), judged([], 'DE')],
      ['pass', 'pass', 'block', 'block'],
    );
  });

  it('has the rules of the moment', () => {
    let rules = rulesOf([]);
    const policy = new RulePolicy({ rules: () => rules });
    const judged = (): string =>
      policy.judge(messageOf('to-network', textOf('x')), chatOn(loopback, 'direct'), 'to-network').kind;
    assert.equal(judged(), 'pass');
    rules = rulesOf([ruleOf({ features: ['text'], action: 'drop' })]);
    assert.equal(judged(), 'block');
  });
});

describe('what a room says can be sent', () => {
  const network: NetworkView = { id: loopback, capabilities: capabilitiesWithout(['poll']) };
  const said = (
    kind: 'direct' | 'group',
    ...rules: readonly (Partial<Rule> & Pick<Rule, 'features' | 'action'>)[]
  ) => {
    const portal = chatOn(loopback, kind as 'direct');
    const compiled = rulesOf(
      rules.map((rule, at) => ruleOf({ id: `r${at}`, ...rule })),
      noGroups,
    );
    return roomFeatures(roomCapabilities(compiled, network, portal.key, portal));
  };

  it('follows from the network and the rules together', () => {
    const all = said(
      'direct',
      { features: ['edit', 'voice'], action: 'refuse' },
      { features: ['reaction'], action: 'drop' },
      { features: ['location', 'poll'], action: 'convert' },
      { features: ['typing'], action: 'drop', direction: 'to-matrix' },
      { features: ['reply'], action: 'refuse', time: {} },
      { features: ['thread'], action: 'refuse', users: ['@eve:hs'] },
    );
    assert.deepEqual(
      [all['edit'], all['reaction'], all['location_message'], all['poll'], all['reply'], all['thread']],
      [-2, -2, 0, -2, 2, 2],
    );
    assert.equal(all['typing_notifications'], true);
    assert.ok(!('org.matrix.msc3245.voice' in Object(all['file'])));
  });

  it('has the sizes and types that pass', () => {
    const all = said(
      'direct',
      { features: ['image'], action: 'refuse', largerThanBytes: 5_000 },
      { features: ['image'], action: 'drop', largerThanBytes: 3_000 },
      { features: ['image'], action: 'refuse', types: ['image/svg+xml'] },
      { features: ['text'], action: 'refuse', largerThanBytes: 400 },
    );
    const file: unknown = all['file'];
    assert.ok(typeof file === 'object' && file !== null && 'm.image' in file);
    assert.deepEqual(file['m.image'], {
      ...{ mime_types: { '*/*': 2, 'image/svg+xml': -2 }, caption: 2, max_size: 3_000 },
    });
    assert.equal(all['max_text_length'], 100);
  });

  it('is nothing in a group where groups may not be', () => {
    const rule = { features: ['group'], action: 'refuse' } as const;
    assert.equal(said('group', rule)['reply'], -2);
    assert.equal(said('direct', rule)['reply'], 2);
  });
});
