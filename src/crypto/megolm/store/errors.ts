/** What can go wrong with the engine's store, each with a code of its own. No message holds a value that was stored. */
export type EngineStoreErrorCode =
  'cannot-open' | 'closed' | 'corrupt' | 'failed' | 'full' | 'held' | 'in-use' | 'newer' | 'not-ours';

/** An error of the store, stripped of everything that the driver says of the values involved. */
export class EngineStoreError extends Error {
  override readonly name = 'EngineStoreError';
  readonly code: EngineStoreErrorCode;
  /** The driver's own code (`SQLITE_…`, an errno), where there was one. */
  readonly driverCode: string | undefined;
  constructor(code: EngineStoreErrorCode, message: string, driverCode?: string) {
    super(message);
    this.code = code;
    this.driverCode = driverCode;
  }
}

/** Turns what the driver threw while `file` was read or written into an error of ours. */
export function engineStoreError(thrown: unknown, file: string): EngineStoreError {
  if (thrown instanceof EngineStoreError) return thrown;
  const code = codeOf(thrown);
  if (code === undefined) return new EngineStoreError('failed', `the crypto store ${file} failed`);
  if (/^SQLITE_(?:BUSY|LOCKED)/.test(code))
    return new EngineStoreError('held', `the crypto store ${file} is in use by another process`, code);
  if (/^SQLITE_(?:CORRUPT|NOTADB)/.test(code))
    return new EngineStoreError(
      'corrupt',
      `the crypto store ${file} is damaged (${code}); nothing was changed in it. Put a copy from a backup in its place`,
      code,
    );
  if (code === 'SQLITE_FULL' || code === 'ENOSPC')
    return new EngineStoreError('full', `there is no room left for the crypto store ${file}`, code);
  if (/^SQLITE_(?:CANTOPEN|READONLY|PERM|AUTH)|^E[A-Z]+$/.test(code))
    return new EngineStoreError('cannot-open', `the crypto store ${file} cannot be written (${code})`, code);
  return new EngineStoreError('failed', `the crypto store ${file} failed (${code})`, code);
}

function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string'
    ? thrown.code
    : undefined;
}

type DomErrorName =
  | 'AbortError'
  | 'ConstraintError'
  | 'DataCloneError'
  | 'DataError'
  | 'InvalidAccessError'
  | 'InvalidStateError'
  | 'NotFoundError'
  | 'QuotaExceededError'
  | 'ReadOnlyError'
  | 'SyntaxError'
  | 'TransactionInactiveError'
  | 'UnknownError'
  | 'VersionError';

/** An exception of the names that the IndexedDB specification gives them. */
export function domError(name: DomErrorName, message: string): DOMException {
  return new DOMException(message, name);
}

/** How a failure of the disk looks to the engine: by name, with the code alone. */
export function domErrorOf(thrown: unknown): DOMException {
  if (thrown instanceof DOMException) return thrown;
  if (!(thrown instanceof EngineStoreError)) return domError('UnknownError', 'the store failed');
  return domError(
    thrown.code === 'full' ? 'QuotaExceededError' : 'UnknownError',
    `the store failed (${thrown.driverCode ?? thrown.code})`,
  );
}
