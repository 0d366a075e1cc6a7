/** What only shows when an event is carried over: sizes that nobody declared, and reactions that became messages. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cross, type Crossed } from '../../../src/core/crossing.ts';
import type { BridgeEvent, ReactionEvent, Unresolved, UnresolvedEvent } from '../../../src/core/event.ts';
import { matrixEventId, type MatrixEventId } from '../../../src/core/ids.ts';
import { MediaError } from '../../../src/core/media.ts';
import type { Handled } from '../../../src/core/network.ts';
import type { MessageStore } from '../../../src/core/stores.ts';
import { RulePolicy } from '../../../src/rules/policy.ts';
import type { Rule } from '../../../src/rules/rule.ts';
import {
  chatOn,
  fileOf,
  loopback,
  messageOf,
  ruleOf,
  rulesOf,
  senderOf,
  target,
} from '../../support/rule-events.ts';

type Listed = Partial<Rule> & Pick<Rule, 'features' | 'action'>;

function policyOf(...list: readonly Listed[]): RulePolicy {
  const rules = rulesOf(list.map((rule, at) => ruleOf({ id: `r${at}`, ...rule })));
  return new RulePolicy({ rules: () => rules });
}

describe('a file of which nobody said how large it is', () => {
  /** Sends a picture of so many pieces of 1,000 bytes; answers the ending, what arrived, and how much was fetched. */
  async function sent(
    policy: RulePolicy,
    pieces: number,
  ): Promise<{
    readonly end: Crossed;
    readonly arrived: readonly string[];
    readonly fetched: readonly number[];
  }> {
    const fetched: number[] = [];
    async function* bytes(): AsyncGenerator<Uint8Array> {
      const at = fetched.push(0) - 1;
      for (let piece = 0; piece < pieces; piece += 1) {
        fetched[at] = (fetched[at] ?? 0) + 1;
        yield new Uint8Array(1_000);
      }
    }
    const media = fileOf('image', {
      size: undefined,
      open: async () => ({ kind: 'open', stream: bytes(), size: undefined, mimetype: undefined }),
    });
    const event = messageOf('to-network', { kind: 'media', media, caption: undefined });
    const arrived: string[] = [];
    const end = await cross(
      { policy, messages: noMessages, before: Promise.resolve(), otherWay: async () => undefined },
      event as UnresolvedEvent,
      chatOn(loopback, 'direct'),
      'to-network',
      async (delivered): Promise<Handled> => {
        assert.ok(delivered.kind === 'message');
        const { content } = delivered;
        if (content.kind !== 'media') {
          arrived.push(content.kind === 'text' ? content.text.plain : content.kind);
          return { kind: 'sent', messageIds: [] };
        }
        const opened = await content.media.open(AbortSignal.timeout(1_000));
        if (opened.kind === 'failed') return opened;
        try {
          for await (const chunk of opened.stream) assert.equal(chunk.length, 1_000);
        } catch (error) {
          if (error instanceof MediaError) return error.failed;
          throw error;
        }
        arrived.push(content.media.kind);
        return { kind: 'sent', messageIds: [] };
      },
    );
    return { end, arrived, fetched };
  }

  const noMessages: MessageStore = {
    find: async () => undefined,
    reactions: async () => new Map(),
    reactionByEvent: async () => undefined,
  };
  const large = { features: ['image'], largerThanBytes: 2_500 } as const;

  it('passes where it proves to be small, and is fetched once', async () => {
    const { end, arrived, fetched } = await sent(policyOf({ ...large, action: 'refuse' }), 2);
    assert.ok(end.kind === 'ended');
    assert.deepEqual([end.outcome, arrived, fetched], [{ kind: 'sent' }, ['image'], [2]]);
  });

  for (const action of ['refuse', 'drop'] as const)
    it(`is cut where it proves to be larger than a rule lets pass: ${action}`, async () => {
      const { end, arrived, fetched } = await sent(policyOf({ ...large, action }), 100);
      assert.ok(end.kind === 'ended');
      assert.deepEqual(end.outcome, { kind: 'blocked', rule: 'r0', feature: 'image' });
      assert.equal(end.silent === true, action === 'drop');
      assert.deepEqual([arrived, fetched], [[], [3]]);
    });

  it('passes as what a rule makes of what is so large', async () => {
    const name = { features: ['file'], largerThanBytes: 2_500, action: 'convert' } as const;
    const { end, arrived } = await sent(policyOf({ ...large, action: 'convert' }, name), 100);
    assert.ok(end.kind === 'ended');
    assert.deepEqual(arrived, ['a image']);
    assert.deepEqual(end.outcome, {
      ...{ kind: 'sent' },
      converted: [
        { feature: 'image', rule: 'r0' },
        { feature: 'file', rule: 'r1' },
      ],
    });
  });

  it('is measured against each of several sizes', async () => {
    const huge = { features: ['file'], largerThanBytes: 9_500, action: 'refuse' } as const;
    const rules = [{ ...large, action: 'convert' as const }, huge];
    const [middle, most] = [await sent(policyOf(...rules), 5), await sent(policyOf(...rules), 100)];
    assert.deepEqual([middle.arrived, middle.fetched], [['file'], [3, 5]]);
    assert.ok(most.end.kind === 'ended');
    assert.deepEqual([most.end.outcome.kind, most.arrived, most.fetched], ['blocked', [], [3, 10]]);
  });

  it('is not measured where no rule asks for sizes of it', async () => {
    const rules = policyOf({ features: ['video'], largerThanBytes: 1, action: 'drop' });
    const { arrived, fetched } = await sent(rules, 100);
    assert.deepEqual([arrived, fetched], [['image'], [100]]);
  });
});

