import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { laneId, type LaneId } from '../../../src/core/ids.ts';
import { Lanes, type Attempted } from '../../../src/core/queue.ts';
import type { KeptEvent } from '../../../src/core/stores.ts';
import { RecordingLog } from '../../support/recording-log.ts';

function event(seq: number, lane: string, size = 10): KeptEvent {
  return {
    seq,
    source: 'matrix',
    outerId: `$${seq}`,
    lane: laneId(lane),
    payload: 'x'.repeat(size),
    receivedAt: Date.now(),
    attempts: 0,
  };
}

interface Setup {
  readonly maxActive?: number;
  readonly maxWaitingSize?: number;
  readonly patience?: number;
  readonly attempt: (event: KeptEvent) => Promise<Attempted>;
}

/** Lanes over a store that holds what was added and has not ended. */
function lanesOver(setup: Setup): {
  lanes: Lanes;
  store: Map<number, KeptEvent>;
  add: (events: KeptEvent[]) => void;
} {
  const store = new Map<number, KeptEvent>();
  const lanes = new Lanes({
    log: new RecordingLog(),
    maxActive: setup.maxActive ?? 4,
    maxWaitingSize: setup.maxWaitingSize ?? 1_000_000,
    patience: setup.patience ?? 60_000,
    pending: async (lane: LaneId, after: number, limit: number) => {
      const found = [...store.values()]
        .filter((kept) => kept.lane === lane && kept.seq > after)
        .sort((one, other) => one.seq - other.seq)
        .slice(0, limit);
      await turn();
      return found;
    },
    attempt: async (kept) => {
      const attempted = await setup.attempt(kept);
      if (attempted.kind === 'ended') store.delete(kept.seq);
      return attempted;
    },
  });
  const add = (events: KeptEvent[]): void => {
    for (const kept of events) store.set(kept.seq, kept);
    lanes.add(events);
  };
  return { lanes, store, add };
}

async function drained(lanes: Lanes): Promise<void> {
  while (lanes.load().lanes > 0) await turn();
}

describe('lanes whose events had ended and are to be tried again', () => {
  it('read them behind the head, before what is newer, each once, whatever waits in memory', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(100), fc.nat(5), fc.boolean(), async (before, waiting, reads) => {
        const done: number[] = [];
        const gate = Promise.withResolvers<undefined>();
        const { lanes, store, add } = lanesOver({
          attempt: async ({ seq }) => {
            if (seq === 1_000) await gate.promise;
            done.push(seq);
            return { kind: 'ended' };
          },
        });
        const newer = Array.from({ length: waiting + 1 }, (_, at) => event(1_000 + at, 'a'));
        add(newer);
        if (reads) await turn();
        for (let seq = 1; seq <= before; seq += 1) store.set(seq, event(seq, 'a'));
        lanes.readAgain(laneId('a'));
        add([event(2_000, 'a')]);
        gate.resolve(undefined);
        await drained(lanes);
        const older = Array.from({ length: before }, (_, at) => at + 1);
        const rest = newer.slice(1).map(({ seq }) => seq);
        const inMemory = lanes.load().inMemory;
        assert.deepEqual(done, [1_000, ...older, ...rest, 2_000]);
        assert.equal(inMemory, 0);
      }),
      { numRuns: 50 },
    );
  });

  it('begin where nothing of them was under way', async () => {
    const done: number[] = [];
    const { lanes, store } = lanesOver({
      attempt: async ({ seq }) => {
        done.push(seq);
        return { kind: 'ended' };
      },
    });
    for (const seq of [1, 2]) store.set(seq, event(seq, 'a'));
    lanes.readAgain(laneId('a'));
    await drained(lanes);
    assert.deepEqual(done, [1, 2]);
  });
});

