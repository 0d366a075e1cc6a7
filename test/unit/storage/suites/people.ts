import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { matrixUserId, remoteUserId, roomId } from '../../../../src/core/ids.ts';
import type { Storage } from '../../../../src/storage/storage.ts';
import { alice, type Backend, juliet, open, xmpp } from '../../../support/storage.ts';

const bob = matrixUserId('@bob:example.org');

export function peopleSuite(backend: Backend): void {
  describe('ghosts, users and logins', () => {
    let storage: Storage;
    before(async () => {
      storage = await open(await backend.config());
    });
    after(() => storage[Symbol.asyncDispose]());

    it('remembers a ghost and the name it was given last', async () => {
      const ghost = { userId: matrixUserId('@xmpp_juliet:example.org'), network: xmpp, remote: juliet };
      assert.equal(await storage.ghosts.get(ghost.userId), undefined);
      await storage.ghosts.put({ ...ghost, name: undefined });
      assert.deepEqual(await storage.ghosts.get(ghost.userId), { ...ghost, name: undefined });
      await storage.ghosts.put({ ...ghost, name: 'Juliet' });
      assert.deepEqual(await storage.ghosts.get(ghost.userId), { ...ghost, name: 'Juliet' });
      assert.equal(await storage.ghosts.count(), 1);
    });

    it('remembers what a ghost looks like, until it is forgotten', async () => {
      const ghost = matrixUserId('@xmpp_juliet:example.org');
      assert.equal(await storage.faces.get(ghost), undefined);
      await storage.faces.put(ghost, { avatar: 'version 1', comparedAt: 1_700_000_000_000 });
      assert.deepEqual(await storage.faces.get(ghost), {
        avatar: 'version 1',
        comparedAt: 1_700_000_000_000,
      });
      await storage.faces.put(ghost, { avatar: undefined, comparedAt: 1_700_000_000_001 });
      assert.deepEqual(await storage.faces.get(ghost), { avatar: undefined, comparedAt: 1_700_000_000_001 });
      await storage.faces.forget(ghost);
      assert.equal(await storage.faces.get(ghost), undefined);
    });

    it('finds a user by management room, and by the former one no more', async () => {
      const [one, two] = [roomId('!one:example.org'), roomId('!two:example.org')];
      await storage.users.put({ userId: alice, managementRoom: one, language: undefined });
      assert.equal((await storage.users.byManagementRoom(one))?.userId, alice);
      assert.equal(await storage.users.byManagementRoom(two), undefined);
      const changed = { userId: alice, managementRoom: two, language: 'ar' } as const;
      await storage.users.put(changed);
      assert.equal(await storage.users.byManagementRoom(one), undefined);
      assert.deepEqual(await storage.users.byManagementRoom(two), changed);
      assert.deepEqual(await storage.users.get(alice), changed);
      await storage.users.put({ userId: bob, managementRoom: undefined, language: 'en' });
      assert.deepEqual(
        (await storage.users.list(1, 5)).map(({ userId }) => userId),
        [bob],
      );
    });

    it('gives a remote user to the last who proved it', async () => {
      const login = { network: xmpp, remote: juliet, linkedAt: 1_700_000_000_000 };
      await storage.logins.put({ ...login, user: alice });
      await storage.logins.put({ ...login, user: bob });
      assert.equal(await storage.logins.owner(xmpp, juliet), bob);
      assert.deepEqual(await storage.logins.list(alice), []);
      assert.deepEqual(await storage.logins.list(bob), [{ ...login, user: bob }]);
      assert.equal(await storage.logins.remove(alice, xmpp, juliet), false);
      assert.equal(await storage.logins.remove(bob, xmpp, juliet), true);
      assert.equal(await storage.logins.owner(xmpp, juliet), undefined);
      assert.equal(await storage.logins.owner(xmpp, remoteUserId('nobody@example.net')), undefined);
    });

    it('keeps one pending login for a user and network', async () => {
      const pending = { user: alice, network: xmpp, state: 'code 1234', expiresAt: 5, wrongAnswers: 0 };
      await storage.logins.putPending(pending);
      await storage.logins.putPending({ ...pending, state: 'code 5678', wrongAnswers: 2 });
      assert.deepEqual(await storage.logins.pending(alice, xmpp), {
        ...pending,
        state: 'code 5678',
        wrongAnswers: 2,
      });
      await storage.logins.removePending(alice, xmpp);
      assert.equal(await storage.logins.pending(alice, xmpp), undefined);
    });
  });
}
