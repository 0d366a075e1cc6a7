import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Turns } from '../../../../src/core/turns.ts';
import { Accounts, type Person } from '../../../../src/networks/thirdparty/accounts.ts';
import type { Keeping } from '../../../../src/networks/thirdparty/host-records.ts';
import { requestOf, testPerson, thirdparty } from '../../../support/host-scene.ts';
import { MemoryRecords } from '../../../support/memory-records.ts';

const key = new Uint8Array(32).fill(1);
const ann: Person = { integrator: 12, identifierType: 'email', identifier: 'ann@birdy.example' };

function accountsOn(records: MemoryRecords): Accounts {
  const keeping: Keeping = { network: thirdparty, records, turns: new Turns(), now: () => 1_000 };
  return new Accounts(keeping, key);
}

function requested(): ReturnType<typeof requestOf> {
  return requestOf(testPerson(ann.identifier), 'a.b.c');
}

describe('accounts', () => {
  it('do not remember what was read before it changed', async () => {
    const records = new MemoryRecords();
    const { account } = await accountsOn(records).enlist(ann, requested());
    const accounts = accountsOn(records);
    const gate = Promise.withResolvers<undefined>();
    records.after = async () => {
      records.after = () => undefined;
      await gate.promise;
    };
    const early = accounts.ofUser(account.login.user);
    const next = requested();
    await accounts.enlist(ann, next);
    gate.resolve(undefined);
    await early;
    assert.deepEqual((await accounts.ofUser(account.login.user))?.authKey, next.authKey);
  });

  it('are one for one person, however many requests come at once', async () => {
    const records = new MemoryRecords();
    const accounts = accountsOn(records);
    const all = await Promise.all(Array.from({ length: 8 }, () => accounts.enlist(ann, requested())));
    assert.equal(new Set(all.map(({ account }) => account.login.user)).size, 1);
    assert.deepEqual(
      all.map(({ keys }) => keys),
      ['new', ...Array.from({ length: 7 }, () => 'changed')],
    );
    assert.equal(accounts.count, 1);
    const other = { ...ann, integrator: 13 };
    assert.notDeepEqual(
      (await accounts.enlist(other, requested())).account.login.user,
      all[0]?.account.login.user,
    );
    assert.equal(accounts.count, 2);
  });

  it('are enlisted anew where they are taken away meanwhile', async () => {
    const records = new MemoryRecords();
    const accounts = accountsOn(records);
    const { account } = await accounts.enlist(ann, requested());
    const [gone, again] = await Promise.all([
      accounts.remove(account.login.user, 'deleted'),
      accounts.enlist(ann, requested()),
    ]);
    assert.equal(gone?.identifier, ann.identifier);
    assert.equal(again.keys, 'new');
    assert.notEqual(again.account.login.user, account.login.user);
    assert.deepEqual((await accounts.ofIdentifier(12, ann.identifier))?.login, again.account.login);
  });
});
