import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { laneId, portalId } from '../../../../src/core/ids.ts';
import type { Storage } from '../../../../src/storage/storage.ts';
import { anEvent, aSettlement, type Backend, keepOne, open, unique, xmpp } from '../../../support/storage.ts';

const freshLane = () => laneId(`lane${unique()}`);

export function eventsSuite(backend: Backend): void {
  describe('events', () => {
    let storage: Storage;
    before(async () => {
      storage = await open(await backend.config());
    });
    after(() => storage[Symbol.asyncDispose]());

    it('keeps in order and answers undefined for what is known', async () => {
      const lane = freshLane();
      const [one, two, three] = [anEvent({ lane }), anEvent({ lane }), anEvent({ lane })];
      const first = await storage.events.keep([one, two]);
      assert.deepEqual(
        first.map((kept) => kept?.outerId),
        [one.outerId, two.outerId],
      );
      const second = await storage.events.keep([two, three, three]);
      assert.deepEqual(
        second.map((kept) => kept?.outerId),
        [undefined, three.outerId, undefined],
      );
      const pending = await storage.events.pending(lane, 0, 10);
      assert.deepEqual(
        pending.map(({ outerId, payload }) => [outerId, payload]),
        [one, two, three].map(({ outerId, payload }) => [outerId, payload]),
      );
      assert.ok(pending.every((event, index) => index === 0 || event.seq > (pending[index - 1]?.seq ?? 0)));
    });

    it('tells sources apart', async () => {
      const event = anEvent();
      await storage.events.keep([event]);
      const [other] = await storage.events.keep([{ ...event, source: xmpp }]);
      assert.equal(other?.source, 'xmpp');
      assert.deepEqual([...(await storage.events.known(xmpp, [event.outerId, '$no']))], [event.outerId]);
    });

    it('keeps names that are very long, or hold what a database cannot', async () => {
      const lane = freshLane();
      const long = randomBytes(5_000).toString('hex');
      const names = [long, `${long}y`, 'nul\0here \ud800', '#hash', '\u{1f44d}\ud800', "'; drop"];
      const kept = await storage.events.keep(
        names.map((outerId) => anEvent({ source: xmpp, outerId, lane })),
      );
      assert.ok(kept.every((event) => event !== undefined));
      const again = await storage.events.keep(
        names.map((outerId) => anEvent({ source: xmpp, outerId, lane })),
      );
      assert.deepEqual(again, Array(names.length).fill(undefined));
      assert.equal((await storage.events.known(xmpp, names)).size, names.length);
      assert.equal((await storage.events.pending(lane, 0, 100)).length, names.length);
      assert.equal((await storage.events.find(names[1] ?? ''))?.outerId, names[1]);
    });

    it('keeps more events at once than a statement takes values', async () => {
      const lane = freshLane();
      const kept = await storage.events.keep(Array.from({ length: 5_000 }, () => anEvent({ lane })));
      assert.ok(kept.every((event) => event !== undefined));
      const [first] = kept;
      assert.equal((await storage.events.pending(lane, first?.seq ?? 0, 10_000)).length, 4_999);
    });

    it('ends an event once', async () => {
      const { seq, outerId, lane } = await keepOne(storage, { lane: freshLane() });
      await Promise.all([
        storage.events.settle(
          aSettlement(seq, { outcome: { kind: 'failed', reason: 'timeout' }, attempts: 3 }),
        ),
        storage.events.settle(aSettlement(seq)),
      ]);
      await storage.events.settle(aSettlement(seq));
      await storage.events.attempted(seq, 9);
      const record = await storage.events.find(outerId);
      assert.deepEqual(record?.outcome, { kind: 'failed', reason: 'timeout' });
      assert.equal(record.attempts, 3);
      assert.equal(record.retryable, true);
      assert.notEqual(record.endedAt, undefined);
      assert.deepEqual(await storage.events.pending(lane, 0, 10), []);
    });

    it('reads every outcome back', async () => {
      for (const outcome of [
        { kind: 'sent' },
        { kind: 'ignored', reason: 'own-echo' },
        { kind: 'blocked', rule: 'no-files' },
        { kind: 'blocked', rule: 'no-files', feature: 'file' },
        { kind: 'sent', converted: [{ rule: 'plain', feature: 'formatting' }] },
        { kind: 'unsupported', reason: 'no-handler' },
        { kind: 'failed', reason: 'too-large' },
      ] as const) {
        const { seq, outerId } = await keepOne(storage);
        await storage.events.settle(aSettlement(seq, { outcome }));
        assert.deepEqual((await storage.events.find(outerId))?.outcome, outcome);
      }
    });

    it('counts attempts of what is pending, the latest of several', async () => {
      const { seq, outerId } = await keepOne(storage);
      await Promise.all([1, 2, 3].map((attempts) => storage.events.attempted(seq, attempts)));
      const record = await storage.events.find(outerId);
      assert.deepEqual([record?.attempts, record?.state], [3, 'pending']);
    });

    it('revives what failed, and nothing else', async () => {
      const failed = await keepOne(storage, { lane: freshLane() });
      assert.equal(await storage.events.revive(failed.outerId), undefined);
      const outcome = { kind: 'failed', reason: 'timeout' } as const;
      await storage.events.settle(aSettlement(failed.seq, { outcome, report: true }));
      await new Promise((resolve) => setTimeout(resolve, 5));
      const revived = await storage.events.revive(failed.outerId);
      assert.ok((revived?.receivedAt ?? 0) > failed.receivedAt);
      assert.deepEqual(await storage.events.pending(failed.lane, 0, 1), [revived]);
      const record = await storage.events.find(failed.outerId);
      assert.deepEqual(
        [record?.state, record?.outcome, record?.endedAt, record?.receivedAt],
        ['pending', undefined, undefined, revived?.receivedAt],
      );
      assert.equal(
        (await storage.events.dueReports(0, 1_000)).some(({ record }) => record.seq === failed.seq),
        false,
      );
      const sent = await keepOne(storage);
      await storage.events.settle(aSettlement(sent.seq));
      assert.equal(await storage.events.revive(sent.outerId), undefined);
      assert.equal(await storage.events.revive('$nobody'), undefined);
    });

    it('revives all of some lanes that failed for a reason since a moment, at their places', async () => {
      const [lane, other] = [freshLane(), freshLane()];
      const kept = [];
      for (let i = 0; i < 5; i += 1) kept.push(await keepOne(storage, { lane }));
      const [early, one, two, timedOut, sent] = kept.map(({ seq }) => seq);
      const elsewhere = await keepOne(storage, { lane: other });
      const away = { outcome: { kind: 'failed', reason: 'bot-removed' } } as const;
      await storage.events.settle(aSettlement(early ?? 0, away));
      await new Promise((resolve) => setTimeout(resolve, 5));
      const since = Date.now();
      for (const seq of [one, two, elsewhere.seq]) await storage.events.settle(aSettlement(seq ?? 0, away));
      const timeout = { outcome: { kind: 'failed', reason: 'timeout' } } as const;
      await storage.events.settle(aSettlement(timedOut ?? 0, timeout));
      await storage.events.settle(aSettlement(sent ?? 0));
      const newer = await keepOne(storage, { lane });
      assert.equal(await storage.events.reviveAll([lane, freshLane()], 'bot-removed', since), 2);
      const pending = await storage.events.pending(lane, 0, 10);
      assert.deepEqual(
        pending.map(({ seq }) => seq),
        [one, two, newer.seq],
      );
      assert.equal(await storage.events.reviveAll([lane], 'bot-removed', since), 0);
      assert.deepEqual(await storage.events.pending(other, 0, 10), []);
    });

    it('holds reports until they are given', async () => {
      const portal = portalId('p-report');
      const { seq, payload } = await keepOne(storage);
      await storage.events.settle(aSettlement(seq, { report: true, portal }));
      const due = (await storage.events.dueReports(seq - 1, 10)).find(({ record }) => record.seq === seq);
      assert.deepEqual([due?.payload, due?.portal], [payload, portal]);
      assert.deepEqual(await storage.events.dueReports(seq, 10), []);
      await storage.events.reported([seq]);
      assert.deepEqual(await storage.events.dueReports(seq - 1, 10), []);
    });

    it('names the lanes with work, the oldest first', async () => {
      await using own = await open(await backend.config());
      const [late, early] = [laneId('a-late'), laneId('z-early')];
      const first = await keepOne(own, { lane: early });
      const second = await keepOne(own, { lane: late });
      assert.deepEqual(await own.events.pendingLanes(), [early, late]);
      assert.deepEqual(await own.events.backlog(), { pending: 2, oldest: first.receivedAt });
      await own.events.settle(aSettlement(first.seq));
      assert.deepEqual(await own.events.pendingLanes(), [late]);
      await own.events.settle(aSettlement(second.seq));
      assert.deepEqual(await own.events.backlog(), { pending: 0, oldest: undefined });
    });
  });
}

