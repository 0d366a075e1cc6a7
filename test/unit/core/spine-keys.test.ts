import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'node:test';
import type { MatrixArrival } from '../../../src/core/homeserver.ts';
import { matrixEventId, matrixUserId, roomId } from '../../../src/core/ids.ts';
import { failedForGood, failedForNow } from '../../../src/core/outcome.ts';
import type { Portal } from '../../../src/core/portal.ts';
import { memoryStores } from '../../support/memory-stores.ts';
import { sealed } from '../../support/sealed-events.ts';
import {
  alice,
  fromAlice,
  opened,
  outcomeOf,
  rigWithPortal,
  SpineRig,
  textBody,
} from '../../support/spine-rig.ts';

const brief = { inLane: 400, every: 60_000, again: 600_000, sweep: 3_600_000 };
const none = { ...brief, inLane: 0 };

async function until(test: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await test()); tries += 1) {
    assert.ok(tries < 500, 'waited in vain');
    await sleep(10);
  }
}

function said(rig: SpineRig): readonly string[] {
  return rig.atNetwork.map((event) => {
    const late = event.late === true ? ' (late)' : '';
    if (event.kind !== 'message') return event.kind + late;
    return (event.content.kind === 'text' ? event.content.text.plain : '?') + late;
  });
}

const stateOf = async (rig: SpineRig, id: string): Promise<string | undefined> =>
  (await rig.stores.events.find(`$${id}`))?.state;
const message = (portal: Portal, id: string, session: string): MatrixArrival =>
  sealed(fromAlice(portal.room, id, textBody(id)), session);
