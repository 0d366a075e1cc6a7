import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { matrixUserId, networkId } from '../../../../src/core/ids.ts';
import type { OptIn } from '../../../../src/core/reach.ts';
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

    it('is listed in pages, where it is on, and where the user was barred', async () => {
      const users = ['@p1:hs', '@p2:hs', '@p3:hs', '@p4:hs'].map((user) => matrixUserId(user));
      const states = ['enabled', 'disabled', 'barred', 'enabled'] as const;
      for (const [at, user] of users.entries())
        await storage.reach.put({ user, network: xmpp, state: states[at] ?? 'enabled', since: at });
      const seen: string[] = [];
      for (let after: OptIn | undefined; ;) {
        const some = await storage.reach.enabled(after, 2);
        seen.push(...some.map(({ user, state }) => `${user} ${state}`).filter((one) => one.startsWith('@p')));
        after = some.at(-1);
        if (some.length < 2) break;
      }
      assert.deepEqual(seen, ['@p1:hs enabled', '@p3:hs barred', '@p4:hs enabled']);
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
