import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  matrixEventId,
  matrixUserId,
  networkId,
  remoteChatId,
  remoteUserId,
  roomId,
} from '../../../../src/core/ids.ts';
import { networkLane } from '../../../../src/core/lane-name.ts';
import { serverIn, type Holding, type RequestKey, type RequestLimits } from '../../../../src/core/request.ts';
import type { KeptEvent } from '../../../../src/core/stores.ts';
import type { Storage } from '../../../../src/storage/storage.ts';
import { open, type Backend } from '../../../support/storage.ts';

const network = networkId('xmpp');
const wide: RequestLimits = { perRequest: 100, perUser: 100, perServer: 100, overall: 100, size: 100_000 };

function keyOf(remote: string, user = '@alice:hs', kind: RequestKey['kind'] = 'direct'): RequestKey {
  const chat = remoteChatId(kind === 'group' ? 'room@conference' : remote);
  return { network, user: matrixUserId(user), remote: remoteUserId(remote), chat, kind };
}

export function requestsSuite(backend: Backend): void {
  describe('message requests', () => {
    let config: Awaited<ReturnType<Backend['config']>>;
    let storage: Storage;
    let ids = 0;
    before(async () => {
      config = await backend.config();
      storage = await open(config);
    });
    after(() => storage[Symbol.asyncDispose]());

    async function kept(key: RequestKey): Promise<KeptEvent> {
      const lane = networkLane(network, key.chat, key.kind === 'direct' ? key.user : undefined);
      const event = { source: network, outerId: `m${(ids += 1)}`, lane, payload: 'secret' };
      const [found] = await storage.events.keep([event]);
      assert.ok(found);
      return found;
    }
    async function hold(
      key: RequestKey,
      limits: Partial<RequestLimits> = {},
    ): Promise<{ readonly event: KeptEvent; readonly holding: Holding }> {
      const event = await kept(key);
      const held = {
        key,
        seq: event.seq,
        attempts: 1,
        size: event.payload.length,
        server: serverIn(key.remote),
      };
      return { event, holding: await storage.requests.hold(held, { ...wide, ...limits }, 1_000) };
    }
    async function stateOf(event: KeptEvent): Promise<readonly unknown[]> {
      const found = await storage.events.find(event.outerId);
      const rule = found?.outcome?.kind === 'blocked' ? found.outcome.rule : undefined;
      return [found?.state, rule, found?.retryable];
    }

    it('hold events out of their lanes, encrypted, also over a restart', async () => {
      const key = keyOf('one@a.example');
      const { event, holding } = await hold(key);
      await hold(key);
      assert.deepEqual(holding, { kind: 'held' });
      assert.deepEqual(await stateOf(event), ['held', undefined, true]);
      assert.deepEqual(await storage.events.pending(event.lane, 0, 10), []);
      assert.equal((await storage.events.backlog()).pending, 0);
      assert.equal(await storage.events.revive(event.outerId), undefined);
      await storage[Symbol.asyncDispose]();
      storage = await open(config);
      const found = await storage.requests.find(key);
      assert.deepEqual([found?.state, found?.held, found?.number], ['open', 2, 1]);
      assert.deepEqual(await storage.events.pendingLanes(), []);
      const events = await storage.requests.events(found?.id ?? 0, 10);
      assert.deepEqual(
        events.map(({ outerId, payload }) => [outerId, payload]),
        [
          ['m1', 'secret'],
          ['m2', 'secret'],
        ],
      );
      assert.deepEqual(await storage.requests.load(), { requests: 1, events: 2, size: 12 });
      assert.equal((await storage.requests.load(key.user)).requests, 1);
      assert.equal((await storage.requests.load(matrixUserId('@nobody:hs.test'))).requests, 0);
    });

    it('count an event once, however often it is held', async () => {
      const key = keyOf('twice@a.example');
      const { event } = await hold(key);
      const again = { key, seq: event.seq, attempts: 2, size: 6, server: 'a.example' };
      assert.deepEqual(await storage.requests.hold(again, wide, 2_000), { kind: 'held' });
      assert.equal((await storage.requests.find(key))?.held, 1);
    });

    it('give everything back in order when they are accepted, with all its time', async () => {
      const key = keyOf('accepted@a.example');
      const [first, second] = [await hold(key), await hold(key)];
      const taken = await storage.requests.accept(key, 5_000);
      assert.deepEqual([taken.fresh, taken.lane], [true, first.event.lane]);
      const pending = await storage.events.pending(first.event.lane, 0, 10);
      assert.deepEqual(
        pending.map(({ seq, attempts, receivedAt }) => [seq, attempts, receivedAt]),
        [
          [first.event.seq, 0, 5_000],
          [second.event.seq, 0, 5_000],
        ],
      );
      assert.equal((await storage.requests.accept(key, 6_000)).fresh, false);
      const late = await hold(key);
      assert.deepEqual(late.holding, { kind: 'accepted' });
      assert.deepEqual((await stateOf(late.event))[0], 'pending');
    });

    it('let in whom the user wrote to first', async () => {
      const key = keyOf('known@a.example');
      assert.equal((await storage.requests.accept(key, 1)).fresh, true);
      assert.deepEqual((await hold(key)).holding, { kind: 'accepted' });
    });

    it('erase what was held when they end, and drop what comes later', async () => {
      for (const state of ['declined', 'blocked'] as const) {
        const key = keyOf(`${state}@a.example`);
        const { event } = await hold(key);
        const found = await storage.requests.find(key);
        assert.ok(found);
        assert.equal((await storage.requests.end(found.id, state, state, 2_000))?.state, state);
        assert.deepEqual(await stateOf(event), ['blocked', state, false]);
        const later = await hold(key);
        assert.deepEqual(later.holding, { kind: 'dropped', rule: state });
        assert.deepEqual(await stateOf(later.event), ['blocked', state, false]);
        assert.equal(await storage.requests.restore(found.id), true);
        assert.equal(await storage.requests.restore(found.id), false);
        assert.deepEqual((await hold(key)).holding, { kind: 'held' });
      }
    });

    it('expire, can be declined then, or ask anew under the same number', async () => {
      const key = keyOf('old@a.example');
      const { event } = await hold(key);
      const old = (await storage.requests.openedBefore(1_001, 100)).find(
        ({ remote }) => remote === key.remote,
      );
      assert.ok(old);
      await storage.requests.end(old.id, 'expired', 'request-expired', 3_000);
      assert.deepEqual(await stateOf(event), ['blocked', 'request-expired', false]);
      assert.equal(await storage.requests.end(old.id, 'expired', 'request-expired', 3_000), undefined);
      assert.deepEqual((await hold(key)).holding, { kind: 'held' });
      const again = await storage.requests.find(key);
      assert.deepEqual([again?.state, again?.held, again?.number], ['open', 1, old.number]);
      await storage.requests.end(old.id, 'expired', 'request-expired', 3_000);
      assert.equal((await storage.requests.end(old.id, 'declined', 'declined', 3_000))?.state, 'declined');
      const gone = keyOf('gone@a.example');
      await hold(gone);
      const found = await storage.requests.find(gone);
      assert.ok(found);
      const ended = await storage.requests.end(found.id, 'expired', 'request-expired', 3_000);
      assert.ok(ended);
      await storage.requests.notices.told({ ...ended, held: 0 }, undefined);
      assert.equal(await storage.requests.forget(3_001), 1);
      assert.equal(await storage.requests.find(gone), undefined);
    });

    it('take no more than the bounds say, and count what they drop', async () => {
      const dropped = { kind: 'dropped', rule: 'request-limit' } as const;
      const user = '@bounds:hs';
      const key = keyOf('flood@b.example', user);
      await hold(key, { perRequest: 1 });
      const over = await hold(key, { perRequest: 1 });
      assert.deepEqual(over.holding, dropped);
      assert.deepEqual(await stateOf(over.event), ['blocked', 'request-limit', false]);
      assert.equal((await storage.requests.find(key))?.dropped, 1);
      const other = keyOf('other@b.example', user);
      assert.deepEqual((await hold(other, { perUser: 1 })).holding, dropped);
      assert.deepEqual((await hold(other, { perServer: 1 })).holding, dropped);
      assert.deepEqual(
        (await hold(other, { overall: (await storage.requests.load()).events })).holding,
        dropped,
      );
      assert.deepEqual((await hold(other, { size: 1 })).holding, dropped);
      assert.equal(await storage.requests.find(other), undefined);
      assert.deepEqual((await hold(other)).holding, { kind: 'held' });
    });

    it('are seen by their user alone, by number and by line', async () => {
      const key = keyOf('seen@c.example', '@carol:hs');
      await hold(key);
      const found = await storage.requests.byNumber(key.user, 1);
      assert.equal(found?.remote, key.remote);
      const notice = { room: roomId('!m:hs'), eventId: matrixEventId('$line'), at: 5, editedAt: 6 };
      await storage.requests.notices.told({ ...found, name: 'Sean', verified: true }, notice);
      const told = await storage.requests.byNotice(key.user, notice.eventId);
      assert.deepEqual([told?.notice, told?.name, told?.verified], [notice, 'Sean', true]);
      assert.equal(await storage.requests.byNotice(matrixUserId('@alice:hs'), notice.eventId), undefined);
      assert.equal(await storage.requests.byNumber(key.user, 2), undefined);
      const untold = (await storage.requests.notices.untold(0, 100)).map(({ id }) => id);
      assert.ok(!untold.includes(found.id));
      await hold(key);
      const changed = (await storage.requests.notices.untold(0, 100)).map(({ id }) => id);
      assert.ok(changed.includes(found.id));
    });

    it('are counted together where they come in crowds', async () => {
      const user = matrixUserId('@dora:hs');
      for (const name of ['a@d.example', 'b@d.example', 'c@e.example']) {
        const key = keyOf(name, user);
        await hold(key);
        const found = await storage.requests.find(key);
        assert.ok(found);
        await storage.requests.notices.group(found);
      }
      assert.ok((await storage.requests.notices.untoldCrowds()).includes(user));
      const crowd = await storage.requests.notices.crowd(user);
      assert.deepEqual(
        [crowd.count, crowd.servers],
        [
          3,
          [
            { server: 'd.example', count: 2 },
            { server: 'e.example', count: 1 },
          ],
        ],
      );
      await storage.requests.notices.toldCrowd(user, 3, undefined);
      assert.ok(!(await storage.requests.notices.untoldCrowds()).includes(user));
    });

    it('know whether a person ever answered', async () => {
      assert.deepEqual(await storage.requests.unanswered('nowhere', 3), { answered: false, sent: 0 });
    });

    it('go with their user', async () => {
      const key = keyOf('rest@f.example', '@erin:hs');
      await hold(key);
      await storage.erasures.purge(key.user);
      assert.equal(await storage.requests.find(key), undefined);
    });
  });
}
