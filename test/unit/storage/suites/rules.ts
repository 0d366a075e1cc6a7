import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { matrixUserId, portalId } from '../../../../src/core/ids.ts';
import type { RuleChange, StoredRule } from '../../../../src/rules/rule-store.ts';
import type { Rule } from '../../../../src/rules/rule.ts';
import type { StorageConfig } from '../../../../src/storage/config.ts';
import { Database } from '../../../../src/storage/database.ts';
import { openStorage, type Storage } from '../../../../src/storage/storage.ts';
import {
  aSettlement,
  alice,
  keepOne,
  open,
  silentLog,
  unique,
  type Backend,
} from '../../../support/storage.ts';

const admin = { kind: 'user', user: alice } as const;

function aRule(id: string, over: Partial<Rule> = {}): Rule {
  return { id, features: ['sticker'], action: 'drop', ...over };
}

function aChange(over: Partial<RuleChange> = {}): RuleChange {
  return { put: [], remove: [], place: 'last', by: admin, at: 1_000, ...over };
}

/** A raw connection beside the store, for what another release could have written. */
function rawDatabase(config: StorageConfig): Database {
  const { file, synchronous, url, pool } = config;
  return new Database(
    url === undefined ? { kind: 'sqlite', file, synchronous } : { kind: 'postgres', url, pool },
    undefined,
  );
}

const idsOf = async (storage: Storage): Promise<readonly string[]> =>
  (await storage.rules.list()).map((stored) => ('rule' in stored ? stored.rule.id : `?${stored.id}`));

