/** Tells users who have enabled a network, and may not any more, that nobody can reach them there; once, and when they may again. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ineligible } from './eligibility.ts';
import type { MatrixUserId, NetworkId } from './ids.ts';
import type { Failed } from './outcome.ts';
import type { OptIn, Reach, ReachStore } from './reach.ts';
import { task, type Log } from './task.ts';

/** What a user is told: why they may not any more, or that they may again. */
export type BarringNews = { readonly kind: 'barred'; readonly why: Ineligible } | { readonly kind: 'again' };

export interface BarringDeps {
  readonly reach: Pick<Reach, 'standing' | 'mark'>;
  readonly store: Pick<ReachStore, 'enabled'>;
  /** A line in the user's management room; the same id shows once. */
  readonly tell: (optIn: OptIn, id: string, news: BarringNews) => Promise<undefined | Failed>;
  /** The network takes back what it knows of the user. */
  readonly forget: (user: MatrixUserId, network: NetworkId) => Promise<undefined | Failed>;
  readonly log: Log;
  readonly now: () => number;
  /** Milliseconds between two looks where something has to wait. */
  readonly pause?: number;
}

const page = 200;
const hour = 3_600_000;

export class Barring implements AsyncDisposable {
  readonly #deps: BarringDeps;
  #looking: Promise<void> | undefined;
  #again = false;
  readonly #stop = new AbortController();

  constructor(deps: BarringDeps) {
    this.#deps = deps;
  }

  /** Who may be reached may be another than before. Looks in the background, until all is done. */
  poke(): void {
    if (this.#isStopped()) return;
    this.#again = true;
    this.#looking ??= task(this.#deps.log, 'who may be reached', () => this.#work()).finally(() => {
      this.#looking = undefined;
    });
  }

  /** Resolves when nothing is under way. */
  async done(): Promise<void> {
    await this.#looking;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#looking;
  }

  async #work(): Promise<void> {
    while (this.#again && !this.#isStopped()) {
      this.#again = false;
      if (await this.#lookAtAll()) continue;
      this.#again = true;
      const pause = this.#deps.pause ?? 5_000;
      await sleep(pause, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  /** Whether all is done: nobody has to be told later. */
  async #lookAtAll(): Promise<boolean> {
    let isDone = true;
    for (let after: OptIn | undefined; !this.#isStopped();) {
      const some = await this.#deps.store.enabled(after, page);
      for (const optIn of some) if (!this.#isStopped()) isDone = (await this.#look(optIn)) && isDone;
      after = some.at(-1);
      if (after === undefined || some.length < page) break;
    }
    return isDone;
  }

  #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  async #look(optIn: OptIn): Promise<boolean> {
    const { reach, tell, forget, log, now } = this.#deps;
    const { user, network, state } = optIn;
    const standing = await reach.standing(user, network);
    const isBarred = standing.kind === 'ineligible';
    if (isBarred === (state === 'barred')) return true;
    // A crash before it is recorded tells it once; what changes back and forth is told each hour at most.
    const when = String(Math.floor(now() / hour));
    const failed = isBarred
      ? ((await forget(user, network)) ??
        (await tell(optIn, `barred/${network}/${when}`, { kind: 'barred', why: standing.why })))
      : await tell(optIn, `unbarred/${network}/${when}`, { kind: 'again' });
    if (failed?.retry.kind === 'later') {
      log.info({ network, reason: failed.reason }, 'a user is told later');
      return false;
    }
    await reach.mark(optIn, isBarred);
    return true;
  }
}
