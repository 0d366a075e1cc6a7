/**
 * The durable store of the crypto engine: IndexedDB (https://w3c.github.io/IndexedDB/) over one SQLite file, for all
 * machines of one process. What had its `complete` event, or its promise resolved, is on the disk.
 */
import type { Context } from './context.ts';
import { IDBCursor, IDBCursorWithValue } from './cursor.ts';
import { IDBDatabase } from './database.ts';
import { type Disk, openDisk } from './disk.ts';
import { EngineStoreError } from './errors.ts';
import { IDBVersionChangeEvent } from './events.ts';
import { IDBFactory } from './factory.ts';
import { GroupCommit } from './group-commit.ts';
import { IDBIndex } from './index-handle.ts';
import { IDBKeyRange } from './key-range.ts';
import { Loop } from './loop.ts';
import { IDBObjectStore } from './object-store.ts';
import { type OwnTables, ownTables } from './own.ts';
import { IDBRecord } from './records.ts';
import { IDBOpenDBRequest, IDBRequest } from './request.ts';
import { IDBTransaction } from './transaction.ts';

export interface EngineStoreOptions {
  /** How large the file may become, in pages of 4 KiB; what does not fit fails as on a full disk. */
  readonly maxPages?: number;
}

/** How many times the store was told that its past may be another than the world's. */
export interface Generation {
  readonly epoch: number;
}

export interface EngineStore extends AsyncDisposable {
  /**
   * Puts `indexedDB` and its classes on the global object of the thread that the engine runs in. It goes before the
   * engine's first use of its store; the engine looks them up by name.
   */
  install(global: object): void;
  readonly indexedDB: IDBFactory;
  readonly own: OwnTables;
  generation(): Generation;
  /** Counts the generation up; resolves when it is on the disk. */
  advanceGeneration(): Promise<Generation>;
  /** How many commits the file has had since it was opened. */
  readonly commitCount: number;
  /**
   * Does work of which the writes of one machine (its store name) are all made, or none, when a crash comes between: they
   * are on the disk when this resolves, and not before. The writes of others wait until then.
   */
  together<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** The names of all databases in the file. A machine has those that begin with its store name and `::`. */
  databases(): Promise<readonly string[]>;
  /** Removes the databases of a machine by its store name; rejects with `in-use` while the machine is open. */
  deleteMachine(name: string): Promise<void>;
  /** Writes a copy that is one moment of the store to a file that does not exist yet. */
  copyTo(file: string): Promise<void>;
  /** Takes nothing new, waits for the commits that were handed over, and lets the file go. */
  close(): Promise<void>;
}

/**
 * Opens the store, which is made where there is none. Throws an `EngineStoreError`: `held` where another process has it,
 * `corrupt`, `not-ours` or `newer` where the file is not to be used, and then nothing in it was changed.
 */
export function openStore(file: string, options: EngineStoreOptions = {}): EngineStore {
  return new Store(openDisk(file, options.maxPages));
}

const classes = {
  IDBCursor,
  IDBCursorWithValue,
  IDBDatabase,
  IDBFactory,
  IDBIndex,
  IDBKeyRange,
  IDBObjectStore,
  IDBOpenDBRequest,
  IDBRecord,
  IDBRequest,
  IDBTransaction,
  IDBVersionChangeEvent,
};

class Store implements EngineStore, Context {
  readonly disk: Disk;
  readonly loop = new Loop();
  readonly commits: GroupCommit;
  readonly indexedDB: IDBFactory;
  readonly own: OwnTables;
  #lastSpace: number;
  #closed = false;

  constructor(disk: Disk) {
    this.disk = disk;
    this.commits = new GroupCommit(disk, this.loop);
    this.#lastSpace = this.#counter('space');
    this.indexedDB = new IDBFactory(this);
    this.own = ownTables(this);
  }

  get closed(): boolean {
    return this.#closed;
  }
  get lastSpace(): number {
    return this.#lastSpace;
  }
  newSpace(): number {
    this.#lastSpace += 1;
    return this.#lastSpace;
  }

  get commitCount(): number {
    return this.commits.count;
  }

  install(global: object): void {
    for (const [name, value] of Object.entries({ ...classes, indexedDB: this.indexedDB }))
      Object.defineProperty(global, name, { value, writable: true, enumerable: false, configurable: true });
  }

  generation(): Generation {
    return { epoch: this.#counter('epoch') };
  }

  async advanceGeneration(): Promise<Generation> {
    this.#demandOpen();
    return this.commits.write(() => {
      this.disk
        .prepare(
          `insert into counters (name, value) values ('epoch', 1) on conflict (name) do update set value = value + 1`,
        )
        .run();
      return this.generation();
    });
  }

  async together<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.#demandOpen();
    return this.commits.together(`${name}::`, work);
  }

  async databases(): Promise<readonly string[]> {
    return (await this.indexedDB.databases()).map(({ name }) => name);
  }

  async deleteMachine(name: string): Promise<void> {
    this.#demandOpen();
    const names = (await this.databases()).filter((database) => database.startsWith(`${name}::`));
    if (names.some((database) => this.indexedDB.isInUse(database)))
      throw new EngineStoreError('in-use', 'the machine is open');
    await Promise.all(names.map((database) => this.#delete(database)));
  }

  async copyTo(file: string): Promise<void> {
    this.#demandOpen();
    await this.disk.copyTo(file);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.commits.settled();
    this.disk.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #delete(database: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = this.indexedDB.deleteDatabase(database);
      request.onsuccess = (): void => resolve();
      request.onerror = (): void =>
        reject(new EngineStoreError('failed', `a database of the crypto store could not be deleted`));
    });
  }

  #counter(name: string): number {
    const row = this.disk.prepare<{ value: number }>('select value from counters where name = ?').get(name);
    return row?.value ?? 0;
  }

  #demandOpen(): void {
    if (this.#closed) throw new EngineStoreError('closed', `the crypto store ${this.disk.file} is closed`);
  }
}
