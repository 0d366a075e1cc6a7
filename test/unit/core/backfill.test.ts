import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { remoteChatId } from '../../../src/core/ids.ts';
import type { Arrival, Groups } from '../../../src/core/network.ts';
import { failedForGood, failedForNow } from '../../../src/core/outcome.ts';
import { about, carol, inGroup, inSalon, ofAlice, salon, user } from '../../support/group-scene.ts';
import { memoryStores } from '../../support/memory-stores.ts';
import type { RigOptions } from '../../support/spine-rig-options.ts';
import { alice, bob, fromRemote, net, outcomeOf, SpineRig, textBody } from '../../support/spine-rig.ts';

type History = NonNullable<Groups['history']>;

/** A message of the archive, said at a time. */
function entry(id: string, at: number): Arrival {
  return { ...inGroup('bob', id, textBody(id)), at };
}

/** An archive of these entries, oldest first, that is read back in pages of the size that is asked for. */
function archive(entries: readonly Arrival[]): History {
  return async (_chat, limit, before) => {
    const end = before === undefined ? entries.length : Number(before);
    const start = Math.max(0, end - limit);
    const next = start === 0 ? undefined : String(start);
    return { kind: 'history', arrivals: entries.slice(start, end), before: next };
  };
}

function many(count: number): readonly Arrival[] {
  return Array.from({ length: count }, (_, n) => entry(`h${n}`, 1_000 + n));
}

function said(rig: SpineRig): readonly string[] {
  return rig.atMatrix.flatMap((event) =>
    event.kind === 'message' && event.content.kind === 'text' ? [event.content.text.plain] : [],
  );
}

async function entered(options: RigOptions): Promise<SpineRig> {
  const { rig } = await inSalon(options);
  await rig.quiet();
  return rig;
}

describe('what was said before', () => {
  it('is in the new room in order, marked, and told of to nobody', async () => {
    const rig = await entered({ history: archive(many(10)), backfill: 4 });
    assert.deepEqual(said(rig), ['h6', 'h7', 'h8', 'h9']);
    assert.ok(rig.atMatrix.every(({ history }) => history === true));
    await rig.groups.join(rig.network, salon, carol);
    await rig.quiet();
    assert.equal(said(rig).length, 4, 'the next one brings in nothing');
  });

  it('is not brought in where that is off, is refused, or takes its time', async () => {
    const asked: number[] = [];
    const off = await entered({
      backfill: 0,
      history: async (chat, limit, before) => {
        asked.push(limit);
        return archive(many(2))(chat, limit, before);
      },
    });
    assert.deepEqual([said(off), asked], [[], []]);
    const refused = await entered({ history: async () => failedForGood('forbidden') });
    assert.deepEqual(said(refused), []);
    assert.equal(refused.acts.at(-1), 'invite @alice:hs.test', 'the room is there all the same');
  });

  it('comes before what is said meanwhile, each once', async () => {
    const live = inGroup('bob', 'live', textBody('live'));
    const rig: SpineRig = new SpineRig({
      backfill: 3,
      history: async (chat, limit, before) => {
        await rig.spine.receiveRemote(net, live);
        await new Promise((resolve) => setTimeout(resolve, 20));
        return archive([...many(3), { ...live, at: 5_000 }])(chat, limit, before);
      },
      toMatrix: async (event) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        return { kind: 'sent', eventIds: [`$${event.cause}` as never], reactionEvents: new Map() };
      },
    });
    await rig.groups.join(rig.network, salon, alice);
    await rig.quiet();
    assert.deepEqual(said(rig), ['h1', 'h2', 'live']);
    assert.deepEqual(
      rig.atMatrix.map(({ history }) => history),
      [true, true, undefined],
    );
    for (const id of ['h0', 'h1', 'h2']) await rig.spine.receiveRemote(net, entry(id, 1));
    await rig.quiet();
    assert.deepEqual(said(rig), ['h1', 'h2', 'live', 'h0'], 'h1 and h2 are known by their outer ids');
  });

  it('is brought in once though the bridge is killed at any point', async () => {
    const stores = memoryStores();
    const broken = new SpineRig({
      stores,
      history: archive(many(3)),
      group: (act) => (act.startsWith('room') ? failedForNow('link-down') : undefined),
    });
    assert.equal((await broken.groups.join(broken.network, salon, alice)).kind, 'failed');
    await broken.spine.stop(0);
    assert.deepEqual(said(broken), []);
    const rig = new SpineRig({ stores, history: archive(many(3)) });
    await rig.spine.start();
    await rig.groups.join(rig.network, salon, alice);
    await rig.quiet();
    assert.deepEqual(said(rig), ['h0', 'h1', 'h2']);
  });

  it('is brought in when an invited user comes in', async () => {
    const rig = new SpineRig({ history: archive(many(3)) });
    await rig.spine.receiveRemote(net, inGroup('bob', 'i', about(ofAlice, { kind: 'invite' })));
    await rig.quiet();
    assert.deepEqual(said(rig), []);
    const [portal] = await rig.stores.portals.list(0, 1);
    assert.ok(portal?.kind === 'group');
    await user(rig, portal, 'j', { kind: 'joined', user: alice, name: 'Al' });
    assert.deepEqual(said(rig), ['h0', 'h1', 'h2']);
    await user(rig, portal, 'j2', { kind: 'joined', user: carol, name: 'Ca' });
    assert.equal(said(rig).length, 3);
  });

  it('is brought in again for a new room of a group that all had left', async () => {
    const { rig, portal } = await inSalon({ history: archive(many(3)) });
    await rig.quiet();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await user(rig, portal, 'l', { kind: 'left', user: alice, by: alice, how: 'leave', ghost: undefined });
    await rig.groups.join(rig.network, salon, alice);
    await rig.quiet();
    assert.deepEqual(said(rig), ['h0', 'h1', 'h2', 'h0', 'h1', 'h2']);
    const now = await rig.stores.portals.byKey({ network: net, chat: salon, receiver: undefined });
    assert.deepEqual(await outcomeOf(rig, `${now?.id}/h0`), { kind: 'sent' }, 'under another name');
  });

  it('says nothing of who came and went', async () => {
    const kick = { ...inGroup('bob', 'k', about(ofAlice, { kind: 'kick', reason: undefined })), at: 5 };
    const rig = await entered({ history: archive([entry('a', 4), kick, entry('b', 6)]) });
    assert.deepEqual(
      rig.atMatrix.map(({ kind }) => kind),
      ['message', 'message'],
    );
    assert.equal((await rig.stores.groups.joined(net)).length, 1, 'Alice is in the group');
    assert.equal(await outcomeOf(rig, 'k'), undefined);
  });

  it('says nothing to who said what cannot be shown', async () => {
    const rig = await entered({
      history: archive([entry('a', 4)]),
      toMatrix: async () => failedForGood('too-long'),
    });
    assert.deepEqual(await outcomeOf(rig, 'a'), { kind: 'failed', reason: 'too-long' });
    rig.reports.poke();
    await rig.reports.stop();
    assert.deepEqual(rig.refused, []);
  });
});

