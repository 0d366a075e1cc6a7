/** Every feature, action, direction, kind of chat and network: what passes, what passes instead, and what people are told. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cross } from '../../../src/core/crossing.ts';
import type { BridgeEvent, Content, Resolved, Unresolved, UnresolvedEvent } from '../../../src/core/event.ts';
import { withinReach } from '../../../src/core/fallback.ts';
import { networkId, remoteChatId } from '../../../src/core/ids.ts';
import { features, type Capabilities, type Feature } from '../../../src/core/network.ts';
import type { Direction, Policy } from '../../../src/core/policy.ts';
import { isTold, type Told } from '../../../src/core/report.ts';
import type { MessageStore } from '../../../src/core/stores.ts';
import { capabilities as loopbackCan } from '../../../src/networks/loopback/capabilities.ts';
import { loopbackConfig } from '../../../src/networks/loopback/config.ts';
import { capabilities as xmppCan } from '../../../src/networks/xmpp/capabilities.ts';
import { refuse } from '../../../src/networks/xmpp/refusal.ts';
import { outcomeLine } from '../../../src/outcome-line.ts';
import { compile } from '../../../src/rules/compile.ts';
import { RulePolicy } from '../../../src/rules/policy.ts';
import { presetFor, rulesOf as presetOf } from '../../../src/rules/presets.ts';
import { actions } from '../../../src/rules/rule.ts';
import type { RuleSet } from '../../../src/rules/rule-set.ts';
import { languages, text, type Language } from '../../../src/texts/catalogue.ts';
import { xmppTexts } from '../../../src/xmpp-texts.ts';
import { alice, bob, chatOn, eventWith, noGroups, ruleOf, target } from '../../support/rule-events.ts';
import {
  directions,
  expected,
  notCarried,
  platforms,
  presetOfWhatsapp,
  toldOnXmpp,
  unruled,
  type Ending,
  type Expected,
} from './expected.ts';

type Platform = keyof typeof platforms;
type Chats = 'direct' | 'group';

const loopback = loopbackCan(loopbackConfig.parse({}));
/** There is no network `whatsapp` yet: its preset is tried on one that carries everything. */
const can: Readonly<Record<Platform, Capabilities>> = {
  xmpp: xmppCan({ maxMediaBytes: 1_000_000, transcodes: true }),
  loopback,
  whatsapp: loopback,
};

const messages: MessageStore = {
  find: async () => target,
  reactions: async () => new Map(),
  reactionByEvent: async () => undefined,
};

/** An event as an edge would have opened it. */
function unresolved(event: BridgeEvent): UnresolvedEvent {
  const ref = { in: 'matrix', eventId: target.eventIds[0] } as const;
  switch (event.kind) {
    case 'message':
      return { ...event, replyTo: event.replyTo && ref, thread: event.thread && ref };
    case 'reaction':
      return { ...event, target: ref, reactions: { op: 'add', emoji: event.reactions.emojis[0] ?? '' } };
    case 'membership':
    case 'chat-info':
    case 'call':
    case 'timer':
    case 'identity-change':
    case 'typing':
    case 'presence':
      return event;
    default:
      return { ...event, target: ref };
  }
}

interface Ended {
  readonly outcome: Told;
  readonly tells: boolean;
  readonly arrived: string;
}
interface Case {
  readonly network: Platform;
  readonly direction: Direction;
  readonly chats: Chats;
}

async function crossed(event: BridgeEvent, policy: Policy, at: Case): Promise<Ended> {
  const { network, direction } = at;
  const portal = chatOn(networkId(network), at.chats);
  let arrived = '-';
  // What is changed or taken back is the sender's own.
  const own = { ...messages, find: async () => ({ ...target, author: event.sender }) };
  const end = await cross(
    { policy, messages: own, before: Promise.resolve(), otherWay: async () => undefined },
    unresolved(event),
    portal,
    direction,
    async (delivered) => {
      const passing = direction === 'to-network' ? withinReach(delivered, can[network]) : delivered;
      if (passing.kind === 'unsupported') return passing;
      arrived = shortOf(passing);
      return { kind: 'sent', messageIds: [] };
    },
  );
  assert.equal(end.kind, 'ended');
  const tells = end.silent !== true && isTold(direction, end.outcome, 'other', 'all');
  return { outcome: end.outcome, tells, arrived };
}

function shortOf(event: BridgeEvent<Resolved | Unresolved>): string {
  switch (event.kind) {
    case 'message': {
      const { replyTo, thread, mentions, content, expires } = event;
      const isCalling = mentions.users.length > 0 || mentions.room;
      return [
        contentOf(content),
        ...(replyTo === undefined ? [] : ['a reply']),
        ...(thread === undefined ? [] : ['in a thread']),
        ...(isCalling ? ['calling'] : []),
        ...(expires === undefined ? [] : ['for a while']),
      ].join(', ');
    }
    case 'edit':
      return `edit: ${contentOf(event.content)}`;
    case 'reaction':
      return `reaction: ${'emojis' in event.reactions ? event.reactions.emojis.join() : '?'}`;
    default:
      return event.kind;
  }
}

