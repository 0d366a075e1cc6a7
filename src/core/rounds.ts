/** Work that is done in rounds in the background: whenever there is something to do, and again for what has to wait. */
import { setTimeout as sleep } from 'node:timers/promises';
import { task, type Log } from './task.ts';

export interface RoundsDeps {
  readonly log: Log;
  readonly name: string;
  /** Does what can be done now; answers in how many milliseconds something is left to do, if anything. May throw. */
  readonly round: (stop: AbortSignal) => Promise<number | undefined>;
  /** Milliseconds until the next round after one that broke. */
  readonly pause?: number;
}

const usualPause = 5_000;
/** Between two rounds, however often there is something new. */
const gap = 100;

/** One round at a time, for as long as there is something to do. */
export class Rounds implements AsyncDisposable {
  readonly #deps: RoundsDeps;
  readonly #stop = new AbortController();
  #due = false;
  #wake = new AbortController();
  #working: Promise<void> | undefined;

  constructor(deps: RoundsDeps) {
    this.#deps = deps;
  }

  /** Aborted when the work is to end. */
  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  /** There is something to do, now or from before a restart: it is done in the background. */
  poke(): void {
    this.#due = true;
    this.#wake.abort();
    if (this.stop.aborted) return;
    const { log, name } = this.#deps;
    this.#working ??= task(log, name, () => this.#work()).finally(() => {
      this.#working = undefined;
      if (this.#due) this.poke();
    });
  }

  /** Resolves when nothing is left to do, or it is to stop. */
  async done(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.done();
  }

  async #work(): Promise<void> {
    const { log, name, round, pause = usualPause } = this.#deps;
    while (this.#due && !this.stop.aborted) {
      this.#due = false;
      const wait = await round(this.stop).catch((error: unknown) => {
        log.warn({ err: error }, `${name}: not all could be done yet`);
        return pause;
      });
      if (this.#isDue()) await this.#pause(gap);
      else if (wait !== undefined) await this.#pause(wait);
    }
  }

  #isDue(): boolean {
    return this.#due;
  }

  /** What is new is done at once; what waits for its time meanwhile is looked at again then. */
  async #pause(ms: number): Promise<void> {
    this.#wake = new AbortController();
    this.#due = true;
    const signal = AbortSignal.any([this.#wake.signal, this.stop]);
    await sleep(ms, undefined, { signal }).catch(() => undefined);
  }
}
