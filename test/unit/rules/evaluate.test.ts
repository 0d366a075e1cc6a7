import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  matrixUserId,
  networkId,
  remoteChatId,
  remoteUserId,
  roomId,
  serverOf,
} from '../../../src/core/ids.ts';
import { features, type Feature } from '../../../src/core/network.ts';
import { isConvertible, withoutFeature } from '../../../src/rules/convert.ts';
import { evaluate } from '../../../src/rules/evaluate.ts';
import { explain } from '../../../src/rules/explain.ts';
import { explanationLines } from '../../../src/rules/explain-text.ts';
import type { Facts } from '../../../src/rules/facts.ts';
import { featuresOf } from '../../../src/rules/feature.ts';
import { actions, dimensionOf, dimensions, type AuthoredRule, type Rule } from '../../../src/rules/rule.ts';
import { languages } from '../../../src/texts/catalogue.ts';
import { alice, bob, eventWith, messageOf, ruleOf, rulesOf, textOf } from '../../support/rule-events.ts';

const around = {
  userGroups: { staff: ['@alice:hs'], others: ['other'], all: ['*'] },
  regions: { DE: ['hs'] },
};
/** A Sunday, 23:30 in Berlin. */
const sunday = Date.parse('2024-01-07T22:30:00Z');

function factsOf(over: Partial<Facts> = {}): Facts {
  return {
    ...{ network: networkId('xmpp'), direction: 'to-network', features: ['sticker'], chats: 'direct' },
    ...{ chat: remoteChatId('bob@x'), room: roomId('!room:hs'), user: alice, person: bob, regions: ['DE'] },
    ...{ now: sunday, size: 1_000, types: ['image/webp'], isBeyond: () => false },
    ...over,
  };
}

function decides(rules: readonly AuthoredRule[], facts: Facts): string | undefined {
  const verdict = evaluate(rulesOf(rules, around), facts);
  return verdict.kind === 'convert' ? verdict.by[0].by.rule.id : verdict.by?.by.rule.id;
}

const about = { features: ['sticker'], action: 'drop' } as const;
/** A rule in each dimension that is about `factsOf()`. */
const inEach: Readonly<Record<(typeof dimensions)[number], Partial<Rule>>> = {
  time: { time: { days: ['sun'], from: '23:00', to: '05:00', zone: 'Europe/Berlin' } },
  region: { regions: ['DE'] },
  room: { rooms: ['!room:hs'] },
  user: { users: ['@alice:hs'] },
  group: { userGroups: ['staff'] },
  network: { networks: ['xmpp'] },
  everywhere: {},
};

describe('which rule decides', () => {
  it('is the one of the strongest dimension, wherever it is listed', () => {
    const rules = dimensions.map((name) => ruleOf({ id: name, ...inEach[name], ...about }));
    for (const [at, name] of dimensions.entries()) {
      const left = rules.slice(at);
      assert.equal(decides(left, factsOf()), name);
      assert.equal(decides(left.toReversed(), factsOf()), name);
    }
  });

  it('is the first listed within a dimension', () => {
    for (const name of dimensions) {
      const [one, two] = ['one', 'two'].map((id) => ruleOf({ id, ...inEach[name], ...about }));
      assert.ok(one !== undefined && two !== undefined);
      assert.equal(decides([one, two], factsOf()), 'one');
      assert.equal(decides([two, one], factsOf()), 'two');
    }
  });

  const narrow: readonly [what: string, rule: Partial<Rule>, fits: Partial<Facts>, not: Partial<Facts>][] = [
    ['a direction', { direction: 'to-network' }, {}, { direction: 'to-matrix' }],
    ['a kind of chat', { chats: 'group' }, { chats: 'group' }, {}],
    ['a size', { largerThanBytes: 999 }, {}, { size: 999 }],
    ['an unknown size', { largerThanBytes: 999 }, {}, { size: undefined }],
    ['a type', { types: ['image/webp'] }, {}, { types: ['image/png'] }],
    ['types', { types: ['image/*'] }, {}, { types: ['video/webm'] }],
    ['an expression of types', { types: ['/image/w.*/'] }, {}, { types: ['image/png'] }],
    ['a limit', { moreThan: { events: 1, withinMs: 1_000 } }, { isBeyond: () => true }, {}],
    ['a server', { users: ['hs'] }, {}, { user: matrixUserId('@alice:other') }],
    ['an expression of users', { users: ['/@al.*:hs/'] }, {}, { user: matrixUserId('@xal:hs') }],
    ['nobody in particular', { users: ['*'] }, {}, { user: undefined }],
    ['a person', { people: ['bob@x'] }, {}, { person: remoteUserId('eve@x') }],
    ['a chat', { rooms: ['bob@x'] }, {}, { chat: remoteChatId('eve@x') }],
    ['a region', { regions: ['DE'] }, {}, { regions: ['FR'] }],
    ['a network', { networks: ['xmpp'] }, {}, { network: networkId('loopback') }],
    ['another day', inEach.time, {}, { now: sunday - 86_400_000 }],
    [
      'the morning after',
      inEach.time,
      { now: Date.parse('2024-01-08T03:59:00Z') },
      {
        now: Date.parse('2024-01-08T04:00:00Z'),
      },
    ],
  ];
  for (const [what, rule, fits, not] of narrow) {
    it(`is narrowed by ${what}`, () => {
      assert.equal(decides([ruleOf({ ...about, ...rule })], factsOf(fits)), 'r');
      assert.equal(decides([ruleOf({ ...about, ...rule })], factsOf(not)), undefined);
    });
  }

  it('is the strictest of the features that an event uses', () => {
    const rules = rulesOf([
      ruleOf({ id: 'a', features: ['sticker'], action: 'convert' }),
      ruleOf({ id: 'b', features: ['reply'], action: 'refuse' }),
      ruleOf({ id: 'c', features: ['link'], action: 'drop' }),
      ruleOf({ id: 'd', features: ['text'], action: 'allow' }),
    ]);
    const kind = (...used: Feature[]): string => evaluate(rules, factsOf({ features: used })).kind;
    assert.equal(kind('text', 'poll'), 'allow');
    assert.equal(kind('text', 'sticker'), 'convert');
    assert.equal(kind('sticker', 'reply'), 'refuse');
    assert.equal(kind('reply', 'link', 'sticker'), 'drop');
  });
});

