import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { matrixUserId, parseRoomAlias, roomId } from '../../../../src/core/ids.ts';
import { listKinds, type FollowedList, type ListRule } from '../../../../src/core/policy-list.ts';
import type { StorageConfig } from '../../../../src/storage/config.ts';
import type { Storage } from '../../../../src/storage/storage.ts';
import { aList, aRule, listRoom } from '../../../support/policy-lists.ts';
import { alice, open, xmpp, type Backend } from '../../../support/storage.ts';

const other = roomId('!other:lists.example');
const byKey = (rules: readonly ListRule[]): readonly ListRule[] =>
  [...rules].sort((one, two) => (`${one.kind} ${one.key}` < `${two.kind} ${two.key}` ? -1 : 1));

export function policyListsSuite(backend: Backend): void {
  describe('policy lists', () => {
    let config: StorageConfig;
    let storage: Storage;
    before(async () => {
      config = await backend.config();
      storage = await open(config);
    });
    after(() => storage[Symbol.asyncDispose]());
    const reopen = async (): Promise<void> => {
      await storage[Symbol.asyncDispose]();
      storage = await open(config);
    };

    it('are kept with all that is known of them, over a restart', async () => {
      const named = parseRoomAlias('#list:lists.example') ?? listRoom;
      const whole: FollowedList = aList({
        ...{ name: named, networks: [xmpp], by: 'config', readAt: 7, trouble: 'shut-out', told: 'x' },
      });
      await storage.policyLists.putList(aList());
      await storage.policyLists.putList(whole);
      await storage.policyLists.putList(aList({ room: other, name: other, since: 2 }));
      await reopen();
      const lists = await storage.policyLists.lists();
      assert.deepEqual(lists, [whole, aList({ room: other, name: other, since: 2 })]);
    });

    it('keep many rules of every kind, replace and remove them, and go with their rules', async () => {
      const store = storage.policyLists;
      const many = Array.from({ length: 2_345 }, (_, count) =>
        aRule(listKinds[count % 3] ?? 'user', `name ${count}`, {
          key: `k${Math.floor(count / 3)}`,
          at: count,
        }),
      );
      const odd = [
        aRule('user', { kind: 'hashed', sha256: 'a'.repeat(43) }, { reason: 'why' }),
        aRule('room', 'x', { key: '#' }),
        aRule('room', 'y', { key: 'long '.repeat(50) }),
        aRule('room', 'z', { key: '' }),
      ];
      await store.putRules([...many, ...odd]);
      await store.putRules([aRule('user', 'elsewhere', { list: other })]);
      assert.deepEqual(byKey(await store.rules(listRoom)), byKey([...many, ...odd]));
      const [first, second] = many;
      assert.ok(first && second);
      await store.putRules([{ ...first, reason: 'new' }]);
      await store.removeRules(listRoom, [second, ...odd]);
      await reopen();
      const left = byKey([{ ...first, reason: 'new' }, ...many.slice(2)]);
      assert.deepEqual(byKey(await storage.policyLists.rules(listRoom)), left);
      await storage.policyLists.removeList(listRoom);
      assert.deepEqual(await storage.policyLists.rules(listRoom), []);
      assert.equal((await storage.policyLists.rules(other)).length, 1);
    });

    it('keep exemptions, the newest first, and know who set what no more once they are erased', async () => {
      const store = storage.policyLists;
      const exemption = {
        kind: 'user',
        name: `xmpp:${'a'.repeat(400)}`,
        by: alice,
        at: 1,
        reason: 'why',
      } as const;
      assert.ok(await store.putExemption(exemption));
      assert.equal(await store.putExemption({ ...exemption, at: 2 }), false);
      const server = { kind: 'server', name: 'x', by: alice, at: 3, reason: undefined } as const;
      assert.ok(await store.putExemption(server));
      assert.deepEqual(await store.exemptions(), [server, exemption]);
      assert.equal(await store.removeExemption('room', 'x'), false);
      assert.ok(await store.removeExemption('server', 'x'));
      const nobody = matrixUserId('@:example.org');
      await store.putList(aList({ room: other, name: other, by: alice }));
      await store.forgetAuthor(alice, nobody);
      assert.deepEqual(await store.exemptions(), [{ ...exemption, by: nobody }]);
      assert.deepEqual(
        (await store.lists()).map(({ by }) => by),
        [nobody],
      );
    });
  });
}
