/**
 * What the numbers of transactions tell: https://spec.matrix.org/v1.15/application-service-api/#put_matrixappv1transactionstxnid
 *
 * Synapse counts transactions, over all its application services. When it takes a service for well again, a transaction
 * that it makes at that moment can stay behind in its database until the service fails the next time, while later ones
 * are delivered: then a number is missing.
 */

export interface TransactionNumbersOptions {
  /** The numbers begin anew, or an earlier one comes later: events may be missing. */
  readonly fellBack: () => void;
  /** A number is missing: what happened since then (milliseconds since the epoch) may be. Called at once, or later. */
  readonly skipped: (since: number) => void;
  readonly now: () => number;
  /** Calls back after so many milliseconds. */
  readonly later: (ms: number, then: () => void) => void;
}

/** For how long after a failure the server may take the bridge for well again: Synapse's longest pause is 512 s. */
const WATCH_MS = 600_000;
/** Other services of the server use numbers too: the longer that goes on, the rarer is what it costs. */
const FIRST_PAUSE_MS = 10_000;

/** Follows the numbers, and tells when one shows that something may be missing. */
export class TransactionNumbers {
  readonly #options: TransactionNumbersOptions;
  #last: number | undefined;
  #watchUntil: number;
  #quietUntil = 0;
  #pause = FIRST_PAUSE_MS;
  #due = false;

  constructor(options: TransactionNumbersOptions) {
    this.#options = options;
    this.#watchUntil = options.now() + WATCH_MS;
  }

  /** A transaction failed, or the server was away: it will have to take the bridge for well again. */
  failed(): void {
    this.#watchUntil = this.#options.now() + WATCH_MS;
  }

  /** Takes the id of a transaction before its events are kept. */
  take(id: string): void {
    const number = Number(id);
    if (!Number.isSafeInteger(number)) return;
    const last = this.#last;
    this.#last = number;
    if (last === undefined) return;
    if (number < last) this.#options.fellBack();
    else if (number > last + 1 && this.#options.now() < this.#watchUntil) this.#skip();
  }

  #skip(): void {
    if (this.#due) return;
    const since = this.#options.now();
    const wait = this.#quietUntil - since;
    this.#quietUntil = Math.max(since, this.#quietUntil) + this.#pause;
    this.#pause *= 2;
    if (wait <= 0) {
      this.#options.skipped(since);
      return;
    }
    this.#due = true;
    this.#options.later(wait, () => {
      this.#due = false;
      this.#options.skipped(since);
    });
  }
}
