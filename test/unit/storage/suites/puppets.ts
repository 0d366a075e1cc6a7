import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { matrixUserId } from '../../../../src/core/ids.ts';
import type { PuppetRecord } from '../../../../src/core/puppet.ts';
import { openStorage, type Storage } from '../../../../src/storage/storage.ts';
import { RecordingLog } from '../../../support/recording-log.ts';
import { alice, type Backend, juliet, open, xmpp } from '../../../support/storage.ts';

const bob = matrixUserId('@bob:example.org');
const token = 'syt_a_secret_of_alice';

export function puppetSuite(backend: Backend): void {
  describe('double puppeting', () => {
    let storage: Storage;
    before(async () => {
      storage = await open(await backend.config());
    });
    after(() => storage[Symbol.asyncDispose]());

    it('keeps what a user chose, the last choice alone', async () => {
      assert.equal(await storage.puppets.get(alice), undefined);
      for (const choice of [
        { kind: 'token', token },
        { kind: 'lost' },
        { kind: 'token', token: 'another' },
        { kind: 'off' },
        { kind: 'default' },
      ] as const) {
        const record: PuppetRecord = {
          user: alice,
          choice,
          told: choice.kind === 'off',
          copies: choice.kind === 'lost',
          since: 7,
        };
        await storage.puppets.put(record);
        assert.deepEqual(await storage.puppets.get(alice), record);
      }
      assert.equal(await storage.puppets.get(bob), undefined);
    });

    it('knows the owner of an account at once when that changes', async () => {
      const login = { user: alice, network: xmpp, remote: juliet, linkedAt: 1 };
      assert.equal(await storage.logins.owner(xmpp, juliet), undefined);
      await storage.logins.put(login);
      assert.equal(await storage.logins.owner(xmpp, juliet), alice);
      await storage.logins.put({ ...login, user: bob });
      assert.equal(await storage.logins.owner(xmpp, juliet), bob);
      await storage.logins.remove(bob, xmpp, juliet);
      assert.equal(await storage.logins.owner(xmpp, juliet), undefined);
    });
  });

  describe('the tokens of users', () => {
    it('lie encrypted, follow a change of keys, and hold on to theirs until they have', async () => {
      const config = await backend.config();
      const record: PuppetRecord = {
        user: alice,
        choice: { kind: 'token', token },
        told: false,
        copies: false,
        since: 1,
      };
      const first = await open(config);
      await first.puppets.put(record);
      await first[Symbol.asyncDispose]();
      if (config.url === undefined) assert.ok(!readFileSync(config.file).includes(token));
      const key = Buffer.alloc(32, 9);
      const log = new RecordingLog();
      const both = await openStorage({ ...config, key, oldKeys: [config.key] }, { log });
      assert.deepEqual(await both.puppets.get(alice), record);
      await both[Symbol.asyncDispose]();
      const last = await openStorage({ ...config, key, oldKeys: [] }, { log });
      assert.deepEqual(await last.puppets.get(alice), record);
      await last[Symbol.asyncDispose]();
      await assert.rejects(openStorage(config, { log }), { code: 'wrong-key' });
    });
  });
}
