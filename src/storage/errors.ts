/** What can go wrong with the database, each with a code of its own. No message holds a value that was stored. */

export type StorageErrorCode =
  | 'bad-config'
  | 'cannot-open'
  | 'conflict'
  | 'failed'
  | 'lease-held'
  | 'lease-lost'
  | 'newer-database'
  | 'unavailable'
  | 'undecryptable'
  | 'wrong-key';

/** A database error, stripped of everything that a driver says of the values involved. */
export class StorageError extends Error {
  override readonly name: string = 'StorageError';
  readonly code: StorageErrorCode;
  /** The driver's own code (SQLSTATE, `SQLITE_…`, an errno), where there was one. */
  readonly driverCode: string | undefined;
  constructor(code: StorageErrorCode, message: string, driverCode?: string) {
    super(message);
    this.code = code;
    this.driverCode = driverCode;
  }
}

/** The database cannot be reached or is out of room: the same call may work later. Whether a write took place is not known. */
export class StorageUnavailableError extends StorageError {
  override readonly name = 'StorageUnavailableError';
  constructor(message: string, driverCode?: string) {
    super('unavailable', message, driverCode);
  }
}

/** Who holds the database. `since` is milliseconds since the epoch. */
export interface LeaseHolder {
  readonly host: string;
  readonly pid: number;
  readonly since: number;
}

/** Another process that is alive owns the database. */
export class LeaseHeldError extends StorageError {
  override readonly name = 'LeaseHeldError';
  readonly holder: LeaseHolder;
  constructor(holder: LeaseHolder) {
    const since = new Date(holder.since).toISOString();
    super('lease-held', `the database is held by process ${holder.pid} on ${holder.host} since ${since}`);
    this.holder = holder;
  }
}

/** Another process has taken the database: nothing more can be written, and this process is to stop. */
export class LeaseLostError extends StorageError {
  override readonly name = 'LeaseLostError';
  constructor() {
    super('lease-lost', 'the database was taken over by another process');
  }
}

/** Whether the same call may work later, without anything being changed. */
export function isTransient(error: unknown): boolean {
  return error instanceof StorageUnavailableError;
}

const transientCodes = new Set([
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND', // a container that is stopped has no name
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  '25006', // read_only_sql_transaction: a standby that is not promoted yet
  '25P03', // idle_in_transaction_session_timeout
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '55P03', // lock_not_available
  '57014', // query_canceled
]);
/** Classes of SQLSTATE: connection exceptions, insufficient resources, operator intervention (shutdown, starting up), system errors. */
const transientClasses = /^(?:08|53|57P|58)/;
const transientSqlite = /^SQLITE_(?:BUSY|LOCKED|FULL|IOERR|CANTOPEN|READONLY)/;
const transientMessages =
  /^Connection terminated|^timeout expired|^timeout exceeded|Timeout acquiring|Connection ended|not queryable|Client was closed|Defined query timeout/;
const conflictCodes = /^(?:23505|SQLITE_CONSTRAINT)/;

/** Turns what a driver or knex threw into an error of ours. */
export function storageError(thrown: unknown): StorageError {
  if (thrown instanceof StorageError) return thrown;
  const code = codeOf(thrown);
  const message = thrown instanceof Error ? thrown.message : '';
  if (
    (code !== undefined &&
      (transientCodes.has(code) || transientClasses.test(code) || transientSqlite.test(code))) ||
    transientMessages.test(message) ||
    (thrown instanceof Error && thrown.name === 'KnexTimeoutError')
  ) {
    return new StorageUnavailableError(`the database is not available (${code ?? 'timeout'})`, code);
  }
  if (code !== undefined && conflictCodes.test(code)) {
    return new StorageError('conflict', `the database refused a value that is taken (${code})`, code);
  }
  const failed = new StorageError('failed', `the database failed (${code ?? 'no code'})`, code);
  if (code === undefined && thrown instanceof Error && thrown.stack !== undefined)
    failed.stack = thrown.stack;
  return failed;
}

function codeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  if ('code' in thrown && typeof thrown.code === 'string') return thrown.code;
  if (thrown instanceof AggregateError) return codeOf(thrown.errors[0]);
  return undefined;
}