const edit = (portal: Portal, id: string, target: string): MatrixArrival => {
  const { content, mentions } = textBody('better');
  const of = { in: 'matrix', eventId: matrixEventId(`$${target}`) } as const;
  return fromAlice(portal.room, id, { kind: 'edit', target: of, content, mentions });
};
const redaction = (portal: Portal, id: string, target: string): MatrixArrival =>
  fromAlice(portal.room, id, {
    kind: 'redaction',
    target: { in: 'matrix', eventId: matrixEventId(`$${target}`) },
  });

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
    const { wait } = stores.keyWaits;
    const { rig, portal } = await rigWithPortal({ stores, keyPatience: none });
    stores.keyWaits.wait = async (event) => {
      rig.sealed.keys.add('s');
      rig.spine.keysArrived([{ room: portal.room, sessionId: 's' }]);
      await sleep(20);
      await wait.call(stores.keyWaits, event);
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
    await sleep(9_500);
    // One of them is enough to see that the key is not there.
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

describe('what concerns a message that waits for its key', () => {
  it('waits with it and follows it', async () => {
    const { rig, portal } = await rigWithPortal({ keyPatience: none });
    await rig.spine.receiveMatrix([message(portal, 'one', 's'), edit(portal, 'e', 'one')]);
    await until(async () => (await stateOf(rig, 'e')) === 'waiting-for-key');
    assert.equal(rig.notices.length, 1);
    rig.sealed.keys.add('s');
    rig.spine.keysArrived([{ room: portal.room, sessionId: 's' }]);
    await until(() => said(rig).length === 2);
    assert.deepEqual(said(rig), ['one (late)', 'edit (late)']);
    await rig.stop();
  });

  it('follows it also where it comes while the message is taken up', async () => {
    const { rig, portal } = await rigWithPortal({ keyPatience: none });
    await rig.spine.receiveMatrix([message(portal, 'one', 's')]);
    await until(async () => (await stateOf(rig, 'one')) === 'waiting-for-key');
    rig.sealed.keys.add('s');
    await rig.spine.receiveMatrix([edit(portal, 'e', 'one')]);
    rig.spine.keysArrived([{ room: portal.room, sessionId: 's' }]);
    await until(() => said(rig).length === 2);
    assert.deepEqual(said(rig), ['one (late)', 'edit (late)']);
    await rig.stop();
  });

  it('ends as unknown, told, once the message has expired', async () => {
    const { rig, portal } = await rigWithPortal({
      keyPatience: { ...none, sweep: 50 },
      limits: { giveUpAfter: 300 },
    });
    await rig.spine.start();
    await rig.spine.receiveMatrix([message(portal, 'one', 's'), edit(portal, 'e', 'one')]);
    await until(async () => (await outcomeOf(rig, '$e')) !== undefined);
    const ended = await outcomeOf(rig, '$e');
    assert.ok(ended?.kind === 'failed' && ['unknown-target', 'no-key'].includes(ended.reason));
    assert.equal(await rig.stores.keyWaits.count(), 0);
    await rig.stop();
  });

  it('takes it back for good where its author redacts it', async () => {
    const { rig, portal } = await rigWithPortal({ keyPatience: none });
    await rig.spine.receiveMatrix([message(portal, 'one', 's'), redaction(portal, 'r', 'one')]);
    await until(async () => (await outcomeOf(rig, '$r')) !== undefined);
    assert.deepEqual(await outcomeOf(rig, '$one'), { kind: 'ignored', reason: 'nothing-to-do' });
    assert.deepEqual(await outcomeOf(rig, '$r'), { kind: 'ignored', reason: 'nothing-to-do' });
    rig.sealed.keys.add('s');
    rig.spine.keysArrived([{ room: portal.room, sessionId: 's' }]);
    await sleep(100);
    assert.deepEqual(said(rig), []);
    await rig.stop();
  });
});

describe('what could not be opened', () => {
  it('is told and counted where it is not what it seems', async () => {
    const { rig, portal } = await rigWithPortal();
    for (const reason of ['not-genuine', 'replayed', 'other-sender', 'untrusted-device'] as const) {
      await rig.spine.receiveMatrix([opened(portal.room, reason, { ...failedForGood(reason), user: alice })]);
      await rig.quiet();
      assert.deepEqual(await outcomeOf(rig, `$${reason}`), { kind: 'failed', reason });
    }
    await until(() => rig.notices.length === 4);
    assert.deepEqual(rig.openings, ['not-genuine', 'replayed', 'other-sender', 'untrusted-device']);
    await rig.stop();
  });

  it('is not told to a stranger', async () => {
    const { rig, portal } = await rigWithPortal();
    const user = matrixUserId('@mallory:hs.test');
    await rig.spine.receiveMatrix([opened(portal.room, 'x', { ...failedForGood('replayed'), user })]);
    await rig.quiet();
    assert.deepEqual(await outcomeOf(rig, '$x'), { kind: 'ignored', reason: 'not-permitted' });
    await rig.stop();
  });

  it('is tried again where it could not be opened for now', async () => {
    const { rig, portal } = await rigWithPortal({ limits: { giveUpAfter: 200 } });
    const later = failedForNow('link-down', undefined, 50);
    await rig.spine.receiveMatrix([opened(portal.room, 'x', { ...later, user: alice })]);
    await until(async () => (await outcomeOf(rig, '$x')) !== undefined);
    assert.deepEqual(await outcomeOf(rig, '$x'), { kind: 'failed', reason: 'expired' });
    await rig.stop();
  });
});

describe('a request to verify a ghost', () => {
  it('is cancelled, counted and not carried', async () => {
    const { rig, portal } = await rigWithPortal();
    const asked = {
      kind: 'verification',
      user: alice,
      room: portal.room,
      request: matrixEventId('$v'),
      of: matrixUserId('@ghost:hs.test'),
    } as const;
    await rig.spine.receiveMatrix([
      opened(portal.room, 'v', asked),
      opened(portal.room, 'w', { ...asked, user: matrixUserId('@mallory:hs.test') }),
      opened('!elsewhere', 'z', { ...asked, room: roomId('!elsewhere') }),
    ]);
    await until(async () => (await outcomeOf(rig, '$z')) !== undefined);
    await rig.quiet();
    assert.deepEqual(
      rig.acts.filter((act) => act.startsWith('cancel')),
      ['cancel $v'],
    );
    assert.deepEqual(rig.openings, ['verification']);
    assert.deepEqual(said(rig), []);
    await rig.stop();
  });
});

describe('a command whose key came late', () => {
  it('is not run: its sender meant it for another moment', async () => {
    const rig = new SpineRig({ keyPatience: none });
    const room = roomId('!management');
    await rig.stores.users.put({ userId: alice, managementRoom: room, language: undefined });
    await rig.spine.receiveMatrix([sealed(fromAlice(room, 'c', textBody('erase')), 's')]);
    await until(async () => (await stateOf(rig, 'c')) === 'waiting-for-key');
    rig.sealed.keys.add('s');
    rig.spine.keysArrived([{ room, sessionId: 's' }]);
    await until(async () => (await outcomeOf(rig, '$c')) !== undefined);
    assert.deepEqual(await outcomeOf(rig, '$c'), { kind: 'failed', reason: 'no-key' });
    assert.deepEqual(rig.commands, []);
    await rig.stop();
  });
});
