/**
 * The database under the stores, SQLite or PostgreSQL, behind the one form of SQL that both speak (`?` for values,
 * `returning`, `on conflict`, `update … from (values …)`).
 */
import type { DatabaseOperation, DatabaseWatch } from '../core/watch.ts';
import { databaseResult } from './database-result.ts';
import { StorageError, StorageUnavailableError } from './errors.ts';
import { PostgresLender, type PostgresSettings } from './postgres.ts';
import type { Row } from './rows.ts';
import { SqliteLender, type SqliteSettings } from './sqlite.ts';

export type Dialect = 'sqlite' | 'postgres';
export type Value = string | number | null | Buffer;

/** Runs statements, one after the other. */
export interface Sql {
  readonly dialect: Dialect;
  rows(sql: string, values?: readonly Value[]): Promise<readonly Row[]>;
  /** Answers how many rows were changed. */
  run(sql: string, values?: readonly Value[]): Promise<number>;
}

/** One connection while it is lent out. What it throws are `StorageError`s. */
export interface Session extends Sql {
  /** Rolls back; never rejects. A connection on which even that fails is not lent again. */
  rollBack(): Promise<void>;
}

/** Lends connections to work. */
export interface Lender {
  /** Runs the work with a connection of its own; a statement may take `timeoutMs` where the database can be told so. */
  lend<T>(work: (session: Session) => Promise<T>, timeoutMs: number): Promise<T>;
  /** Waits for what is lent, and closes. */
  close(): Promise<void>;
}

/** Where the database is, and how it is to be driven. */
export type DatabaseSettings = SqliteSettings | PostgresSettings;

/** How long a statement on PostgreSQL may take before it counts as unavailable. */
const statementTimeoutMs = 5_000;

/** An open database. Errors that it throws are `StorageError`s. Reads see only what is committed. */
export class Database implements Sql, AsyncDisposable {
  readonly dialect: Dialect;
  readonly #lender: Lender;
  readonly #watch: DatabaseWatch | undefined;

  /** `watch` is told of every call. */
  constructor(settings: DatabaseSettings, watch?: DatabaseWatch) {
    this.#watch = watch;
    this.dialect = settings.kind;
    this.#lender = settings.kind === 'sqlite' ? new SqliteLender(settings) : new PostgresLender(settings);
  }

  rows(sql: string, values: readonly Value[] = []): Promise<readonly Row[]> {
    return this.#watched('read', () =>
      this.#lender.lend((session) => session.rows(sql, values), statementTimeoutMs),
    );
  }

  run(sql: string, values: readonly Value[] = []): Promise<number> {
    return this.#watched('read', () =>
      this.#lender.lend((session) => session.run(sql, values), statementTimeoutMs),
    );
  }

  /** Runs the work in one transaction, that of a writer from its start; rolled back where the work throws. */
  transaction<T>(work: (sql: Sql) => Promise<T>, timeoutMs = statementTimeoutMs): Promise<T> {
    return this.#watched('write', () => this.#transaction(work, timeoutMs));
  }

  /** Has what was deleted overwritten: on SQLite old pages live on in the write-ahead log until it is written back and cut. */
  async overwriteLog(): Promise<void> {
    if (this.dialect === 'sqlite') await this.rows('pragma wal_checkpoint(TRUNCATE)');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lender.close();
  }

  #transaction<T>(work: (sql: Sql) => Promise<T>, timeoutMs: number): Promise<T> {
    return this.#lender.lend(async (session) => {
      await session.run(this.dialect === 'sqlite' ? 'begin immediate' : 'begin');
      try {
        const result = await work(session);
        await commit(session);
        return result;
      } catch (error) {
        await session.rollBack();
        throw error;
      }
    }, timeoutMs);
  }

  async #watched<T>(operation: DatabaseOperation, work: () => Promise<T>): Promise<T> {
    const ended = this.#watch?.begin(operation);
    try {
      const result = await work();
      ended?.('ok');
      return result;
    } catch (error) {
      ended?.(databaseResult(error));
      throw error;
    }
  }
}

/** Whatever a commit fails with, nobody knows what became of it: never a failure that could be tried in parts. */
async function commit(session: Session): Promise<void> {
  try {
    await session.run('commit');
  } catch (error) {
    if (error instanceof StorageUnavailableError) throw error;
    const code = error instanceof StorageError ? error.driverCode : undefined;
    throw new StorageUnavailableError(`the database did not commit (${code ?? 'no code'})`, code);
  }
}