describe('what was said before, on command', () => {
  it('is as much as is asked for, over pages, without what is there', async () => {
    const { rig, portal } = await inSalon({ history: archive(many(450)), backfill: 2 });
    await rig.quiet();
    const brought = await rig.backfill.bring(rig.network, portal, 250);
    assert.deepEqual(brought, { kind: 'brought', found: 250, fresh: 248 });
    assert.equal(await rig.spine.historyEnded(net, salon), true);
    assert.deepEqual(
      said(rig).slice(2),
      many(450)
        .slice(200, 448)
        .map(({ outerId }) => outerId),
    );
    assert.deepEqual(await rig.backfill.bring(rig.network, portal, 250), {
      kind: 'brought',
      found: 250,
      fresh: 0,
    });
  });

  it('fails where there is no archive or it cannot be asked', async () => {
    const { rig, portal } = await inSalon();
    const brought = await rig.backfill.bring(rig.network, portal, 5);
    assert.ok(brought.kind === 'failed' && brought.reason === 'no-handler');
    const down = await inSalon({ history: async () => failedForNow('link-down') });
    const failed = await down.rig.backfill.bring(down.rig.network, down.portal, 5);
    assert.ok(failed.kind === 'failed' && failed.reason === 'link-down');
  });

  it('ends, in order and each once, whatever an archive answers', async () => {
    const arrivals = fc.array(
      fc.record({
        id: fc.integer({ min: 0, max: 40 }),
        at: fc.oneof(fc.integer({ min: -5, max: 50 }), fc.constant(Number.NaN), fc.constant(9e15)),
        odd: fc.constantFrom('', 'chat', 'receiver', 'raw'),
      }),
      { maxLength: 20 },
    );
    const pages = fc.array(fc.record({ arrivals, before: fc.option(fc.string(), { nil: undefined }) }), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(pages, async (all) => {
        let asked = 0;
        const { rig, portal } = await inSalon({
          backfill: 0,
          history: async () => {
            const one = all[(asked += 1) % all.length] ?? { arrivals: [], before: undefined };
            const shown = one.arrivals.map(({ id, at, odd }) => strange(entry(`s${id}`, at), odd));
            return { kind: 'history', arrivals: shown, before: one.before };
          },
        });
        const brought = await rig.backfill.bring(rig.network, portal, 10);
        assert.ok(brought.kind === 'brought' && brought.found <= 10 && brought.fresh <= 10);
        await rig.quiet();
        assert.ok(asked <= 6);
        const shown = said(rig);
        assert.equal(new Set(shown).size, shown.length);
        assert.equal(shown.length, brought.fresh);
      }),
      { numRuns: 60 },
    );
  });

  it('counts an archive that repeats itself or runs backwards', async () => {
    const { rig, portal } = await inSalon({
      backfill: 0,
      history: archive([entry('b', 20), entry('a', 10), entry('b', 20), entry('c', 30)]),
    });
    await rig.backfill.bring(rig.network, portal, 10);
    await rig.quiet();
    assert.deepEqual(said(rig), ['a', 'b', 'c']);
    assert.deepEqual(rig.bounded, ['archive']);
  });
});

function strange(arrival: Arrival, odd: string): Arrival {
  switch (odd) {
    case 'chat':
      return { ...arrival, chat: remoteChatId('#other') };
    case 'receiver':
      return fromRemote('bob', arrival.outerId, textBody('private'));
    case 'raw':
      return {
        ...arrival,
        sender: bob.userId,
        raw: JSON.stringify({ kind: 'unsupported', reason: 'broken-event' }),
      };
    default:
      return arrival;
  }
}
