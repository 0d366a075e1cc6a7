/** One database of the store: what it consists of, who has it open, and whose turn it is. */
import { z } from 'zod';
import type { Context } from './context.ts';
import type { IDBDatabase } from './database.ts';
import { EngineStoreError } from './errors.ts';
import type { IndexSchema, Schema, StoreSchema } from './schema.ts';
import type { IDBTransaction } from './transaction.ts';

const keyPath = z.union([z.string(), z.array(z.string())]);
const kept = z.array(
  z.object({
    name: z.string(),
    space: z.number(),
    keyPath: keyPath.nullable(),
    autoIncrement: z.boolean(),
    indexes: z.array(
      z.object({
        name: z.string(),
        space: z.number(),
        keyPath,
        unique: z.boolean(),
        multiEntry: z.boolean(),
      }),
    ),
  }),
);

/** Names may hold surrogates without their other half; JSON keeps them. */
function storedName(name: string): string {
  return JSON.stringify(name);
}

export class DatabaseState {
  readonly name: string;
  readonly schema: Schema;
  readonly connections = new Set<IDBDatabase>();
  /** The transactions that have not ended, in the order in which they were made. */
  #live: IDBTransaction[] = [];
  #settled: (() => void)[] = [];

  private constructor(name: string, schema: Schema) {
    this.name = name;
    this.schema = schema;
  }

  /** Reads what is in the file; version 0 where there is nothing. */
  static read({ disk }: Context, name: string): DatabaseState {
    const row = disk
      .prepare<{ version: number; stores: string }>('select version, stores from databases where name = ?')
      .get(storedName(name));
    if (row === undefined) return new DatabaseState(name, { version: 0, stores: [] });
    const stores = kept.safeParse(JSON.parse(row.stores));
    if (!stores.success) throw new EngineStoreError('corrupt', `the crypto store ${disk.file} is damaged`);
    const alive = stores.data.map((store): StoreSchema => ({
      ...store,
      indexes: store.indexes.map((index): IndexSchema => ({ ...index, filled: true, deleted: false })),
      deleted: false,
    }));
    return new DatabaseState(name, { version: row.version, stores: alive });
  }

  /** Writes what the database consists of, within a transaction of the file. */
  write({ disk, lastSpace }: Context): void {
    const { version, stores } = this.schema;
    disk
      .prepare(
        'insert into databases (name, version, stores) values (?, ?, ?) on conflict (name) do update set version = excluded.version, stores = excluded.stores',
      )
      .run(storedName(this.name), version, JSON.stringify(kept.parse(stores)));
    disk
      .prepare(
        `insert into counters (name, value) values ('space', ?) on conflict (name) do update set value = max(value, excluded.value)`,
      )
      .run(lastSpace);
  }

  /** Removes the database from the file, within a transaction of the file. */
  erase({ disk }: Context): void {
    for (const store of this.schema.stores)
      for (const { space } of [store, ...store.indexes]) disk.clear(space);
    disk.prepare('delete from databases where name = ?').run(storedName(this.name));
  }

  add(transaction: IDBTransaction): void {
    this.#live.push(transaction);
    this.#begin();
  }

  remove(transaction: IDBTransaction): void {
    this.#live = this.#live.filter((other) => other !== transaction);
    this.#begin();
    this.settle();
  }

  /** Whether somebody has the database open. */
  get isOpen(): boolean {
    return this.connections.size > 0;
  }

  /** Lets connections go that were closed and whose transactions have ended; tells those who wait for it. */
  settle(): void {
    for (const connection of this.connections)
      if (connection.isClosing && !this.#live.some(({ db }) => db === connection))
        this.connections.delete(connection);
    for (const told of this.#settled.splice(0)) told();
  }

  /** Calls back, once, when the connections may have changed. */
  whenSettled(told: () => void): void {
    this.#settled.push(told);
  }

  /** A transaction begins when none before it, whose stores are also its own, writes or is written to. */
  #begin(): void {
    for (const [index, transaction] of this.#live.entries()) {
      if (transaction.isStarted) continue;
      const waits = this.#live.slice(0, index).some((before) => before.conflictsWith(transaction));
      if (!waits) transaction.start();
    }
  }
}

/** The names and versions of all databases in the file. */
export function databasesIn({
  disk,
}: Context): readonly { readonly name: string; readonly version: number }[] {
  return disk
    .prepare<{ name: string; version: number }>('select name, version from databases order by name')
    .all()
    .map(({ name, version }) => ({ name: z.string().parse(JSON.parse(name)), version }));
}
