import type { LaneId } from './ids.ts';
import { Places } from './places.ts';
import type { KeptEvent } from './stores.ts';
import { task, type Log } from './task.ts';

/**
 * How one attempt at an event went: it has ended, or it is to be tried again. Where `recorded` is given, the ending is
 * still being recorded, and the next event may begin meanwhile; it never rejects.
 */
export type Attempted =
  | { readonly kind: 'ended'; readonly recorded?: Promise<void> }
  | { readonly kind: 'again'; readonly afterMs: number; readonly waitsFor: string };

/** What the lanes need: pending events from the store, and the work itself. */
export interface LanesDeps {
  readonly log: Log;
  /** How many events may be worked on at once, over all lanes. */
  readonly maxActive: number;
  /** How long an attempt counts as one of them, in milliseconds; one that takes longer lets the next begin. */
  readonly patience: number;
  /** How many characters of payload may wait in memory; beyond it they wait in the store and are read again. */
  readonly maxWaitingSize: number;
  readonly pending: (lane: LaneId, after: number, limit: number) => Promise<readonly KeptEvent[]>;
  /** One attempt; `before` resolves when the ending of the event before it is recorded. Never rejects. */
  readonly attempt: (event: KeptEvent, before: Promise<void>) => Promise<Attempted>;
}

interface Lane {
  readonly id: LaneId;
  /** Events in memory, the head first. */
  readonly waiting: KeptEvent[];
  /** The highest `seq` that was taken into memory. */
  taken: number;
  /** Whether the store may hold events of this lane beyond `taken`. */
  spilled: boolean;
  /** Set when an event was left to the store while the store was being read. */
  missed: boolean;
  /** Set when the store is to be read from its beginning while it was being read. */
  rewound: boolean;
  /** Set while the head waits to be tried again. */
  sleep: { readonly waitsFor: string; readonly wake: () => void } | undefined;
  /** Resolves when the last ending is recorded. */
  recorded: Promise<void>;
  /** Whether that is still under way. */
  recording: boolean;
  readonly watchers: Set<() => void>;
}

const readAtOnce = 64;

/**
 * First-in-first-out lanes: within one, an event is begun only after the one before it has ended, where the attempt
 * says so also before that is recorded; lanes run side by side. A lane whose head waits for something holds no place
 * among the active. What does not fit into memory stays in the store, which already has it.
 */
export class Lanes {
  readonly #deps: LanesDeps;
  readonly #lanes = new Map<LaneId, Lane>();
  readonly #running = new Set<Promise<void>>();
  readonly #places: Places;
  #waitingSize = 0;
  #stopped = false;

  constructor(deps: LanesDeps) {
    this.#deps = deps;
    this.#places = new Places(deps.maxActive, deps.patience);
  }

  /** Takes newly kept events, in the order of their `seq`. */
  add(events: readonly KeptEvent[]): void {
    for (const event of events) {
      const lane = this.#lane(event.lane, event.seq - 1, false);
      // Kept a second time after a commit in doubt, and read from the store meanwhile.
      if (event.seq <= lane.taken && lane.waiting.some((held) => held.seq === event.seq)) continue;
      if (lane.spilled || this.#waitingSize >= this.#deps.maxWaitingSize) {
        lane.spilled = true;
        lane.missed = true;
      } else this.#hold(lane, event);
    }
  }

  /** Takes an event that had ended and is to be tried again: it stands behind what waits in memory. */
  again(event: KeptEvent): void {
    const lane = this.#lane(event.lane, event.seq, false);
    // What the lane has yet to read of the store comes with it, in order.
    if (lane.spilled && event.seq > lane.taken) lane.missed = true;
    else this.#hold(lane, event);
  }

  /** The store may hold events of these lanes that it could not answer for: they are read before anything newer is taken. */
  doubt(lanes: readonly LaneId[]): void {
    for (const id of lanes) {
      const lane = this.#lane(id, 0, true);
      lane.spilled = true;
      lane.missed = true;
    }
  }

  /** Events of a lane that had ended are pending again in the store: behind its head, it is read from its beginning. */
  readAgain(id: LaneId): void {
    const lane = this.#lane(id, 0, true);
    for (const event of lane.waiting.splice(1)) this.#waitingSize -= event.payload.length;
    lane.taken = 0;
    lane.spilled = true;
    lane.missed = true;
    lane.rewound = true;
  }

  /** Takes up lanes whose events are in the store, from its beginning. To be called once, before anything is added. */
  resume(lanes: readonly LaneId[]): void {
    for (const id of lanes) this.#lane(id, 0, true);
  }

