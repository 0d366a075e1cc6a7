/** PostgreSQL: knex's pool of connections. */
import knex, { type Knex } from 'knex';
import type { Lender, Session, Value } from './database.ts';
import { storageError } from './errors.ts';
import type { Row } from './rows.ts';
import { storable } from './stored-text.ts';

/** Where the server is, and how many connections may be open. */
export interface PostgresSettings {
  readonly kind: 'postgres';
  readonly url: string;
  readonly pool: number;
}

const connectTimeoutMs = 4_000;

/** Lends connections of a pool, so that work runs side by side. */
export class PostgresLender implements Lender {
  readonly #knex: Knex;
  readonly #connections: Connections;

  constructor(settings: PostgresSettings) {
    this.#knex = knex(configOf(settings));
    const client: unknown = this.#knex.client;
    if (!isConnections(client)) throw new Error('knex has no connections to lend');
    this.#connections = client;
  }

  async lend<T>(work: (session: Session) => Promise<T>, timeoutMs: number): Promise<T> {
    let connection: object;
    try {
      connection = await this.#connections.acquireConnection();
    } catch (error) {
      throw storageError(error);
    }
    try {
      return await work(new PostgresSession(this.#knex, connection, timeoutMs));
    } finally {
      await this.#connections.releaseConnection(connection);
    }
  }

  async close(): Promise<void> {
    await this.#knex.destroy();
  }
}

/** One connection while it is lent out. */
class PostgresSession implements Session {
  readonly dialect = 'postgres';
  readonly #knex: Knex;
  readonly #connection: object;
  readonly #timeoutMs: number;

  constructor(owner: Knex, connection: object, timeoutMs: number) {
    this.#knex = owner;
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
  }

  async rows(sql: string, values: readonly Value[] = []): Promise<readonly Row[]> {
    return rowsOf(await this.#query(sql, values));
  }

  async run(sql: string, values: readonly Value[] = []): Promise<number> {
    return changesOf(await this.#query(sql, values));
  }

  /** A connection on which even that fails is thrown away by the pool. */
  async rollBack(): Promise<void> {
    if ('__knex__disposed' in this.#connection) return;
    try {
      await this.run('rollback');
    } catch (error) {
      Object.assign(this.#connection, { __knex__disposed: error });
    }
  }

  async #query(sql: string, values: readonly Value[]): Promise<unknown> {
    const bound = values.map((value) => (typeof value === 'string' ? storable(value) : value));
    try {
      // On a timeout knex marks the connection, and the pool throws it away.
      return await this.#knex.raw<unknown>(sql, bound).connection(this.#connection).timeout(this.#timeoutMs);
    } catch (error) {
      throw storageError(error);
    }
  }
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
  const rows = isRow(result) ? result['rows'] : undefined;
  return Array.isArray(rows) ? rows.filter(isRow) : [];
}

function changesOf(result: unknown): number {
  const count = isRow(result) ? result['rowCount'] : undefined;
  return typeof count === 'number' ? count : 0;
}

/** Knex would write to the console, values included; what fails is thrown to the caller anyway. */
const ignore = (): undefined => undefined;
const quiet = { warn: ignore, error: ignore, deprecate: ignore, debug: ignore };

function configOf(settings: PostgresSettings): Knex.Config {
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
