/**
 * All writes, in the order in which they were asked for. What is asked for within one turn of the event loop, or while
 * a transaction runs, goes into one transaction together. Where that one fails, each of its writes is run again in a
 * transaction of its own, so that a bad one does not take its neighbours with it.
 */
import { type Log, task } from '../core/task.ts';
import type { Sql } from './database.ts';
import { isTransient, LeaseLostError, StorageUnavailableError } from './errors.ts';

/** Runs a piece of work in one transaction. */
export type Transact = <T>(work: (sql: Sql) => Promise<T>) => Promise<T>;
/** Writes inputs in their order and answers for each of them in turn. */
export type Apply<I, O> = (sql: Sql, inputs: readonly I[]) => Promise<readonly O[]>;

const maxWrites = 512;

/** Writes that follow each other and are of one kind. */
interface Run {
  readonly size: number;
  /** Writes; answers what is to be called after the commit. */
  apply(sql: Sql): Promise<() => void>;
  fail(error: unknown): void;
  singly(): readonly Run[];
}

interface Member<I, O> {
  readonly input: I;
  readonly resolve: (output: O) => void;
  readonly reject: (error: unknown) => void;
}

class RunOf<I, O> implements Run {
  readonly #apply: Apply<I, O>;
  readonly #members: Member<I, O>[];
  constructor(apply: Apply<I, O>, members: Member<I, O>[]) {
    this.#apply = apply;
    this.#members = members;
  }
  get size(): number {
    return this.#members.length;
  }
  add(member: Member<I, O>): void {
    this.#members.push(member);
  }
  async apply(sql: Sql): Promise<() => void> {
    const members = this.#members;
    const inputs = members.map((member) => member.input);
    const outputs = await this.#apply(sql, inputs);
    if (outputs.length !== inputs.length) throw new Error('a write did not answer for each of its inputs');
    return () => {
      for (const [index, output] of outputs.entries()) members[index]?.resolve(output);
    };
  }
  fail(error: unknown): void {
    for (const member of this.#members) member.reject(error);
  }
  singly(): readonly Run[] {
    return this.#members.map((member) => new RunOf(this.#apply, [member]));
  }
}

/** The one way to write. */
export class GroupCommit {
  readonly #transact: Transact;
  readonly #log: Log;
  #queue: Run[] = [];
  #draining: Promise<void> | undefined;
  #closed = false;

  constructor(transact: Transact, log: Log) {
    this.#transact = transact;
    this.#log = log;
  }

  /** A kind of write of which neighbours are written together, in bulk. */
  batched<I, O>(apply: Apply<I, O>): (input: I) => Promise<O> {
    let open: RunOf<I, O> | undefined;
    return (input) =>
      new Promise<O>((resolve, reject) => {
        const member = { input, resolve, reject };
        if (open !== undefined && open === this.#queue.at(-1) && open.size < maxWrites) {
          open.add(member);
        } else {
          open = new RunOf(apply, [member]);
          this.#enqueue(open);
        }
      });
  }

  /** A write of its own kind. */
  write<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.batched<undefined, T>(async (sql) => [await work(sql)])(undefined);
  }

  /** Takes no more writes, and waits for those that were asked for. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#draining;
  }

  #enqueue(run: Run): void {
    if (this.#closed) {
      run.fail(new StorageUnavailableError('the database is closed'));
      return;
    }
    this.#queue.push(run);
    this.#draining ??= task(this.#log, 'group-commit', () => this.#drain());
  }

  async #drain(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    try {
      while (this.#queue.length > 0) await this.#commit(this.#take());
    } finally {
      this.#draining = undefined;
    }
  }

  #take(): readonly Run[] {
    let size = 0;
    let count = 0;
    for (const run of this.#queue) {
      if (count > 0 && size + run.size > maxWrites) break;
      size += run.size;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  async #commit(runs: readonly Run[]): Promise<void> {
    const failure = await this.#attempt(runs);
    if (failure === undefined) return;
    const alone = runs.flatMap((run) => run.singly());
    let final = alone.length === 1 || endsAll(failure.error) ? failure : undefined;
    for (const run of alone) {
      if (final !== undefined) {
        run.fail(final.error);
        continue;
      }
      const own = await this.#attempt([run]);
      if (own === undefined) continue;
      run.fail(own.error);
      if (endsAll(own.error)) final = own;
    }
  }

  async #attempt(runs: readonly Run[]): Promise<{ readonly error: unknown } | undefined> {
    try {
      const finish = await this.#transact(async (sql) => {
        const after: (() => void)[] = [];
        for (const run of runs) after.push(await run.apply(sql));
        return after;
      });
      for (const resolve of finish) resolve();
      return undefined;
    } catch (error) {
      return { error };
    }
  }
}

/** Whether a failure would meet the neighbours as well. */
function endsAll(error: unknown): boolean {
  return isTransient(error) || error instanceof LeaseLostError;
}
