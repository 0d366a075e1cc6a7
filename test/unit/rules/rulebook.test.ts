import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { RulesInForce } from '../../../src/rules/in-force.ts';
import type { RuleStore } from '../../../src/rules/rule-store.ts';
import type { AuthoredRule, Rule } from '../../../src/rules/rule.ts';
import { Rulebook, ruleLimits, RulesDoNotFit, type WantedChange } from '../../../src/rules/rulebook.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { alice, open, silentLog, sqliteBackend } from '../../support/storage.ts';

const backend = sqliteBackend();
after(() => backend.clean());

function aRule(id: string, over: Partial<Rule> = {}): Rule {
  return { id, features: ['sticker'], action: 'refuse', ...over };
}
const configured: AuthoredRule = {
  rule: aRule('of-the-file', { features: ['poll'] }),
  author: { kind: 'config' },
};
const preset: AuthoredRule = {
  rule: aRule('of-the-preset', { features: ['call'] }),
  author: { kind: 'preset', preset: 'whatsapp' },
};

function inForce(over: readonly AuthoredRule[] = [configured]): RulesInForce {
  const rules = new RulesInForce();
  const changed = rules.change({ configured: over, presets: [preset] });
  assert.equal(changed.kind, 'compiled');
  return rules;
}

function aChange(over: Partial<WantedChange> = {}): WantedChange {
  const by = { kind: 'user', user: alice } as const;
  return { put: [], remove: [], place: 'last', replace: false, by, ...over };
}

interface Rig {
  readonly rules: RulesInForce;
  readonly book: Rulebook;
}

async function rig(store: RuleStore, rules = inForce()): Promise<Rig> {
  const book = new Rulebook({ store, inForce: rules, log: silentLog, now: () => 5_000 });
  await book.start();
  return { rules, book };
}

const idsIn = ({ rules }: RulesInForce): readonly string[] =>
  rules.rules.map(({ authored }) => authored.rule.id);