  /** Ends the waiting of every lane whose head waits for `what`. */
  wake(what: string): void {
    for (const lane of this.#lanes.values()) if (lane.sleep?.waitsFor === what) lane.sleep.wake();
  }

  /** Resolves when the lane has nothing under way, its head has to wait, or `ms` have passed. */
  async settled(id: LaneId, ms: number): Promise<void> {
    const lane = this.#lanes.get(id);
    if (lane === undefined || lane.sleep !== undefined) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        lane.watchers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      lane.watchers.add(done);
    });
  }

  /** Whether the lane has anything to do, now or later. */
  isBusy(id: LaneId): boolean {
    return this.#lanes.has(id);
  }

  /** How many lanes have work, and how many of them wait to try again. */
  load(): { readonly lanes: number; readonly sleeping: number; readonly inMemory: number } {
    let sleeping = 0;
    for (const lane of this.#lanes.values()) if (lane.sleep !== undefined) sleeping += 1;
    return { lanes: this.#lanes.size, sleeping, inMemory: this.#waitingSize };
  }

  /** Begins nothing more, and resolves when what is under way has ended. Everything else stays kept. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const lane of this.#lanes.values()) lane.sleep?.wake();
    this.#places.open();
    await Promise.all(this.#running);
  }

  #lane(id: LaneId, after: number, spilled: boolean): Lane {
    const known = this.#lanes.get(id);
    if (known !== undefined) return known;
    const lane: Lane = {
      id,
      waiting: [],
      taken: after,
      spilled,
      missed: false,
      rewound: false,
      sleep: undefined,
      recorded: Promise.resolve(),
      recording: false,
      watchers: new Set(),
    };
    this.#lanes.set(id, lane);
    const run = task(this.#deps.log, 'lane', async () => {
      await this.#run(lane);
      await lane.recorded;
    }).finally(() => {
      this.#running.delete(run);
    });
    this.#running.add(run);
    return lane;
  }

  #hold(lane: Lane, event: KeptEvent): void {
    lane.waiting.push(event);
    lane.taken = Math.max(lane.taken, event.seq);
    this.#waitingSize += event.payload.length;
  }

  async #run(lane: Lane): Promise<void> {
    // A turn later, so that all events of one call to `add` are there.
    await Promise.resolve();
    while (!this.#isStopped()) {
      const [head] = lane.waiting;
      if (head !== undefined) {
        if (!(await this.#take(lane, head))) return;
        lane.waiting.shift();
        this.#waitingSize -= head.payload.length;
      } else if (lane.spilled) {
        if (!(await this.#places.run(() => this.#read(lane)))) await this.#sleep(lane, 1_000, 'store');
      } else if (lane.recording) {
        await lane.recorded;
      } else {
        this.#lanes.delete(lane.id);
        this.#notify(lane);
        return;
      }
    }
  }

  /** Tries the head until it has ended; false where the lanes were stopped before. */
  async #take(lane: Lane, head: KeptEvent): Promise<boolean> {
    for (let event = head; ; event = { ...event, attempts: event.attempts + 1 }) {
      const attempted = await this.#places.run(async () =>
        this.#isStopped() ? undefined : this.#deps.attempt(event, lane.recorded),
      );
      if (attempted === undefined) return false;
      // No more than one ending is left behind to be recorded.
      await lane.recorded;
      if (attempted.kind === 'ended') {
        if (attempted.recorded !== undefined) this.#leaveBehind(lane, attempted.recorded);
        return true;
      }
      await this.#sleep(lane, attempted.afterMs, attempted.waitsFor);
    }
  }

  #leaveBehind(lane: Lane, recorded: Promise<void>): void {
    lane.recording = true;
    lane.recorded = recorded.then(() => {
      lane.recording = false;
    });
  }

  async #sleep(lane: Lane, ms: number, waitsFor: string): Promise<void> {
    if (this.#stopped) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        lane.sleep = undefined;
        resolve();
      };
      const timer = setTimeout(wake, ms);
      lane.sleep = { waitsFor, wake };
      this.#notify(lane);
    });
  }

  #notify(lane: Lane): void {
    for (const watcher of [...lane.watchers]) watcher();
  }

  /** Reads on in the store. The lane is whole in memory once a read found less than it asked for and missed nothing. */
  async #read(lane: Lane): Promise<boolean> {
    if (this.#stopped) return true;
    const limit = this.#waitingSize < this.#deps.maxWaitingSize ? readAtOnce : 1;
    lane.missed = false;
    lane.rewound = false;
    try {
      // What was left behind counts as pending until it is recorded.
      await lane.recorded;
      const events = await this.#deps.pending(lane.id, lane.taken, limit);
      if (this.#wasRewound(lane)) return true;
      for (const event of events) this.#hold(lane, event);
      if (events.length < limit && !this.#wasMissed(lane)) lane.spilled = false;
      return true;
    } catch (error) {
      this.#deps.log.warn({ err: error }, 'lane could not be read');
      return false;
    }
  }

  #wasRewound(lane: Lane): boolean {
    return lane.rewound;
  }

  #wasMissed(lane: Lane): boolean {
    return lane.missed;
  }

  #isStopped(): boolean {
    return this.#stopped;
  }
}
