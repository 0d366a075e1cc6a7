import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { matrixUserId, networkId } from '../../../../src/core/ids.ts';
import type { Storage } from '../../../../src/storage/storage.ts';
import { alice, open, xmpp, type Backend } from '../../../support/storage.ts';

export function reachSuite(backend: Backend): void {
  describe('opt-in', () => {
    let config: Parameters<typeof open>[0];
    let storage: Storage;
    before(async () => {
      config = await backend.config();
      storage = await open(config);
    });
    after(() => storage[Symbol.asyncDispose]());

    it('is kept for each user and network, with its time, over a restart', async () => {
      const one = { user: alice, network: xmpp, state: 'enabled', since: 1_700_000_000_000 } as const;
      assert.equal(await storage.reach.get(alice, xmpp), undefined);
      await storage.reach.put(one);
      await storage[Symbol.asyncDispose]();
      storage = await open(config);
      assert.deepEqual(await storage.reach.get(alice, xmpp), one);
      assert.equal(await storage.reach.get(alice, networkId('other')), undefined);
      assert.deepEqual(await storage.reach.disabling(), []);
      await storage.reach.put({ ...one, state: 'disabling', since: 2 });
      assert.deepEqual(await storage.reach.disabling(), [{ ...one, state: 'disabling', since: 2 }]);
    });

    it('is kept beside regions and strictness, and all of it is forgotten, or erased, with the user', async () => {
      const { reach, erasures } = storage;
      const bob = matrixUserId('@bob:example.org');
      for (const user of [alice, bob]) {
        await reach.put({ user, network: xmpp, state: 'enabled', since: 1 });
        await reach.setRegion(user, 'DE', 1);
        await reach.setRegion(user, 'FR', 2);
        await reach.setStrict(user, 'on', 1);
        await reach.setStrict(user, 'unencrypted', 2);
        assert.deepEqual(
          [await reach.region(user), (await reach.stricts()).get(user)],
          ['FR', 'unencrypted'],
        );
      }
      const left = async (user = alice): Promise<unknown> => [
        ...[await reach.get(user, xmpp), await reach.region(user), (await reach.stricts()).get(user)],
      ];
      await reach.forget(alice);
      assert.deepEqual(await left(), [undefined, undefined, undefined]);
      await erasures.purge(bob);
      assert.deepEqual(await left(bob), [undefined, undefined, undefined]);
      await reach.setStrict(alice, 'off', 3);
      assert.equal((await reach.stricts()).size, 0);
      await reach.setRegion(alice, undefined, 3);
      assert.equal(await reach.region(alice), undefined);
    });
  });
}