describe('lanes', () => {
  it('keeps the order of each lane, loses nothing and doubles nothing, whatever fits into memory and whatever is tried again', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ lane: fc.nat(3), size: fc.nat(200), fails: fc.nat(2), pause: fc.boolean() }), {
          maxLength: 200,
        }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 2_000 }),
        async (specs, maxActive, maxWaitingSize) => {
          const done: KeptEvent[] = [];
          const fails = new Map(specs.map((spec, index) => [index + 1, spec.fails]));
          let active = 0;
          const { lanes, store, add } = lanesOver({
            maxActive,
            maxWaitingSize,
            attempt: async (kept) => {
              active += 1;
              assert.ok(active <= maxActive);
              await turn();
              active -= 1;
              const left = fails.get(kept.seq) ?? 0;
              fails.set(kept.seq, left - 1);
              if (left > 0) return { kind: 'again', afterMs: 0, waitsFor: 'x' };
              done.push(kept);
              return { kind: 'ended' };
            },
          });
          for (const [index, spec] of specs.entries()) {
            add([event(index + 1, `lane${spec.lane}`, spec.size)]);
            if (spec.pause) await turn();
          }
          await drained(lanes);
          assert.equal(store.size, 0);
          assert.equal(done.length, specs.length);
          for (const lane of new Set(done.map((kept) => kept.lane))) {
            const seqs = done.filter((kept) => kept.lane === lane).map((kept) => kept.seq);
            assert.deepEqual(
              seqs,
              seqs.toSorted((a, b) => a - b),
            );
          }
          assert.equal(lanes.load().inMemory, 0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('lets other lanes pass one whose head waits, and wakes it', async () => {
    const done: number[] = [];
    let up = false;
    const { lanes, add } = lanesOver({
      maxActive: 1,
      attempt: async (kept) => {
        if (kept.lane === 'slow' && !up) return { kind: 'again', afterMs: 60_000, waitsFor: 'net' };
        done.push(kept.seq);
        return { kind: 'ended' };
      },
    });
    add([event(1, 'slow'), event(2, 'slow'), event(3, 'fast')]);
    while (done.length < 1) await turn();
    assert.deepEqual(done, [3]);
    assert.equal(lanes.load().sleeping, 1);
    lanes.wake('another');
    await turn();
    assert.deepEqual(done, [3]);
    up = true;
    lanes.wake('net');
    await drained(lanes);
    assert.deepEqual(done, [3, 1, 2]);
  });

  it('takes up what an earlier run left, in order, before what is new', async () => {
    const done: number[] = [];
    const { lanes, store, add } = lanesOver({
      attempt: async (kept) => {
        done.push(kept.seq);
        return { kind: 'ended' };
      },
    });
    for (let seq = 1; seq <= 150; seq += 1) store.set(seq, event(seq, 'old'));
    lanes.resume([laneId('old')]);
    add([event(151, 'old')]);
    await drained(lanes);
    assert.deepEqual(
      done,
      Array.from({ length: 151 }, (_, index) => index + 1),
    );
  });

  it('does not take an event twice that was kept again after a commit in doubt', async () => {
    const done: number[] = [];
    const { lanes, store, add } = lanesOver({
      attempt: async (kept) => {
        await turn();
        done.push(kept.seq);
        return { kind: 'ended' };
      },
    });
    store.set(1, event(1, 'a'));
    lanes.resume([laneId('a')]);
    while (lanes.load().inMemory === 0) await turn();
    add([event(1, 'a')]);
    await drained(lanes);
    assert.deepEqual(done, [1]);
  });

  it('skips nothing that is still to be read for an event that is tried again', async () => {
    const done: number[] = [];
    const { lanes, store } = lanesOver({
      attempt: async (kept) => {
        done.push(kept.seq);
        return { kind: 'ended' };
      },
    });
    for (const seq of [1, 2, 3]) store.set(seq, event(seq, 'a'));
    lanes.resume([laneId('a')]);
    lanes.again(event(3, 'a'));
    await drained(lanes);
    assert.deepEqual(done, [1, 2, 3]);
  });

  it('lets no number of hanging attempts keep other lanes from their turn', async () => {
    const hang = Promise.withResolvers<undefined>();
    const done: number[] = [];
    const { lanes, add } = lanesOver({
      maxActive: 2,
      patience: 10,
      attempt: async (kept) => {
        if (kept.lane.startsWith('hangs')) await hang.promise;
        else done.push(kept.seq);
        return { kind: 'ended' };
      },
    });
    for (let seq = 1; seq <= 6; seq += 1) add([event(seq, `hangs${seq}`)]);
    add([event(7, 'passes')]);
    await delay(200);
    assert.deepEqual(done, [7]);
    hang.resolve(undefined);
    await drained(lanes);
  });

  it('holds little more in memory than it may, however many lanes it takes up', async () => {
    const hang = Promise.withResolvers<undefined>();
    const { lanes, store } = lanesOver({
      maxActive: 2,
      maxWaitingSize: 1_000,
      attempt: async () => {
        await hang.promise;
        return { kind: 'ended' };
      },
    });
    const names = Array.from({ length: 20 }, (_, index) => laneId(`lane${index}`));
    for (let seq = 1; seq <= 1_000; seq += 1) store.set(seq, event(seq, `lane${seq % 20}`, 100));
    lanes.resume(names);
    await delay(50);
    assert.ok(lanes.load().inMemory <= 2 * 6_400 + 20 * 100, String(lanes.load().inMemory));
    hang.resolve(undefined);
    await drained(lanes);
    assert.equal(store.size, 0);
  });

  it('stops after what is under way, and leaves the rest', async () => {
    const done: number[] = [];
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const { lanes, store, add } = lanesOver({
      attempt: async (kept) => {
        await promise;
        done.push(kept.seq);
        return { kind: 'ended' };
      },
    });
    add([event(1, 'a'), event(2, 'a'), event(3, 'b')]);
    await turn();
    const stopped = lanes.stop();
    resolve(undefined);
    await stopped;
    assert.deepEqual(done.toSorted(), [1, 3]);
    assert.deepEqual([...store.keys()], [2]);
  });

  it('tells when a lane has nothing under way, and waits no longer than asked', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const { lanes, add } = lanesOver({
      attempt: async () => {
        await promise;
        return { kind: 'ended' };
      },
    });
    await lanes.settled(laneId('none'), 60_000);
    add([event(1, 'a')]);
    await lanes.settled(laneId('a'), 5);
    assert.equal(lanes.load().lanes, 1);
    const settled = lanes.settled(laneId('a'), 60_000);
    resolve(undefined);
    await settled;
    assert.equal(lanes.load().lanes, 0);
  });
});
