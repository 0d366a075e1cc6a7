import type { Meter } from './meter.ts';
import type { Failed } from './outcome.ts';
import type { Reports } from './report.ts';
import { backOff } from './retries.ts';
import { directionOf, type SpineLimits } from './spine.ts';
import type { Step } from './steps.ts';
import type { Attempted } from './queue.ts';
import type { EventStore, KeptEvent } from './stores.ts';
import { task, type Log } from './task.ts';

export interface TrialsDeps {
  readonly log: Log;
  readonly meter: Pick<Meter, 'retried'>;
  readonly stores: { readonly events: Pick<EventStore, 'attempted'> };
  readonly limits: Pick<SpineLimits, 'giveUpAfter' | 'maxBrokenAttempts'>;
  readonly isTransient: (error: unknown) => boolean;
  readonly reports: Pick<Reports, 'delayed'>;
}

/** What is known of the attempts at the heads of lanes: whether they are enough, and when the next one is due. */
export class Trials {
  readonly #deps: TrialsDeps;
  /** How often the heads of lanes timed out or broke, by `seq`. */
  readonly #broken = new Map<number, number>();
  /** The heads of lanes whose senders were told that they are on their way. */
  readonly #delayed = new Set<number>();

  constructor(deps: TrialsDeps) {
    this.#deps = deps;
  }

  /** Whether an event has had all its time. */
  isOld({ receivedAt }: KeptEvent): boolean {
    return Date.now() - receivedAt > this.#deps.limits.giveUpAfter;
  }

  /** Whether no more attempt is made after this failure. */
  isOver(event: KeptEvent, failed: Failed): boolean {
    if (this.isOld(event)) return true;
    const isBroken =
      failed.reason === 'timeout' || (failed.reason === 'internal' && !this.#deps.isTransient(failed.cause));
    if (!isBroken) return false;
    const broken = (this.#broken.get(event.seq) ?? 0) + 1;
    this.#broken.set(event.seq, broken);
    return broken >= this.#deps.limits.maxBrokenAttempts;
  }

  /** Another attempt is to be made. */
  later(event: KeptEvent, step: Extract<Step, { kind: 'again' }>): Attempted {
    const { failed } = step;
    const asked = failed.retry.kind === 'later' ? failed.retry.afterMs : undefined;
    this.#deps.meter.retried(event.source, directionOf(event.source));
    this.#deps.log.info(
      { err: failed.cause, seq: event.seq, reason: failed.reason, attempts: event.attempts },
      'try again',
    );
    if (!this.#delayed.has(event.seq) && this.#deps.reports.delayed(event, failed))
      this.#delayed.add(event.seq);
    void task(this.#deps.log, 'count attempt', () =>
      this.#deps.stores.events.attempted(event.seq, event.attempts + 1),
    );
    return { kind: 'again', afterMs: asked ?? backOff(event.attempts), waitsFor: step.waitsFor };
  }

  forget({ seq }: KeptEvent): void {
    this.#broken.delete(seq);
    this.#delayed.delete(seq);
  }
}
