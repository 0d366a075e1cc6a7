import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { KnownIdentity } from '../../../../src/core/identities.ts';
import { parseFingerprint, remoteUserId, type Fingerprint } from '../../../../src/core/ids.ts';
import type { Portal } from '../../../../src/core/portal.ts';
import type { Storage } from '../../../../src/storage/storage.ts';
import {
  alice,
  aPortal,
  aSettlement,
  eid,
  juliet,
  keepOne,
  mid,
  open,
  unique,
  xmpp,
  type Backend,
} from '../../../support/storage.ts';

const week = 7 * 86_400_000;
function number(text: string): Fingerprint {
  return parseFingerprint(text) ?? assert.fail(text);
}

/** What is to be gone after a while, and whose identity is which. */
export function besideSuite(backend: Backend): void {
  describe('expiries and identities', () => {
    let config: Parameters<typeof open>[0];
    let storage: Storage;
    before(async () => {
      config = await backend.config();
      storage = await open(config);
    });
    after(() => storage[Symbol.asyncDispose]());
    const again = async (): Promise<void> => {
      await storage[Symbol.asyncDispose]();
      storage = await open(config);
    };

    const said: string[] = [];
    /** Records a message that is to be gone; answers its number. */
    const say = async (portal: Portal, afterMs: number, untilRead = false): Promise<number> => {
      const outerId = `$said${unique()}`;
      said.push(outerId);
      const { seq } = await keepOne(storage, { outerId });
      const target = {
        eventIds: [eid(`e${seq}`), eid(`f${seq}`)],
        messageIds: [mid(seq)],
        author: { in: 'remote', userId: juliet },
      } as const;
      const message = { portal: portal.id, target };
      await storage.events.settle(
        aSettlement(seq, { portal: portal.id, message, expiry: { afterMs, untilRead } }),
      );
      return seq;
    };
    const opened = async (): Promise<Portal> => {
      const portal = aPortal();
      await storage.portals.adopted(portal);
      return portal;
    };
    const dueAt = async (portal: Portal, at: number): Promise<readonly number[]> =>
      (await storage.expiries.due(at, 100))
        .filter((one) => one.portal === portal.id)
        .map(({ message }) => message);

    it('are due at their time and not before, over a restart, with all their events', async () => {
      const portal = await opened();
      const begun = Date.now();
      const late = await say(portal, 60_000);
      const soon = await say(portal, 5_000);
      await again();
      assert.deepEqual(await dueAt(portal, begun + 4_999), []);
      assert.deepEqual(await dueAt(portal, begun + 59_999), [soon]);
      assert.deepEqual(await dueAt(portal, Date.now() + 60_000), [soon, late]);
      const [first] = await storage.expiries.due(begun + 59_999, 1);
      assert.deepEqual(first?.eventIds, [eid(`e${soon}`), eid(`f${soon}`)]);
      const next = await storage.expiries.next();
      assert.ok(next !== undefined && next >= begun + 5_000 && next <= Date.now() + 5_000);
    });

    it('take their edits with them', async () => {
      const portal = await opened();
      const seq = await say(portal, 1);
      for (const edit of ['one', 'one', 'two']) {
        const { seq: of } = await keepOne(storage);
        await storage.events.settle(
          aSettlement(of, {
            alias: {
              portal: portal.id,
              of: { in: 'remote', messageId: mid(seq) },
              names: [{ in: 'matrix', eventId: eid(`${edit}${seq}`) }],
            },
          }),
        );
      }
      const due = await storage.expiries.due(Date.now() + 10, 100);
      const found = due.find(({ message }) => message === seq);
      assert.deepEqual(
        [...(found?.eventIds ?? [])].sort(),
        [`e${seq}`, `f${seq}`, `one${seq}`, `two${seq}`].map(eid).sort(),
      );
    });

    it('wait to be read where they are to, and go in the end all the same', async () => {
      const portal = await opened();
      const other = await opened();
      const seq = await say(portal, 1_000, true);
      const beside = await say(other, 1_000, true);
      const later = await say(portal, 5_000, true);
      const now = Date.now();
      assert.deepEqual(await dueAt(portal, now + week), []);
      assert.equal(await storage.expiries.read(portal.id, eid(`e${seq}`), now), 1);
      assert.equal(await storage.expiries.read(portal.id, eid(`e${seq}`), now + 500), 0);
      assert.deepEqual(await dueAt(portal, now + 1_000), [seq]);
      assert.deepEqual(await dueAt(other, now + 1_000), []);
      assert.deepEqual(await dueAt(other, now + week + 2_000), [beside]);
      // Clients read up to what is no message, too.
      assert.equal(await storage.expiries.read(portal.id, eid('a reaction'), now + 2_000), 1);
      assert.deepEqual(await dueAt(portal, now + 7_000), [seq, later]);
    });

    it('are put off, and gone for good; what was kept of them is erased', async () => {
      const portal = await opened();
      const seq = await say(portal, 1);
      const before = (await storage.events.find(said.at(-1) ?? ''))?.retryable;
      assert.equal(before, true);
      await storage.expiries.later(seq, Date.now() + 60_000);
      assert.deepEqual(await dueAt(portal, Date.now() + 50_000), []);
      assert.deepEqual(await dueAt(portal, Date.now() + 61_000), [seq]);
      await storage.expiries.gone(seq);
      assert.deepEqual(await dueAt(portal, Date.now() + 61_000), []);
      assert.deepEqual(
        (await Promise.all(said.map((id) => storage.events.find(id)))).flatMap((record) =>
          record?.seq === seq ? [record.retryable] : [],
        ),
        [false],
      );
    });

    it('are written once, by the settlement that counts', async () => {
      const portal = await opened();
      const { seq } = await keepOne(storage);
      const target = {
        eventIds: [eid(`g${seq}`)],
        messageIds: [mid(`g${seq}`)],
        author: { in: 'remote', userId: juliet },
      } as const;
      const message = { portal: portal.id, target };
      await storage.events.settle(aSettlement(seq, { portal: portal.id, message }));
      await storage.events.settle(
        aSettlement(seq, { portal: portal.id, message, expiry: { afterMs: 1, untilRead: false } }),
      );
      assert.deepEqual(await dueAt(portal, Date.now() + 1_000), []);
    });

    it('go with their portal', async () => {
      const portal = await opened();
      await say(portal, 1);
      await storage.portals.closed(portal.id);
      assert.deepEqual(await dueAt(portal, Date.now() + 1_000), []);
    });

    it('identities are kept over a restart, listed by their state, and erased with their user', async () => {
      const remote = remoteUserId(`person${unique()}@example.net`);
      const key = { user: alice, network: xmpp, remote };
      const known: KnownIdentity = {
        ...{ ...key, identity: number('11111 22222'), previous: undefined, state: 'unchanged', since: 5 },
      };
      assert.equal(await storage.identities.find(key), undefined);
      await storage.identities.put(known);
      await again();
      assert.deepEqual(await storage.identities.find(key), known);
      const changed: KnownIdentity = {
        ...known,
        ...{ identity: number('33333 44444'), previous: known.identity, state: 'changed', since: 6 },
      };
      await storage.identities.put(changed);
      assert.deepEqual(await storage.identities.find(key), changed);
      assert.deepEqual(await storage.identities.list(alice, 'changed', 10), [changed]);
      assert.deepEqual(await storage.identities.list(alice, 'unchanged', 10), []);
      await storage.erasures.purge(alice);
      assert.equal(await storage.identities.find(key), undefined);
    });
  });
}
