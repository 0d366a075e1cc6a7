import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openDatabase } from '../../../../examples/partner-app/database.ts';
import { SessionStore } from '../../../../examples/partner-app/session-store.ts';
import { UserStore, type NewLine, type NewParcel } from '../../../../examples/partner-app/user-store.ts';
import type { Change } from '../../../../src/crypto/signal/store.ts';
import { ownFolder } from '../../../support/partner-provider.ts';

const chat = '4711@lid';
const line = (id: string): NewLine => ({ chat, kind: 'said', id, value: 'AA==', at: 1 });
const parcel = (id: string): NewParcel => ({ chat, kind: 'message', id, value: new Uint8Array(0) });

async function userStore(stack: AsyncDisposableStack): Promise<UserStore> {
  const database = openDatabase(join(await ownFolder(stack), 'app.sqlite'));
  stack.defer(() => void database.close());
  return new UserStore(database, 'anna@bird.example');
}

describe('what the app keeps of a user', () => {
  it('has a line once, and what is to be sent for it once', async () => {
    await using stack = new AsyncDisposableStack();
    const store = await userStore(stack);
    const told: string[] = [];
    store.added = ({ id }) => void told.push(id);
    for (let times = 0; times < 2; times++) store.keep({ lines: [line('me 1')], parcels: [parcel('1')] });
    assert.deepEqual(told, ['me 1']);
    assert.equal(store.lines().length, 1);
    assert.deepEqual(store.waitingChats(), [chat]);
    const waiting = store.firstParcel(chat);
    store.keep({ sent: waiting?.seq ?? 0, lines: [{ ...line('sent 1'), kind: 'receipt' }] });
    assert.deepEqual(store.waitingChats(), []);
    assert.deepEqual(
      store.lines(store.lines()[0]?.seq).map(({ id }) => id),
      ['sent 1'],
    );
  });

  it('finds nobody by the name that somebody gives themselves', async () => {
    await using stack = new AsyncDisposableStack();
    const store = await userStore(stack);
    store.know({ address: '1@lid', name: '@bob:example.org' });
    store.know({ address: '2@lid', foundBy: '@bob:example.org' });
    store.know({ address: '2@lid', name: 'Bob' });
    const found = store.people().filter(({ foundBy }) => foundBy === '@bob:example.org');
    assert.deepEqual(found, [{ address: '2@lid', foundBy: '@bob:example.org', name: 'Bob' }]);
  });

  it('keeps nothing of a user who is deleted, and everything of the others', async () => {
    await using stack = new AsyncDisposableStack();
    const file = join(await ownFolder(stack), 'app.sqlite');
    const database = openDatabase(file);
    stack.defer(() => void database.close());
    const [anna, emil] = ['anna@bird.example', 'emil@bird.example'].map(
      (who) => new UserStore(database, who),
    );
    for (const store of [anna, emil]) store?.keep({ lines: [line('me 1')], parcels: [parcel('1')] });
    anna?.forget();
    assert.deepEqual(UserStore.identifiers(database), ['emil@bird.example']);
    assert.deepEqual(anna?.lines(), []);
    assert.equal(emil?.lines().length, 1);
    assert.throws(() => anna.staticKey, /deleted/);
  });

  it('has the same keys and login when it is opened again', async () => {
    await using stack = new AsyncDisposableStack();
    const file = join(await ownFolder(stack), 'app.sqlite');
    const seen = [0, 1].map(() => {
      const database = openDatabase(file);
      const store = new UserStore(database, 'anna@bird.example');
      store.login ??= { integrator: 12, user: '42' };
      const { login, staticKey } = store;
      database.close();
      return { login, staticKey };
    });
    assert.deepEqual(seen[0]?.login, { integrator: 12, user: '42' });
    assert.deepEqual(seen[0], seen[1]);
  });
});

describe('where the app keeps sessions', () => {
  const own = { network: 'partner', user: 'anna' };
  const put = (name: string, value: string, at = 1): Change => ({
    ...{ kind: 'put', of: { kind: 'prekey', peer: '', name }, value, at },
  });

  it('writes all of a commit, or nothing where the identity is another', async () => {
    await using stack = new AsyncDisposableStack();
    const database = openDatabase(join(await ownFolder(stack), 'app.sqlite'));
    stack.defer(() => void database.close());
    const store = new SessionStore(database);
    const identity: Change = { ...put('g1', 'secret'), of: { kind: 'identity', peer: '', name: 'g1' } };
    assert.equal(await store.commit(own, 'g1', [put('1', 'a')]), false);
    assert.equal(await store.commit(own, undefined, [identity]), true);
    assert.equal(await store.commit(own, undefined, [identity]), false);
    assert.equal(await store.commit(own, 'g1', [put('2', 'b', 2), put('1', 'a', 2), put('3', 'c', 1)]), true);
    assert.deepEqual(await store.names(own, { kind: 'prekey', peer: '' }, 9), ['3', '1', '2']);
    assert.equal((await store.get(own, { kind: 'prekey', peer: '', name: '1' }))?.value, 'a');
    assert.equal(await store.sweep(['prekey'], 2), 1);
    const gone: Change = { kind: 'delete', of: { kind: 'prekey', peer: '', name: '1' } };
    assert.equal(await store.commit(own, 'g2', [gone]), false);
    assert.equal(await store.commit(own, 'g1', [gone]), true);
    assert.deepEqual(await store.names(own, { kind: 'prekey', peer: '' }, 9), ['2']);
    await store.forget(own);
    assert.deepEqual(await store.names(own, { kind: 'prekey', peer: '' }, 9), []);
  });
});
