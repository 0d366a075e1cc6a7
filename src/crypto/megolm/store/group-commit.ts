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

/** Work whose writes are made together: of which databases, and what went wrong. */
interface Block {
  readonly owners: string;
  error: EngineStoreError | undefined;
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
  #block: Block | undefined;
  /** Resolves when no work of `together` is under way. */
  #blocks: Promise<undefined> = Promise.resolve(undefined);
  #idle: (() => void)[] = [];
  /** How many commits there were. */
  count = 0;

  constructor(disk: Disk, loop: Loop) {
    this.#disk = disk;
    this.#loop = loop;
  }

  /**
   * Hands over a write; `done` is called in a later turn of the event loop. `owner` is the database that it is of, where it
   * is of one.
   */
  submit(apply: () => void, done: (error?: EngineStoreError) => void, owner?: string): void {
    if (this.#block !== undefined && owner?.startsWith(this.#block.owners) === true) {
      this.#applyInBlock(this.#block, apply, done);
      return;
    }
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

  /**
   * Does work whose writes of the databases with the prefix are all made, or none: they are done before they are on the
   * disk, and on the disk when this resolves. Where it rejects, none was made, whatever was told of each. Writes of others
   * wait meanwhile, and so does other work of this kind.
   */
  async together<T>(owners: string, work: () => Promise<T>): Promise<T> {
    const before = this.#blocks;
    const gate = Promise.withResolvers<undefined>();
    this.#blocks = gate.promise;
    await before;
    const block: Block = { owners, error: undefined };
    try {
      while (this.#waiting.length > 0) this.#flush();
      this.#disk.begin();
      this.#block = block;
      const result = await work();
      if (block.error !== undefined) throw block.error;
      this.#block = undefined;
      this.#disk.end('commit');
      return result;
    } catch (thrown) {
      if (this.#block === block) {
        this.#block = undefined;
        this.#disk.end('rollback');
      }
      throw thrown;
    } finally {
      gate.resolve(undefined);
      if (this.#waiting.length > 0) this.#schedule();
    }
  }

  #applyInBlock(block: Block, apply: () => void, done: (error?: EngineStoreError) => void): void {
    try {
      if (block.error === undefined) apply();
    } catch (thrown) {
      block.error = this.#errorOf(thrown);
    }
    setImmediate(() => done(block.error));
  }

  #schedule(): void {
    if (this.#scheduled || this.#block !== undefined) return;
    this.#scheduled = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#scheduled = false;
    if (this.#block !== undefined) return;
    const isFull = this.#waiting.length >= most;
    if (!isFull && this.#loop.pending > 0 && performance.now() - this.#since < patience) {
      this.#schedule();
      return;
    }
    this.#flush();
  }

  #flush(): void {
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
      error = this.#errorOf(thrown);
    }
    this.count += 1;
    for (const { done } of group) done(error);
  }

  #errorOf(thrown: unknown): EngineStoreError {
    return thrown instanceof EngineStoreError
      ? thrown
      : new EngineStoreError('failed', `the crypto store ${this.#disk.file} failed`);
  }
}
