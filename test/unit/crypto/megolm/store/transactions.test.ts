/** https://w3c.github.io/IndexedDB/#transaction-concept: lifetime, order, and what an abort takes back. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EngineStore, openStore } from '../../../../../src/crypto/megolm/store/open-store.ts';
import { answered, ended, openWith, storeDir } from '../../../../support/engine-store.ts';

describe('transactions of the store', () => {
  let store: EngineStore;
  let dir: Awaited<ReturnType<typeof storeDir>>;
  before(async () => {
    dir = await storeDir();
    store = openStore(dir.file);
  });
  after(async () => {
    await store.close();
    await dir[Symbol.asyncDispose]();
  });

  const twoStores = (name: string) =>
    openWith(store.indexedDB, name, 1, (database) => {
      database.createObjectStore('a');
      database.createObjectStore('b');
    });

  it('commit by themselves when no request is left, and are inactive in the next task', async () => {
    const database = await twoStores('auto-commit');
    const transaction = database.transaction('a', 'readwrite');
    const end = ended(transaction);
    const stored = transaction.objectStore('a');
    await answered(stored.put('one', 1));
    // A promise is settled in a microtask of the event: the transaction is active still.
    await answered(stored.put('two', 2));
    await sleep(1);
    assert.throws(() => stored.put('three', 3), { name: 'TransactionInactiveError' });
    assert.equal(await end, 'complete');
    assert.deepEqual(await answered(database.transaction('a').objectStore('a').getAll()), ['one', 'two']);
    database.close();
  });

  it('see what they have written themselves, and nobody sees it before they have ended', async () => {
    const database = await twoStores('isolation');
    const seen: unknown[] = [];
    const writing = database.transaction('a', 'readwrite');
    const reading = database.transaction('a');
    const beside = database.transaction('b');
    writing.oncomplete = () => seen.push('written');
    const read = answered(reading.objectStore('a').get(1)).then((value) => seen.push(['read', value]));
    const other = answered(beside.objectStore('b').get(1)).then((value) => seen.push(['beside', value]));
    const handle = writing.objectStore('a');
    await answered(handle.put('x', 1));
    seen.push(['own', await answered(handle.get(1))]);
    await Promise.all([read, other]);
    assert.deepEqual(seen, [['beside', undefined], ['own', 'x'], 'written', ['read', 'x']]);
    database.close();
  });

  it('leave nothing behind when they are aborted, and fail the requests that wait', async () => {
    const database = await twoStores('abort');
    const transaction = database.transaction(['a', 'b'], 'readwrite');
    const end = ended(transaction);
    await answered(transaction.objectStore('a').put('x', 1));
    const waiting = answered(transaction.objectStore('b').put('y', 1));
    transaction.abort();
    await assert.rejects(waiting, { name: 'AbortError' });
    assert.equal(await end, 'abort');
    assert.equal(transaction.error, null);
    const reading = database.transaction(['a', 'b']);
    assert.equal(await answered(reading.objectStore('a').count()), 0);
    assert.equal(await answered(reading.objectStore('b').count()), 0);
    database.close();
  });

  it('are aborted by an error that nobody prevents, not by one that somebody does', async () => {
    const database = await twoStores('errors');
    const kept = database.transaction('a', 'readwrite');
    const keptEnd = ended(kept);
    kept.objectStore('a').add('x', 1);
    const refused = kept.objectStore('a').add('y', 1);
    refused.addEventListener('error', (event: { preventDefault(): void }) => event.preventDefault());
    assert.equal(await keptEnd, 'complete');
    assert.equal(refused.error?.name, 'ConstraintError');
    const lost = database.transaction('a', 'readwrite');
    const lostEnd = ended(lost);
    lost.objectStore('a').put('z', 2);
    lost.objectStore('a').add('y', 1);
    assert.equal(await lostEnd, 'abort');
    assert.equal(lost.error?.name, 'ConstraintError');
    assert.deepEqual(await answered(database.transaction('a').objectStore('a').getAll()), ['x']);
    database.close();
  });

  it('of one kind of scope run in the order in which they were made', async () => {
    const database = await twoStores('order');
    const order: number[] = [];
    const ends = [0, 1, 2, 3].map((number) => {
      const transaction = database.transaction(number === 2 ? ['a', 'b'] : 'a', 'readwrite');
      transaction.objectStore('a').put(number, 'last');
      return ended(transaction).then(() => order.push(number));
    });
    await Promise.all(ends);
    assert.deepEqual(order, [0, 1, 2, 3]);
    assert.equal(await answered(database.transaction('a').objectStore('a').get('last')), 3);
    database.close();
  });

  it('take back stores, indexes, names and the version when an upgrade is aborted', async () => {
    const first = await openWith(store.indexedDB, 'upgrade', 1, (database) => {
      database.createObjectStore('kept').createIndex('by', 'by');
      database.createObjectStore('dropped').put('x', 1);
    });
    first.close();
    const again = openWith(store.indexedDB, 'upgrade', 2, (database, transaction) => {
      database.deleteObjectStore('dropped');
      database.createObjectStore('new');
      transaction.objectStore('kept').name = 'renamed';
      transaction.objectStore('renamed').deleteIndex('by');
      transaction.abort();
    });
    await assert.rejects(again, { name: 'AbortError' });
    const database = await openWith(store.indexedDB, 'upgrade', 1, () => assert.fail('nothing to upgrade'));
    assert.deepEqual([...database.objectStoreNames], ['dropped', 'kept']);
    const reading = database.transaction(['kept', 'dropped']);
    assert.deepEqual([...reading.objectStore('kept').indexNames], ['by']);
    assert.equal(await answered(reading.objectStore('dropped').get(1)), 'x');
    database.close();
  });

  it('of an upgrade wait until the others have closed, and tell them', async () => {
    const open = await twoStores('blocked');
    const told: string[] = [];
    open.onversionchange = () => told.push('versionchange');
    const request = store.indexedDB.deleteDatabase('blocked');
    request.onblocked = () => {
      told.push('blocked');
      open.close();
    };
    await answered(request);
    assert.deepEqual(told, ['versionchange', 'blocked']);
    assert.equal((await store.databases()).includes('blocked'), false);
  });

  it('give a version that is too low an error', async () => {
    const database = await openWith(store.indexedDB, 'version', 5, () => undefined);
    database.close();
    await assert.rejects(answered(store.indexedDB.open('version', 4)), { name: 'VersionError' });
  });
});
