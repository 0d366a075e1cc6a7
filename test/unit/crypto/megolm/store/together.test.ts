import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { IDBDatabase } from '../../../../../src/crypto/megolm/store/database.ts';
import { openStore, type EngineStore } from '../../../../../src/crypto/megolm/store/open-store.ts';
import { makeRunDir } from '../../../../support/run-dir.ts';

interface Request {
  result: unknown;
  onsuccess: unknown;
  onerror: unknown;
}

function settled(request: Request): Promise<unknown> {
  return new Promise((resolve, reject) => {
    request.onsuccess = (): void => resolve(request.result);
    request.onerror = (): void => reject(new Error('failed'));
  });
}

async function database(store: EngineStore, name: string): Promise<IDBDatabase> {
  const request = store.indexedDB.open(name, 1);
  request.onupgradeneeded = (): void => {
    if (request.result instanceof IDBDatabase) request.result.createObjectStore('things');
  };
  const opened = await settled(request);
  assert.ok(opened instanceof IDBDatabase);
  return opened;
}

/** Puts a value; resolves when that is complete. */
function put(db: IDBDatabase, value: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const transaction = db.transaction('things', 'readwrite');
    transaction.objectStore('things').put(value, 'key');
    transaction.oncomplete = (): void => resolve();
    transaction.onabort = (): void => reject(new Error('aborted'));
  });
}

function get(db: IDBDatabase): Promise<unknown> {
  return settled(db.transaction('things').objectStore('things').get('key'));
}

describe('writes that are made together', () => {
  it('are all made, or none, and those of others wait for them', async () => {
    await using dir = await makeRunDir('together');
    await using store = openStore(join(dir.path, 'a.db'));
    const mine = await database(store, 'mine::a');
    const other = await database(store, 'other::a');
    const order: string[] = [];
    let others: Promise<unknown> = Promise.resolve();
    await store.together('mine', async () => {
      others = Promise.all([put(other, 'theirs'), store.own.put('own', 'value')]).then(() =>
        order.push('others'),
      );
      await put(mine, 'one');
      await put(mine, 'two');
      await new Promise((resolve) => setTimeout(resolve, 20));
      order.push('mine');
    });
    await others;
    assert.deepEqual(order, ['mine', 'others']);
    assert.deepEqual([await get(mine), await get(other), store.own.get('own')], ['two', 'theirs', 'value']);

    await assert.rejects(
      store.together('mine', async () => {
        await put(mine, 'three');
        throw new Error('not after all');
      }),
      /not after all/u,
    );
    assert.equal(await get(mine), 'two');
    await put(mine, 'four');
    assert.equal(await get(mine), 'four');
  });
});
