import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { matrixUserId, networkId } from '../../../../src/core/ids.ts';
import type {
  Expectation,
  NetworkRecord,
  NetworkRecords,
  RecordChange,
  RecordName,
} from '../../../../src/core/network-records.ts';
import type { StorageConfig } from '../../../../src/storage/config.ts';
import { Database, type DatabaseSettings } from '../../../../src/storage/database.ts';
import { openStorage, type Storage } from '../../../../src/storage/storage.ts';
import { MemoryRecords } from '../../../support/memory-records.ts';
import { type Backend, open, silentLog } from '../../../support/storage.ts';

const paper = networkId('paper');
const other = networkId('other');
const secret = 'the body of a message';
const mailbox = { collection: 'mail', owner: '12-7' };

const named = (name: string, own = mailbox): RecordName => ({ ...own, name });
const put = (name: string, at = 1, value = `${name} at ${at}`, own = mailbox): RecordChange => ({
  kind: 'put',
  of: named(name, own),
  value,
  at,
});

export function networkRecordsSuite(backend: Backend): void {
  describe('what networks keep', () => {
    let storage: Storage;
    before(async () => {
      storage = await open(await backend.config());
    });
    after(() => storage[Symbol.asyncDispose]());

    it('answers as the double in memory does, whatever is done', async () => {
      const records = storage.networkRecords;
      let round = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
          round += 1;
          const collection = `round ${round}`;
          const pair: Pair = { sql: records, memory: new MemoryRecords(), collection };
          for (const one of steps) await both(pair, one);
        }),
        { numRuns: 40 },
      );
    });

    it('gives no number twice, and a record that is replaced keeps its own', async () => {
      for (const records of [storage.networkRecords, new MemoryRecords()]) {
        const seqs = async (): Promise<readonly (readonly [string, number])[]> =>
          (await records.list(paper, mailbox, { limit: 9 })).map(({ name, seq }) => [name, seq]);
        await records.commit(paper, [put('a'), put('b'), put('c')]);
        const [[, a] = ['', 0], [, b] = ['', 0], [, c] = ['', 0]] = await seqs();
        assert.ok(a < b && b < c);
        await records.commit(paper, [{ kind: 'delete', of: named('c') }, put('a', 2)]);
        await records.commit(other, [put('x')]);
        await records.commit(paper, [put('c', 3)]);
        const [[, first] = ['', 0], , [last, anew] = ['', 0]] = await seqs();
        assert.deepEqual([first, last], [a, 'c']);
        const elsewhere = (await records.get(other, named('x')))?.seq ?? 0;
        assert.ok(c < elsewhere && elsewhere < anew, `${c}, ${elsewhere}, ${anew}`);
        await records.commit(paper, [{ kind: 'delete-all', of: mailbox }]);
        await records.commit(other, [{ kind: 'delete-all', of: mailbox }]);
      }
    });

    it('lets one of two who expect the same', async () => {
      for (const records of [storage.networkRecords, new MemoryRecords()]) {
        const absent: Expectation = { of: named('race'), is: 'absent' };
        const made = await Promise.all(
          ['one', 'two'].map((value) => records.commit(paper, [put('race', 1, value)], [absent])),
        );
        assert.deepEqual(made, [true, false]);
        const found = (await records.get(paper, named('race'))) ?? assert.fail();
        const is = { seq: found.seq, at: found.at };
        const changed = await Promise.all(
          [2, 3].map((at) => records.commit(paper, [put('race', at)], [{ of: named('race'), is }])),
        );
        assert.deepEqual(changed, [true, false]);
        assert.equal((await records.get(paper, named('race')))?.at, 2);
      }
    });

    it('refuses for good what names a record twice or has no plain owner, and writes nothing of it', async () => {
      for (const records of [storage.networkRecords, new MemoryRecords()]) {
        for (const changes of [
          [put('twice'), put('twice', 2)],
          [put('twice'), { kind: 'delete', of: named('twice') } as const],
          ...['\0', '\ud800', 'é'.repeat(128)].map((owner) => [
            put('twice'),
            put('a', 1, '', { ...mailbox, owner }),
          ]),
        ])
          await assert.rejects(records.commit(paper, changes), RangeError);
        assert.equal(await records.get(paper, named('twice')), undefined);
        assert.equal(await records.get(paper, named('a', { ...mailbox, owner: '\0' })), undefined);
      }
    });

    it('sweeps more than one transaction takes', async () => {
      const records = storage.networkRecords;
      const many = Array.from({ length: 2_300 }, (_, index) => put(`${index}`, index < 2_200 ? 1 : 2));
      await records.commit(other, many);
      assert.equal(await records.sweep(other, 'mail', 2), 2_200);
      assert.equal(await records.count(other, mailbox), 100);
    });

    it('goes with the Matrix user whose it is', async () => {
      const erased = { collection: 'keys', owner: '@carol:example.org' };
      const spared = { collection: 'keys', owner: '@carola:example.org' };
      const records = storage.networkRecords;
      await records.commit(paper, [put('k', 1, 'v', erased), put('k', 1, 'v', spared)]);
      await storage.erasures.purge(matrixUserId(erased.owner));
      assert.equal(await records.count(paper, erased), 0);
      assert.equal(await records.count(paper, spared), 1);
    });
  });

  describe('the secrets that networks keep', () => {
    it('lie encrypted, follow a change of keys, and hold on to theirs until they have', async () => {
      const config = await backend.config();
      const first = await open(config);
      const many = Array.from({ length: 450 }, (_, index) => put(`${index}`, index, secret));
      await first.networkRecords.commit(paper, [...many, put('\0', 1, secret)]);
      await first[Symbol.asyncDispose]();
      if (config.url === undefined) assert.ok(!readFileSync(config.file).includes(secret));
      const key = Buffer.alloc(32, 9);
      await assert.rejects(openStorage({ ...config, key }, { log: silentLog }), { code: 'wrong-key' });
      const both = await openStorage({ ...config, key, oldKeys: [config.key] }, { log: silentLog });
      await both[Symbol.asyncDispose]();
      await using last = await openStorage({ ...config, key, oldKeys: [] }, { log: silentLog });
      const rows = await last.networkRecords.list(paper, mailbox, { limit: 1_000 });
      assert.deepEqual(new Set(rows.map(({ value }) => value)), new Set([secret]));
      assert.deepEqual(
        rows.map(({ name, at }) => [name, at]),
        [...many.keys(), 1].map((at, index) => [index === 450 ? '\0' : `${index}`, at]),
      );
    });

    it('cannot be put in the place of another', async () => {
      const config = await backend.config();
      await using storage = await open(config);
      await storage.networkRecords.commit(paper, [put('bob'), put('eve')]);
      await using raw = new Database(settingsOf(config));
      await raw.run("update network_records set name = 'x' where name = 'bob'");
      await raw.run("update network_records set name = 'bob' where name = 'eve'");
      await assert.rejects(storage.networkRecords.get(paper, named('bob')), { code: 'undecryptable' });
    });

    it('of a key that went missing are not given up', async () => {
      const config = await backend.config();
      const key = Buffer.alloc(32, 9);
      await (await open({ ...config, key }))[Symbol.asyncDispose]();
      // Both keys are known; only a record is under the older one.
      await using raw = new Database(settingsOf(config));
      const first = await openStorage({ ...config, oldKeys: [key] }, { log: silentLog });
      await first.networkRecords.commit(paper, [put('a', 1, secret)]);
      await first[Symbol.asyncDispose]();
      await assert.rejects(open({ ...config, key }), { code: 'wrong-key' });
      await raw.run('delete from network_records');
      await (await open({ ...config, key }))[Symbol.asyncDispose]();
    });
  });
}

