import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IDBDatabase } from '../../src/crypto/megolm/store/database.ts';
import type { IDBFactory } from '../../src/crypto/megolm/store/factory.ts';
import { IDBDatabase as Database } from '../../src/crypto/megolm/store/database.ts';
import type { IDBOpenDBRequest, IDBRequest } from '../../src/crypto/megolm/store/request.ts';
import { IDBTransaction } from '../../src/crypto/megolm/store/transaction.ts';

/** A folder that is removed with its disposal. */
export async function storeDir(): Promise<AsyncDisposable & { readonly file: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'engine-store-'));
  return {
    file: join(dir, 'crypto.db'),
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  };
}

/** The result of a request. */
export function answered(request: IDBRequest): Promise<unknown> {
  return new Promise((resolve, reject) => {
    request.onsuccess = (): void => resolve(request.result);
    request.onerror = (): void => reject(request.error ?? new Error('no error'));
  });
}

/** How a transaction ends: by its event. */
export function ended(transaction: IDBTransaction): Promise<'complete' | 'abort'> {
  return new Promise((resolve) => {
    transaction.oncomplete = (): void => resolve('complete');
    transaction.onabort = (): void => resolve('abort');
  });
}

/** The database that an opening answers. */
export async function opened(request: IDBOpenDBRequest): Promise<IDBDatabase> {
  const database = await answered(request);
  if (!(database instanceof Database)) throw new Error('no database');
  return database;
}

/** Opens a database at a version, whose upgrade does the work. */
export function openWith(
  factory: IDBFactory,
  name: string,
  version: number,
  upgrade: (database: IDBDatabase, transaction: IDBTransaction) => void,
): Promise<IDBDatabase> {
  const request = factory.open(name, version);
  request.onupgradeneeded = (): void => {
    const { result, transaction } = request;
    if (!(result instanceof Database) || !(transaction instanceof IDBTransaction))
      throw new Error('no upgrade');
    upgrade(result, transaction);
  };
  return opened(request);
}
