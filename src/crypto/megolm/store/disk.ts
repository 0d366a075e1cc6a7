/**
 * The one SQLite file: how it is opened, who may have it, and its statements. The file belongs to one connection of one
 * process: SQLite's lock is taken when it is opened and kept until it is closed (`locking_mode = EXCLUSIVE`), so its
 * index of the log is in memory and a second process is refused. A commit is on the disk before it is answered
 * (`synchronous = FULL`).
 */
import { closeSync, existsSync, fsyncSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import Sqlite from 'better-sqlite3';
import { EngineStoreError, engineStoreError } from './errors.ts';
import type { Span } from './key-range.ts';

/** Marks the file as a store of this kind ("cwcs"), in SQLite's header. */
const applicationId = 0x63776373;
/** The layout below. */
const layout = 1;

const tables = `
  create table counters (name text primary key, value integer not null) without rowid;
  create table databases (name text primary key, version integer not null, stores text not null) without rowid;
  create table entries (space integer not null, key blob not null, value blob not null, primary key (space, key)) without rowid;
  create table own (key text primary key, value text not null) without rowid;
  create table firsts (key blob primary key, value text not null, at integer not null) without rowid;
  create index firsts_at on firsts (at);
`;

export interface Entry {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** Opens the file, which is made where there is none. Throws an `EngineStoreError`, and then has changed nothing. */
export function openDisk(file: string, maxPages: number | undefined): Disk {
  let connection: Sqlite.Database | undefined;
  try {
    const isNew = !existsSync(file);
    if (isNew) makePrivateFile(file);
    connection = new Sqlite(file, { timeout: 0 });
    lock(connection);
    if (isEmpty(connection)) layOut(connection);
    else examine(connection, file);
    if (maxPages !== undefined) connection.pragma(`max_page_count = ${maxPages}`);
    return new Disk(connection, file);
  } catch (error) {
    connection?.close();
    throw engineStoreError(error, file);
  }
}

/** Makes the file for its owner alone; SQLite gives the files beside it the same mode. */
function makePrivateFile(file: string): void {
  closeSync(openSync(file, 'ax', 0o600));
  const directory = openSync(dirname(resolve(file)), 'r');
  fsyncSync(directory);
  closeSync(directory);
}

/** Takes the file for this connection. Nothing is written to it. */
function lock(connection: Sqlite.Database): void {
  connection.pragma('locking_mode = EXCLUSIVE');
  connection.exec('begin exclusive; commit');
}

function isEmpty(connection: Sqlite.Database): boolean {
  return connection.prepare('select count(*) from sqlite_master').pluck().get() === 0;
}

function configure(connection: Sqlite.Database): void {
  for (const pragma of [
    'journal_mode = WAL',
    'synchronous = FULL',
    'secure_delete = ON',
    'journal_size_limit = 67108864',
    'temp_store = MEMORY',
    'cache_size = -16000',
  ])
    connection.pragma(pragma);
}

function layOut(connection: Sqlite.Database): void {
  configure(connection);
  connection.transaction(() => {
    connection.exec(tables);
    connection.pragma(`application_id = ${applicationId}`);
    connection.pragma(`user_version = ${layout}`);
  })();
}

function examine(connection: Sqlite.Database, file: string): void {
  if (connection.pragma('application_id', { simple: true }) !== applicationId)
    throw new EngineStoreError('not-ours', `${file} is not a crypto store of this bridge`);
  const found = connection.pragma('user_version', { simple: true });
  if (found !== layout)
    throw new EngineStoreError(
      'newer',
      `the crypto store ${file} has layout ${String(found)}; this version of the bridge knows ${layout}`,
    );
  if (connection.pragma('quick_check(1)', { simple: true }) !== 'ok')
    throw engineStoreError(Object.assign(new Error(), { code: 'SQLITE_CORRUPT' }), file);
  configure(connection);
}

export class Disk {
  readonly file: string;
  readonly #connection: Sqlite.Database;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(connection: Sqlite.Database, file: string) {
    this.#connection = connection;
    this.file = file;
    this.#statements = prepare(connection);
  }

  /** Runs work in one transaction that is on the disk when this returns. Throws an `EngineStoreError`. */
  transact(work: () => void): void {
    const connection = this.#connection;
    try {
      connection.exec('begin immediate');
      work();
      connection.exec('commit');
    } catch (error) {
      if (connection.open && connection.inTransaction) connection.exec('rollback');
      throw this.#error(error);
    }
  }

  /** Begins a transaction that lasts until `end`. Throws an `EngineStoreError`. */
  begin(): void {
    this.#reading(() => this.#connection.exec('begin immediate'));
  }

  /** Ends the transaction of `begin`; SQLite may have ended it by itself after an error. */
  end(how: 'commit' | 'rollback'): void {
    if (how === 'rollback' && !this.#connection.inTransaction) return;
    try {
      this.#connection.exec(how);
    } catch (error) {
      if (this.#connection.inTransaction) this.#connection.exec('rollback');
      throw this.#error(error);
    }
  }

  get(space: number, key: Buffer): Buffer | undefined {
    return this.#reading(() => this.#statements.get.get(space, key));
  }

  first(space: number, { from, to }: Span, backwards: boolean): Entry | undefined {
    const { first, last } = this.#statements;
    return this.#reading(() => (backwards ? last : first).get(space, from, to));
  }

  list(space: number, { from, to }: Span, limit: number, backwards: boolean): Entry[] {
    const { list, listBack } = this.#statements;
    return this.#reading(() => (backwards ? listBack : list).all(space, from, to, limit));
  }

  count(space: number, { from, to }: Span): number {
    return this.#reading(() => this.#statements.count.get(space, from, to)) ?? 0;
  }

  put(space: number, key: Buffer, value: Buffer): void {
    this.#statements.put.run(space, key, value);
  }

  remove(space: number, key: Buffer): void {
    this.#statements.remove.run(space, key);
  }

  clear(space: number): void {
    this.#statements.clear.run(space);
  }

  /** The statement of this text, for what is not asked for often. */
  prepare<T = unknown>(sql: string): Sqlite.Statement<unknown[], T> {
    return this.#connection.prepare<unknown[], T>(sql);
  }

  /** A copy that is one moment of the file, which may be written meanwhile. */
  async copyTo(file: string): Promise<void> {
    try {
      await this.#connection.backup(file);
    } catch (error) {
      throw this.#error(error);
    }
  }

  close(): void {
    this.#connection.close();
  }

  #reading<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw this.#error(error);
    }
  }

  #error(thrown: unknown): unknown {
    return thrown instanceof Error && 'code' in thrown ? engineStoreError(thrown, this.file) : thrown;
  }
}

