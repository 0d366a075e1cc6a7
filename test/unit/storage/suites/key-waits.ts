import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { laneId } from '../../../../src/core/ids.ts';
import type { KeptEvent, NewEvent } from '../../../../src/core/stores.ts';
import type { Storage } from '../../../../src/storage/storage.ts';
import { open, type Backend } from '../../../support/storage.ts';

const lane = laneId('m:!room');
const other = laneId('m:!other');
const nobody = { attempts: 1, portal: undefined, report: false };

function event(outerId: string, where = lane): NewEvent {
  return { source: 'matrix', outerId, lane: where, payload: `payload of ${outerId}` };
}

export function keyWaitsSuite(backend: Backend): void {
  describe('events that wait for keys', () => {
    let config: Awaited<ReturnType<Backend['config']>>;
    let storage: Storage;
    before(async () => {
      config = await backend.config();
      storage = await open(config);
    });
    after(() => storage[Symbol.asyncDispose]());

    async function kept(...events: readonly NewEvent[]): Promise<readonly KeptEvent[]> {
      return (await storage.events.keep(events)).filter((one) => one !== undefined);
    }
    const names = (events: readonly KeptEvent[]): readonly string[] => events.map(({ outerId }) => outerId);

    it('are in no lane, in order again when they are taken up, and late from then on', async () => {
      const [a, b, c, d, e] = await kept(
        event('$a'),
        event('$b'),
        event('$c'),
        event('$d', other),
        event('$e'),
      );
      assert.ok(a && b && c && d && e);
      const { keyWaits, events } = storage;
      for (const [{ seq }, session] of [
        [b, 's'],
        [a, 's'],
        [c, 't'],
        [d, 's'],
      ] as const)
        await keyWaits.wait({ seq, session, ...nobody });
      assert.equal(await keyWaits.count(), 4);
      assert.deepEqual(names(await events.pending(lane, 0, 10)), ['$e']);
      assert.deepEqual(await events.pendingLanes(), [lane]);
      assert.equal((await events.backlog()).pending, 1);
      assert.deepEqual(
        (await events.backlogs()).map(({ pending }) => pending),
        [1],
      );
      assert.equal((await events.find('$a'))?.state, 'waiting-for-key');
      assert.equal((await events.find('$a'))?.waitsFor, 's');
      const taken = await keyWaits.takeUp(lane, ['s', 'u'], 10);
      assert.deepEqual(names(taken), ['$a', '$b']);
      assert.deepEqual(
        taken.map(({ waitedFor, payload, attempts }) => [waitedFor, payload, attempts]),
        [
          ['s', 'payload of $a', 1],
          ['s', 'payload of $b', 1],
        ],
      );
      assert.deepEqual(names(await events.pending(lane, 0, 10)), ['$a', '$b', '$e']);
      assert.deepEqual(names(await keyWaits.takeUp(lane, [], 10)), []);
      assert.deepEqual(names(await keyWaits.takeUpAfter(c.seq, 1)), ['$d']);
      assert.deepEqual(names(await keyWaits.takeUpAfter(0, 10)), ['$c']);
      assert.equal(await keyWaits.count(), 0);
    });

    it('are there after a restart, and known as late when they are taken up then', async () => {
      const [f] = await kept(event('$f'));
      assert.ok(f);
      await storage.keyWaits.wait({ seq: f.seq, session: 's', ...nobody });
      await storage[Symbol.asyncDispose]();
      storage = await open(config);
      assert.equal(await storage.keyWaits.count(), 1);
      await storage.keyWaits.takeUpAll();
      const pending = await storage.events.pending(lane, f.seq - 1, 10);
      assert.deepEqual(
        pending.map(({ outerId, waitedFor }) => [outerId, waitedFor]),
        [['$f', 's']],
      );
    });

    it('are told of once, however often they wait', async () => {
      const [g] = await kept(event('$g'));
      assert.ok(g);
      const { keyWaits, events } = storage;
      const due = async (): Promise<number> =>
        (await events.dueReports(0, 100)).filter(({ record }) => record.seq === g.seq).length;
      await keyWaits.wait({ seq: g.seq, session: 's', ...nobody, report: true });
      assert.equal(await due(), 1);
      await events.reported([g.seq]);
      await keyWaits.takeUp(lane, ['s'], 10);
      await keyWaits.wait({ seq: g.seq, session: 's', ...nobody, report: true });
      assert.equal(await due(), 0);
    });

    it('can be tried again, end like others, and then wait no more', async () => {
      const [h] = await kept(event('$h'));
      assert.ok(h);
      const { keyWaits, events } = storage;
      await keyWaits.wait({ seq: h.seq, session: 's', ...nobody });
      assert.equal((await keyWaits.get(h.seq))?.outerId, '$h');
      assert.equal((await events.revive('$h'))?.waitedFor, 's');
      assert.equal(await events.revive('$h'), undefined);
      await keyWaits.wait({ seq: h.seq, session: 's', ...nobody });
      const changes = { message: undefined, alias: undefined, reactions: undefined };
      const outcome = { kind: 'failed', reason: 'no-key' } as const;
      await events.settle({ seq: h.seq, outcome, attempts: 2, portal: undefined, report: false, ...changes });
      assert.equal((await events.find('$h'))?.state, 'failed');
      await keyWaits.wait({ seq: h.seq, session: 's', ...nobody });
      assert.equal((await events.find('$h'))?.state, 'failed');
      assert.equal(await keyWaits.get(h.seq), undefined);
    });
  });
}
