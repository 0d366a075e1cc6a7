import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type EngineStore, openStore } from '../../../../../src/crypto/megolm/store/open-store.ts';
import { answered, ended, openWith, storeDir } from '../../../../support/engine-store.ts';

const child = fileURLToPath(new URL('../../../../support/store-child.ts', import.meta.url));

const simple = (store: EngineStore, name: string) =>
  openWith(store.indexedDB, name, 1, (database) => {
    database.createObjectStore('s');
  });

async function put(store: EngineStore, name: string, key: string, value: unknown): Promise<void> {
  const database = await simple(store, name);
  const transaction = database.transaction('s', 'readwrite');
  const end = ended(transaction);
  transaction.objectStore('s').put(value, key);
  database.close();
  assert.equal(await end, 'complete');
}

async function get(store: EngineStore, name: string, key: string): Promise<unknown> {
  const database = await simple(store, name);
  const value = await answered(database.transaction('s').objectStore('s').get(key));
  database.close();
  return value;
}

describe('openStore', () => {
  it('keeps what was committed, in a file for its owner alone', async () => {
    await using dir = await storeDir();
    {
      await using store = openStore(dir.file);
      await put(store, 'm', 'k', { bytes: new Uint8Array([1, 2]), at: new Date(5) });
    }
    await using store = openStore(dir.file);
    assert.deepEqual(await get(store, 'm', 'k'), { bytes: new Uint8Array([1, 2]), at: new Date(5) });
    assert.equal((await stat(dir.file)).mode & 0o777, 0o600);
  });

  it('refuses a file that another process has, and one that this process has already', async () => {
    await using dir = await storeDir();
    await using store = openStore(dir.file);
    await put(store, 'm', 'k', 1);
    assert.throws(() => openStore(dir.file), { code: 'held' });
    const other = await promisify(execFile)(process.execPath, [child, 'open', dir.file]);
    assert.equal(other.stdout.trim(), 'held');
    assert.equal(await get(store, 'm', 'k'), 1);
  });

  it('refuses a damaged file, another program’s and a newer one, and changes nothing in them', async () => {
    await using dir = await storeDir();
    {
      await using store = openStore(dir.file);
      for (let index = 0; index < 20; index += 1) await put(store, `m${index}`, 'k', 'x'.repeat(3_000));
    }
    const good = await readFile(dir.file);
    const damaged = Buffer.from(good);
    damaged.fill(0xaa, 8_192, damaged.length - 4_096);
    const other = Buffer.from(good);
    other.writeUInt32BE(7, 68);
    const newer = Buffer.from(good);
    newer.writeUInt32BE(99, 60);
    const cases: readonly (readonly [string, Buffer])[] = [
      ['corrupt', damaged],
      ['corrupt', Buffer.from('this is a letter, not a database\n'.repeat(200))],
      ['not-ours', other],
      ['newer', newer],
    ];
    for (const [code, bytes] of cases) {
      await writeFile(dir.file, bytes);
      assert.throws(() => openStore(dir.file), { code });
      assert.deepEqual(await readFile(dir.file), bytes);
    }
    await writeFile(dir.file, good);
    await using store = openStore(dir.file);
    assert.equal((await store.databases()).length, 20);
  });

  it('says where it cannot write', () => {
    assert.throws(() => openStore('/nowhere/at/all.db'), { code: 'cannot-open' });
  });

  it('aborts what finds no room on the disk, and goes on with what does', async () => {
    await using dir = await storeDir();
    await using store = openStore(dir.file, { maxPages: 60 });
    await put(store, 'm', 'small', 'x');
    const database = await simple(store, 'm');
    const transaction = database.transaction('s', 'readwrite');
    const end = ended(transaction);
    transaction.objectStore('s').put('y', 'beside');
    transaction.objectStore('s').put(new Uint8Array(1_000_000), 'large');
    assert.equal(await end, 'abort');
    assert.equal(transaction.error?.name, 'QuotaExceededError');
    database.close();
    assert.equal(await get(store, 'm', 'beside'), undefined);
    assert.equal(await get(store, 'm', 'small'), 'x');
    await assert.rejects(store.own.put('k', 'z'.repeat(1_000_000)), { code: 'full' });
    await put(store, 'm', 'small', 'z');
    assert.equal(await get(store, 'm', 'small'), 'z');
  });

  it('has what was complete when the process is killed in the middle of writing', async () => {
    await using dir = await storeDir();
    for (let round = 0; round < 4; round += 1) {
      const writer = spawn(process.execPath, [child, 'write', dir.file], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let said = '';
      writer.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.split('\n').length > 20 + round * 37) writer.kill('SIGKILL');
      });
      await once(writer, 'close');
      const complete = said.split('\n').slice(0, -1).map(Number);
      assert.ok(complete.length >= 20);
      await using store = openStore(dir.file);
      const last = Math.max(...complete);
      for (const machine of [0, 1, 2, 3]) {
        const mine = complete.filter((number) => number % 4 === machine);
        const counter = await get(store, `machine ${machine}`, 'counter');
        const mirror = await get(store, `machine ${machine}`, 'mirror');
        assert.ok(typeof counter === 'number' && counter >= Math.max(...mine) && counter <= last + 8);
        assert.equal(mirror, counter);
      }
    }
  });

  it('deletes a machine’s databases when they are closed, and leaves none of its bytes', async () => {
    await using dir = await storeDir();
    const secret = 'a value that is to go away';
    {
      await using store = openStore(dir.file);
      await put(store, '@a:x::matrix-sdk-crypto', 'k', secret);
      await put(store, '@a:x::matrix-sdk-crypto-meta', 'k', secret);
      await put(store, '@a:xy::matrix-sdk-crypto', 'k', 'stays');
      const open = await simple(store, '@a:x::matrix-sdk-crypto');
      await assert.rejects(store.deleteMachine('@a:x'), { code: 'in-use' });
      open.close();
      await store.deleteMachine('@a:x');
      await store.deleteMachine('@nobody:x');
      assert.deepEqual(await store.databases(), ['@a:xy::matrix-sdk-crypto']);
    }
    assert.equal((await readFile(dir.file)).includes(secret), false);
  });

  it('copies itself as it is at one moment, while it is written', async () => {
    await using dir = await storeDir();
    await using store = openStore(dir.file);
    await put(store, 'm', 'k', 1);
    const copy = `${dir.file}.copy`;
    await Promise.all([store.copyTo(copy), put(store, 'm', 'k', 2)]);
    await using copied = openStore(copy);
    assert.match(String(await get(copied, 'm', 'k')), /^[12]$/);
  });

  it('takes nothing after it is closed', async () => {
    await using dir = await storeDir();
    const store = openStore(dir.file);
    await store.close();
    await store.close();
    await assert.rejects(store.own.put('k', 'v'), { code: 'closed' });
    await assert.rejects(store.advanceGeneration(), { code: 'closed' });
    await assert.rejects(answered(store.indexedDB.open('m')), { name: 'InvalidStateError' });
  });
});

