import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { inspect } from 'node:util';
import { storageSchema } from '../../../src/storage/config.ts';
import { Database } from '../../../src/storage/database.ts';
import { isTransient, storageError } from '../../../src/storage/errors.ts';
import { anEvent, aSettlement, keepOne, newKey, open, sqliteBackend } from '../../support/storage.ts';

describe('a SQLite database', () => {
  let directory: string;
  const backend = sqliteBackend();
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'causeway-database-'));
  });
  after(async () => {
    await rm(directory, { recursive: true, force: true });
    await backend.clean();
  });

  const config = (file: string) => storageSchema.parse({ file, key: newKey() });

  it('names the file and the directory that cannot be written', async () => {
    const file = join(directory, 'missing', 'x.db');
    await assert.rejects(open(config(file)), (error) => {
      assert.ok(error instanceof Error && 'code' in error && error.code === 'cannot-open');
      assert.ok(error.message.includes(file) && error.message.includes(join(directory, 'missing')));
      return true;
    });
  });

  it('refuses a file that is no database', async () => {
    const file = join(directory, 'text.db');
    await writeFile(file, 'not a database, but long enough to be looked at. '.repeat(100));
    await assert.rejects(open(config(file)), { code: 'cannot-open' });
  });

  it('is readable by its owner alone', async () => {
    const file = join(directory, 'private.db');
    await using storage = await open(config(file));
    await keepOne(storage);
    for (const name of [file, `${file}-wal`]) assert.equal((await stat(name)).mode & 0o077, 0);
  });

  it('overwrites what is erased', async () => {
    const file = join(directory, 'erase.db');
    await using storage = await open(config(file));
    const [event] = await storage.events.keep([anEvent({ payload: 'x' })]);
    await using raw = new Database({ kind: 'sqlite', file, synchronous: 'full' });
    const marker = Buffer.from('what is to be erased');
    await raw.run('update events set payload = ?', [Buffer.concat(Array<Buffer>(2_000).fill(marker))]);
    await storage.events.settle(aSettlement(event?.seq ?? 0));
    const holds = async () =>
      (await readFile(file)).includes(marker) || (await readFile(`${file}-wal`)).includes(marker);
    assert.equal(await holds(), true);
    await storage.events.erase(Date.now() + 1);
    assert.equal(await holds(), false);
  });

  it('goes on after a transaction that failed', async () => {
    await using database = new Database({
      kind: 'sqlite',
      file: join(directory, 'tx.db'),
      synchronous: 'full',
    });
    await database.run('create table t (n integer primary key)');
    await assert.rejects(
      database.transaction(async (sql) => {
        await sql.run('insert into t values (1)');
        await sql.run('insert into t values (1)');
      }),
      { code: 'conflict' },
    );
    await database.transaction((sql) => sql.run('insert into t values (2)'));
    assert.deepEqual(
      (await database.rows('select n from t')).map((row) => row['n']),
      [2],
    );
  });

  it('says nothing of the values in its errors', async () => {
    await using database = new Database({
      kind: 'sqlite',
      file: join(directory, 'quiet.db'),
      synchronous: 'full',
    });
    await database.run('create table t (n text primary key)');
    await database.run("insert into t values ('very private')");
    await assert.rejects(database.run('insert into t values (?)', ['very private']), (error) => {
      assert.ok(error instanceof Error);
      assert.equal(inspect(error, { depth: 9 }).includes('very private'), false);
      return true;
    });
  });
});

describe('a commit that fails', () => {
  it('leaves it open what became of it, whatever the reason', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'causeway-storage-'));
    after(() => rm(directory, { recursive: true, force: true }));
    await using database = new Database({
      kind: 'sqlite',
      file: join(directory, 'commit.db'),
      synchronous: 'full',
    });
    await database.run('create table parent (id integer primary key)');
    await database.run('create table child (parent integer references parent deferrable initially deferred)');
    await database.run('pragma foreign_keys = on');
    await assert.rejects(
      database.transaction((sql) => sql.run('insert into child values (1)')),
      (error) => isTransient(error),
    );
    assert.equal((await database.rows('select * from child')).length, 0);
  });
});

describe('a PostgreSQL server that is away', () => {
  it('is said to be away, quickly, and without its password', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    await new Promise((resolve) => server.close(resolve));
    const config = storageSchema.parse({ url: `postgresql://u:hunter2@127.0.0.1:${port}/db`, key: newKey() });
    const start = performance.now();
    await assert.rejects(open(config), (error) => {
      assert.ok(error instanceof Error && isTransient(error));
      assert.ok(error.message.includes(`127.0.0.1:${port}`) && !error.message.includes('hunter2'));
      return true;
    });
    assert.ok(performance.now() - start < 3_000);
  });

  it('is told from other failures by the codes of its driver', () => {
    for (const code of [
      'ECONNREFUSED',
      'ENOTFOUND',
      '57P01',
      '08006',
      '53300',
      '25006',
      '58030',
      'SQLITE_BUSY',
      'SQLITE_FULL',
    ]) {
      assert.equal(isTransient(storageError(Object.assign(new Error('x'), { code }))), true, code);
    }
    for (const code of ['23505', '42P01', 'SQLITE_CORRUPT', '28P01']) {
      assert.equal(isTransient(storageError(Object.assign(new Error('x'), { code }))), false, code);
    }
    assert.equal(isTransient(new Error('x')), false);
  });
});

describe('the one connection of SQLite', () => {
  it('is lent in the order of asking, so that nobody sees what is not committed', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'causeway-storage-'));
    after(() => rm(directory, { recursive: true, force: true }));
    const file = join(directory, 'order.db');
    await using database = new Database({ kind: 'sqlite', file, synchronous: 'full' });
    await database.run('create table t (n integer)');
    const count = async () => (await database.rows('select n from t')).length;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const writing = database.transaction(async (sql) => {
      await sql.run('insert into t values (1)');
      await promise;
      throw new Error('rolled back');
    });
    const counted = count();
    resolve(undefined);
    await assert.rejects(writing, /rolled back/);
    assert.equal(await counted, 0);
    assert.equal(await database.run('insert into t values (?), (?)', [1, 2]), 2);
    assert.equal(await count(), 2);
  });

  it('is not lent any more once it is closed', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'causeway-storage-'));
    after(() => rm(directory, { recursive: true, force: true }));
    const database = new Database({ kind: 'sqlite', file: join(directory, 'x.db'), synchronous: 'full' });
    const reading = database.rows('select 1 as one');
    await database[Symbol.asyncDispose]();
    assert.deepEqual(await reading, [{ one: 1 }]);
    await assert.rejects(database.rows('select 1'), { code: 'failed' });
  });
});
