/** Every feature, action, direction and network: what passes, what passes instead, and what people are told. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cross } from '../../../src/core/crossing.ts';
import type { BridgeEvent, Resolved, Unresolved, UnresolvedEvent } from '../../../src/core/event.ts';
import { networkId } from '../../../src/core/ids.ts';
import { features, type Feature } from '../../../src/core/network.ts';
import type { Policy } from '../../../src/core/policy.ts';
import type { Told } from '../../../src/core/report.ts';
import type { MessageStore } from '../../../src/core/stores.ts';
import { outcomeLine } from '../../../src/outcome-line.ts';
import { compile } from '../../../src/rules/compile.ts';
import { RulePolicy } from '../../../src/rules/policy.ts';
import { actions } from '../../../src/rules/rule.ts';
import { languages, text } from '../../../src/texts/catalogue.ts';
import type { rulesOf } from '../../support/rule-events.ts';
import { alice, chatOn, eventWith, noGroups, ruleOf, target } from '../../support/rule-events.ts';

/** What passes in the place of each feature, in short. `no` where nothing does, so that a rule cannot say `convert`. */
const instead: Readonly<Record<Feature, string>> = {
  text: 'no',
  formatting: 'hello',
  image: 'file',
  video: 'file',
  audio: 'file',
  voice: 'audio',
  file: 'a file',
  sticker: 'image',
  location: 'here\ngeo:1.5,2',
  contact: 'file',
  poll: 'when?\n1. now\n2. later',
  reply: 'hello',
  thread: 'hello, a reply',
  mention: 'hello',
  edit: '* hello, a reply',
  reaction: '👍, a reply',
  redaction: 'no',
  'delivery-receipt': 'no',
  'read-receipt': 'no',
  typing: 'no',
  presence: 'no',
  group: 'no',
  link: 'see hxxps[:]//example[.]org/a',
  call: '📞',
  disappearing: 'hello',
};
/** Nobody sends these by hand, so nobody is told of them. */
const unsaid: readonly Feature[] = ['delivery-receipt', 'read-receipt', 'typing', 'presence'];

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

async function crossed(
  event: BridgeEvent,
  policy: Policy,
  direction: 'to-matrix' | 'to-network',
  portal: ReturnType<typeof chatOn>,
): Promise<{ readonly outcome: Told; readonly silent: boolean; readonly arrived: readonly BridgeEvent[] }> {
  const arrived: BridgeEvent[] = [];
  // What is changed or taken back is the sender's own.
  const own = { ...messages, find: async () => ({ ...target, author: event.sender }) };
  const end = await cross(
    { policy, messages: own, before: Promise.resolve(), otherWay: async () => undefined },
    unresolved(event),
    portal,
    direction,
    async (delivered) => {
      arrived.push(delivered);
      return { kind: 'sent', messageIds: [] };
    },
  );
  assert.equal(end.kind, 'ended');
  return { outcome: end.outcome, silent: end.silent === true, arrived };
}

function shortOf(event: BridgeEvent<Resolved | Unresolved>): string {
  assert.equal(event.kind, 'message');
  const { content } = event;
  assert.deepEqual(event.mentions, { users: [], room: false });
  assert.equal(event.thread, undefined);
  const said =
    content.kind === 'text' ? content.text.plain : content.kind === 'media' ? content.media.kind : '?';
  if (content.kind === 'text') assert.equal(content.text.html, undefined);
  return event.replyTo === undefined ? said : `${said}, a reply`;
}

for (const network of ['xmpp', 'loopback'].map(networkId)) {
  for (const direction of ['to-network', 'to-matrix'] as const) {
    describe(`rules on ${network}, ${direction}`, () => {
      for (const feature of features) {
        for (const action of actions) {
          it(`${feature}: ${action}`, async () => {
            const rule = ruleOf({ networks: [network], features: [feature], action });
            const compiled = compile([rule], noGroups);
            if (action === 'convert' && instead[feature] === 'no') {
              assert.ok(compiled.kind === 'refused');
              assert.deepEqual(
                compiled.problems.map(({ code, detail }) => [code, detail]),
                [['no-conversion', feature]],
              );
              return;
            }
            assert.ok(compiled.kind === 'compiled');
            await judged(compiled.rules, feature, action);
          });
        }
      }
    });

    const judged = async (
      rules: ReturnType<typeof rulesOf>,
      feature: Feature,
      action: (typeof actions)[number],
    ): Promise<void> => {
      const event = eventWith(feature, direction);
      const portal = chatOn(network, feature === 'group' ? 'group' : 'direct');
      const policy = new RulePolicy({ rules: () => rules });
      const { outcome, silent, arrived } = await crossed(event, policy, direction, portal);
      const isClosed = action === 'drop' || action === 'refuse';
      assert.equal(arrived.length, isClosed ? 0 : 1);
      assert.equal(silent, action === 'drop' || (isClosed && unsaid.includes(feature)));
      if (isClosed) assert.deepEqual(outcome, { kind: 'blocked', rule: 'r', feature });
      else if (action === 'allow') assert.deepEqual(outcome, { kind: 'sent' });
      else {
        assert.deepEqual(outcome, { kind: 'sent', converted: [{ feature, rule: 'r' }] });
        const [passed] = arrived;
        assert.ok(passed !== undefined);
        assert.equal(shortOf(passed), instead[feature]);
      }
      if (action !== 'allow') await told(outcome, feature, portal);
    };
  }
}

/** The line names the feature, the platform, the rule and, for what passed in its place, what that was. */
async function told(outcome: Told, feature: Feature, portal: ReturnType<typeof chatOn>): Promise<void> {
  for (const language of languages) {
    const line = outcomeLine({
      users: {
        get: async (userId) => ({ userId, language, managementRoom: undefined }),
      },
      ghosts: { get: async () => undefined },
      ghostOf: () => undefined,
    });
    const said = (await line(alice, outcome, portal)).plain;
    const platform = portal.key.network === 'xmpp' ? 'XMPP' : 'Loopback';
    for (const part of [text(language, `feature.${feature}`), platform, 'r', portal.room.slice(1)])
      assert.ok(said.includes(part) || said.includes(encodeURIComponent(part)), `${language}: ${said}`);
  }
}