function prepare(connection: Sqlite.Database): {
  readonly get: Sqlite.Statement<[number, Buffer], Buffer>;
  readonly first: Sqlite.Statement<[number, Buffer, Buffer], Entry>;
  readonly last: Sqlite.Statement<[number, Buffer, Buffer], Entry>;
  readonly list: Sqlite.Statement<[number, Buffer, Buffer, number], Entry>;
  readonly listBack: Sqlite.Statement<[number, Buffer, Buffer, number], Entry>;
  readonly count: Sqlite.Statement<[number, Buffer, Buffer], number>;
  readonly put: Sqlite.Statement<[number, Buffer, Buffer]>;
  readonly remove: Sqlite.Statement<[number, Buffer]>;
  readonly clear: Sqlite.Statement<[number]>;
} {
  const inSpan = 'from entries where space = ? and key >= ? and key < ?';
  const select = `select key, value ${inSpan} order by key`;
  return {
    get: connection
      .prepare<[number, Buffer], Buffer>('select value from entries where space = ? and key = ?')
      .pluck(),
    first: connection.prepare(`${select} limit 1`),
    last: connection.prepare(`${select} desc limit 1`),
    list: connection.prepare(`${select} limit ?`),
    listBack: connection.prepare(`${select} desc limit ?`),
    count: connection.prepare<[number, Buffer, Buffer], number>(`select count(*) ${inSpan}`).pluck(),
    put: connection.prepare(
      'insert into entries (space, key, value) values (?, ?, ?) on conflict (space, key) do update set value = excluded.value',
    ),
    remove: connection.prepare('delete from entries where space = ? and key = ?'),
    clear: connection.prepare('delete from entries where space = ?'),
  };
}
