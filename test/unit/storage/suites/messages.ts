import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import type { Party, Ref, Target } from '../../../../src/core/event.ts';
import { laneId, type MatrixEventId, portalId } from '../../../../src/core/ids.ts';
import type { Settlement } from '../../../../src/core/stores.ts';
import type { Storage } from '../../../../src/storage/storage.ts';
import {
  alice,
  aSettlement,
  type Backend,
  eid,
  juliet,
  keepOne,
  mid,
  open,
  unique,
} from '../../../support/storage.ts';

const parties: readonly Party[] = [
  { in: 'matrix', userId: alice },
  { in: 'remote', userId: juliet },
];
const [byAlice, byJuliet] = [parties[0] ?? assert.fail(), parties[1] ?? assert.fail()];

const small = fc.integer({ min: 0, max: 7 });
const refs = fc.oneof(
  small.map((n): Ref => ({ in: 'matrix', eventId: eid(n) })),
  small.map((n): Ref => ({ in: 'remote', messageId: mid(n) })),
);
const targets = fc
  .record({
    events: fc.uniqueArray(small, { minLength: 1, maxLength: 3 }),
    messages: fc.uniqueArray(small, { minLength: 1, maxLength: 3 }),
    author: fc.constantFrom(...parties),
  })
  .map(({ events: [e = 0, ...es], messages: [m = 0, ...ms], author }): Target => ({
    eventIds: [eid(e), ...es.map(eid)],
    messageIds: [mid(m), ...ms.map(mid)],
    author,
  }));
type Step =
  | { readonly kind: 'message'; readonly target: Target }
  | { readonly kind: 'alias'; readonly of: Ref; readonly names: readonly Ref[] }
  | {
      readonly kind: 'reactions';
      readonly message: number;
      readonly author: Party;
      readonly emojis: readonly string[];
    }
  | { readonly kind: 'look'; readonly ref: Ref };
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('message' as const), target: targets }),
    fc.record({
      kind: fc.constant('alias' as const),
      of: refs,
      names: fc.array(refs, { minLength: 1, maxLength: 3 }),
    }),
    fc.record({
      kind: fc.constant('reactions' as const),
      message: small,
      author: fc.constantFrom(...parties),
      emojis: fc.uniqueArray(fc.constantFrom('👍', '❤️', 'x'.repeat(5_000)), { maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant('look' as const), ref: refs }),
  ),
  { maxLength: 12 },
);

const nameText = (ref: Ref): string => (ref.in === 'matrix' ? ref.eventId : ref.messageId);

/** What the stores owe, said as simply as it can be. */
class Model {
  readonly names = new Map<string, Target>();
  readonly reactions = new Map<string, ReadonlyMap<string, MatrixEventId>>();
  apply({ message, alias, reactions }: Settlement): void {
    if (message !== undefined) {
      const { target } = message;
      for (const name of [...target.eventIds, ...target.messageIds]) this.#name(name, target);
    }
    const known = alias === undefined ? undefined : this.names.get(nameText(alias.of));
    if (known !== undefined) for (const ref of alias?.names ?? []) this.#name(nameText(ref), known);
    if (reactions !== undefined) {
      this.reactions.set(`${reactions.message} ${reactions.author.userId}`, reactions.emojis);
    }
  }
  #name(name: string, target: Target): void {
    if (!this.names.has(name)) this.names.set(name, target);
  }
}

