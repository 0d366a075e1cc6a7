import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { failedForGood, failedForNow } from '../../../src/core/outcome.ts';
import type { EventStore } from '../../../src/core/stores.ts';
import { memoryStores } from '../../support/memory-stores.ts';
import {
  fromAlice,
  fromRemote,
  net,
  outcomeOf,
  rigWithPortal,
  sentToNetwork,
  textBody,
  type SpineRig,
} from '../../support/spine-rig.ts';

class Away extends Error {}
const isTransient = (error: unknown): boolean => error instanceof Away;

/** Waits until no lane has anything left, for at most some seconds. */
async function drained(rig: SpineRig): Promise<void> {
  const until = performance.now() + 8_000;
  while (rig.spine.load().lanes > 0) {
    assert.ok(performance.now() < until, 'a lane never ended');
    await delay(10);
  }
}

describe('the spine, with a store in trouble', () => {
  it('sends nothing again because its outcome could not be recorded', async () => {
    const { rig, portal } = await rigWithPortal({ isTransient });
    const { events } = rig.stores;
    const settle = events.settle.bind(events);
    let refusals = 2;
    events.settle = (settlement) =>
      (refusals -= 1) >= 0 ? Promise.reject(new Away('restarting')) : settle(settlement);
    await rig.spine.receiveMatrix(['1', '2'].map((id) => fromAlice(portal.room, id, textBody(id))));
    await drained(rig);
    assert.deepEqual(
      rig.atNetwork.map((event) => event.cause),
      ['matrix/$1', 'matrix/$2'],
    );
    assert.deepEqual(await outcomeOf(rig, '$1'), { kind: 'sent' });
  });

  it('ends an event although what is to be recorded with it cannot be, and goes on', async () => {
    const { rig, portal } = await rigWithPortal({ isTransient });
    const { events } = rig.stores;
    const settle = events.settle.bind(events);
    events.settle = (settlement) =>
      settlement.message !== undefined && settlement.seq === 1
        ? Promise.reject(new Error('a name that no index takes'))
        : settle(settlement);
    await rig.spine.receiveMatrix(['1', '2'].map((id) => fromAlice(portal.room, id, textBody(id))));
    await drained(rig);
    assert.equal(rig.atNetwork.length, 2);
    assert.deepEqual(await outcomeOf(rig, '$1'), { kind: 'sent' });
    assert.deepEqual(await outcomeOf(rig, '$2'), { kind: 'sent' });
  });

  it('takes up, in order, what was kept although the store could not say so', async () => {
    const stores = memoryStores();
    const { rig, portal } = await rigWithPortal({ stores, isTransient });
    const keep = stores.events.keep.bind(stores.events);
    const inDoubt: EventStore['keep'] = async (events) => {
      await keep(events);
      throw new Away('the answer was lost');
    };
    stores.events.keep = inDoubt;
    await assert.rejects(rig.spine.receiveRemote(net, fromRemote('bob', 'a', textBody('a'))));
    await assert.rejects(rig.spine.receiveMatrix([fromAlice(portal.room, '1', textBody('1'))]));
    stores.events.keep = keep;
    await rig.spine.receiveRemote(net, fromRemote('bob', 'b', textBody('b')));
    await rig.spine.receiveMatrix(['1', '2'].map((id) => fromAlice(portal.room, id, textBody(id))));
    await drained(rig);
    assert.deepEqual(
      rig.atMatrix.map((event) => event.cause),
      ['loopback/a', 'loopback/b'],
    );
    assert.deepEqual(
      rig.atNetwork.map((event) => event.cause),
      ['matrix/$1', 'matrix/$2'],
    );
  });
});

describe('the spine, counting attempts', () => {
  it('does not count those that waited for a link against one that breaks later', async () => {
    let calls = 0;
    const { rig, portal } = await rigWithPortal({
      limits: { maxBrokenAttempts: 2 },
      toNetwork: async (event) => {
        calls += 1;
        if (calls <= 3) return failedForNow('link-down', undefined, 0);
        if (calls === 4) throw new Error('a bug');
        return sentToNetwork(event);
      },
    });
    await rig.spine.receiveMatrix([fromAlice(portal.room, '1', textBody('1'))]);
    await drained(rig);
    assert.deepEqual(await outcomeOf(rig, '$1'), { kind: 'sent' });
  });
});

describe('an event that is tried again on demand', () => {
  it('has all its time once more, also after a restart', async () => {
    const stores = memoryStores();
    const { rig, portal } = await rigWithPortal({
      stores,
      limits: { giveUpAfter: 200 },
      toNetwork: async () => failedForGood('network-refused'),
    });
    await rig.spine.receiveMatrix([fromAlice(portal.room, '1', textBody('1'))]);
    await drained(rig);
    await rig.stop();
    await delay(220);
    assert.notEqual(await stores.events.revive('$1'), undefined);
    let calls = 0;
    const { rig: next } = await rigWithPortal({
      stores,
      limits: { giveUpAfter: 200 },
      toNetwork: async (event) =>
        (calls += 1) === 1 ? failedForNow('link-down', undefined, 0) : sentToNetwork(event),
    });
    await next.spine.start();
    await drained(next);
    assert.deepEqual(await outcomeOf(next, '$1'), { kind: 'sent' });
  });
});