/** One thing that is done to the double and to the database; numbers pick a record that is there. */
type Step =
  | {
      readonly kind: 'commit';
      readonly changes: readonly (readonly [RecordChange['kind'], string, string, number])[];
      readonly expect: readonly (readonly [string, string, 'absent' | 'same' | 'at' | 'seq'])[];
    }
  | { readonly kind: 'sweep'; readonly before: number };

const owner = fc.constantFrom('', 'a', 'B', 'é', '😀', '12-7', 'ﬀ');
/** Some that no index takes, and some that look like others. */
const name = fc.constantFrom('', 'a', 'A', 'é', '\0', '\u2400', '\ud800', '#', '#a', 'long'.repeat(200));
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('commit' as const),
    changes: fc.uniqueArray(
      fc.tuple(fc.constantFrom('put', 'put', 'put', 'delete', 'delete-all'), owner, name, fc.nat({ max: 9 })),
      {
        maxLength: 6,
        selector: ([kind, whose, what]) => JSON.stringify(kind === 'delete-all' ? [whose] : [whose, what]),
      },
    ),
    expect: fc.array(fc.tuple(owner, name, fc.constantFrom('absent', 'same', 'same', 'at', 'seq')), {
      maxLength: 2,
    }),
  }),
  fc.record({ kind: fc.constant('sweep' as const), before: fc.nat({ max: 10 }) }),
);

