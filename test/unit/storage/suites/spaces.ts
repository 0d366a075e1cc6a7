import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { matrixUserId, networkId, roomId } from '../../../../src/core/ids.ts';
import type { Storage } from '../../../../src/storage/storage.ts';
import { alice, open, xmpp, type Backend } from '../../../support/storage.ts';

const bob = matrixUserId('@bob:example.org');

export function spacesSuite(backend: Backend): void {
  describe('spaces', () => {
    let storage: Storage;
    before(async () => {
      storage = await open(await backend.config());
    });
    after(() => storage[Symbol.asyncDispose]());

    it('are kept for each user and network, before and after their rooms are made', async () => {
      const { spaces } = storage;
      assert.deepEqual(await spaces.list(alice), []);
      const other = networkId('loopback');
      await spaces.put({ user: alice, network: xmpp, room: undefined });
      await spaces.put({ user: alice, network: other, room: undefined });
      await spaces.put({ user: bob, network: xmpp, room: roomId('!b:example.org') });
      await spaces.put({ user: alice, network: xmpp, room: roomId('!a:example.org') });
      assert.deepEqual(await spaces.list(alice), [
        { user: alice, network: other, room: undefined },
        { user: alice, network: xmpp, room: '!a:example.org' },
      ]);
      await spaces.remove(alice, xmpp);
      assert.deepEqual((await spaces.list(alice)).length, 1);
      assert.deepEqual((await spaces.list(bob)).length, 1);
    });

    it('are wanted until their user says otherwise, and forgotten with the user', async () => {
      const { spaces } = storage;
      assert.equal(await spaces.wanted(bob), true);
      await spaces.choose(bob, false);
      assert.equal(await spaces.wanted(bob), false);
      assert.equal(await spaces.wanted(alice), true);
      await spaces.choose(bob, true, xmpp);
      const of = async (user = bob): Promise<readonly boolean[]> =>
        Promise.all([xmpp, networkId('loopback')].map((network) => spaces.wanted(user, network)));
      assert.deepEqual(
        [await of(), await of(alice)],
        [
          [true, false],
          [true, true],
        ],
      );
      await spaces.choose(bob, false);
      assert.deepEqual(await of(), [false, false]);
      await spaces.choose(bob, true, xmpp);
      await storage.erasures.intend(bob, 1);
      await storage.erasures.purge(bob);
      assert.deepEqual(await spaces.list(bob), []);
      assert.equal(await spaces.wanted(bob), true);
      assert.deepEqual(await of(), [true, true]);
    });
  });
}
