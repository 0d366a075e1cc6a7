import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import Sqlite from 'better-sqlite3';
import { keepStatements } from '../../../src/storage/statement-cache.ts';

function counting() {
  const prepared: string[] = [];
  const connection = {
    prepare: (sql: string) => {
      prepared.push(sql);
      return { sql };
    },
  };
  keepStatements(connection);
  return { connection, prepared };
}

describe('kept statements', () => {
  it('are prepared once', () => {
    const { connection, prepared } = counting();
    const first = connection.prepare('select 1');
    assert.equal(connection.prepare('select 1'), first);
    assert.deepEqual(prepared, ['select 1']);
  });

  it('leave when they have not been used for long, and long ones are not kept', () => {
    const { connection, prepared } = counting();
    connection.prepare('select 0');
    for (let n = 1; n <= 159; n += 1) connection.prepare(`select ${n}`);
    connection.prepare('select 0');
    connection.prepare('select 160');
    prepared.length = 0;
    connection.prepare('select 0');
    connection.prepare('select 1');
    assert.deepEqual(prepared, ['select 1']);
    const long = `select '${'x'.repeat(20_000)}'`;
    connection.prepare(long);
    connection.prepare(long);
    assert.deepEqual(prepared, ['select 1', long, long]);
  });

  it('go on working on a schema that has changed', () => {
    const connection = new Sqlite(':memory:');
    keepStatements(connection);
    connection.exec('create table a (x)');
    const all = () => connection.prepare('select * from a').all();
    connection.exec('insert into a values (1)');
    assert.deepEqual(all(), [{ x: 1 }]);
    connection.exec('alter table a add column y default 2');
    assert.deepEqual(all(), [{ x: 1, y: 2 }]);
    connection.close();
  });
});
