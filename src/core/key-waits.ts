/**
 * Waiting for keys. The head of a lane waits a short time for a key that is missing; then the event leaves the lane, so that
 * what comes after it passes, and is kept until its key comes, it is looked at again in the course of time, or it expires.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { BoundedMap } from './bounded-map.ts';
import type { LaneId, RoomId } from './ids.ts';
import type { KeyWaitStore } from './key-wait-store.ts';
import { matrixLane } from './lane-name.ts';
import type { Meter } from './meter.ts';
import type { Outcome } from './outcome.ts';
import type { Attempted, Lanes } from './queue.ts';
import type { EndedStep } from './recorder.ts';
import type { Reports } from './report.ts';
import { backOff, gaveUp } from './retries.ts';
import type { Step } from './steps.ts';
import type { KeptEvent } from './stores.ts';
import type { Log } from './task.ts';
import { Tasks } from './tasks.ts';

/** A room key, by the room and the session that it belongs to. */
export interface KeySession {
  readonly room: RoomId;
  readonly sessionId: string;
}

/** Times in milliseconds. */
export interface KeyPatience {
  /** How long the head of a lane waits, so that its order holds where a key is only a little late. */
  readonly inLane: number;
  /** A lane waits so long only once within this time: who withholds keys does not hold up a room. */
  readonly every: number;
  /** When a key that is waited for is looked for again for the first time; then after twice as long each time. */
  readonly again: number;
  /** How often everything that waits is looked at again at least. */
  readonly sweep: number;
}
export const usualPatience: KeyPatience = {
  ...{ inLane: 8_000, every: 60_000, again: 15_000, sweep: 600_000 },
};

export interface KeyWaitsDeps {
  readonly log: Log;
  readonly store: KeyWaitStore;
  readonly lanes: Pick<Lanes, 'wake' | 'again' | 'settled'>;
  readonly meter: Pick<Meter, 'opened'>;
  readonly reports: Pick<Reports, 'poke'>;
  readonly isOld: (event: KeptEvent) => boolean;
  readonly keyPatience?: KeyPatience;
  readonly now?: () => number;
}

type LockedStep = Extract<Step, { readonly kind: 'locked' }>;

/** When a key is looked for next. */
interface Look {
  readonly lane: LaneId;
  readonly session: string;
  readonly due: number;
  readonly pause: number;
}

const looksAtOnce = 20;
const pauses = [300, 700, 1_500];
const page = 100;
const remembered = 10_000;
/** A key that was missed so lately is not asked for again, for the other events that wait for it too. */
const freshMs = 5_000;

export class KeyWaits {
  readonly #deps: KeyWaitsDeps;
  readonly #patience: KeyPatience;
  readonly #now: () => number;
  /** Since when the heads of lanes wait, and how often they were tried, by `seq`. */
  readonly #heads = new Map<number, { readonly since: number; tries: number }>();
  /** When a lane last waited in vain. */
  readonly #spent = new BoundedMap<LaneId, number>(remembered);
  /** Sessions whose keys were waited for in vain, and when they were last looked for. */
  readonly #missing = new BoundedMap<string, number>(remembered);
  /** When keys last came. */
  readonly #arrived = new BoundedMap<string, number>(remembered);
  /** When the keys that are waited for are looked for next. */
  readonly #looks = new BoundedMap<string, Look>(remembered);
  readonly #tasks: Tasks;
  #after = 0;
  #sweptAt: number;

  constructor(deps: KeyWaitsDeps) {
    this.#deps = deps;
    this.#tasks = new Tasks(deps.log);
    this.#patience = deps.keyPatience ?? usualPatience;
    this.#now = deps.now ?? Date.now;
    this.#sweptAt = this.#now();
  }