export function messagesSuite(backend: Backend): void {
  describe('messages and reactions', () => {
    let storage: Storage;
    before(async () => {
      storage = await open(await backend.config());
    });
    after(() => storage[Symbol.asyncDispose]());

    it('agrees with a simple model, however the settlements are grouped', async () => {
      await fc.assert(
        fc.asyncProperty(steps, fc.boolean(), (plan, together) => agree(storage, plan, together)),
        { numRuns: backend.name === 'SQLite' ? 80 : 40 },
      );
    });

    it('finds a message by each of its names and knows nothing of other portals', async () => {
      const portal = portalId(`p${unique()}`);
      const target: Target = { eventIds: [eid('e1'), eid('e2')], messageIds: [mid('r1')], author: byAlice };
      assert.equal(await storage.messages.find(portal, { in: 'matrix', eventId: eid('e2') }), undefined);
      const { seq } = await keepOne(storage);
      await storage.events.settle(aSettlement(seq, { message: { portal, target } }));
      assert.deepEqual(await storage.messages.find(portal, { in: 'matrix', eventId: eid('e2') }), target);
      assert.deepEqual(await storage.messages.find(portal, { in: 'remote', messageId: mid('r1') }), target);
      assert.equal(
        await storage.messages.find(portalId('other'), { in: 'remote', messageId: mid('r1') }),
        undefined,
      );
    });

    it('passes over all of a settlement whose event has ended', async () => {
      const portal = portalId(`p${unique()}`);
      const { seq } = await keepOne(storage);
      const message = (n: string) => ({
        portal,
        target: { eventIds: [eid(n)], messageIds: [mid(n)], author: byJuliet } as const,
      });
      await storage.events.settle(aSettlement(seq, { message: message('first') }));
      await storage.events.settle(aSettlement(seq, { message: message('first') }));
      await storage.events.settle(aSettlement(seq, { message: message('late') }));
      assert.equal(await storage.messages.find(portal, { in: 'matrix', eventId: eid('late') }), undefined);
      assert.notEqual(
        await storage.messages.find(portal, { in: 'matrix', eventId: eid('first') }),
        undefined,
      );
    });

    it('finds a reaction by its event, and not after it was replaced', async () => {
      const portal = portalId(`p${unique()}`);
      const react = async (emojis: readonly (readonly [string, MatrixEventId])[]) => {
        const { seq } = await keepOne(storage);
        const reactions = { portal, message: mid(1), author: byAlice, emojis: new Map(emojis) };
        await storage.events.settle(aSettlement(seq, { reactions }));
      };
      await react([
        ['👍', eid('r1')],
        ['nul\0', eid('r2')],
      ]);
      assert.deepEqual(await storage.messages.reactionByEvent(portal, eid('r1')), {
        message: mid(1),
        author: byAlice,
        emoji: '👍',
      });
      await react([['❤️', eid('r3')]]);
      assert.equal(await storage.messages.reactionByEvent(portal, eid('r1')), undefined);
      assert.deepEqual([...(await storage.messages.reactions(portal, mid(1), byAlice))], [['❤️', eid('r3')]]);
      assert.equal((await storage.messages.reactions(portal, mid(1), byJuliet)).size, 0);
    });
  });
}

async function agree(storage: Storage, plan: readonly Step[], together: boolean): Promise<void> {
  const portal = portalId(`model${unique()}`);
  const model = new Model();
  const kept = await storage.events.keep(
    plan.map(() => ({ source: 'matrix', outerId: `$m${unique()}`, lane: laneOfModel, payload: '' })),
  );
  const running: Promise<void>[] = [];
  for (const [index, step] of plan.entries()) {
    if (step.kind === 'look') {
      if (!together)
        assert.deepEqual(await storage.messages.find(portal, step.ref), model.names.get(nameText(step.ref)));
      continue;
    }
    const settlement = aSettlement(kept[index]?.seq ?? 0, { portal, ...partOf(step, portal) });
    model.apply(settlement);
    running.push(storage.events.settle(settlement));
    if (!together) await running.at(-1);
  }
  await Promise.all(running);
  for (let n = 0; n < 8; n += 1) {
    assert.deepEqual(
      await storage.messages.find(portal, { in: 'matrix', eventId: eid(n) }),
      model.names.get(eid(n)),
    );
    assert.deepEqual(
      await storage.messages.find(portal, { in: 'remote', messageId: mid(n) }),
      model.names.get(mid(n)),
    );
    for (const author of parties) {
      const expected = model.reactions.get(`${mid(n)} ${author.userId}`) ?? new Map<string, MatrixEventId>();
      assert.deepEqual(await storage.messages.reactions(portal, mid(n), author), expected);
    }
  }
}

const laneOfModel = laneId('model');

function partOf(
  step: Exclude<Step, { kind: 'look' }>,
  portal: ReturnType<typeof portalId>,
): Partial<Settlement> {
  switch (step.kind) {
    case 'message':
      return { message: { portal, target: step.target } };
    case 'alias':
      return { alias: { portal, of: step.of, names: step.names } };
    case 'reactions': {
      const emojis = new Map(step.emojis.map((emoji) => [emoji, eid(`r${unique()}`)]));
      return { reactions: { portal, message: mid(step.message), author: step.author, emojis } };
    }
  }
}
