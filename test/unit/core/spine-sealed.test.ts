import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { matrixEventId, matrixUserId, roomId } from '../../../src/core/ids.ts';
import { failedForGood, failedForNow } from '../../../src/core/outcome.ts';
import { edit, message, none, redaction, said, stateOf, until } from '../../support/sealed-chat.ts';
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