const ruleArbitrary: fc.Arbitrary<Omit<Rule, 'id'>> = fc
  .record(
    {
      networks: fc.constantFrom(['xmpp'], ['loopback'], ['xmpp', 'other']),
      userGroups: fc.constantFrom(['staff'], ['others'], ['all', 'others']),
      users: fc.constantFrom(['@alice:hs'], ['hs'], ['*'], ['/@a.*/'], ['@eve:hs', '/x/']),
      people: fc.constantFrom(['bob@x'], ['eve@x'], ['/b.*/']),
      rooms: fc.constantFrom(['!room:hs'], ['bob@x'], ['/!r.*/'], ['!other:hs']),
      regions: fc.constantFrom(['DE'], ['FR']),
      time: fc.constantFrom({}, { days: ['sun'] as const }, { from: '08:00', to: '09:00' }),
      direction: fc.constantFrom('to-matrix' as const, 'to-network' as const),
      chats: fc.constantFrom('direct' as const, 'group' as const),
      moreThan: fc.constant({ events: 1, withinMs: 1_000 }),
      features: fc.subarray(['sticker', 'image', 'reply'] as const, { minLength: 1 }),
      action: fc.constantFrom(...actions),
    },
    { requiredKeys: ['features', 'action'] },
  )
  .filter(({ action, moreThan }) => action !== 'allow' || moreThan === undefined);
const factsArbitrary = fc
  .record({
    network: fc.constantFrom('xmpp', 'loopback', 'third').map(networkId),
    direction: fc.constantFrom('to-matrix' as const, 'to-network' as const),
    features: fc.subarray(['sticker', 'image', 'reply', 'poll'] as const),
    chats: fc.constantFrom('direct' as const, 'group' as const),
    chat: fc.constantFrom('bob@x', 'group@x').map(remoteChatId),
    room: fc.constantFrom(undefined, roomId('!room:hs')),
    user: fc.constantFrom(undefined, alice, matrixUserId('@eve:other')),
    person: fc.constantFrom(undefined, bob, remoteUserId('eve@x')),
    regions: fc.constantFrom([], ['DE'], ['FR', 'DE']),
    beyond: fc.boolean(),
  })
  .map(({ beyond, ...facts }) => factsOf({ ...facts, isBeyond: () => beyond }));