export function retentionSuite(backend: Backend): void {
  describe('retention', () => {
    it('erases and forgets what ended, in parts, and nothing that is pending or to be reported', async () => {
      await using storage = await open(await backend.config());
      const kept = await storage.events.keep(Array.from({ length: 2_503 }, () => anEvent()));
      const [pending, due, ...ended] = kept.flatMap((event) => event ?? []);
      const outcome = { kind: 'failed', reason: 'timeout' } as const;
      await Promise.all(ended.map(({ seq }) => storage.events.settle(aSettlement(seq, { outcome }))));
      await storage.events.settle(aSettlement(due?.seq ?? 0, { outcome, report: true }));

      assert.equal(await storage.events.erase(Date.now() - 60_000), 0);
      assert.equal(await storage.events.erase(Date.now() + 1), 2_501);
      const [one] = ended;
      const record = await storage.events.find(one?.outerId ?? '');
      assert.deepEqual([record?.state, record?.retryable], ['failed', false]);
      assert.equal(await storage.events.revive(one?.outerId ?? ''), undefined);
      assert.equal((await storage.events.dueReports(0, 10)).length, 1);

      assert.equal(await storage.events.forget(Date.now() + 1), 2_502);
      assert.equal(await storage.events.find(one?.outerId ?? ''), undefined);
      assert.equal((await storage.events.find(pending?.outerId ?? ''))?.retryable, true);
    });

    it('never gives a number twice, even to an event that comes after a forgotten one', async () => {
      await using storage = await open(await backend.config());
      const { seq } = await keepOne(storage);
      await storage.events.settle(aSettlement(seq));
      await storage.events.forget(Date.now() + 1);
      assert.ok((await keepOne(storage)).seq > seq);
    });
  });
}
