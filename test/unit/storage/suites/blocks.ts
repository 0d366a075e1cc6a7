import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Block } from '../../../../src/core/block-store.ts';
import { Blocks } from '../../../../src/core/blocks.ts';
import { matrixUserId, networkId, remoteChatId, remoteUserId } from '../../../../src/core/ids.ts';
import { accountName, storedName, type PersonName } from '../../../../src/core/persons.ts';
import type { StorageConfig } from '../../../../src/storage/config.ts';
import type { Storage } from '../../../../src/storage/storage.ts';
import { alice, juliet, open, xmpp, type Backend } from '../../../support/storage.ts';

const admin = matrixUserId('@admin:example.org');
const long = 'x'.repeat(2_000);
const options = { serverOf: () => undefined, decidesItself: () => false };
const account = (remote: string): PersonName => ({
  ...{ kind: 'account', network: xmpp },
  remote: remoteUserId(remote),
});
const blockOf = (name: PersonName, over: Partial<Block> = {}): Block => ({
  ...{ owner: alice, blocked: { kind: 'person', name: storedName(name) } },
  ...{ author: alice, at: 5, reason: undefined },
  ...over,
});

export function blocksSuite(backend: Backend): void {
  describe('blocks', () => {
    let config: StorageConfig;
    let storage: Storage;
    before(async () => {
      config = await backend.config();
      storage = await open(config);
    });
    after(() => storage[Symbol.asyncDispose]());

    it('are kept once for each owner and whom they shut out, and listed with the newest first', async () => {
      const { blocks } = storage;
      const [one, other] = [blockOf(account('a')), blockOf(account('b'), { at: 6, reason: 'NUL \0 \ud800' })];
      assert.deepEqual([await blocks.put(one), await blocks.put(other)], [true, true]);
      assert.equal(await blocks.put({ ...one, reason: 'again' }), false);
      const server = { kind: 'server', network: xmpp, domain: 'bad.example', subdomains: true } as const;
      const network = { kind: 'network', network: networkId('matrix') } as const;
      for (const blocked of [one.blocked, server, network])
        assert.equal(
          await blocks.put(blockOf(account('-'), { owner: 'homeserver', blocked, author: admin })),
          true,
        );
      assert.deepEqual(await blocks.list(alice, 0, 1), [{ ...other, reason: 'NUL \u2400 \ufffd' }]);
      assert.deepEqual(await blocks.list(alice, 1, 5), [one]);
      assert.deepEqual([await blocks.count(alice), await blocks.count('homeserver')], [2, 3]);
      const indexed = (await blocks.index()).filter(({ owner }) => owner === 'homeserver');
      assert.deepEqual(
        new Set(indexed.map(({ blocked }) => blocked)),
        new Set([one.blocked, server, network]),
      );
      await blocks.remove(alice, [one.blocked, other.blocked]);
      await blocks.remove('homeserver', [{ ...server, subdomains: false }, network]);
      assert.deepEqual(await blocks.index(), [{ owner: 'homeserver', blocked: one.blocked }]);
      await blocks.remove('homeserver', [one.blocked]);
    });

    it('tell long names apart, and persons by all their names after a restart', async () => {
      const first = await Blocks.load(storage.blocks, options);
      const [one, other] = [account(`${long}1`), account(`${long}2`)];
      await first.block(alice, { kind: 'person', name: storedName(one) }, { author: alice });
      await first.same(one, { kind: 'address', address: 'tel:+1' });
      await first.same(account('late'), { kind: 'address', address: 'tel:+1' });
      await first.same(account('x'), account('y'));
      await first.same(account('x'), account('late'));
      const again = await Blocks.load(storage.blocks, options);
      const isShut = (name: PersonName): boolean =>
        name.kind === 'account' && again.byUser(alice, { network: name.network, remote: name.remote });
      assert.deepEqual([one, other, account('late'), account('y')].map(isShut), [true, false, true, true]);
      assert.equal(again.namesOf(storedName(one)).length, 5);
    });

    it('know the accounts that were linked before', async () => {
      const user = matrixUserId('@linked:example.org');
      for (const remote of ['l1', 'l2'])
        await storage.logins.put({ user, network: xmpp, remote: remoteUserId(remote), linkedAt: 1 });
      const blocks = await Blocks.load(storage.blocks, options);
      assert.equal(blocks.namesOf(storedName(account('l1'))).length, 3);
    });

    it('remember what of them is on the ignore list', async () => {
      const names = [accountName({ network: xmpp, remote: juliet }), storedName(account(long))];
      await storage.blocks.setListed(alice, names);
      assert.deepEqual(new Set(await storage.blocks.listed(alice)), new Set(names));
      await storage.blocks.setListed(alice, names.slice(1));
      assert.deepEqual(await storage.blocks.listed(alice), names.slice(1));
      assert.deepEqual(await storage.blocks.listed(admin), []);
    });

    it('forget a user, but not what administrators decided', async () => {
      const user = matrixUserId('@eve:example.org');
      const blocks = await Blocks.load(storage.blocks, options);
      await blocks.same({ kind: 'user', user }, account('eve1'));
      await blocks.same({ kind: 'user', user }, account('eve2'));
      await blocks.block(user, { kind: 'person', name: storedName(account('v')) }, { author: user });
      await blocks.block('homeserver', { kind: 'network', network: networkId('gone') }, { author: user });
      await storage.blocks.setListed(user, [storedName(account('v'))]);
      await blocks.forget(user);
      const again = await Blocks.load(storage.blocks, options);
      assert.deepEqual([await again.count(user), await storage.blocks.listed(user)], [0, []]);
      assert.equal(again.namesOf(storedName(account('eve1'))).length, 2);
      const [block] = await again.list('homeserver', 0, 1);
      assert.equal(block?.author, '@:example.org');
      const contact = { network: networkId('gone'), chat: remoteChatId('c'), user, remote: undefined };
      assert.deepEqual(again.standing(contact), { kind: 'homeserver', what: 'network' });
    });

    it('go with an erased user', async () => {
      await storage.blocks.put(blockOf(account('z')));
      await storage.erasures.intend(alice, 1);
      await storage.erasures.purge(alice);
      assert.deepEqual([await storage.blocks.count(alice), await storage.blocks.listed(alice)], [0, []]);
    });
  });
}