  /** A late event need not be opened whose key was looked for only just now and has not come since. */
  stillLocked(event: KeptEvent): LockedStep | undefined {
    const { lane, waitedFor: session } = event;
    if (session === undefined || this.#deps.isOld(event)) return undefined;
    const last = this.#missing.get(nameOf(lane, session));
    if (last === undefined || this.#now() - last >= freshMs) return undefined;
    return { kind: 'locked', session, withheld: true, looked: false, portal: undefined, told: 'nobody' };
  }

  /**
   * The key of a lane's head is missing; `begun` is when that attempt began. It is tried again soon, or leaves the lane and
   * waits, or has waited for too long.
   */
  async take(event: KeptEvent, step: LockedStep, begun: number): Promise<Attempted | EndedStep> {
    const { session, portal, told } = step;
    if (this.#deps.isOld(event)) return gaveUp(event, 'no-key', portal, told);
    const pause = this.#pauseFor(event, step);
    if (pause !== undefined) return { kind: 'again', afterMs: pause, waitsFor: nameOf(event.lane, session) };
    const { store, meter, reports, log } = this.#deps;
    const report = told === 'message';
    const { seq, attempts } = event;
    try {
      await store.wait({ seq, session, attempts: attempts + 1, portal: portal?.id, report });
    } catch (error) {
      log.warn({ err: error, seq }, 'an event could not be left waiting yet');
      return { kind: 'again', afterMs: backOff(attempts), waitsFor: 'store' };
    }
    if (step.looked) this.#lookLater(event.lane, session);
    if (event.waitedFor === undefined) meter.opened('locked');
    if (report) reports.poke();
    const arrived = this.#arrived.get(nameOf(event.lane, session)) ?? 0;
    if (arrived >= begun) this.#inBackground(() => this.#takeUp(event.lane, [session]));
    return { kind: 'ended' };
  }

  /** An event has ended. What waits for the same key because it concerns that event can follow it. */
  ended({ seq, lane, waitedFor }: KeptEvent, outcome: Outcome): void {
    this.#heads.delete(seq);
    if (waitedFor === undefined || outcome.kind !== 'sent') return;
    this.#missing.delete(nameOf(lane, waitedFor));
    this.#looks.delete(nameOf(lane, waitedFor));
    this.#inBackground(() => this.#takeUp(lane, [waitedFor]));
  }

  /** Keys came: what waits for them is taken up again, in its order. Never throws. */
  arrived(sessions: readonly KeySession[]): void {
    const byLane = new Map<LaneId, string[]>();
    for (const { room, sessionId } of sessions) {
      const lane = matrixLane(room);
      const name = nameOf(lane, sessionId);
      this.#arrived.set(name, this.#now());
      this.#missing.delete(name);
      this.#looks.delete(name);
      this.#deps.lanes.wake(name);
      byLane.set(lane, [...(byLane.get(lane) ?? []), sessionId]);
    }
    for (const [lane, ids] of byLane) this.#inBackground(() => this.#takeUp(lane, ids));
  }

  /** Takes up what an earlier run left waiting; before the lanes are resumed. */
  async start(): Promise<void> {
    await this.#deps.store.takeUpAll();
  }

  /** Looks at what waits again and again, so that it expires, and nothing is forgotten that nobody told of. */
  sweep(stop: AbortSignal): void {
    this.#inBackground(async () => {
      for (;;) {
        const { again, sweep } = this.#patience;
        await sleep(Math.min(again, sweep) / 2, undefined, { signal: stop, ref: false }).catch(
          () => undefined,
        );
        if (stop.aborted) return;
        await this.#sweepOnce().catch((error: unknown) => {
          this.#deps.log.warn({ err: error }, 'what waits for keys could not be read');
        });
      }
    });
  }

  /** Resolves when nothing is being taken up any more; the sweep has to be stopped before. */
  async stop(): Promise<void> {
    await this.#tasks.done();
  }

  /** After how many milliseconds the head is tried again; `undefined` where it is to leave the lane. */
  #pauseFor(
    { lane, seq, waitedFor }: KeptEvent,
    { session, withheld, looked }: LockedStep,
  ): number | undefined {
    const name = nameOf(lane, session);
    const now = this.#now();
    const head = this.#heads.get(seq) ?? { since: now, tries: 0 };
    const spent = this.#spent.get(lane) ?? Number.NEGATIVE_INFINITY;
    const isFirst = waitedFor === undefined && !withheld && !this.#missing.has(name);
    const mayWait = isFirst && now - spent >= this.#patience.every;
    const left = this.#patience.inLane - (now - head.since);
    if (mayWait && left > 0) {
      this.#heads.set(seq, { since: head.since, tries: head.tries + 1 });
      return Math.min(pauses[head.tries] ?? 2_000, left);
    }
    if (mayWait) this.#spent.set(lane, now);
    this.#heads.delete(seq);
    if (looked) this.#missing.set(name, now);
    return undefined;
  }

  /** One page at a time, so that little is in memory; the next one at the next time. */
  async #sweepOnce(): Promise<void> {
    const now = this.#now();
    const due = [...this.#looks.entries()].filter(([, look]) => look.due <= now).slice(0, looksAtOnce);
    // Where nothing waits any more (it was given up, or taken back) nobody has to look again.
    for (const [name, { lane, session }] of due)
      if ((await this.#takeUp(lane, [session])) === 0) this.#looks.delete(name);
    if (now - this.#sweptAt < this.#patience.sweep) return;
    this.#sweptAt = now;
    const events = await this.#deps.store.takeUpAfter(this.#after, page);
    this.#after = events.length < page ? 0 : (events.at(-1)?.seq ?? 0);
    for (const event of events) this.#deps.lanes.again(event);
  }

  #lookLater(lane: LaneId, session: string): void {
    const name = nameOf(lane, session);
    const { again, sweep } = this.#patience;
    const last = this.#looks.get(name);
    const now = this.#now();
    // Another event that waits for the same key.
    if (last !== undefined && last.due > now) return;
    const pause = last === undefined ? again : Math.min(last.pause * 2, sweep);
    this.#looks.set(name, { lane, session, pause, due: now + pause });
  }

  /** Answers how many events there were. */
  async #takeUp(lane: LaneId, sessions: readonly string[]): Promise<number> {
    for (let count = 0; ;) {
      const events = await this.#deps.store.takeUp(lane, sessions, page);
      count += events.length;
      for (const event of events) this.#deps.lanes.again(event);
      if (events.length < page) return count;
      await this.#deps.lanes.settled(lane, 30_000);
    }
  }

  #inBackground(work: () => Promise<unknown>): void {
    void this.#tasks.run('keys', work);
  }
}

/** What a lane waits for whose head waits for a key. */
function nameOf(lane: LaneId, session: string): string {
  return `key ${lane} ${session}`;
}