describe('the rulebook', () => {
  let storage: Storage;
  before(async () => {
    storage = await open(await backend.config());
  });
  after(() => storage[Symbol.asyncDispose]());
  const clear = async ({ book }: Rig): Promise<void> => {
    const remove = book.list().rules.flatMap(({ rule, at }) => (at === undefined ? [] : [rule.id]));
    if (remove.length > 0) await book.change(aChange({ remove }));
  };

  it('puts a rule in force before those of the file, with author and time, and keeps it over a restart', async () => {
    const first = await rig(storage.rules);
    assert.deepEqual(
      await first.book.change(aChange({ put: [aRule('a'), aRule('b', { networks: ['xmpp'] })] })),
      {
        kind: 'changed',
        ...{ added: ['a', 'b'], replaced: [], removed: [], warnings: [] },
      },
    );
    await first.book.change(aChange({ put: [aRule('c', { features: ['image'] })], place: 'first' }));
    const second = await rig(storage.rules);
    for (const { book } of [first, second])
      assert.deepEqual(
        book.list().rules.map(({ rule, author, at }) => [rule.id, author.kind, at]),
        [
          ['c', 'user', 5_000],
          ['a', 'user', 5_000],
          ['b', 'user', 5_000],
          ['of-the-file', 'config', undefined],
          ['of-the-preset', 'preset', undefined],
        ],
      );
    assert.deepEqual(idsIn(second.rules), idsIn(first.rules));
    assert.ok(idsIn(second.rules).includes('a'));
    await clear(second);
  });

  it('leaves the rules in force as they are when a change is refused, whatever is wrong with it', async () => {
    const one = await rig(storage.rules);
    await one.book.change(aChange({ put: [aRule('a')] }));
    const [rules, list] = [one.rules.rules, one.book.list()];
    const trail = await storage.rules.audit({ before: undefined, limit: 100 });
    const many = Array.from({ length: ruleLimits.atOnce + 1 }, (_, n) => aRule(`n${n}`));
    const cases: readonly [Partial<WantedChange>, object][] = [
      [{ put: [aRule('d'), aRule('x', { users: ['/(/'] })] }, { kind: 'refused' }],
      [{ put: [aRule('d', { userGroups: ['nobodys'] })] }, { kind: 'refused' }],
      [{ put: [aRule('a', { action: 'drop' })] }, { kind: 'exists', id: 'a' }],
      [{ put: [aRule('d'), aRule('d', { action: 'drop' })] }, { kind: 'exists', id: 'd' }],
      [{ put: [aRule('of-the-file')] }, { kind: 'configured', id: 'of-the-file' }],
      [
        { put: [aRule('of-the-preset')], replace: true },
        { kind: 'configured', id: 'of-the-preset' },
      ],
      [{ remove: ['of-the-file'] }, { kind: 'configured', id: 'of-the-file' }],
      [
        { put: [aRule('d')], remove: ['nothing'] },
        { kind: 'unknown', id: 'nothing' },
      ],
      [{ put: many }, { kind: 'too-many', most: ruleLimits.atOnce }],
      [
        { put: [aRule('long', { people: Array.from({ length: 200 }, (_, n) => `${n}${'x'.repeat(400)}`) })] },
        { kind: 'too-long', id: 'long', most: ruleLimits.bytes },
      ],
    ];
    for (const [wanted, expected] of cases) {
      const result = await one.book.change(aChange(wanted));
      assert.deepEqual(
        { ...result, ...('problems' in result && { problems: undefined }) },
        {
          ...expected,
          ...('problems' in result && { problems: undefined }),
        },
      );
      assert.equal(one.rules.rules, rules);
      assert.deepEqual(one.book.list(), list);
    }
    assert.deepEqual(await storage.rules.audit({ before: undefined, limit: 100 }), trail);
    await clear(one);
  });

  it('changes nothing at a repeat, and replaces only where that is said', async () => {
    const one = await rig(storage.rules);
    await one.book.change(aChange({ put: [aRule('a'), aRule('b', { networks: ['xmpp'] })] }));
    assert.deepEqual(await one.book.change(aChange({ put: [aRule('a')] })), { kind: 'unchanged' });
    const changed = await one.book.change(aChange({ put: [aRule('a', { action: 'drop' })], replace: true }));
    assert.deepEqual(changed.kind === 'changed' && [changed.added, changed.replaced], [[], ['a']]);
    assert.deepEqual(
      one.book
        .list()
        .rules.slice(0, 2)
        .map(({ rule }) => [rule.id, rule.action]),
      [
        ['a', 'drop'],
        ['b', 'refuse'],
      ],
    );
    await clear(one);
  });

  it('says which rules would never decide', async () => {
    const one = await rig(storage.rules);
    const result = await one.book.change(aChange({ put: [aRule('a'), aRule('b')] }));
    assert.deepEqual(result.kind === 'changed' && result.warnings.map(({ rule, by }) => [rule, by]), [
      ['b', 'a'],
    ]);
    await clear(one);
  });

  it('shows what a change would come to without making it', async () => {
    const one = await rig(storage.rules);
    const tried = one.book.candidate(aChange({ put: [aRule('a')] }));
    assert.ok(
      tried.kind === 'candidate' && tried.rules.rules.some(({ authored }) => authored.rule.id === 'a'),
    );
    assert.equal(one.book.find('a'), undefined);
    assert.doesNotMatch(idsIn(one.rules).join(), /\ba\b/);
  });

  it('makes changes that come at once one after the other', async () => {
    const one = await rig(storage.rules);
    const results = await Promise.all([
      one.book.change(aChange({ put: [aRule('a')] })),
      one.book.change(aChange({ put: [aRule('a', { action: 'drop' })] })),
      one.book.change(aChange({ remove: ['a'] })),
      one.book.change(aChange({ remove: ['a'] })),
    ]);
    assert.deepEqual(
      results.map(({ kind }) => kind),
      ['changed', 'exists', 'changed', 'unknown'],
    );
  });

  it('holds what the database holds when a write ends in doubt', async () => {
    const failing: { after: boolean; before: boolean } = { after: true, before: false };
    const store: RuleStore = {
      list: () => storage.rules.list(),
      audit: (page) => storage.rules.audit(page),
      forgetAuthor: (user) => storage.rules.forgetAuthor(user),
      change: async (change) => {
        if (failing.before) throw new Error('not written');
        const dropped = await storage.rules.change(change);
        if (failing.after) throw new Error('perhaps written');
        return dropped;
      },
    };
    const one = await rig(store);
    await assert.rejects(one.book.change(aChange({ put: [aRule('a')] })), /perhaps/);
    assert.ok(idsIn(one.rules).includes('a'), 'it was written, so it holds');
    Object.assign(failing, { after: false, before: true });
    await assert.rejects(
      one.book.change(aChange({ put: [aRule('b', { networks: ['xmpp'] })] })),
      /not written/,
    );
    assert.ok(!idsIn(one.rules).includes('b'));
    failing.before = false;
    await clear(one);
    assert.ok(!idsIn(one.rules).includes('a'));
  });

  it('does not start with a part of what is kept', async () => {
    const one = await rig(storage.rules);
    await one.book.change(aChange({ put: [aRule('a')] }));
    const clash = inForce([{ rule: aRule('a'), author: { kind: 'config' } }]);
    await assert.rejects(
      rig(storage.rules, clash),
      (error) => error instanceof RulesDoNotFit && error.problems[0]?.rule === 'a',
    );
    const unreadable: RuleStore = {
      ...one,
      list: async () => [{ id: 'later', unreadable: true }],
      change: async () => 0,
      audit: async () => ({ entries: [], dropped: 0 }),
      forgetAuthor: async () => undefined,
    };
    await assert.rejects(rig(unreadable), /later \(unreadable\)/);
    await clear(one);
  });
});
