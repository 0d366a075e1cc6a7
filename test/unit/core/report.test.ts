import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { failedForGood, failedForNow, type Failed } from '../../../src/core/outcome.ts';
import { memoryStores } from '../../support/memory-stores.ts';
import {
  fromAlice,
  fromRemote,
  net,
  rigWithPortal,
  sentToNetwork,
  textBody,
  type SpineRig,
} from '../../support/spine-rig.ts';

/** Whether anybody is still to be told of something. */
async function isDue(rig: SpineRig): Promise<boolean> {
  return (await rig.stores.events.dueReports(0, 10)).length > 0;
}

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 5_000;
  while (!(await what())) {
    assert.ok(performance.now() < end, 'did not come about');
    await delay(5);
  }
}

const big = { toMatrix: async () => failedForGood('too-large') } as const;

describe('a refusal that cannot be told now', () => {
  it('stays due, and is told once it can be', async () => {
    const answers: (Failed | undefined)[] = [failedForNow('link-down'), undefined];
    const { rig } = await rigWithPortal({ ...big, refuse: async () => answers.shift() });
    await rig.spine.receiveRemote(net, fromRemote('bob', 'm', textBody('big')));
    await until(() => rig.refused.length === 1);
    assert.equal(await isDue(rig), true);
    rig.reports.poke();
    await until(async () => !(await isDue(rig)));
    assert.equal(rig.refused.length, 2);
    await rig.stop();
  });

  it('waits for a network that does not run yet', async () => {
    const { rig } = await rigWithPortal(big);
    rig.networkRuns = false;
    const [event] = await rig.stores.events.keep([
      {
        source: net,
        outerId: 'm',
        lane: 'l' as never,
        payload: JSON.stringify(['bob', 'bob', '@alice:hs.test', '1', '']),
      },
    ]);
    await rig.stores.events.settle({
      seq: event?.seq ?? 0,
      outcome: { kind: 'failed', reason: 'too-large' },
      attempts: 1,
      portal: undefined,
      report: true,
      message: undefined,
      alias: undefined,
      reactions: undefined,
    });
    rig.reports.poke();
    await delay(50);
    assert.equal(await isDue(rig), true);
    rig.networkRuns = true;
    rig.reports.poke();
    await until(() => rig.refused.length === 1);
    await rig.stop();
  });

  it('is given up with time', async () => {
    const { rig } = await rigWithPortal({
      ...big,
      limits: { giveUpAfter: 30 },
      refuse: async () => failedForNow('link-down'),
    });
    await rig.spine.receiveRemote(net, fromRemote('bob', 'm', textBody('big')));
    await until(() => rig.refused.length === 1);
    await delay(40);
    rig.reports.poke();
    await until(async () => !(await isDue(rig)));
    await rig.stop();
  });
});

describe('a report', () => {
  it('is not lost because the store was away while it was given', async () => {
    class Away extends Error {}
    const stores = memoryStores();
    const { rig, portal } = await rigWithPortal({
      stores,
      isTransient: (error) => error instanceof Away,
      toNetwork: async () => failedForGood('too-large'),
    });
    const byRoom = stores.portals.byRoom.bind(stores.portals);
    await rig.spine.receiveMatrix([fromAlice(portal.room, '1', textBody('1'))]);
    stores.portals.byRoom = async (room) => {
      if (rig.atNetwork.length > 0 && rig.notices.length === 0 && (away -= 1) >= 0) throw new Away();
      return byRoom(room);
    };
    let away = 1;
    await until(async () => (await stores.events.find('$1'))?.endedAt !== undefined);
    await delay(30);
    rig.reports.poke();
    await until(() => rig.notices.length === 1);
    assert.deepEqual(rig.statuses, [{ eventId: '$1', kind: 'failed' }]);
    await rig.stop();
  });

  it('of a delay is given once, however often the event is tried meanwhile', async () => {
    const stores = memoryStores();
    const keep = stores.events.keep.bind(stores.events);
    stores.events.keep = async (events) =>
      (await keep(events)).map((event) => event && { ...event, receivedAt: Date.now() - 20_000 });
    let calls = 0;
    const { rig, portal } = await rigWithPortal({
      stores,
      toNetwork: async (event) =>
        (calls += 1) <= 3 ? failedForNow('link-down', undefined, 5) : sentToNetwork(event),
    });
    await rig.spine.receiveMatrix([fromAlice(portal.room, '1', textBody('1'))]);
    await until(() => rig.statuses.some(({ kind }) => kind === 'sent'));
    assert.deepEqual(
      rig.statuses.map(({ kind }) => kind),
      ['retrying', 'sent'],
    );
    await rig.stop();
  });

  it('that hangs does not keep the bridge from stopping', async () => {
    const { rig } = await rigWithPortal({ ...big, refuse: () => new Promise(() => undefined) });
    await rig.spine.receiveRemote(net, fromRemote('bob', 'm', textBody('big')));
    await until(() => rig.refused.length === 1);
    const before = performance.now();
    await rig.reports.stop(30);
    assert.ok(performance.now() - before < 1_000);
    assert.equal(await isDue(rig), true);
  });
});

describe('an attempt that hangs', () => {
  it('does not keep the bridge from stopping, and stays pending', async () => {
    const { rig, portal } = await rigWithPortal({
      limits: { attemptTimeout: 60_000 },
      toNetwork: () => new Promise(() => undefined),
    });
    await rig.spine.receiveMatrix([fromAlice(portal.room, '1', textBody('1'))]);
    await until(() => rig.atNetwork.length === 1);
    const before = performance.now();
    await rig.spine.stop(30);
    assert.ok(performance.now() - before < 1_000);
    assert.equal((await rig.stores.events.find('$1'))?.state, 'pending');
  });
});
