import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { laneId, matrixUserId, portalId, remoteChatId, roomId } from '../../../../src/core/ids.ts';
import type { Storage } from '../../../../src/storage/storage.ts';
import {
  alice,
  anIntent,
  aPortal,
  aSettlement,
  type Backend,
  eid,
  keepOne,
  mid,
  open,
  xmpp,
} from '../../../support/storage.ts';

export function portalsSuite(backend: Backend): void {
  describe('portals', () => {
    let storage: Storage;
    before(async () => {
      storage = await open(await backend.config());
    });
    after(() => storage[Symbol.asyncDispose]());

    it('intends once, however many ask at the same time', async () => {
      const first = anIntent();
      assert.equal(await storage.portals.byKey(first.key), undefined);
      const rivals = Array.from({ length: 20 }, () => anIntent({ key: first.key }));
      const answers = await Promise.all([first, ...rivals].map((intent) => storage.portals.intend(intent)));
      assert.deepEqual(new Set(answers.map(({ id }) => id)), new Set([first.id]));
      assert.deepEqual(await storage.portals.byKey(first.key), first);
      assert.deepEqual(await storage.portals.byId(first.id), first);
    });

    it('opens an intent, and every look-up sees the room from then on', async () => {
      const intent = anIntent();
      const room = roomId('!opened:example.org');
      await storage.portals.intend(intent);
      assert.equal(await storage.portals.byRoom(room), undefined);
      await storage.portals.byKey(intent.key);
      const portal = await storage.portals.opened(intent.id, room);
      assert.deepEqual(portal, { ...intent, room });
      assert.deepEqual(await storage.portals.byRoom(room), portal);
      assert.deepEqual(await storage.portals.byKey(intent.key), portal);
      assert.deepEqual(await storage.portals.byId(intent.id), portal);
      assert.deepEqual(await storage.portals.intend(anIntent({ key: intent.key })), portal);
    });

    it('knows what is intended for a user until it has its room', async () => {
      const carol = matrixUserId('@carol:example.org');
      const [first, second] = [1, 2].map(() => anIntent({ key: { ...anIntent().key, receiver: carol } }));
      assert.ok(first !== undefined && second !== undefined);
      await storage.portals.intend(first);
      await storage.portals.intend(second);
      assert.deepEqual(new Set(await storage.portals.intended(carol)), new Set([first, second]));
      await storage.portals.opened(first.id, roomId('!carols:example.org'));
      assert.deepEqual(await storage.portals.intended(carol), [second]);
    });

    it('refuses to open a room that is a portal, and what is not there', async () => {
      const taken = aPortal();
      await storage.portals.adopted(taken);
      const intent = anIntent();
      await storage.portals.intend(intent);
      await assert.rejects(storage.portals.opened(intent.id, taken.room), { code: 'conflict' });
      assert.deepEqual(await storage.portals.byId(intent.id), intent);
      await assert.rejects(storage.portals.opened(portalId('nowhere'), roomId('!x')));
    });

    it('adopts a room unless its key or room is taken', async () => {
      const portal = aPortal();
      assert.deepEqual(await storage.portals.adopted(portal), portal);
      assert.deepEqual(await storage.portals.adopted(aPortal({ key: portal.key })), portal);
      assert.deepEqual(await storage.portals.adopted(aPortal({ room: portal.room })), portal);
      const intent = anIntent();
      await storage.portals.intend(intent);
      assert.deepEqual(await storage.portals.adopted(aPortal({ key: intent.key })), intent);
    });

    it('closes with all messages, so that the same chat can have a new portal', async () => {
      const portal = aPortal();
      await storage.portals.adopted(portal);
      const kept = await storage.events.keep(
        Array.from({ length: 1_500 }, (_, n) => ({
          source: 'matrix' as const,
          outerId: `$closing${n}`,
          lane: laneId('closing'),
          payload: 'p',
        })),
      );
      const author = { in: 'matrix', userId: alice } as const;
      await Promise.all(
        kept.map((event, n) =>
          storage.events.settle(
            aSettlement(event?.seq ?? 0, {
              portal: portal.id,
              message: { portal: portal.id, target: { eventIds: [eid(n)], messageIds: [mid(n)], author } },
            }),
          ),
        ),
      );
      const { seq } = await keepOne(storage);
      const reactions = {
        portal: portal.id,
        message: mid(1),
        author,
        emojis: new Map([['👍', eid('react')]]),
      };
      await storage.events.settle(aSettlement(seq, { reactions }));
      assert.notEqual(
        await storage.messages.find(portal.id, { in: 'matrix', eventId: eid(1_499) }),
        undefined,
      );
      await storage.portals.byRoom(portal.room);

      await storage.portals.closed(portal.id);
      for (const n of [0, 1_499]) {
        assert.equal(await storage.messages.find(portal.id, { in: 'matrix', eventId: eid(n) }), undefined);
      }
      assert.equal(await storage.messages.reactionByEvent(portal.id, eid('react')), undefined);
      assert.equal(await storage.portals.byRoom(portal.room), undefined);
      assert.equal(await storage.portals.byKey(portal.key), undefined);
      const next = aPortal({ key: portal.key, room: portal.room });
      assert.deepEqual(await storage.portals.adopted(next), next);
    });

    it('takes a chat whose name is longer than an index holds', async () => {
      const chat = (end: string) => ({
        network: xmpp,
        chat: remoteChatId('c'.repeat(5_000) + end),
        receiver: alice,
      });
      const [one, two] = [anIntent({ key: chat('1') }), anIntent({ key: chat('2') })];
      await storage.portals.intend(one);
      await storage.portals.intend(two);
      assert.deepEqual(await storage.portals.byKey(one.key), one);
      assert.deepEqual(await storage.portals.byKey(two.key), two);
    });
  });

  describe('lists of portals', () => {
    it('puts the last active first and leaves intents out', async () => {
      const config = await backend.config();
      const bob = matrixUserId('@bob:example.org');
      const [a, b, c] = [aPortal(), aPortal(), aPortal()];
      const ofBob = aPortal({ key: { ...aPortal().key, receiver: bob } });
      {
        await using storage = await open(config);
        for (const portal of [a, b, c, ofBob]) {
          await storage.portals.adopted(portal);
          await passTime();
        }
        await storage.portals.intend(anIntent());
        for (const portal of [b, a, b]) {
          const { seq } = await keepOne(storage);
          await storage.events.settle(aSettlement(seq, { portal: portal.id }));
          await passTime();
        }
        assert.deepEqual(await storage.portals.list(0, 10), [b, a, ofBob, c]);
        assert.deepEqual(await storage.portals.list(1, 2), [a, ofBob]);
        assert.deepEqual(await storage.portals.ofUser(bob), [ofBob]);
        assert.equal(await storage.portals.count(), 4);
        const { seq } = await keepOne(storage);
        await storage.events.settle(aSettlement(seq, { portal: a.id }));
      }
      await using again = await open(config);
      assert.deepEqual(await again.portals.list(0, 1), [a]);
    });
  });
}

const passTime = () => new Promise<void>((resolve) => setTimeout(resolve, 3));
