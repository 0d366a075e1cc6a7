import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { roomId, type RoomId } from '../../../src/core/ids.ts';
import { failedForNow, type Failed } from '../../../src/core/outcome.ts';
import { Reconciler, type ReconciledRooms } from '../../../src/matrix/reconciler.ts';
import { RecordingLog } from '../../support/recording-log.ts';

const rooms = ['!a', '!b', '!c'].map((id) => roomId(id));
const [a, b] = rooms as [RoomId, RoomId, RoomId];

type CatchUp = (room: RoomId, since: number) => Promise<undefined | Failed>;

function make(
  catchUp: CatchUp,
  secondLookMs = 60_000,
): { reconciler: Reconciler; asked: [RoomId, number][]; log: RecordingLog } {
  const asked: [RoomId, number][] = [];
  const log = new RecordingLog();
  const source: ReconciledRooms = {
    async *list() {
      yield* rooms;
    },
    catchUp: async (room, since) => {
      asked.push([room, since]);
      return catchUp(room, since);
    },
  };
  return {
    reconciler: new Reconciler(source, { concurrency: 2, log, pauseMs: 5, secondLookMs }),
    asked,
    log,
  };
}

const fine: CatchUp = () => Promise.resolve(undefined);

describe('after a gap', () => {
  it('every room is caught up once, and not again when an event comes for it', async () => {
    const { reconciler, asked } = make(fine);
    reconciler.gap(7);
    await reconciler.idle();
    await reconciler.ensure(rooms, 1_000);
    assert.deepEqual(
      asked,
      rooms.map((room) => [room, 7]),
    );
    await reconciler[Symbol.asyncDispose]();
  });

  it('every room is looked at once more after a while, and no third time', async () => {
    const { reconciler, asked } = make(fine, 10);
    reconciler.gap(7);
    while (asked.length < 2 * rooms.length) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(asked.length, 2 * rooms.length);
    await reconciler[Symbol.asyncDispose]();
  });

  it('a room that an event comes for is caught up before that event goes on', async () => {
    let done = false;
    const { reconciler } = make(async () => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      done = true;
      return undefined;
    });
    await reconciler.ensure([a], 1_000);
    assert.ok(done);
  });

  it('an event waits no longer than it may', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const { reconciler, log } = make(() => promise);
    await reconciler.ensure([a], 20);
    assert.equal(log.lines.length, 1);
    resolve(undefined);
    await reconciler[Symbol.asyncDispose]();
  });

  it('rooms that could not be read are tried until they can be', async () => {
    let failures = 3;
    const { reconciler, asked } = make(async (room) => {
      if (room !== b || failures === 0) return undefined;
      failures -= 1;
      return failedForNow('link-down');
    });
    reconciler.gap(1);
    await reconciler.idle();
    assert.equal(asked.filter(([room]) => room === b).length, 4);
    assert.equal(asked.filter(([room]) => room === a).length, 1);
  });

  it('a second gap before the first is mended reaches back as far as the first', async () => {
    const { reconciler, asked } = make(fine);
    reconciler.gap(10);
    reconciler.gap(50);
    await reconciler.idle();
    assert.deepEqual(new Set(asked.map(([, since]) => since)), new Set([10]));
    reconciler.gap(90);
    await reconciler.idle();
    assert.equal(asked.at(-1)?.[1], 90);
  });

  it('a room that was being read when the next gap came is read again', async () => {
    const gates = [Promise.withResolvers<undefined>()];
    const { reconciler, asked } = make(() => gates[0]?.promise ?? Promise.resolve(undefined));
    const first = reconciler.ensure([a], 1_000);
    reconciler.gap(1);
    gates.shift()?.resolve(undefined);
    await first;
    await reconciler.idle();
    assert.ok(asked.filter(([room]) => room === a).length >= 2);
  });

  it('a room that was made just now has missed nothing', async () => {
    const { reconciler, asked } = make(fine);
    reconciler.fresh(a);
    await reconciler.ensure([a], 1_000);
    assert.equal(asked.length, 0);
  });
});

describe('a room that the bridge comes into', () => {
  it('is read back once it is in, before what is said later goes on', async () => {
    const order: string[] = [];
    const { reconciler } = make(async () => void order.push('read'));
    const inside = Promise.withResolvers<undefined>();
    const entering = reconciler.entering(a, async () => {
      await inside.promise;
      order.push('in');
      return 'answer';
    });
    const later = reconciler.ensure([a], 1_000).then(() => order.push('said'));
    inside.resolve(undefined);
    assert.equal(await entering, 'answer');
    await later;
    assert.deepEqual(order, ['in', 'read', 'said']);
  });

  it('is read back though it was in step before, by whoever looked at it too early', async () => {
    const { reconciler, asked } = make(fine);
    await reconciler.ensure([a], 1_000);
    await reconciler.entering(a, async () => reconciler.fresh(a));
    await reconciler.ensure([a], 1_000);
    assert.equal(asked.length, 2);
  });

  it('is tried until it can be read, though nobody says anything more', async () => {
    let failures = 3;
    const { promise: read, resolve } = Promise.withResolvers<undefined>();
    const { reconciler } = make(async () => {
      if (failures === 0) resolve(undefined);
      return failures-- > 0 ? failedForNow('link-down') : undefined;
    });
    await reconciler.entering(a, async () => undefined);
    await read;
    await reconciler[Symbol.asyncDispose]();
  });

  it('is read back where coming in failed, and what failed is thrown', async () => {
    const { reconciler, asked } = make(fine);
    const failing = reconciler.entering(a, () => Promise.reject(new Error('no')));
    await assert.rejects(failing, { message: 'no' });
    await reconciler.ensure([a], 1_000);
    assert.equal(asked.length, 1);
    await reconciler[Symbol.asyncDispose]();
  });
});