function contentOf(content: Content): string {
  switch (content.kind) {
    case 'text':
      return [content.text.plain, ...(content.text.html === undefined ? [] : [content.text.html])].join(' ');
    case 'media':
      return `[${content.media.kind}]`;
    default:
      return `[${content.kind}]`;
  }
}

function compiled(rules: Parameters<typeof compile>[0]): RuleSet {
  const done = compile(rules, noGroups);
  assert.ok(done.kind === 'compiled');
  return done.rules;
}

/** Sends an event with the feature and compares what arrives and what is told with the table. */
async function check(
  rules: RuleSet,
  feature: Feature,
  at: Case,
  rule: string,
  wanted: Expected,
): Promise<void> {
  const event = eventWith(feature, at.direction);
  const policy = new RulePolicy({ rules: () => rules });
  if (wanted === 'impossible') assert.fail('such a rule does not load');
  const [arrives, told] = wanted;
  const { outcome, tells, arrived } = await crossed(event, policy, at);
  const lacks = at.direction === 'to-network' ? notCarried[at.network]?.[feature] : undefined;
  if (lacks !== undefined && arrives !== '-' && told === 'nothing') {
    assert.deepEqual({ outcome, tells, arrived }, { outcome: lacks, tells: true, arrived: '-' });
    return;
  }
  assert.equal(arrived, arrives);
  const isRefused = told === 'rules.refused';
  if (isRefused) assert.deepEqual(outcome, { kind: 'blocked', rule, feature });
  assert.equal(tells, told !== 'nothing' && (at.direction === 'to-network' || isRefused));
  if (told === 'nothing') return;
  if (at.direction === 'to-network') {
    for (const language of languages) await readsLine(language, { outcome, feature, rule, told, at });
  } else if (isRefused && at.network === 'xmpp') await readsError(outcome, feature, at.chats);
}

interface Line {
  readonly outcome: Told;
  readonly feature: Feature;
  readonly rule: string;
  readonly told: Exclude<Ending[1], 'nothing'>;
  readonly at: Case;
}

/** The line in the management room: all of it, in a language. */
async function readsLine(language: Language, { outcome, feature, rule, told, at }: Line): Promise<void> {
  const portal = chatOn(networkId(at.network), at.chats);
  const line = await outcomeLine({
    users: { get: async (userId) => ({ userId, language, managementRoom: undefined }) },
    ghosts: { get: async () => undefined },
    ghostOf: () => undefined,
  })(alice, outcome, portal);
  const what = {
    rule,
    feature: text(language, `feature.${feature}`),
    name: at.chats === 'group' ? portal.key.chat : bob,
    platform: platforms[at.network],
  };
  const sentence =
    told === 'rules.refused'
      ? text(language, told, what)
      : text(language, 'rules.converted', { ...what, instead: text(language, told) });
  assert.equal(line.plain, `${sentence} https://matrix.to/#/${encodeURIComponent(portal.room)}`);
}

/** The error on XMPP. */
async function readsError(outcome: Told, feature: Feature, chats: Chats): Promise<void> {
  assert.ok(outcome.kind === 'blocked');
  const sent: string[] = [];
  const arrival = {
    ...{ outerId: 'o', chat: remoteChatId('bob@x'), sender: bob, at: 0 },
    receiver: chats === 'direct' ? alice : undefined,
    raw: "<message from='bob@x/1' to='alice@b' id='1' type='chat' xmlns='jabber:component:accept'><body>a</body></message>",
  };
  const deliver = async (stanzas: readonly string[]): Promise<boolean> => {
    sent.push(...stanzas);
    return true;
  };
  await refuse({ deliver }, xmppTexts, arrival, outcome);
  if (chats === 'group') assert.deepEqual(sent, []);
  else {
    assert.equal(sent.length, 1);
    const [error = ''] = sent;
    assert.ok(error.includes(text('en', toldOnXmpp, { feature: text('en', `feature.${feature}`) })));
    assert.match(error, /policy-violation/);
  }
}

for (const network of ['xmpp', 'loopback', 'whatsapp'] as const)
  for (const direction of directions)
    for (const chats of ['direct', 'group'] as const)
      describe(`rules on ${network}, ${direction}, ${chats}`, () => {
        const at = { network, direction, chats };
        const preset = presetOf(presetFor(network), network);
        for (const feature of features) {
          if (feature === 'group' && chats === 'direct') continue;
          for (const action of actions)
            it(`${feature}: ${action}`, async () => {
              const rule = ruleOf({ networks: [network], features: [feature], action });
              const wanted = expected[feature][action];
              if (wanted === 'impossible') {
                const refused = compile([rule, ...preset], noGroups);
                assert.ok(refused.kind === 'refused');
                assert.deepEqual(
                  refused.problems.map(({ code, detail }) => [code, detail]),
                  [['no-conversion', feature]],
                );
                return;
              }
              await check(compiled([rule, ...preset]), feature, at, 'r', wanted);
            });
          it(`${feature}: no rule`, async () => {
            const [rule, wanted] = (network === 'whatsapp' ? presetOfWhatsapp[feature] : undefined) ?? [
              undefined,
              unruled[feature],
            ];
            await check(compiled(preset), feature, at, rule ?? '', wanted);
          });
        }
      });