/** The definition, slow: all rules by dimension and place, the first that fits. */
function bySearch(rules: readonly AuthoredRule[], facts: Facts, feature: Feature): string | undefined {
  const fits = (patterns: readonly string[] | undefined, ...names: (string | undefined)[]): boolean =>
    patterns?.some((pattern) =>
      names.some(
        (name) =>
          name !== undefined &&
          (pattern === '*' || pattern === name || new RegExp(`^(?:${pattern.slice(1, -1)})$`).test(name)),
      ),
    ) ?? true;
  const { user } = facts;
  const groups = Object.entries(around.userGroups)
    .filter(([, members]) => user !== undefined && fits(members, user, serverOf(user)))
    .map(([name]) => name);
  const found = rules
    .toSorted((a, b) => dimensions.indexOf(dimensionOf(a.rule)) - dimensions.indexOf(dimensionOf(b.rule)))
    .find(
      ({ rule }) =>
        rule.features.includes(feature) &&
        (rule.networks?.includes(facts.network) ?? true) &&
        (rule.direction ?? facts.direction) === facts.direction &&
        (rule.chats ?? facts.chats) === facts.chats &&
        (rule.userGroups?.some((group) => groups.includes(group)) ?? true) &&
        (rule.regions?.some((region) => facts.regions.includes(region)) ?? true) &&
        fits(rule.users, user, user && serverOf(user)) &&
        fits(rule.people, facts.person) &&
        fits(rule.rooms, facts.chat, facts.room) &&
        rule.time?.from === undefined &&
        (rule.moreThan === undefined || facts.isBeyond(rule)),
    );
  return found?.rule.id;
}

describe('evaluation', () => {
  const listArbitrary = fc
    .array(ruleArbitrary, { maxLength: 12 })
    .map((list) => list.map((rule, at) => ruleOf({ ...rule, id: `r${at}` })))
    .filter((list) =>
      list.every(({ rule }) => rule.action !== 'convert' || rule.features.every(isConvertible)),
    );

  it('finds by its index what a search of all rules finds, and changes nothing', () => {
    fc.assert(
      fc.property(listArbitrary, fc.array(factsArbitrary, { maxLength: 5 }), (list, events) => {
        const before = JSON.stringify(list);
        const rules = rulesOf(list, around);
        for (const facts of events) {
          const first = evaluate(rules, Object.freeze(facts));
          assert.deepEqual(evaluate(rules, facts), first);
          const explained = explain(rules, facts);
          assert.deepEqual(explained.verdict, first);
          for (const { feature, decided } of explained.features)
            assert.equal(decided?.by.rule.id, bySearch(list, facts, feature));
          for (const language of languages) explanationLines(language, explained);
        }
        assert.equal(JSON.stringify(list), before);
      }),
    );
  });

  it('tells of no rule that decides that it never does', () => {
    fc.assert(
      fc.property(listArbitrary, fc.array(factsArbitrary, { maxLength: 20 }), (list, events) => {
        const rules = rulesOf(list, around);
        const idle = rules.warnings.map(({ rule }) => rule);
        for (const facts of events)
          for (const { decided } of explain(rules, facts).features)
            assert.ok(decided === undefined || !idle.includes(decided.by.rule.id));
      }),
    );
  });
});

describe('what passes instead', () => {
  it('does without the feature, whatever was written', () => {
    const html = fc.option(
      fc.string().map((text) => `<a href="https://x.y">${text}</a>`),
      { nil: undefined },
    );
    const words = fc.array(
      fc.oneof(fc.string(), fc.webUrl(), fc.constant('www.a.b'), fc.constant('a://b://c.d')),
    );
    fc.assert(
      fc.property(
        words,
        html,
        fc.constantFrom('link' as const, 'formatting' as const),
        (parts, rich, feature) => {
          const event = messageOf('to-matrix', textOf(parts.join(' '), rich));
          const without = withoutFeature(event, feature);
          assert.ok(without !== undefined);
          assert.ok(!featuresOf(without, 'direct').includes(feature));
        },
      ),
    );
  });

  it('is an answer with the words that it answers, where they are known', () => {
    const reply = eventWith('reply', 'to-network');
    assert.ok(reply.kind === 'message');
    const quoting = (quoted: string | undefined, html?: string): unknown => {
      const content = { kind: 'text', style: 'normal', text: { plain: 'yes', html } } as const;
      const event = withoutFeature({ ...reply, content, quoted }, 'reply');
      assert.ok(event?.kind === 'message' && event.content.kind === 'text');
      assert.deepEqual([event.replyTo, event.quoted], [undefined, undefined]);
      return event.content.text;
    };
    assert.deepEqual(quoting(undefined), { plain: 'yes', html: undefined });
    assert.deepEqual(quoting(' \n'), { plain: 'yes', html: undefined });
    assert.deepEqual(quoting('who?\n<b>', '<i>yes</i>'), {
      plain: '> who?\n> <b>\n\nyes',
      html: '<blockquote>who?<br>&lt;b&gt;</blockquote><i>yes</i>',
    });
    const long = quoting('line\n'.repeat(1_000));
    assert.deepEqual(long, { plain: `${'> line\n'.repeat(5)}\nyes`, html: undefined });
  });

  it('is nothing for an event that does not have it', () => {
    for (const feature of features.filter(isConvertible))
      for (const other of features) withoutFeature(eventWith(other, 'to-network'), feature);
  });
});
