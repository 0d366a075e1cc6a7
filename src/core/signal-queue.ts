import { BoundedMap } from './bounded-map.ts';
import { task, type Log } from './task.ts';
import { TokenBucket } from './token-bucket.ts';

/** How many signals pass in a second, on average and at once, in all and of one person. */
export interface SignalLimits {
  readonly perSecond: number;
  readonly burst: number;
  readonly personPerSecond: number;
  readonly personBurst: number;
  /** So many wait at most; beyond it the oldest is dropped. */
  readonly mostWaiting: number;
}

/** A signal that waits for its turn. */
export interface Waiting {
  /** What it is about: a later one under the same key takes its place. */
  readonly key: string;
  /** Whose rate it counts for. */
  readonly person: string;
  /** After so long a wait it is of no use any more. */
  readonly lifetimeMs: number;
  /** Carries it; must not reject. `stop` is aborted when the bridge stops. */
  readonly run: (stop: AbortSignal) => Promise<void>;
  /** Told where it is not run. */
  readonly dropped: () => void;
}

const atOnce = 16;
const mostPeople = 10_000;

/**
 * Signals on their way: in the order in which they came, those of one key one after the other, within the rates. What
 * has to wait is replaced by what comes later under its key, so that what passes in the end is the newest.
 */
export class SignalQueue {
  readonly #limits: SignalLimits;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #all: TokenBucket;
  readonly #people = new BoundedMap<string, TokenBucket>(mostPeople);
  readonly #waiting = new Map<string, { readonly one: Waiting; readonly until: number }>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  /** When the timer ends. */
  #looksAt = Number.POSITIVE_INFINITY;
  /** Whether something waits for the rate of all. */
  #crowded = false;

  constructor(limits: SignalLimits, log: Log, now: () => number = Date.now) {
    this.#limits = limits;
    this.#log = log;
    this.#now = now;
    this.#all = new TokenBucket(limits.perSecond, limits.burst, now);
  }

  add(one: Waiting): void {
    if (this.#stop.signal.aborted) {
      one.dropped();
      return;
    }
    this.#waiting.get(one.key)?.one.dropped();
    this.#waiting.set(one.key, { one, until: this.#now() + one.lifetimeMs });
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size > this.#limits.mostWaiting && oldest !== undefined) this.#drop(oldest);
    // What waits for the rate of all has its turn first.
    if (!this.#crowded && this.#waiting.has(one.key)) this.#offer(one);
  }

  /** Drops what waits, and ends what is under way. */
  async stop(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    for (const key of [...this.#waiting.keys()]) this.#drop(key);
    await Promise.all(this.#running.values());
  }

  #drop(key: string): void {
    this.#waiting.get(key)?.one.dropped();
    this.#waiting.delete(key);
  }

  /** Looks at all that waits. What is added is looked at alone, so that many signals do not cost the square of them. */
  #next(): void {
    clearTimeout(this.#timer);
    this.#looksAt = Number.POSITIVE_INFINITY;
    this.#crowded = false;
    const slow = new Set<string>();
    for (const [key, { one, until }] of this.#waiting) {
      if (this.#running.size >= atOnce) return;
      if (until < this.#now()) this.#drop(key);
      else if (!slow.has(one.person)) {
        const offered = this.#offer(one);
        if (offered === 'crowded') return;
        if (offered === 'slow') slow.add(one.person);
      }
    }
  }

  /** Runs one where the rates let it; else it waits for that of all (`crowded`) or of its person (`slow`). */
  #offer(one: Waiting): 'taken' | 'crowded' | 'slow' {
    // The end of what runs looks again.
    if (this.#running.size >= atOnce || this.#running.has(one.key)) return 'taken';
    const { personPerSecond, personBurst } = this.#limits;
    const ofAll = this.#all.wait();
    if (ofAll > 0) {
      this.#crowded = true;
      this.#lookIn(ofAll);
      return 'crowded';
    }
    const own = this.#people.get(one.person) ?? new TokenBucket(personPerSecond, personBurst, this.#now);
    this.#people.set(one.person, own);
    const wait = own.take();
    if (wait > 0) {
      this.#lookIn(wait);
      return 'slow';
    }
    this.#all.take();
    this.#run(one);
    return 'taken';
  }

  #lookIn(ms: number): void {
    const at = this.#now() + ms;
    if (at >= this.#looksAt) return;
    clearTimeout(this.#timer);
    this.#looksAt = at;
    this.#timer = setTimeout(() => this.#next(), ms);
  }

  #run(one: Waiting): void {
    this.#waiting.delete(one.key);
    const running = task(this.#log, 'signal', () => one.run(this.#stop.signal)).then(() => {
      this.#running.delete(one.key);
      if (!this.#stop.signal.aborted) this.#next();
    });
    this.#running.set(one.key, running);
  }
}
