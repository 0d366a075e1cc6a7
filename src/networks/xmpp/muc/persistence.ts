import { setTimeout as sleep } from 'node:timers/promises';
import type { Failed } from '../../../core/outcome.ts';
import { task, type Log } from '../../../core/task.ts';
import { pauseBefore, type BackOff } from '../back-off.ts';

export interface PersistenceDeps {
  /** One attempt to be in the room with all places, and to hear all that was said. */
  readonly attempt: () => Promise<Failed | undefined>;
  /** Whether there is anybody to be in for, and a link. */
  readonly wanted: () => boolean;
  readonly backOff: BackOff;
  readonly log: Log;
}

/** Tries to be in a room until it is so; what is asked for meanwhile is done afterwards. */
export class Persistence implements AsyncDisposable {
  readonly #deps: PersistenceDeps;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #asked = 0;

  constructor(deps: PersistenceDeps) {
    this.#deps = deps;
  }

  /** Whether an attempt is under way, or the next one waits. */
  get busy(): boolean {
    return this.#running !== undefined;
  }

  ask(): void {
    this.#asked += 1;
    this.#running ??= task(this.#deps.log, 'xmpp-room', () => this.#run()).finally(() => {
      this.#running = undefined;
    });
  }

  /** No more attempts; resolves when the last has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { attempt, wanted, backOff, log } = this.#deps;
    for (let failures = 0; wanted() && !this.#stop.signal.aborted;) {
      const asked = this.#asked;
      const failed = await attempt();
      if (failed === undefined) {
        if (asked === this.#asked) return;
        failures = 0;
        continue;
      }
      log.warn({ reason: failed.reason, err: failed.cause }, 'xmpp room not entered');
      const pause = pauseBefore(failures, backOff, Math.random());
      failures += 1;
      await sleep(pause, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }
}
