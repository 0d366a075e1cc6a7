/**
 * SQLite: one connection, lent to one piece of work after the other. Its statements are run straight, without a query
 * builder in between: between two disk writes that was most of what a short transaction cost.
 */
import { closeSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import Sqlite from 'better-sqlite3';
import type { Lender, Session, Value } from './database.ts';
import { StorageError, storageError } from './errors.ts';
import type { Row } from './rows.ts';
import { keepStatements } from './statement-cache.ts';
import { storable } from './stored-text.ts';

/** Where the file is, and how it is written. */
export interface SqliteSettings {
  readonly kind: 'sqlite';
  readonly file: string;
  readonly synchronous: 'full' | 'normal';
}

/** Lends the one connection in the order of asking; it is opened when it is first needed. */
export class SqliteLender implements Lender {
  readonly #settings: SqliteSettings;
  #session: SqliteSession | undefined;
  /** Resolves when the connection is free again. */
  #free: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(settings: SqliteSettings) {
    makePrivateFile(settings.file);
    this.#settings = settings;
  }

  async lend<T>(work: (session: Session) => Promise<T>): Promise<T> {
    if (this.#closed) throw new StorageError('failed', 'the database is closed');
    const before = this.#free;
    const { promise, resolve: release } = Promise.withResolvers<undefined>();
    this.#free = before.then(() => promise);
    await before;
    try {
      return await work(this.#usable());
    } finally {
      release(undefined);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#free;
    this.#session?.close();
  }

  #usable(): SqliteSession {
    if (this.#session?.isOpen !== true) this.#session = new SqliteSession(connect(this.#settings));
    return this.#session;
  }
}

class SqliteSession implements Session {
  readonly dialect = 'sqlite';
  readonly #connection: Sqlite.Database;

  constructor(connection: Sqlite.Database) {
    this.#connection = connection;
  }

  get isOpen(): boolean {
    return this.#connection.open;
  }

  close(): void {
    this.#connection.close();
  }

  async rows(sql: string, values: readonly Value[] = []): Promise<readonly Row[]> {
    const result = await this.#execute(sql, values);
    return 'changes' in result ? [] : result;
  }

  async run(sql: string, values: readonly Value[] = []): Promise<number> {
    const result = await this.#execute(sql, values);
    return 'changes' in result ? result.changes : result.length;
  }

  async rollBack(): Promise<void> {
    try {
      await this.run('rollback');
    } catch {
      // What state it is in nobody knows; the next piece of work gets a new one.
      this.close();
    }
  }

  #execute(sql: string, values: readonly Value[]): Promise<readonly Row[] | Sqlite.RunResult> {
    return new Promise((answer) => {
      try {
        const statement = this.#connection.prepare<Value[], Row>(sql);
        const bound = values.map((value) => (typeof value === 'string' ? storable(value) : value));
        answer(statement.reader ? statement.all(...bound) : statement.run(...bound));
      } catch (error) {
        throw storageError(error);
      }
    });
  }
}

function connect({ file, synchronous }: SqliteSettings): Sqlite.Database {
  try {
    const connection = new Sqlite(file);
    for (const pragma of pragmas(synchronous)) connection.pragma(pragma);
    keepStatements(connection);
    return connection;
  } catch (error) {
    throw storageError(error);
  }
}

function pragmas(synchronous: SqliteSettings['synchronous']): readonly string[] {
  return [
    'busy_timeout = 5000',
    'journal_mode = WAL',
    `synchronous = ${synchronous === 'full' ? 'FULL' : 'NORMAL'}`,
    'secure_delete = ON',
    'journal_size_limit = 67108864',
    'temp_store = MEMORY',
    'cache_size = -8000',
  ];
}

/** Makes the file where there is none, for its owner alone; SQLite gives the files beside it the same mode. */
function makePrivateFile(file: string): void {
  try {
    closeSync(openSync(file, 'a', 0o600));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    const directory = dirname(resolve(file));
    throw new StorageError(
      'cannot-open',
      `the database file ${file} cannot be written (${code ?? 'unknown'}): the directory ${directory} must exist and be writable by this user`,
      code,
    );
  }
}
