/**
 * The database under the stores: knex's pools and connections on SQLite or PostgreSQL, behind the one form of SQL that
 * both speak (`?` for values, `returning`, `on conflict`, `update … from (values …)`).
 */
import { closeSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import knex, { type Knex } from 'knex';
import type { DatabaseOperation, DatabaseWatch } from '../core/watch.ts';
import { databaseResult } from './database-result.ts';
import { StorageError, storageError, StorageUnavailableError } from './errors.ts';
import type { Row } from './rows.ts';
import { keepStatements, type Preparing } from './statement-cache.ts';
import { storable } from './stored-text.ts';

export type Dialect = 'sqlite' | 'postgres';
export type Value = string | number | null | Buffer;

/** Runs statements, one after the other. */
export interface Sql {
  readonly dialect: Dialect;
  rows(sql: string, values?: readonly Value[]): Promise<readonly Row[]>;
  /** Answers how many rows were changed. */
  run(sql: string, values?: readonly Value[]): Promise<number>;
}

/** Where the database is, and how it is to be driven. */
export type DatabaseSettings =
  | { readonly kind: 'sqlite'; readonly file: string; readonly synchronous: 'full' | 'normal' }
  | { readonly kind: 'postgres'; readonly url: string; readonly pool: number };

/** How long a statement on PostgreSQL, and a connection to it, may take before it counts as unavailable. */
const statementTimeoutMs = 5_000;
const connectTimeoutMs = 4_000;

/** An open database. Errors that it throws are `StorageError`s. Reads see only what is committed. */
export class Database implements Sql, AsyncDisposable {
  readonly dialect: Dialect;
  readonly #knex: Knex;
  readonly #connections: Connections;
  readonly #watch: DatabaseWatch | undefined;

  /** `watch` is told of every call. */
  constructor(settings: DatabaseSettings, watch?: DatabaseWatch) {
    this.#watch = watch;
    this.dialect = settings.kind;
    this.#knex = knex(settings.kind === 'sqlite' ? sqliteConfig(settings) : postgresConfig(settings));
    const client: unknown = this.#knex.client;
    if (!isConnections(client)) throw new Error('knex has no connections to lend');
    this.#connections = client;
  }

  rows(sql: string, values: readonly Value[] = []): Promise<readonly Row[]> {
    return this.#watched('read', () => this.#lend((session) => session.rows(sql, values)));
  }

  run(sql: string, values: readonly Value[] = []): Promise<number> {
    return this.#watched('read', () => this.#lend((session) => session.run(sql, values)));
  }

  /** Runs the work in one transaction, that of a writer from its start; rolled back where the work throws. */
  transaction<T>(work: (sql: Sql) => Promise<T>, timeoutMs = statementTimeoutMs): Promise<T> {
    return this.#watched('write', () => this.#transaction(work, timeoutMs));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#knex.destroy();
  }

  #transaction<T>(work: (sql: Sql) => Promise<T>, timeoutMs: number): Promise<T> {
    return this.#lend(async (session) => {
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

  async #lend<T>(work: (session: Session) => Promise<T>, timeoutMs = statementTimeoutMs): Promise<T> {
    let connection: object;
    try {
      connection = await this.#connections.acquireConnection();
    } catch (error) {
      throw storageError(error);
    }
    try {
      return await work(new Session(this.#knex, this.dialect, connection, timeoutMs));
    } finally {
      await this.#connections.releaseConnection(connection);
    }
  }
}

/** One connection while it is lent out. */
class Session implements Sql {
  readonly dialect: Dialect;
  readonly #knex: Knex;
  readonly #connection: object;
  readonly #timeoutMs: number;

  constructor(owner: Knex, dialect: Dialect, connection: object, timeoutMs: number) {
    this.#knex = owner;
    this.dialect = dialect;
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
  }

  async rows(sql: string, values: readonly Value[] = []): Promise<readonly Row[]> {
    return rowsOf(await this.#query(sql, values));
  }

  async run(sql: string, values: readonly Value[] = []): Promise<number> {
    return changesOf(await this.#query(sql, values));
  }

  /** Rolls back; a connection on which even that fails is thrown away by the pool. */
  async rollBack(): Promise<void> {
    if ('__knex__disposed' in this.#connection) return;
    try {
      await this.run('rollback');
    } catch (error) {
      Object.assign(this.#connection, { __knex__disposed: error });
    }
  }

  async #query(sql: string, values: readonly Value[]): Promise<unknown> {
    const query = this.#knex.raw<unknown>(sql, values.map(storableValue)).connection(this.#connection);
    try {
      // On a timeout knex marks the connection, and the pool throws it away.
      return await (this.dialect === 'postgres' ? query.timeout(this.#timeoutMs) : query);
    } catch (error) {
      throw storageError(error);
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

function storableValue(value: Value): Value {
  return typeof value === 'string' ? storable(value) : value;
}

interface SqliteConnection extends Preparing<unknown> {
  pragma(text: string): unknown;
}

interface Connections {
  acquireConnection(): Promise<object>;
  releaseConnection(connection: object): Promise<void>;
}

function isConnections(client: unknown): client is Connections {
  return (
    typeof client === 'object' &&
    client !== null &&
    'acquireConnection' in client &&
    'releaseConnection' in client
  );
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null;
}

function rowsOf(result: unknown): readonly Row[] {
  const rows = isRow(result) && 'rows' in result ? result['rows'] : result;
  return Array.isArray(rows) ? rows.filter(isRow) : [];
}

function changesOf(result: unknown): number {
  if (Array.isArray(result)) return result.length;
  if (!isRow(result)) return 0;
  const count = result['rowCount'] ?? result['changes'];
  return typeof count === 'number' ? count : 0;
}

/** Knex would write to the console, values included; what fails is thrown to the caller anyway. */
const ignore = (): undefined => undefined;
const quiet = { warn: ignore, error: ignore, deprecate: ignore, debug: ignore };

function sqliteConfig(settings: Extract<DatabaseSettings, { kind: 'sqlite' }>): Knex.Config {
  makePrivateFile(settings.file);
  const pragmas = [
    'busy_timeout = 5000',
    'journal_mode = WAL',
    `synchronous = ${settings.synchronous === 'full' ? 'FULL' : 'NORMAL'}`,
    'secure_delete = ON',
    'journal_size_limit = 67108864',
    'temp_store = MEMORY',
    'cache_size = -8000',
  ];
  return {
    client: 'better-sqlite3',
    connection: { filename: settings.file },
    useNullAsDefault: true,
    compileSqlOnError: false,
    log: quiet,
    pool: {
      min: 1,
      max: 1,
      afterCreate: (connection: SqliteConnection, done: (error?: unknown) => void) => {
        try {
          for (const pragma of pragmas) connection.pragma(pragma);
          keepStatements(connection);
          done();
        } catch (error) {
          done(error);
        }
      },
    },
  };
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

function postgresConfig(settings: Extract<DatabaseSettings, { kind: 'postgres' }>): Knex.Config {
  const connection = {
    connectionString: settings.url,
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: 'causeway',
    keepAlive: true,
    idle_in_transaction_session_timeout: 30_000,
  };
  return {
    client: 'pg',
    connection,
    compileSqlOnError: false,
    acquireConnectionTimeout: connectTimeoutMs + 1_000,
    log: quiet,
    pool: { min: 0, max: settings.pool },
  };
}