interface Pair {
  readonly sql: NetworkRecords;
  readonly memory: NetworkRecords;
  readonly collection: string;
}

async function both({ sql, memory, collection }: Pair, one: Step): Promise<void> {
  const answers = await Promise.all([sql, memory].map((records) => done(records, collection, one)));
  assert.deepEqual(answers[0], answers[1]);
  assert.deepEqual(await seen(sql, collection), await seen(memory, collection));
}

async function done(records: NetworkRecords, collection: string, one: Step): Promise<boolean | number> {
  if (one.kind === 'sweep') return records.sweep(paper, collection, one.before);
  const expected: Expectation[] = [];
  for (const [whose, what, is] of one.expect) {
    const of = { collection, owner: whose, name: what };
    const found = await records.get(paper, of);
    if (is === 'absent' || found === undefined) expected.push({ of, is: 'absent' });
    else
      expected.push({
        of,
        is: { seq: found.seq + (is === 'seq' ? 1 : 0), at: found.at + (is === 'at' ? 1 : 0) },
      });
  }
  const changes = one.changes.map(([kind, whose, what, at]): RecordChange => {
    const own = { collection, owner: whose };
    if (kind === 'delete-all') return { kind, of: own };
    const of = { ...own, name: what };
    return kind === 'delete' ? { kind, of } : { kind, of, value: `${whose} ${what.length} ${at}`, at };
  });
  return records.commit(paper, changes, expected);
}

/** All that can be asked, without the numbers, which are others in each store. */
async function seen(records: NetworkRecords, collection: string): Promise<unknown> {
  const owners = await records.owners(paper, collection, { limit: 99 });
  const [second] = await records.owners(paper, collection, { limit: 1 });
  const shown = ({ name, at, value }: NetworkRecord): readonly unknown[] => [name, at, value];
  return {
    owners,
    after: second && (await records.owners(paper, collection, { after: second, limit: 2 })),
    elsewhere: await records.owners(other, collection, { limit: 9 }),
    lists: await Promise.all(
      owners.map(async (whose) => {
        const of = { collection, owner: whose };
        const all = await records.list(paper, of, { limit: 99 });
        const [first] = all;
        const after = first && (await records.list(paper, of, { after: first.seq, limit: 2 }));
        const got = await Promise.all(all.map(({ name }) => records.get(paper, { ...of, name })));
        assert.deepEqual(got, all);
        return [all.map(shown), after?.map(shown), await records.count(paper, of)];
      }),
    ),
  };
}

function settingsOf({ url, file, synchronous, pool }: StorageConfig): DatabaseSettings {
  return url === undefined ? { kind: 'sqlite', file, synchronous } : { kind: 'postgres', url, pool };
}
