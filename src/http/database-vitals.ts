import type { DatabaseOperation, DatabaseResult, DatabaseWatch } from '../core/watch.ts';
import { Recent } from './recent.ts';

/** What was last seen of the database. Times are milliseconds since the epoch. */
export class DatabaseVitals implements DatabaseWatch {
  readonly #now: () => number;
  readonly #open = new Map<number, number>();
  readonly #writes = new Recent(5, 60_000);
  #count = 0;
  lastWrite: number | undefined;
  lastFailure: { readonly at: number; readonly result: DatabaseResult } | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  begin(operation: DatabaseOperation): (result: DatabaseResult) => void {
    const started = this.#now();
    const id = (this.#count += 1);
    this.#open.set(id, started);
    return (result) => {
      const now = this.#now();
      this.#open.delete(id);
      if (operation === 'write') this.#writes.add(now - started, now);
      if (result !== 'ok') this.lastFailure = { at: now, result };
      else if (operation === 'write') this.lastWrite = now;
    };
  }

  /** How long a transaction takes, in milliseconds. */
  get speed(): number | undefined {
    return this.#writes.median(this.#now(), 2);
  }

  /** How long the oldest call has been waiting for its answer, in milliseconds. */
  get waiting(): number {
    const [oldest] = this.#open.values();
    return oldest === undefined ? 0 : Math.max(0, this.#now() - oldest);
  }
}
