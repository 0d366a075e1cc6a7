import type { DatabaseResult } from '../core/watch.ts';
import { LeaseLostError, StorageError, StorageUnavailableError } from './errors.ts';

/** By the driver's code: SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html) or SQLite's name. */
const byCode: readonly (readonly [DatabaseResult, RegExp])[] = [
  ['full', /^(?:SQLITE_FULL|53100|ENOSPC|EDQUOT|EFBIG)/],
  ['busy', /^(?:SQLITE_BUSY|SQLITE_LOCKED|55P03)/],
  ['read-only', /^(?:SQLITE_READONLY|25006)/],
  ['broken', /^(?:SQLITE_IOERR|SQLITE_CORRUPT|SQLITE_NOTADB|58|XX)/],
];

/** What a call that failed says of the database. Where the database refused a value, or our own work threw, it is well. */
export function databaseResult(error: unknown): DatabaseResult {
  if (error instanceof LeaseLostError) return 'taken';
  if (!(error instanceof StorageError) || error.code === 'conflict') return 'ok';
  const { driverCode = '' } = error;
  const named = byCode.find(([, pattern]) => pattern.test(driverCode));
  if (named !== undefined) return named[0];
  return error instanceof StorageUnavailableError ? 'away' : 'failed';
}
