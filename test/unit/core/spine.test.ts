import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { matrixEventId, remoteMessageId, roomId } from '../../../src/core/ids.ts';
import { failedForGood, failedForNow } from '../../../src/core/outcome.ts';
import {
  alice,
  opened,
  outcomeOf,
  rigWithPortal,
  fromAlice,
  fromRemote,
  messageIdFor,
  net,
  sentToNetwork,
  textBody,
} from '../../support/spine-rig.ts';

describe('the spine', () => {
  it('takes a message to the network once, however often the homeserver sends it, and knows it on both sides', async () => {
    const { rig, portal } = await rigWithPortal();
    const message = fromAlice(portal.room, 'one', textBody('hi'));
    await rig.spine.receiveMatrix([message, message]);
    await rig.spine.receiveMatrix([message]);
    await rig.quiet();
    await rig.spine.receiveMatrix([message]);
    await rig.quiet();
    assert.equal(rig.atNetwork.length, 1);
    assert.deepEqual(await outcomeOf(rig, '$one'), { kind: 'sent' });
    const target = await rig.stores.messages.find(portal.id, {
      in: 'matrix',
      eventId: matrixEventId('$one'),
    });
    assert.deepEqual(target?.messageIds, [messageIdFor({ cause: 'matrix/$one' })]);
  });

  it('acknowledges nothing that the store did not take, and begins nothing with it', async () => {
    const { rig, portal } = await rigWithPortal();
    rig.stores.events.keep = () => Promise.reject(new Error('disk full'));
    await assert.rejects(
      rig.spine.receiveMatrix([fromAlice(portal.room, 'one', textBody('hi'))]),
      /disk full/,
    );
    await assert.rejects(rig.spine.receiveRemote(net, fromRemote('bob', 'x', textBody('hi'))), /disk full/);
    await rig.quiet();
    assert.equal(rig.atNetwork.length + rig.atMatrix.length, 0);
  });

  it('times a hanging handler out, tries it again under the same cause, fences its late result, and lets other portals pass', async () => {
    const late = Promise.withResolvers<undefined>();
    let calls = 0;
    const { rig, portal } = await rigWithPortal({
      limits: { attemptTimeout: 30, maxBrokenAttempts: 5 },
      toNetwork: async (event) => {
        calls += 1;
        if (calls > 1) return sentToNetwork(event);
        await late.promise;
        return { kind: 'sent', messageIds: [remoteMessageId('late')] };
      },
    });
    await rig.spine.receiveMatrix([fromAlice(portal.room, 'one', textBody('hi'))]);
    await rig.spine.receiveRemote(net, fromRemote('carol', 'c', textBody('passes')));
    await delay(20);
    assert.equal(rig.atMatrix.length, 1);
    while (rig.spine.load().lanes > 0) await delay(10);
    late.resolve(undefined);
    await rig.quiet();
    assert.deepEqual(
      rig.atNetwork.map((event) => event.cause),
      ['matrix/$one', 'matrix/$one'],
    );
    const target = await rig.stores.messages.find(portal.id, {
      in: 'matrix',
      eventId: matrixEventId('$one'),
    });
    assert.deepEqual(target?.messageIds, [messageIdFor({ cause: 'matrix/$one' })]);
  });

  it('keeps the order behind a message that waits for the link, and goes on at once when it is back', async () => {
    let up = false;
    const { rig, portal } = await rigWithPortal({
      toNetwork: async (event) => (up ? sentToNetwork(event) : failedForNow('link-down', undefined, 60_000)),
    });
    await rig.spine.receiveMatrix(['1', '2', '3'].map((id) => fromAlice(portal.room, id, textBody(id))));
    await rig.quiet();
    assert.deepEqual(
      rig.atNetwork.map((event) => event.cause),
      ['matrix/$1'],
    );
    up = true;
    rig.spine.wake(net);
    await rig.quiet();
    assert.deepEqual(
      rig.atNetwork.slice(1).map((event) => event.cause),
      ['matrix/$1', 'matrix/$2', 'matrix/$3'],
    );
  });

  it('ends what waited too long, and tells its sender', async () => {
    const { rig, portal } = await rigWithPortal({
      limits: { giveUpAfter: 20 },
      toNetwork: async () => {
        await delay(30);
        return failedForNow('link-down');
      },
    });
    await rig.spine.receiveMatrix([fromAlice(portal.room, '1', textBody('1'))]);
    await rig.quiet();
    assert.deepEqual(await outcomeOf(rig, '$1'), { kind: 'failed', reason: 'expired' });
    await rig.stop();
    assert.deepEqual(rig.statuses, [{ eventId: '$1', kind: 'failed' }]);
    assert.equal(rig.notices.length, 1);
  });

  it('survives a handler that throws: a few attempts, then a failure that is told, and the next event passes', async () => {
    const { rig, portal } = await rigWithPortal({
      limits: { maxBrokenAttempts: 2 },
      toNetwork: async (event) => {
        if (event.cause === 'matrix/$1') throw new Error('a bug');
        return sentToNetwork(event);
      },
    });
    await rig.spine.receiveMatrix([
      fromAlice(portal.room, '1', textBody('1')),
      fromAlice(portal.room, '2', textBody('2')),
    ]);
    while (rig.spine.load().lanes > 0) await delay(10);
    assert.deepEqual(await outcomeOf(rig, '$1'), { kind: 'failed', reason: 'internal' });
    assert.deepEqual(await outcomeOf(rig, '$2'), { kind: 'sent' });
    assert.equal(rig.log.errors().length, 2);
  });

  it('tells a user whose edit names a message that the bridge does not know; sends a reply to one without its reference', async () => {
    const { rig, portal } = await rigWithPortal();
    const target = { in: 'matrix', eventId: matrixEventId('$unknown') } as const;
    const { content, mentions } = textBody('new');
    await rig.spine.receiveMatrix([
      fromAlice(portal.room, 'edit', { kind: 'edit', target, content, mentions }),
      fromAlice(portal.room, 'reply', { ...textBody('re'), replyTo: target }),
    ]);
    await rig.quiet();
    assert.deepEqual(await outcomeOf(rig, '$edit'), { kind: 'failed', reason: 'unknown-target' });
    assert.deepEqual(await outcomeOf(rig, '$reply'), { kind: 'sent' });
  });

  it('tells a user who writes to the bot what it cannot read, and nobody of what is said in rooms of others', async () => {
    const { rig } = await rigWithPortal();
    await rig.stores.users.put({
      userId: alice,
      managementRoom: roomId('!management'),
      language: undefined,
    });
    const unreadable = { kind: 'unsupported', reason: 'no-encryption' } as const;
    await rig.spine.receiveMatrix([
      opened('!management', 'one', unreadable),
      opened('!else', 'two', unreadable),
    ]);
    await rig.quiet();
    await rig.stop();
    assert.deepEqual(rig.notices, [JSON.stringify(unreadable)]);
    assert.deepEqual(await outcomeOf(rig, '$two'), { kind: 'ignored', reason: 'no-portal' });
  });

  it('tells the remote sender what did not reach Matrix', async () => {
    const { rig } = await rigWithPortal({ toMatrix: async () => failedForGood('too-large') });
    await rig.spine.receiveRemote(net, fromRemote('bob', 'm', textBody('big')));
    await rig.quiet();
    await rig.stop();
    assert.deepEqual(rig.refused, [{ outerId: 'm', outcome: { kind: 'failed', reason: 'too-large' } }]);
  });

  it('tries an event again on demand, under the same cause', async () => {
    let works = false;
    const { rig, portal } = await rigWithPortal({
      toNetwork: async (event) => (works ? sentToNetwork(event) : failedForGood('network-refused')),
    });
    await rig.spine.receiveMatrix([fromAlice(portal.room, '1', textBody('1'))]);
    await rig.quiet();
    works = true;
    assert.equal(await rig.spine.retry('$1'), true);
    await rig.quiet();
    assert.deepEqual(await outcomeOf(rig, '$1'), { kind: 'sent' });
    assert.equal(await rig.spine.retry('$1'), false);
    assert.equal(await rig.spine.retry('$unknown'), false);
    assert.deepEqual(
      rig.atNetwork.map((event) => event.cause),
      ['matrix/$1', 'matrix/$1'],
    );
  });

  it('judges by the policy, which has the last word', async () => {
    const { rig, portal } = await rigWithPortal({ policy: { judge: () => ({ kind: 'block', rule: 'no' }) } });
    await rig.spine.receiveMatrix([fromAlice(portal.room, '1', textBody('1'))]);
    await rig.quiet();
    assert.deepEqual(await outcomeOf(rig, '$1'), { kind: 'blocked', rule: 'no' });
    assert.equal(rig.atNetwork.length, 0);
  });
});
