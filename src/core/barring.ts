/** Tells users who have enabled a network, and may not any more, that nobody can reach them there; once, and when they may again. */
import type { Ineligible } from './eligibility.ts';
import type { MatrixUserId, NetworkId } from './ids.ts';
import type { Failed } from './outcome.ts';
import { following } from './pages.ts';
import type { OptIn, Reach, ReachStore } from './reach.ts';
import { Rounds } from './rounds.ts';
import type { Log } from './task.ts';

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
const usualPause = 5_000;

export class Barring implements AsyncDisposable {
  readonly #deps: BarringDeps;
  readonly #rounds: Rounds;

  constructor(deps: BarringDeps) {
    this.#deps = deps;
    const { log, pause = usualPause } = deps;
    const round = async (stop: AbortSignal): Promise<number | undefined> =>
      (await this.#lookAtAll(stop)) ? undefined : pause;
    this.#rounds = new Rounds({ log, name: 'who may be reached', pause, round });
  }

  /** Who may be reached may be another than before. Looks in the background, until all is done. */
  poke(): void {
    this.#rounds.poke();
  }

  /** Resolves when nothing is under way. */
  done(): Promise<void> {
    return this.#rounds.done();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rounds[Symbol.asyncDispose]();
  }

  /** Whether all is done: nobody has to be told later. */
  async #lookAtAll(stop: AbortSignal): Promise<boolean> {
    const { store } = this.#deps;
    const all = following<OptIn, OptIn | undefined>(
      page,
      undefined,
      (after, limit) => store.enabled(after, limit),
      (last) => last,
    );
    let isDone = true;
    for await (const optIn of all) {
      if (stop.aborted) break;
      isDone = (await this.#look(optIn)) && isDone;
    }
    return isDone;
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
