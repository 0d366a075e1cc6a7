import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { noMentions } from '../../../src/core/event.ts';
import { matrixEventId, remoteMessageId, remoteUserId, roomId } from '../../../src/core/ids.ts';

import {
  alice,
  outcomeOf,
  rigWithPortal,
  bob,
  fromAlice,
  fromRemote,
  messageIdFor,
  net,
  opened,
  sentToMatrix,
  sentToNetwork,
  SpineRig,
  textBody,
} from '../../support/spine-rig.ts';

/** Of an invitation that is to no room in place of another. */
const plain = { predecessor: undefined, at: 1 };

describe('the spine, among portals and targets', () => {
  it('opens one portal for the first messages of a chat, whatever else asks for it meanwhile', async () => {
    const rig = new SpineRig({ createRoom: () => delay(5) });
    const command = rig.portals.open(rig.network, { network: net, chat: bob.chat, receiver: alice }, bob);
    await Promise.all(
      ['a', 'b', 'c'].map((id) => rig.spine.receiveRemote(net, fromRemote('bob', id, textBody(id)))),
    );
    await command;
    await rig.quiet();
    assert.equal(rig.roomsMade.length, 1);
    assert.deepEqual(
      rig.atMatrix.map((event) => event.cause),
      ['loopback/a', 'loopback/b', 'loopback/c'],
    );
  });

  it('carries what a user writes in a new room before its portal is recorded', async () => {
    const made = Promise.withResolvers<undefined>();
    const rig = new SpineRig({ createRoom: () => made.promise });
    await rig.spine.receiveRemote(net, fromRemote('bob', 'a', textBody('hello')));
    const key = { network: net, chat: bob.chat, receiver: alice };
    let intent = await rig.stores.portals.byKey(key);
    while (intent === undefined) intent = await rig.stores.portals.byKey(key);
    await rig.spine.receiveMatrix([fromAlice(`!${intent.id}`, '1', textBody('so soon?'))]);
    await delay(5);
    made.resolve(undefined);
    await rig.quiet();
    assert.deepEqual(await outcomeOf(rig, '$1'), { kind: 'sent' });
    assert.equal(rig.roomsMade.length, 1);
  });

  it('tells the remote sender that there is nobody, and waits where the homeserver does not say', async () => {
    let answer: 'no-such-user' | 'unsure' = 'unsure';
    const rig = new SpineRig({ reachable: async () => answer });
    await rig.spine.receiveRemote(net, fromRemote('bob', 'm', textBody('anyone?')));
    await rig.quiet();
    assert.equal(await outcomeOf(rig, 'm'), undefined);
    answer = 'no-such-user';
    rig.spine.wake('matrix');
    await rig.quiet();
    assert.deepEqual(await outcomeOf(rig, 'm'), { kind: 'failed', reason: 'no-such-user' });
    assert.equal(rig.roomsMade.length, 0);
  });

  it('opens no portal for what only refers to a message', async () => {
    const rig = new SpineRig();
    const target = { in: 'remote', messageId: remoteMessageId('old') } as const;
    await rig.spine.receiveRemote(
      net,
      fromRemote('bob', 'r', { kind: 'receipt', receipt: 'delivered', target }),
    );
    await rig.quiet();
    assert.deepEqual(await outcomeOf(rig, 'r'), { kind: 'ignored', reason: 'no-portal' });
    assert.equal(rig.roomsMade.length, 0);
  });

  it('waits for the other direction when a reaction names a message that is just being delivered', async () => {
    const gate = Promise.withResolvers<undefined>();
    const { rig, portal } = await rigWithPortal({
      toNetwork: async (event) => {
        await gate.promise;
        return sentToNetwork(event);
      },
    });
    await rig.spine.receiveMatrix([fromAlice(portal.room, '1', textBody('1'))]);
    const target = { in: 'remote', messageId: messageIdFor({ cause: 'matrix/$1' }) } as const;
    const reaction = { kind: 'reaction', target, reactions: { op: 'set', emojis: ['👍'] } } as const;
    await rig.spine.receiveRemote(net, fromRemote('bob', 'r', reaction));
    await delay(20);
    assert.equal(rig.atMatrix.length, 0);
    gate.resolve(undefined);
    await rig.quiet();
    assert.deepEqual(await outcomeOf(rig, 'r'), { kind: 'sent' });
  });

  it('shows a remote correction of an unknown message as a message, and lets nobody correct what another wrote', async () => {
    const { rig, portal } = await rigWithPortal();
    await rig.spine.receiveMatrix([fromAlice(portal.room, '1', textBody('mine'))]);
    await rig.quiet();
    const { content, mentions } = textBody('new');
    const unknown = { in: 'remote', messageId: remoteMessageId('unknown') } as const;
    const hers = { in: 'remote', messageId: messageIdFor({ cause: 'matrix/$1' }) } as const;
    await rig.spine.receiveRemote(
      net,
      fromRemote('bob', 'e1', { kind: 'edit', target: unknown, content, mentions }),
    );
    await rig.spine.receiveRemote(
      net,
      fromRemote('bob', 'e2', { kind: 'edit', target: hers, content, mentions }),
    );
    await rig.spine.receiveRemote(net, fromRemote('bob', 'd2', { kind: 'redaction', target: hers }));
    await rig.quiet();
    assert.deepEqual(
      rig.atMatrix.map((event) => event.kind),
      ['message'],
    );
    assert.deepEqual(await outcomeOf(rig, 'e2'), { kind: 'ignored', reason: 'forbidden' });
    assert.deepEqual(await outcomeOf(rig, 'd2'), { kind: 'ignored', reason: 'forbidden' });
  });

  it('follows reactions as full sets in both directions, and their redactions', async () => {
    const { rig, portal } = await rigWithPortal();
    await rig.spine.receiveRemote(net, fromRemote('bob', 'm', textBody('hello')));
    await rig.quiet();
    const target = { in: 'matrix', eventId: matrixEventId('$m-loopback/m') } as const;
    const add = (id: string, emoji: string): Promise<void> =>
      rig.spine.receiveMatrix([
        fromAlice(portal.room, id, { kind: 'reaction', target, reactions: { op: 'add', emoji } }),
      ]);
    await add('r1', '👍');
    await add('r2', '🎉');
    const redacted = { in: 'matrix', eventId: matrixEventId('$r1') } as const;
    await rig.spine.receiveMatrix([fromAlice(portal.room, 'x', { kind: 'redaction', target: redacted })]);
    await rig.quiet();
    assert.deepEqual(
      rig.atNetwork.map((event) => event.kind === 'reaction' && event.reactions.emojis),
      [['👍'], ['👍', '🎉'], ['🎉']],
    );
  });

  it('declines a second chat with the same person and names the first; a third person in a portal is not carried', async () => {
    const { rig, portal } = await rigWithPortal();
    const room = roomId('!second');
    const invite = {
      kind: 'ghost-invited',
      user: alice,
      room,
      network: net,
      remote: bob.userId,
      direct: true,
      predecessor: undefined,
      at: 1,
    } as const;
    await rig.spine.receiveMatrix([opened(room, 'i', invite)]);
    await rig.quiet();
    assert.deepEqual(rig.declined, [room]);
    assert.deepEqual(await outcomeOf(rig, '$i'), { kind: 'failed', reason: 'duplicate-chat' });
    const foreign = fromAlice(portal.room, 'f', textBody('psst'));
    await rig.spine.receiveMatrix([{ ...foreign, raw: foreign.raw.replace('@alice:', '@mallory:') }]);
    await rig.quiet();
    assert.deepEqual(await outcomeOf(rig, '$f'), { kind: 'ignored', reason: 'not-permitted' });
    assert.equal(rig.atNetwork.length, 0);
  });

  it('declines an invitation of a ghost whose name is nobody on the network, in that form', async () => {
    const rig = new SpineRig({ find: (typed) => (typed === 'NOBODY' ? undefined : typed.toLowerCase()) });
    for (const [id, remote] of [
      ['a', 'NOBODY'],
      ['b', 'Bob'],
    ] as const) {
      const room = roomId(`!${id}`);
      const who = { user: alice, room, network: net, remote: remoteUserId(remote), direct: true, ...plain };
      await rig.spine.receiveMatrix([opened(room, id, { kind: 'ghost-invited', ...who })]);
      await rig.quiet();
      assert.deepEqual(await outcomeOf(rig, `$${id}`), { kind: 'failed', reason: 'no-such-user' });
    }
    assert.deepEqual(rig.declined, ['!a', '!b']);
    assert.equal(await rig.stores.portals.count(), 0);
  });

  it('comes into a room by invitation so that what was said there meanwhile is not missed', async () => {
    const rig = new SpineRig({ find: (typed) => typed });
    const room = roomId('!chat');
    const management = roomId('!management');
    const who = { user: alice, direct: true, ...plain };
    const ghost = { ...who, room, network: net, remote: remoteUserId('carol') };
    await rig.spine.receiveMatrix([
      opened(room, 'g', { kind: 'ghost-invited', ...ghost }),
      opened(management, 'b', { kind: 'bot-invited', ...who, room: management }),
    ]);
    await rig.quiet();
    assert.deepEqual(await outcomeOf(rig, '$g'), { kind: 'ignored', reason: 'portal-opened' });
    for (const each of [room, management])
      assert.deepEqual(
        rig.acts.filter((act) => act.endsWith(each)),
        [`enter ${each}`, `entered ${each}`],
      );
    assert.deepEqual(rig.accepted, [management]);
  });

  it('opens a new room after the user left the old one', async () => {
    const { rig, portal } = await rigWithPortal();
    await rig.spine.receiveMatrix([
      opened(portal.room, 'l', {
        ...{ kind: 'left', user: alice, room: portal.room, ghost: undefined, by: alice, how: 'leave' },
        ...{ reason: undefined, at: 1 },
      }),
    ]);
    await rig.quiet();
    await rig.spine.receiveRemote(net, fromRemote('bob', 'm', textBody('still there?')));
    await rig.quiet();
    assert.equal(rig.roomsMade.length, 2);
    assert.deepEqual(await outcomeOf(rig, 'm'), { kind: 'sent' });
  });

  it('gives nothing to who may not use the bridge: no management room, no line, no way through an old portal', async () => {
    let allowed = true;
    const { rig, portal } = await rigWithPortal({
      permits: () => allowed,
      reachable: async () => (allowed ? 'yes' : 'not-permitted'),
    });
    allowed = false;
    const room = roomId('!strange');
    const invite = { user: alice, room, direct: true, ...plain } as const;
    await rig.spine.receiveMatrix([
      opened(room, 'bot', { kind: 'bot-invited', ...invite }),
      opened(room, 'ghost', {
        kind: 'ghost-invited',
        ...invite,
        network: net,
        remote: remoteUserId('carol'),
      }),
      fromAlice(portal.room, 'old', textBody('hi')),
    ]);
    await rig.quiet();
    await rig.stop();
    assert.deepEqual(await outcomeOf(rig, '$bot'), { kind: 'ignored', reason: 'not-permitted' });
    assert.deepEqual(await outcomeOf(rig, '$ghost'), { kind: 'ignored', reason: 'not-permitted' });
    assert.deepEqual(await outcomeOf(rig, '$old'), { kind: 'failed', reason: 'not-permitted' });
    assert.deepEqual([rig.accepted, rig.atNetwork], [[], []]);
    assert.equal(rig.notices.length, 1);
    assert.deepEqual(rig.declined, [room, room]);
  });

  it('names lanes so that an index takes them, and tells two long chats apart', async () => {
    const rig = new SpineRig({ toMatrix: () => new Promise(() => undefined) });
    const long = 'b'.repeat(3_000);
    await rig.spine.receiveRemote(net, fromRemote(`${long}1`, '1', textBody('1')));
    await rig.spine.receiveRemote(net, fromRemote(`${long}2`, '2', textBody('2')));
    const lanes = await rig.stores.events.pendingLanes();
    assert.equal(lanes.length, 2);
    assert.ok(lanes.every((lane) => Buffer.byteLength(lane) <= 255));
  });

  it('takes a text in a management room as a command and no other', async () => {
    const rig = new SpineRig();
    const room = roomId('!manage');
    await rig.stores.users.put({ userId: alice, managementRoom: room, language: undefined });
    await rig.spine.receiveMatrix([
      fromAlice(room, '1', textBody('status')),
      fromAlice('!other', '2', textBody('status')),
    ]);
    await rig.quiet();
    assert.deepEqual(rig.commands, [
      { user: alice, text: 'status', cause: 'matrix/$1', at: 1, room, eventId: matrixEventId('$1') },
    ]);
    assert.deepEqual(await outcomeOf(rig, '$2'), { kind: 'ignored', reason: 'no-portal' });
  });

  it('answers what both edges deliver with names of the right side', async () => {
    const { rig, portal } = await rigWithPortal({ toMatrix: async (event) => sentToMatrix(event) });
    await rig.spine.receiveRemote(net, fromRemote('bob', 'm', textBody('hello')));
    await rig.quiet();
    const edit = fromRemote('bob', 'e', {
      kind: 'edit',
      target: { in: 'remote', messageId: remoteMessageId('m') },
      content: textBody('hello!').content,
      mentions: noMentions,
    });
    await rig.spine.receiveRemote(net, edit);
    await rig.quiet();
    const byEdit = await rig.stores.messages.find(portal.id, {
      in: 'remote',
      messageId: remoteMessageId('e'),
    });
    assert.deepEqual(byEdit?.eventIds, ['$m-loopback/m']);
  });
});
