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
 */
export class Reconciler implements AsyncDisposable {
  readonly #rooms: ReconciledRooms;
  readonly #options: ReconcilerOptions;
  readonly #stop = new AbortController();
  readonly #running = new Map<RoomId, Promise<boolean>>();
  #inStep = new Set<RoomId>();
  #gaps = 0;
  #since = 0;
  /** Whether all rooms have been in step since the last gap. */
  #complete = true;
  #sweeping: Promise<void> = Promise.resolve();

  constructor(rooms: ReconciledRooms, options: ReconcilerOptions) {
    this.#rooms = rooms;
    this.#options = options;
  }

  /** Events may have been missed in any room since then (milliseconds since the epoch): for the start and each gap. */
  gap(since: number): void {
    this.#gaps += 1;
    this.#since = this.#complete ? since : Math.min(since, this.#since);
    this.#complete = false;
    this.#inStep = new Set();
    const before = this.#sweeping;
    const mine = this.#gaps;
    this.#sweeping = task(this.#options.log, 'reconcile', async () => {
      await before;
      await this.#sweep(mine);
    });
  }

  /** A room that was made just now has missed nothing. */
  fresh(room: RoomId): void {
    this.#inStep.add(room);
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

  /** Resolves when nothing is under way any more. */
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
      const { signal } = this.#stop;
      await sleep(this.#options.pauseMs ?? 5_000, undefined, { signal }).catch(() => undefined);
    }
  }

  async #catchUp(room: RoomId): Promise<boolean> {
    if (this.#inStep.has(room)) return true;
    const running = this.#running.get(room);
    if (running !== undefined) return running;
    const started = this.#one(room);
    this.#running.set(room, started);
    try {
      return await started;
    } finally {
      this.#running.delete(room);
    }
  }

  async #one(room: RoomId): Promise<boolean> {
    const gap = this.#gaps;
    try {
      const failed = await this.#rooms.catchUp(room, this.#since, this.#stop.signal);
      if (failed?.retry.kind === 'later') return false;
      if (failed !== undefined)
        this.#options.log.warn({ reason: failed.reason }, 'a room cannot be read any more');
      if (gap !== this.#gaps) return false;
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
