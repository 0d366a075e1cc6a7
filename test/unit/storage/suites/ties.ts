import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { portalId, remoteChatId, roomId } from '../../../../src/core/ids.ts';
import type { Tie } from '../../../../src/core/tie.ts';
import type { Storage } from '../../../../src/storage/storage.ts';
import { alice, open, unique, xmpp, type Backend } from '../../../support/storage.ts';

function aTie(over: Partial<Tie> = {}): Tie {
  const n = unique();
  return {
    id: portalId(`tie${n}`),
    user: alice,
    network: xmpp,
    chat: remoteChatId(`room${n}@muc.example.net`),
    room: roomId(`!room${n}:example.org`),
    state: 'wanted',
    code: 'ABCD-EFGH',
    expiresAt: 1_000 + n,
    ...over,
  };
}

export function tiesSuite(backend: Backend): void {
  describe('ties', () => {
    let storage: Storage;
    before(async () => {
      storage = await open(await backend.config());
    });
    after(() => storage[Symbol.asyncDispose]());

    it('wait once for each group and each room, until they are open', async () => {
      const { ties } = storage;
      const first = aTie();
      assert.deepEqual(await ties.intend(first), first);
      assert.deepEqual(await ties.intend(first), first);
      assert.deepEqual(await ties.intend(aTie({ chat: first.chat })), first);
      assert.deepEqual(await ties.intend(aTie({ room: first.room })), first);
      const other = aTie();
      assert.deepEqual(await ties.intend(other), other);
      assert.deepEqual(await ties.pending(), [first, other]);
      await ties.put({ ...first, state: 'open' });
      assert.deepEqual(await ties.pending(), [other]);
      const again = aTie({ chat: first.chat, room: first.room });
      assert.deepEqual(await ties.intend(again), again);
      assert.deepEqual((await ties.get(first.id))?.state, 'open');
      await ties.put({ ...first, state: 'ending' });
      assert.equal((await ties.pending()).length, 3);
      for (const { id } of [first, other, again]) await ties.remove(id);
      assert.deepEqual(await ties.pending(), []);
    });

    it('have groups of long names apart', async () => {
      const { ties } = storage;
      const long = 'x'.repeat(2_000);
      const [one, two] = [aTie({ chat: remoteChatId(`${long}1`) }), aTie({ chat: remoteChatId(`${long}2`) })];
      assert.deepEqual(await ties.intend(one), one);
      assert.deepEqual(await ties.intend(two), two);
      for (const { id } of [one, two]) await ties.remove(id);
    });

    it('go with the portal, whose room is known to belong to its people until then', async () => {
      const { ties, portals } = storage;
      const tie = aTie({ state: 'open' });
      const key = { network: xmpp, chat: tie.chat, receiver: undefined };
      const portal = { kind: 'group', id: tie.id, key, room: tie.room, borrowed: true } as const;
      await ties.put(tie);
      assert.deepEqual(await portals.adopted(portal), portal);
      assert.deepEqual(await portals.byRoom(tie.room), portal);
      const next = roomId(`!next${unique()}:example.org`);
      assert.deepEqual(await portals.moved(tie.id, next), { ...portal, room: next });
      const rival = { ...portal, id: portalId('rival'), room: roomId('!rival:example.org') };
      assert.equal((await portals.adopted(rival)).id, portal.id, 'a group has one portal');
      const second = { ...rival, key: { ...key, chat: remoteChatId('another') }, room: next };
      assert.equal((await portals.adopted(second)).id, portal.id, 'a room has one');
      await portals.closed(tie.id);
      assert.equal(await ties.get(tie.id), undefined);
    });

    it('are forgotten with the user who asked', async () => {
      const { ties } = storage;
      const tie = aTie();
      await ties.intend(tie);
      await storage.erasures.intend(alice, 1);
      await storage.erasures.purge(alice);
      assert.equal(await ties.get(tie.id), undefined);
    });
  });
}
