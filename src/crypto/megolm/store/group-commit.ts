/**
 * Commits of many machines, together. A write waits until nothing else is about to happen in the thread, or until it has
 * waited for a few milliseconds; then all that wait go into one SQLite transaction, in the order in which they came.
 */
import type { Disk } from './disk.ts';
import { EngineStoreError } from './errors.ts';
import type { Loop } from './loop.ts';

interface Write {
  readonly apply: () => void;
  /** Called after the commit, with the error where there was none. */
  readonly done: (error?: EngineStoreError) => void;
}

/** How long a write waits for others, at the most, in milliseconds; and how many go together. */
const patience = 2;
const most = 256;

export class GroupCommit {
  readonly #disk: Disk;
  readonly #loop: Loop;
  #waiting: Write[] = [];
  #since = 0;
  #scheduled = false;
  #idle: (() => void)[] = [];
  /** How many commits there were. */
  count = 0;

  constructor(disk: Disk, loop: Loop) {
    this.#disk = disk;
    this.#loop = loop;
  }

  /** Hands over a write; `done` is called in a later turn of the event loop. */
  submit(apply: () => void, done: (error?: EngineStoreError) => void): void {
    if (this.#waiting.length === 0) this.#since = performance.now();
    this.#waiting.push({ apply, done });
    this.#schedule();
  }

  /** The same as a promise. */
  write<T>(apply: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let result: { readonly value: T } | undefined;
      this.submit(
        () => (result = { value: apply() }),
        (error) => {
          if (result !== undefined && error === undefined) resolve(result.value);
          else reject(error ?? new EngineStoreError('failed', 'the write was not made'));
        },
      );
    });
  }

  /** Resolves when nothing waits any more. */
  async settled(): Promise<void> {
    while (this.#waiting.length > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#scheduled = false;
    const isFull = this.#waiting.length >= most;
    if (!isFull && this.#loop.pending > 0 && performance.now() - this.#since < patience) {
      this.#schedule();
      return;
    }
    const group = this.#waiting;
    this.#waiting = [];
    this.#commit(group);
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #commit(group: readonly Write[]): void {
    let error: EngineStoreError | undefined;
    try {
      this.#disk.transact(() => {
        for (const { apply } of group) apply();
      });
    } catch (thrown) {
      error =
        thrown instanceof EngineStoreError
          ? thrown
          : new EngineStoreError('failed', `the crypto store ${this.#disk.file} failed`);
    }
    this.count += 1;
    for (const { done } of group) done(error);
  }
}
