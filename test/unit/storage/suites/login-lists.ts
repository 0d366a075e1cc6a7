import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { networkId, remoteUserId } from '../../../../src/core/ids.ts';
import type { AgreedEntry } from '../../../../src/core/login-list-store.ts';
import type { Login } from '../../../../src/core/stores.ts';
import type { StorageConfig } from '../../../../src/storage/config.ts';
import { inspectStorage, type Storage } from '../../../../src/storage/storage.ts';
import { alice, open, xmpp, type Backend } from '../../../support/storage.ts';

const login = (remote: string, linkedAt = 1): Login => ({
  ...{ user: alice, network: xmpp, linkedAt },
  remote: remoteUserId(remote),
});
const person = (remote: string, mark = '5'): AgreedEntry => ({
  entry: { kind: 'person', remote: remoteUserId(remote) },
  mark,
});
const server: AgreedEntry = { entry: { kind: 'server', domain: 'x@y.test' }, mark: '7' };

export function loginListsSuite(backend: Backend): void {
  describe('the lists of accounts', () => {
    let config: StorageConfig;
    let storage: Storage;
    before(async () => {
      config = await backend.config();
      storage = await open(config);
    });
    after(() => storage[Symbol.asyncDispose]());
    const agreed = async (of: Login): Promise<readonly AgreedEntry[]> =>
      [...(await storage.loginLists.agreed(of))].sort((one, other) => (one.mark < other.mark ? -1 : 1));

    it('are kept for each account as it was linked, a person and a server of one name apart', async () => {
      const { loginLists } = storage;
      const me = login('me@y.test');
      const long = person('x'.repeat(2_000), '6');
      await loginLists.change(me, [person('x@y.test', '3'), server, long], []);
      await loginLists.change(me, [person('x@y.test')], [person('nobody@y.test').entry]);
      await loginLists.change(login('other@y.test'), [person('z@y.test')], []);
      assert.deepEqual(await agreed(me), [person('x@y.test'), long, server]);
      assert.deepEqual(await agreed(login('me@y.test', 2)), []);
      await loginLists.renew(alice, xmpp, [server.entry, long.entry]);
      await loginLists.renew(alice, networkId('smoke'), [person('x@y.test').entry]);
      assert.deepEqual(
        (await agreed(me)).map(({ mark }) => mark),
        ['', '', '5'],
      );
      await loginLists.change(me, [server], [person('x@y.test').entry, long.entry]);
      assert.deepEqual(await agreed(me), [server]);
      await loginLists.change(login('me@y.test', 2), [server], []);
      assert.deepEqual([await agreed(me), await agreed(login('me@y.test', 2))], [[], [server]]);
      assert.deepEqual(await agreed(login('other@y.test')), [person('z@y.test')]);
    });

    it('are forgotten once the account is given up, and so is what was told of them', async () => {
      const { loginLists, logins } = storage;
      const me = login('me@y.test');
      await logins.put(me);
      await loginLists.change(me, [server], []);
      await loginLists.setTold(me, 'not-granted');
      await loginLists.setTold(me, 'not-granted');
      await loginLists.prune();
      assert.deepEqual([await agreed(me), await loginLists.told(me)], [[server], 'not-granted']);
      assert.equal(await loginLists.told(login('me@y.test', 2)), undefined);
      assert.deepEqual((await inspectStorage(config)).unfollowed, [{ network: 'xmpp', count: 1 }]);
      await loginLists.setTold(me, 'not-offered');
      assert.deepEqual((await inspectStorage(config)).unfollowed, []);
      await loginLists.setTold(me, undefined);
      assert.equal(await loginLists.told(me), undefined);
      await loginLists.setTold(me, 'not-granted');
      await logins.remove(alice, xmpp, me.remote);
      await loginLists.prune();
      assert.deepEqual([await agreed(me), await loginLists.told(me)], [[], undefined]);
      assert.deepEqual((await inspectStorage(config)).unfollowed, []);
    });

    it('are found by network, page by page', async () => {
      const all = ['c', 'a', 'b'].map((name) => login(`${name}@y.test`));
      for (const one of all) await storage.logins.put(one);
      const [first, second] = await storage.loginLists.logins(xmpp, undefined, 2);
      assert.deepEqual([first?.remote, second?.remote], ['a@y.test', 'b@y.test']);
      assert.deepEqual(await storage.loginLists.logins(xmpp, second?.remote, 2), [all[0]]);
      assert.deepEqual(await storage.loginLists.logins(networkId('smoke'), undefined, 2), []);
    });
  });
}