describe('a reaction that a rule makes a message of', () => {
  const portal = chatOn(loopback, 'direct');

  /** Somebody on the network says which emojis they have at a message; each is told with what was kept before. */
  function scene(policy: RulePolicy): {
    readonly react: (...emojis: readonly string[]) => Promise<string>;
    readonly delivered: string[];
  } {
    let kept: ReadonlyMap<string, MatrixEventId> = new Map();
    const delivered: string[] = [];
    const messages: MessageStore = {
      find: async () => target,
      reactions: async () => kept,
      reactionByEvent: async () => undefined,
    };
    let count = 0;
    const react = async (...emojis: readonly string[]): Promise<string> => {
      count += 1;
      const eventId = matrixEventId(`$${count}`);
      const event: ReactionEvent<Unresolved> = {
        ...{ kind: 'reaction', cause: `c${count}`, sender: senderOf('to-matrix'), name: undefined, at: 0 },
        ...{ target: { in: 'matrix', eventId: target.eventIds[0] }, reactions: { op: 'set', emojis } },
      };
      const end = await cross(
        { policy, messages, before: Promise.resolve(), otherWay: async () => undefined },
        event,
        portal,
        'to-matrix',
        async (passing) => {
          delivered.push(shortOf(passing));
          const eventIds = passing.kind === 'message' ? [eventId] : [];
          return { kind: 'sent', eventIds, reactionEvents: new Map() };
        },
      );
      assert.ok(end.kind === 'ended');
      if (end.changes.reactions !== undefined) kept = end.changes.reactions.emojis;
      return [...kept].map(([emoji, id]) => `${emoji}${id}`).join(' ');
    };
    return { react, delivered };
  }

  function shortOf(event: BridgeEvent): string {
    if (event.kind === 'message')
      return event.content.kind === 'text' ? `says ${event.content.text.plain}` : '?';
    assert.ok(event.kind === 'reaction');
    const { emojis, previous, previousEvents } = event.reactions;
    return previous
      .filter((emoji) => !emojis.includes(emoji))
      .map((emoji) => `takes back ${previousEvents.get(emoji)}`)
      .join();
  }

  const said = policyOf({ features: ['reaction'], action: 'convert' });

  it('is taken back with the message that stands for it', async () => {
    const { react, delivered } = scene(said);
    assert.equal(await react('👍'), '👍$1');
    assert.equal(await react('👍', '❤'), '👍$1 ❤$2');
    assert.equal(await react('❤'), '❤$2');
    assert.equal(await react(), '');
    assert.deepEqual(delivered, ['says 👍', 'says ❤', 'takes back $1', 'takes back $2']);
  });

  it('is taken back where another comes in its place at once', async () => {
    const { react, delivered } = scene(said);
    await react('👍');
    assert.equal(await react('❤'), '❤$2');
    assert.deepEqual(delivered, ['says 👍', 'takes back $1', 'says ❤']);
  });

  it('can be taken back also once a rule lets none pass any more', async () => {
    const rules = { now: rulesOf([ruleOf({ features: ['reaction'], action: 'convert' })]) };
    const { react, delivered } = scene(new RulePolicy({ rules: () => rules.now }));
    await react('👍');
    rules.now = rulesOf([ruleOf({ features: ['reaction'], action: 'drop' })]);
    assert.equal(await react('👍', '❤'), '👍$1');
    assert.equal(await react(), '');
    assert.deepEqual(delivered, ['says 👍', 'takes back $1']);
  });
});
