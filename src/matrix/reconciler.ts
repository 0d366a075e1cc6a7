/** Fetching what was missed: https://spec.matrix.org/v1.15/client-server-api/#get_matrixclientv3roomsroomidmessages */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RoomId } from '../core/ids.ts';
import type { Failed } from '../core/outcome.ts';
import { task, type Log } from '../core/task.ts';

export interface ReconcilerOptions {
  readonly concurrency: number;
  readonly log: Log;
  /** Between two sweeps where rooms were left over, in milliseconds. */
  readonly pauseMs?: number;
  /** After which time all rooms are looked at once more, in milliseconds. */
  readonly secondLookMs?: number;
}

/** What the reconciler asks of the rooms that it keeps in step. */
export interface ReconciledRooms {
  /** All rooms that matter, the last active first. */
  list(): AsyncIterable<RoomId>;
  /**
   * Fetches and keeps what was missed in one room; `undefined` when it is in step, or is no room of the bridge. What was
   * kept before `since` was kept without a gap.
   */
  catchUp(room: RoomId, since: number, signal: AbortSignal): Promise<undefined | Failed>;
}

/**
 * Brings rooms back in step after a gap: all in the background, a few at a time, and those that an event arrives for
 * before that event is kept. A room is in step until the next gap.
 *
 * Every gap has a second look: while Synapse ends its own recovery (`_Recoverer.retry` finds nothing left, and then sets
 * the service up), a transaction made in between is stored and not sent until a later failure.
 */
export class Reconciler implements AsyncDisposable {
  readonly #rooms: ReconciledRooms;
  readonly #options: ReconcilerOptions;
  readonly #stop = new AbortController();
  readonly #running = new Map<RoomId, Promise<boolean>>();
  #inStep = new Set<RoomId>();
  #gaps = 0;
  /** Rises whenever all rooms count as out of step again: with each gap and each second look. */
  #looks = 0;
  #since = 0;
  /** Whether all rooms have been in step since the last gap. */
  #complete = true;
  #sweeping: Promise<void> = Promise.resolve();
  #lookAgain: Promise<void> = Promise.resolve();

  constructor(rooms: ReconciledRooms, options: ReconcilerOptions) {
    this.#rooms = rooms;
    this.#options = options;
  }

  /** Events may have been missed in any room since then (milliseconds since the epoch): for the start and each gap. */
  gap(since: number): void {
    this.#gaps += 1;
    this.#looks += 1;
    this.#since = this.#complete ? since : Math.min(since, this.#since);
    this.#complete = false;
    this.#inStep = new Set();
    const before = this.#sweeping;
    const mine = this.#gaps;
    this.#sweeping = task(this.#options.log, 'reconcile', async () => {
      await before;
      await this.#sweep(mine);
    });
    this.#lookAgain = task(this.#options.log, 'second look', () => this.#secondLook(mine));
  }

  /** A room that was made just now has missed nothing. */
  fresh(room: RoomId): void {
    this.#inStep.add(room);
  }

  /** A room that the bridge has only come into now: what was said in it before is looked for, whatever was seen of it. */
  entered(room: RoomId): void {
    this.#inStep.delete(room);
  }

  /**
   * `work` brings the bridge into a room: once it is done, what was said there before is looked for, and until then the
   * room is not in step.
   */
  async entering<T>(room: RoomId, work: () => Promise<T>): Promise<T> {
    const before = this.#running.get(room);
    const { promise: entered, resolve } = Promise.withResolvers<undefined>();
    this.entered(room);
    const read = this.#only(room, async () => {
      await Promise.all([before, entered]);
      this.entered(room);
      while (!this.#stop.signal.aborted) {
        if (await this.#one(room)) return true;
        await this.#pause(this.#options.pauseMs ?? 5_000);
      }
      return false;
    });
    void task(this.#options.log, 'read a room that was entered', () => read.then(() => undefined));
    try {
      return await work();
    } finally {
      resolve(undefined);
    }
  }

  /** Waits until these rooms are in step, or `timeoutMs` have passed. */
  async ensure(rooms: Iterable<RoomId>, timeoutMs: number): Promise<void> {
    const stale = [...new Set(rooms)].filter((room) => !this.#inStep.has(room));
    if (stale.length === 0) return;
    const waited = new AbortController();
    const all = Promise.all(stale.map((room) => this.#catchUp(room)));
    const late = sleep(timeoutMs, 'late' as const, { signal: waited.signal }).catch(() => undefined);
    const first = await Promise.race([all, late]);
    waited.abort();
    if (first === 'late')
      this.#options.log.warn({ rooms: stale.length }, 'rooms are not in step yet; events go on');
  }

  /** Resolves when all rooms are in step for the first time after the last gap. */
  async idle(): Promise<void> {
    let seen;
    do {
      seen = this.#sweeping;
      await seen;
    } while (seen !== this.#sweeping);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.idle();
    await this.#lookAgain;
    await Promise.allSettled(this.#running.values());
  }

  async #sweep(gap: number): Promise<void> {
    const current = (): boolean => gap === this.#gaps && !this.#stop.signal.aborted;
    while (current()) {
      let left = 0;
      await inParallel(this.#rooms.list(), this.#options.concurrency, current, async (room) => {
        if (!(await this.#catchUp(room))) left += 1;
      });
      if (!current()) return;
      this.#complete = left === 0;
      if (this.#complete) return;
      await this.#pause(this.#options.pauseMs ?? 5_000);
    }
  }

  async #secondLook(gap: number): Promise<void> {
    await this.#sweeping;
    await this.#pause(this.#options.secondLookMs ?? 5_000);
    if (gap !== this.#gaps || this.#stop.signal.aborted) return;
    this.#looks += 1;
    this.#inStep = new Set();
    await this.#sweep(gap);
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stop.signal, ref: false }).catch(() => undefined);
  }

  #catchUp(room: RoomId): Promise<boolean> {
    if (this.#inStep.has(room)) return Promise.resolve(true);
    return this.#running.get(room) ?? this.#only(room, () => this.#one(room));
  }

  /** What is done with a room until it is over; it does not reject. */
  #only(room: RoomId, work: () => Promise<boolean>): Promise<boolean> {
    const started = work().finally(() => {
      if (this.#running.get(room) === started) this.#running.delete(room);
    });
    this.#running.set(room, started);
    return started;
  }

  async #one(room: RoomId): Promise<boolean> {
    const look = this.#looks;
    try {
      const failed = await this.#rooms.catchUp(room, this.#since, this.#stop.signal);
      if (failed?.retry.kind === 'later') return false;
      if (failed !== undefined)
        this.#options.log.warn({ reason: failed.reason }, 'a room cannot be read any more');
      if (look !== this.#looks) return false;
      this.#inStep.add(room);
      return true;
    } catch (error) {
      this.#options.log.error({ err: error }, 'a room could not be brought in step');
      return false;
    }
  }
}

async function inParallel<T>(
  items: AsyncIterable<T>,
  width: number,
  go: () => boolean,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  for await (const item of items) {
    if (!go()) break;
    const one = work(item).finally(() => running.delete(one));
    running.add(one);
    if (running.size >= width) await Promise.race(running);
  }
  await Promise.all(running);
}
