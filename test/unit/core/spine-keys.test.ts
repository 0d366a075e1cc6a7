import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { matrixUserId } from '../../../src/core/ids.ts';
import { memoryStores } from '../../support/memory-stores.ts';
import { brief, message, none, said, stateOf, until } from '../../support/sealed-chat.ts';
import { sealed } from '../../support/sealed-events.ts';
import { fromAlice, outcomeOf, rigWithPortal, SpineRig, textBody } from '../../support/spine-rig.ts';

describe('a message whose key is missing', () => {
  it('is waited for in its lane for a short time, so that order holds', async () => {
    const { rig, portal } = await rigWithPortal({ keyPatience: { ...brief, inLane: 5_000 } });
    await rig.spine.receiveMatrix([
      message(portal, 'one', 's'),
      fromAlice(portal.room, 'two', textBody('two')),
    ]);
    await until(() => rig.sealed.looked.length > 1);
    rig.sealed.keys.add('s');
    rig.spine.keysArrived([{ room: portal.room, sessionId: 's' }]);
    await rig.quiet();
    assert.deepEqual(said(rig), ['one', 'two']);
    assert.deepEqual(rig.notices, []);
    await rig.stop();
  });

  it('is tried again at once when the key comes, not at the next time', async () => {
    const { rig, portal } = await rigWithPortal({ keyPatience: { ...brief, inLane: 60_000 } });
    await rig.spine.receiveMatrix([message(portal, 'one', 's')]);
    await until(() => rig.sealed.looked.length >= 3);
    rig.sealed.keys.add('s');
    const at = Date.now();
    rig.spine.keysArrived([{ room: portal.room, sessionId: 's' }]);
    await until(() => said(rig).length === 1);
    assert.ok(Date.now() - at < 1_000);
    await rig.stop();
  });

  it('lets others pass after that, and comes late, in order, when its key comes', async () => {
    const { rig, portal } = await rigWithPortal({ keyPatience: brief });
    await rig.spine.receiveMatrix([
      message(portal, 'one', 's'),
      message(portal, 'two', 't'),
      message(portal, 'three', 's'),
      fromAlice(portal.room, 'four', textBody('four')),
    ]);
    await until(() => said(rig).length === 1);
    assert.deepEqual(said(rig), ['four']);
    assert.equal(await stateOf(rig, 'one'), 'waiting-for-key');
    assert.equal(await rig.stores.keyWaits.count(), 3);
    assert.equal((await rig.stores.events.backlog()).pending, 0);
    rig.sealed.keys.add('s').add('t');
    rig.spine.keysArrived(['t', 's'].map((sessionId) => ({ room: portal.room, sessionId })));
    await until(() => said(rig).length === 4);
    assert.deepEqual(said(rig), ['four', 'one (late)', 'two (late)', 'three (late)']);
    assert.deepEqual(rig.openings, ['locked', 'locked', 'locked', 'late', 'late', 'late']);
    await rig.stop();
  });

  it('holds up its room only once in a while, whoever withholds how many keys', async () => {
    const { rig, portal } = await rigWithPortal({ keyPatience: brief });
    const begun = Date.now();
    const arrivals = Array.from({ length: 20 }, (_, at) => message(portal, `m${at}`, `s${at}`));
    await rig.spine.receiveMatrix([...arrivals, fromAlice(portal.room, 'last', textBody('last'))]);
    await until(() => said(rig).length === 1);
    assert.ok(Date.now() - begun < 3 * brief.inLane);
    await rig.stop();
  });

  it('is not waited for where its sender says that there will be none', async () => {
    const { rig, portal } = await rigWithPortal({ keyPatience: { ...brief, inLane: 60_000 } });
    rig.sealed.withheld.add('s');
    await rig.spine.receiveMatrix([
      message(portal, 'one', 's'),
      fromAlice(portal.room, 'two', textBody('two')),
    ]);
    await until(() => said(rig).length === 1);
    assert.equal(await stateOf(rig, 'one'), 'waiting-for-key');
    await rig.stop();
  });

  it('is told once: a status for each, and one line for each key', async () => {
    const { rig, portal } = await rigWithPortal({ keyPatience: none });
    await rig.spine.receiveMatrix(['one', 'two'].map((id) => message(portal, id, 's')));
    await until(() => rig.statuses.length === 2);
    rig.spine.keysArrived([{ room: portal.room, sessionId: 's' }]);
    await sleep(50);
    await until(async () => (await rig.stores.keyWaits.count()) === 2);
    assert.deepEqual(rig.statuses, [
      { eventId: '$one', kind: 'waiting-for-key' },
      { eventId: '$two', kind: 'waiting-for-key' },
    ]);
    // Under one id, which shows once.
    assert.deepEqual(new Set(rig.noticeIds), new Set([`waiting/${portal.room}/s`]));
    await rig.stop();
  });

  it('is not lost where its key comes while it is being put aside', async () => {
    const stores = memoryStores();
    const wait = stores.keyWaits.wait.bind(stores.keyWaits);
    const { rig, portal } = await rigWithPortal({ stores, keyPatience: none });
    stores.keyWaits.wait = async (event) => {
      rig.sealed.keys.add('s');
      rig.spine.keysArrived([{ room: portal.room, sessionId: 's' }]);
      await sleep(20);
      await wait(event);
    };
    await rig.spine.receiveMatrix([message(portal, 'one', 's')]);
    await until(() => said(rig).length === 1);
    assert.deepEqual(said(rig), ['one (late)']);
    await rig.stop();
  });

  it('is taken up at the next start, before what came later, and is late then too', async () => {
    const stores = memoryStores();
    const { rig: before, portal } = await rigWithPortal({ stores, keyPatience: none });
    await before.spine.receiveMatrix([message(portal, 'one', 's'), message(portal, 'two', 's')]);
    await until(async () => (await stores.keyWaits.count()) === 2);
    await before.stop();
    const rig = new SpineRig({ stores, keyPatience: none });
    rig.sealed.keys.add('s');
    await stores.events.keep([
      {
        source: 'matrix',
        outerId: '$three',
        lane: (await stores.events.find('$one'))?.lane ?? assert.fail(),
        payload: JSON.stringify([portal.room, fromAlice(portal.room, 'three', textBody('three')).raw]),
      },
    ]);
    await rig.spine.start();
    await until(() => said(rig).length === 3);
    assert.deepEqual(said(rig), ['one (late)', 'two (late)', 'three']);
    await rig.stop();
  });

  it('is looked at again in the course of time although nobody told of its key', async () => {
    const { rig, portal } = await rigWithPortal({ keyPatience: { ...none, sweep: 100 } });
    await rig.spine.start();
    await rig.spine.receiveMatrix([message(portal, 'one', 's')]);
    await until(async () => (await stateOf(rig, 'one')) === 'waiting-for-key');
    await sleep(5_100);
    rig.sealed.keys.add('s');
    await until(() => said(rig).length === 1);
    await rig.stop();
  });

  it('is looked for again soon, and then less and less often', async () => {
    const { rig, portal } = await rigWithPortal({ keyPatience: { ...none, again: 6_000 } });
    await rig.spine.start();
    await rig.spine.receiveMatrix([message(portal, 'one', 's'), message(portal, 'two', 's')]);
    await until(async () => (await rig.stores.keyWaits.count()) === 2);
    const before = rig.sealed.looked.length;
    await sleep(5_500);
    assert.equal(rig.sealed.looked.length, before);
    // One of them is enough to see that the key is not there.
    await until(() => rig.sealed.looked.length > before, 8_000);
    await sleep(3_500);
    assert.equal(rig.sealed.looked.length, before + 1);
    assert.equal(await rig.stores.keyWaits.count(), 2);
    await rig.stop();
  });

  it('expires, and its sender is told', async () => {
    const { rig, portal } = await rigWithPortal({
      keyPatience: { ...none, sweep: 50 },
      limits: { giveUpAfter: 200 },
    });
    await rig.spine.start();
    await rig.spine.receiveMatrix([message(portal, 'one', 's')]);
    await until(async () => (await outcomeOf(rig, '$one')) !== undefined);
    assert.deepEqual(await outcomeOf(rig, '$one'), { kind: 'failed', reason: 'no-key' });
    await until(() => rig.statuses.some(({ kind }) => kind === 'failed'));
    assert.deepEqual(rig.openings, ['locked', 'no-key']);
    assert.deepEqual(said(rig), []);
    await rig.stop();
  });

  it('can be tried again by hand', async () => {
    const { rig, portal } = await rigWithPortal({ keyPatience: none });
    await rig.spine.receiveMatrix([message(portal, 'one', 's')]);
    await until(async () => (await stateOf(rig, 'one')) === 'waiting-for-key');
    rig.sealed.keys.add('s');
    await sleep(5_100);
    assert.ok(await rig.spine.retry('$one'));
    await until(() => said(rig).length === 1);
    await rig.stop();
  });

  it('is of no interest where its sender may not speak', async () => {
    const { rig, portal } = await rigWithPortal({ keyPatience: { ...brief, inLane: 60_000 } });
    const plain = fromAlice(portal.room, 'x', textBody('x'));
    await rig.spine.receiveMatrix([sealed(plain, 's', matrixUserId('@mallory:hs.test'))]);
    await rig.quiet();
    assert.deepEqual(await outcomeOf(rig, '$x'), { kind: 'ignored', reason: 'not-permitted' });
    const elsewhere = fromAlice('!elsewhere', 'y', textBody('y'));
    await rig.spine.receiveMatrix([sealed(elsewhere, 's')]);
    await rig.quiet();
    assert.deepEqual(await outcomeOf(rig, '$y'), { kind: 'ignored', reason: 'no-portal' });
    assert.deepEqual(rig.notices, []);
    await rig.stop();
  });
});
