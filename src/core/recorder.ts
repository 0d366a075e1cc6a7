import { setTimeout as sleep } from 'node:timers/promises';
import { noChanges } from './changes.ts';
import type { Step } from './steps.ts';
import type { KeptEvent } from './stores.ts';
import type { Log } from './task.ts';

export type EndedStep = Extract<Step, { readonly kind: 'ended' }>;

export interface RecorderDeps {
  readonly log: Log;
  readonly isTransient: (error: unknown) => boolean;
  /** Writes how an event ended, and all that ends with it. */
  readonly write: (event: KeptEvent, step: EndedStep) => Promise<void>;
}

const firstPause = 500;
const longestPause = 5_000;

/**
 * Records how events ended. An ending that could not be written is held, so that the next attempt at its event only
 * writes it: what has been sent is not sent again because the store was away.
 */
export class Recorder {
  readonly #deps: RecorderDeps;
  readonly #held = new Map<number, EndedStep>();

  constructor(deps: RecorderDeps) {
    this.#deps = deps;
  }

  /** How an event ended that is still to be recorded. */
  held(seq: number): EndedStep | undefined {
    return this.#held.get(seq);
  }

  /** Whether the ending is recorded. Where what ends with it is refused for good, the next call does without that. */
  async record(event: KeptEvent, step: EndedStep): Promise<boolean> {
    const { log, isTransient, write } = this.#deps;
    try {
      await write(event, step);
      this.#held.delete(event.seq);
      return true;
    } catch (error) {
      const passes = isTransient(error);
      this.#held.set(event.seq, passes ? step : { ...step, changes: noChanges });
      log[passes ? 'warn' : 'error']({ err: error, seq: event.seq }, 'outcome could not be recorded yet');
      return false;
    }
  }

  /** Records the ending, however often that has to be tried, until `stop` is aborted. Never rejects. */
  async insist(event: KeptEvent, step: EndedStep, stop: AbortSignal): Promise<void> {
    for (let pause = firstPause; !(await this.record(event, this.held(event.seq) ?? step)); pause *= 2) {
      await sleep(Math.min(pause, longestPause), undefined, { signal: stop }).catch(() => undefined);
      if (stop.aborted) return;
    }
  }
}
