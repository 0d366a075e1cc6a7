import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Sql } from '../../../src/storage/database.ts';
import { LeaseLostError, StorageUnavailableError } from '../../../src/storage/errors.ts';
import { GroupCommit, type Transact } from '../../../src/storage/group-commit.ts';
import { silentLog } from '../../support/storage.ts';

/** A database that holds a list of numbers; each transaction takes effect whole or not at all. */
class Journal {
  readonly committed: number[] = [];
  transactions = 0;
  #open: number[] = [];
  failCommit: Error | undefined;
  readonly sql: Sql = {
    dialect: 'sqlite',
    rows: async () => [],
    run: async (_, [value] = []) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (Number(value) < 0) throw new Error('bad');
      return this.#open.push(Number(value));
    },
  };
  readonly transact: Transact = async (work) => {
    this.transactions += 1;
    this.#open = [];
    const result = await work(this.sql);
    if (this.failCommit !== undefined) throw this.failCommit;
    this.committed.push(...this.#open);
    return result;
  };
}

const append = async (sql: Sql, values: readonly number[]): Promise<readonly string[]> => {
  for (const value of values) await sql.run('append', [value]);
  return values.map(String);
};

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('group commit', () => {
  it('writes in the order of request and fails the bad ones alone, in whatever turns and kinds they come', async () => {
    const step = fc.record({
      bad: fc.boolean(),
      kind: fc.constantFrom('bulk', 'other', 'single'),
      pause: fc.nat(3),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const journal = new Journal();
        const commit = new GroupCommit(journal.transact, silentLog);
        const kinds = { bulk: commit.batched(append), other: commit.batched(append) };
        const answers: Promise<string>[] = [];
        for (const [index, { bad, kind, pause }] of steps.entries()) {
          const value = bad ? -index - 1 : index + 1;
          answers.push(
            kind === 'single'
              ? commit.write(async (sql) => (await append(sql, [value]))[0] ?? '')
              : kinds[kind](value),
          );
          answers.at(-1)?.catch(() => undefined);
          for (let n = 0; n < pause; n += 1) await turn();
        }
        const settled = await Promise.allSettled(answers);
        const good = steps.flatMap(({ bad }, index) => (bad ? [] : [index + 1]));
        assert.deepEqual(journal.committed, good);
        for (const [index, { bad }] of steps.entries()) {
          const answer = settled[index];
          if (answer?.status === 'fulfilled') assert.equal(answer.value, String(index + 1));
          assert.equal(answer?.status, bad ? 'rejected' : 'fulfilled');
        }
      }),
      { numRuns: 200 },
    );
  });

  it('runs what is asked for in one turn in one transaction', async () => {
    const journal = new Journal();
    const commit = new GroupCommit(journal.transact, silentLog);
    const write = commit.batched(append);
    await Promise.all([write(1), write(2), commit.write((sql) => append(sql, [3])), write(4)]);
    assert.equal(journal.transactions, 1);
    const long = write(5);
    await turn();
    const meanwhile = [write(6), write(7)];
    await Promise.all([long, ...meanwhile]);
    assert.equal(journal.transactions, 3);
    assert.deepEqual(journal.committed, [1, 2, 3, 4, 5, 6, 7]);
  });

  for (const error of [new StorageUnavailableError('gone'), new LeaseLostError()]) {
    it(`rejects all at once on ${error.name}, and works again after`, async () => {
      const journal = new Journal();
      journal.failCommit = error;
      const commit = new GroupCommit(journal.transact, silentLog);
      const write = commit.batched(append);
      const settled = await Promise.allSettled([write(1), write(2), write(3)]);
      assert.deepEqual(
        settled.map((answer) => answer.status === 'rejected' && answer.reason === error),
        [true, true, true],
      );
      assert.equal(journal.transactions, 1);
      journal.failCommit = undefined;
      assert.equal(await write(4), '4');
      assert.deepEqual(journal.committed, [4]);
    });
  }

  it('waits for what was asked for when it is closed, and takes nothing more', async () => {
    const journal = new Journal();
    const commit = new GroupCommit(journal.transact, silentLog);
    const write = commit.batched(append);
    const last = write(1);
    await commit.close();
    assert.deepEqual(journal.committed, [1]);
    assert.equal(await last, '1');
    await assert.rejects(write(2), { code: 'unavailable' });
  });
});