export function rulesSuite(backend: Backend): void {
  describe('rules that are set while the bridge runs', () => {
    let config: StorageConfig;
    let storage: Storage;
    before(async () => {
      config = await backend.config();
      storage = await open(config);
    });
    after(() => storage[Symbol.asyncDispose]());

    it('are kept in their order with author and time, and their changes with before and after', async () => {
      const { rules } = storage;
      const [one, two, three] = [aRule('one'), aRule('two'), aRule('three', { networks: ['xmpp'] })];
      await rules.change(aChange({ put: [one, two] }));
      await rules.change(aChange({ put: [three], place: 'first', by: { kind: 'api' }, at: 2_000 }));
      const changed = aRule('one', { action: 'refuse' });
      await rules.change(aChange({ put: [changed], remove: ['two', 'nothing'], at: 3_000 }));
      const expected: readonly StoredRule[] = [
        { rule: three, author: { kind: 'api' }, at: 2_000 },
        { rule: changed, author: admin, at: 3_000 },
      ];
      assert.deepEqual(await rules.list(), expected);
      const { entries, dropped } = await rules.audit({ before: undefined, limit: 10 });
      assert.equal(dropped, 0);
      assert.deepEqual(
        entries.map(({ seq, at, by, id, before: was, after: is }) => [seq, at, by.kind, id, was, is]),
        [
          [5, 3_000, 'user', 'one', JSON.stringify(one), JSON.stringify(changed)],
          [4, 3_000, 'user', 'two', JSON.stringify(two), undefined],
          [3, 2_000, 'api', 'three', undefined, JSON.stringify(three)],
          [2, 1_000, 'user', 'two', undefined, JSON.stringify(two)],
          [1, 1_000, 'user', 'one', undefined, JSON.stringify(one)],
        ],
      );
      const page = await rules.audit({ before: 5, limit: 1, id: 'one' });
      assert.deepEqual(
        page.entries.map(({ seq }) => seq),
        [1],
      );
    });

    it('leave no trace of what changes nothing', async () => {
      const { rules } = storage;
      const count = async (): Promise<number | undefined> =>
        (await rules.audit({ before: undefined, limit: 1 })).entries[0]?.seq;
      const earlier = await count();
      await rules.change(aChange({ put: [aRule('three', { networks: ['xmpp'] })], remove: ['nothing'] }));
      assert.equal(await count(), earlier);
      assert.equal((await rules.list()).length, 2);
    });

    it('several that are put first keep their order among themselves', async () => {
      await storage.rules.change(aChange({ put: [aRule('a'), aRule('b')], place: 'first' }));
      assert.deepEqual(await idsOf(storage), ['a', 'b', 'three', 'one']);
      await storage.rules.change(aChange({ remove: ['a', 'b'] }));
    });

    it('are there after a restart', async () => {
      const [rules, trail] = [
        await storage.rules.list(),
        await storage.rules.audit({ before: undefined, limit: 50 }),
      ];
      await storage[Symbol.asyncDispose]();
      storage = await open(config);
      assert.deepEqual(await storage.rules.list(), rules);
      assert.deepEqual(await storage.rules.audit({ before: undefined, limit: 50 }), trail);
    });

    it('stay, and are nobody’s, when their author is erased', async () => {
      const bob = matrixUserId('@bob:example.org');
      await storage.rules.change(aChange({ put: [aRule('bobs')], by: { kind: 'user', user: bob } }));
      await storage.erasures.purge(bob);
      const [found] = (await storage.rules.list()).filter(
        (stored) => 'rule' in stored && stored.rule.id === 'bobs',
      );
      assert.deepEqual(found && 'rule' in found && found.author, { kind: 'erased' });
      const { entries } = await storage.rules.audit({ before: undefined, limit: 100 });
      assert.doesNotMatch(JSON.stringify(entries), /@bob/);
      assert.match(JSON.stringify(entries), /@alice/);
    });

    it('tell of one that this release cannot read, rather than to leave it out', async () => {
      await using raw = rawDatabase(config);
      const insert = `insert into rules (id, position, rule, author, set_at) values (?, ?, ?, 'api', 0)`;
      await raw.transaction(async (sql) => {
        await sql.run(insert, ['later', 900, '{"id":"later","features":["telepathy"],"action":"drop"}']);
        await sql.run(insert, ['broken', 901, '{']);
        await sql.run(insert, ['other', 902, JSON.stringify(aRule('else'))]);
      });
      assert.deepEqual((await idsOf(storage)).slice(-3), ['?later', '?broken', '?other']);
      await storage.rules.change(aChange({ remove: ['later', 'broken', 'other'] }));
      assert.doesNotMatch((await idsOf(storage)).join(), /\?/);
    });
  });

  describe('the audit trail', () => {
    it('says how many of the oldest changes are not remembered any more', async () => {
      const { SqlRuleStore } = await import('../../../../src/storage/rules.ts');
      const { GroupCommit } = await import('../../../../src/storage/group-commit.ts');
      const config = await backend.config();
      await (await openStorage(config, { log: silentLog }))[Symbol.asyncDispose]();
      await using database = rawDatabase(config);
      const commit = new GroupCommit((work) => database.transaction(work), silentLog);
      const rules = new SqlRuleStore(database, commit, 3);
      const dropped: number[] = [];
      for (let n = 0; n < 5; n += 1) dropped.push(await rules.change(aChange({ put: [aRule(`r${n}`)] })));
      assert.deepEqual(dropped, [0, 0, 0, 1, 1]);
      const page = await rules.audit({ before: undefined, limit: 10 });
      assert.deepEqual([page.dropped, page.entries.map(({ seq }) => seq)], [2, [5, 4, 3]]);
      assert.equal((await rules.list()).length, 5);
      await commit.close();
    });
  });

  describe('events that are looked at again', () => {
    it('are the newest that ended with their content, and no more than asked for', async () => {
      await using storage = await open(await backend.config());
      const kept = [];
      for (let n = 0; n < 4; n += 1) kept.push(await keepOne(storage, { payload: `content ${n}` }));
      const [first, second, third, open_] = kept;
      assert.ok(first && second && third && open_);
      const portal = portalId(`p${unique()}`);
      await storage.events.settle(
        aSettlement(first.seq, { outcome: { kind: 'blocked', rule: 'r' }, portal }),
      );
      await storage.events.settle(aSettlement(second.seq));
      await storage.events.settle(aSettlement(third.seq));
      const found = await storage.kept.recent(2);
      assert.deepEqual(
        found.map(({ payload, portal: where }) => [payload, where]),
        [
          ['content 2', undefined],
          ['content 1', undefined],
        ],
      );
      const one = await storage.kept.get(first.outerId);
      assert.deepEqual(
        [one?.payload, one?.portal, one?.record.outcome],
        ['content 0', portal, { kind: 'blocked', rule: 'r' }],
      );
      assert.equal(await storage.kept.get('$nothing'), undefined);
      await storage.events.erase(Date.now() + 1_000);
      assert.deepEqual(await storage.kept.recent(10), []);
      assert.equal((await storage.kept.get(first.outerId))?.payload, '');
    });
  });
}