describe('the bridge’s own tables', () => {
  it('keep values, and the first of each key', async () => {
    await using dir = await storeDir();
    {
      await using store = openStore(dir.file);
      await store.own.put('a', '1');
      await store.own.put('a', '2');
      await store.own.put('b', '3');
      await store.own.remove('b');
      const results = await Promise.all([
        store.own.putIfAbsent('room/session/1', '$one', 1_000),
        store.own.putIfAbsent('room/session/1', '$two', 1_000),
        store.own.putIfAbsent('room/session/2', '$two', 2_000),
      ]);
      assert.deepEqual(results, [{ kind: 'stored' }, { kind: 'present', value: '$one' }, { kind: 'stored' }]);
      assert.deepEqual(await store.advanceGeneration(), { epoch: 1 });
      assert.deepEqual(await store.advanceGeneration(), { epoch: 2 });
    }
    await using store = openStore(dir.file);
    assert.equal(store.own.get('a'), '2');
    assert.equal(store.own.get('b'), undefined);
    assert.deepEqual(store.generation(), { epoch: 2 });
    assert.deepEqual(await store.own.putIfAbsent('room/session/1', '$three', 9_000), {
      kind: 'present',
      value: '$one',
    });
    assert.equal(await store.own.prune(2_000), 1);
    assert.deepEqual(await store.own.putIfAbsent('room/session/1', '$three', 9_000), { kind: 'stored' });
    assert.deepEqual(await store.own.putIfAbsent('room/session/2', '$three', 9_000), {
      kind: 'present',
      value: '$two',
    });
  });
});
