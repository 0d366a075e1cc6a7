import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { xml } from '@xmpp/client';
import type { MembershipEvent } from '../../src/core/event.ts';
import { matrixUserId, remoteChatId, remoteUserId } from '../../src/core/ids.ts';
import type { Handled } from '../../src/core/network.ts';
import { codesOf, envelope, type RoomBridge, RoomGuest, RoomStage, until } from '../support/room-scene.ts';
import { alice, aliceJid, type XmppScene } from '../support/xmpp-scene.ts';
import { attribute } from '../support/xmpp-stanzas.ts';
import type { XmppUser } from '../support/xmpp-user.ts';

const carol = matrixUserId('@carol:hs.test');

describe('people in rooms, on Prosody', { timeout: 240_000 }, () => {
  let stage: RoomStage;
  let scene: XmppScene;
  let bridge: RoomBridge;
  let dave: XmppUser;
  const freshRoom = (): string => stage.freshRoom();
  before(async () => {
    stage = await RoomStage.open('xmpp-rooms-people');
    ({ scene, bridge, dave } = stage);
  });
  after(() => stage[Symbol.asyncDispose]());
  beforeEach(() => stage.ready());

  it('tells of kicks and bans of those who spoke, and nothing of the silent', async () => {
    const room = freshRoom();
    const bob = await RoomGuest.enter(scene.bob, room, 'Bob');
    const other = await RoomGuest.enter(dave, room, 'Dave');
    await bridge.join(room, alice, 'Alice');
    await other.leave();
    const again = await RoomGuest.enter(dave, room, 'Dave');
    await again.say('hi');
    const { arrival } = await bridge.arrived('message');
    assert.equal(scene.sink.arrivals.all.filter(({ raw }) => raw.includes('membership')).length, 0);
    await bob.admin({ nick: 'Dave', role: 'none' }, 'enough');
    const kick = await bridge.arrived('membership', ({ change }) => change.kind === 'kick');
    assert.deepEqual(kick.event.member, { in: 'remote', userId: arrival.sender });
    assert.deepEqual(kick.event.change, { kind: 'kick', reason: 'enough' });
    await RoomGuest.enter(dave, room, 'Dave');
    await bridge.arrived('membership', ({ change }) => change.kind === 'join');
    await bob.admin({ affiliation: 'outcast', jid: dave.jid });
    const ban = await bridge.arrived('membership', ({ change }) => change.kind === 'ban');
    assert.equal(ban.event.member.userId, arrival.sender);
    // A Matrix user is kicked: she is out, and it is told as hers.
    await bob.admin({ nick: 'Alice', role: 'none' }, 'bye');
    const gone = await bridge.arrived('membership', ({ member }) => member.in === 'matrix');
    assert.equal(gone.event.member.userId, alice);
    assert.deepEqual(gone.event.change, { kind: 'kick', reason: 'bye' });
    const silent = await bridge.say(room, alice, 'still here?');
    assert.ok(silent.kind === 'failed' && silent.reason === 'forbidden');
  });

  it('lets Matrix users do what the room lets them do', async () => {
    const room = freshRoom();
    const chat = remoteChatId(room);
    const made = await bridge.groups.create?.(chat, alice, { nick: 'Alice', name: 'Made by Alice' });
    assert.deepEqual(made, { kind: 'joined', nick: 'Alice' });
    assert.deepEqual(
      await bridge.groups.create?.(chat, alice, { nick: 'Alice', name: 'Made by Alice' }),
      made,
    );
    const info = await bridge.groups.info(chat);
    assert.ok(!('kind' in info));
    assert.deepEqual([info.name, info.open], ['Made by Alice', true]);
    const bob = await RoomGuest.enter(scene.bob, room, 'Bob');
    await bridge.join(room, carol, 'Carol');
    await bob.say('hi');
    const { arrival } = await bridge.arrived('message');
    const member = { in: 'remote', userId: arrival.sender } as const;
    const done = { kind: 'sent', messageIds: [] };
    const change = (cause: string, by: typeof alice, what: MembershipEvent['change']): Promise<Handled> =>
      bridge.handle(room, { ...envelope(by, cause), kind: 'membership', member, change: what });
    const refused = await change('c1', carol, { kind: 'kick', reason: undefined });
    assert.ok(refused.kind === 'failed' && refused.reason === 'forbidden' && refused.retry.kind === 'never');
    assert.deepEqual(await change('c2', alice, { kind: 'role', role: 'moderator' }), done);
    const members = await bridge.groups.members(chat, 10);
    assert.ok(!('kind' in members));
    assert.equal(attribute(await bob.heard('hi'), 'type'), 'groupchat');
    await until(
      () => scene.sink.arrivals.all.some(({ raw }) => raw.includes('role="moderator"')),
      'the role',
    );
    assert.deepEqual(
      members.map(({ name }) => name),
      ['Bob'],
    );
    assert.deepEqual(await change('c3', alice, { kind: 'kick', reason: 'out' }), done);
    await bob.user.waitFor((stanza) => codesOf(stanza).includes('307') && codesOf(stanza).includes('110'));
    const back = await RoomGuest.enter(scene.bob, room, 'Bob');
    await bridge.arrived('membership', (event) => event.change.kind === 'join');
    assert.deepEqual(await change('c4', alice, { kind: 'ban', reason: undefined }), done);
    await back.user.waitFor((stanza) => codesOf(stanza).includes('301') && codesOf(stanza).includes('110'));
    assert.deepEqual(await change('c5', alice, { kind: 'unban' }), done);
    await RoomGuest.enter(scene.bob, room, 'Bob');
    await bridge.handle(room, {
      ...envelope(alice, 't'),
      kind: 'chat-info',
      change: { kind: 'name', name: 'Another name' },
    });
    await bridge.arrived(
      'chat-info',
      (event) => event.change.kind === 'name' && event.change.name === 'Another name',
    );
    const topic = { kind: 'topic', topic: 'on topic' } as const;
    assert.equal(
      (await bridge.handle(room, { ...envelope(alice, 't2'), kind: 'chat-info', change: topic })).kind,
      'sent',
    );
    const denied = await bridge.handle(room, {
      ...envelope(carol, 't3'),
      kind: 'chat-info',
      change: { kind: 'name', name: 'no' },
    });
    assert.ok(denied.kind === 'failed' && denied.reason === 'forbidden');
  });

  it('tells topic, name and picture', async () => {
    const room = freshRoom();
    const bob = await RoomGuest.enter(scene.bob, room, 'Bob', { roomname: 'First' });
    await bob.send('s1', xml('subject', {}, 'the topic'));
    await bridge.join(room, alice, 'Alice');
    const topic = await bridge.arrived('chat-info', ({ change }) => change.kind === 'topic');
    assert.deepEqual(topic.event.change, { kind: 'topic', topic: 'the topic' });
    await bob.send('s2', xml('subject', {}, 'another'));
    await bridge.arrived('chat-info', ({ change }) => change.kind === 'topic' && change.topic === 'another');
    await bob.configure({ roomname: 'Second' });
    await bridge.arrived('chat-info', ({ change }) => change.kind === 'name' && change.name === 'Second');
    const png =
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    const photo = xml('PHOTO', {}, xml('TYPE', {}, 'image/png'), xml('BINVAL', {}, png));
    await bob.user.request('set', xml('vCard', { xmlns: 'vcard-temp' }, photo), room);
    const { event } = await bridge.arrived('chat-info', ({ change }) => change.kind === 'avatar');
    assert.ok(event.change.kind === 'avatar' && event.change.avatar?.mimetype === 'image/png');
    const opened = await event.change.avatar.open(AbortSignal.timeout(1000));
    assert.ok(opened.kind === 'open');
    assert.equal(Buffer.concat(await Array.fromAsync(opened.stream)).toString('base64'), png);
  });

  it('invites and is invited', async () => {
    const room = freshRoom();
    const bob = await RoomGuest.enter(scene.bob, room, 'Bob', { membersonly: '1' });
    const invite = xml(
      'x',
      { xmlns: 'http://jabber.org/protocol/muc#user' },
      xml('invite', { to: aliceJid }),
    );
    await bob.user.send(xml('message', { to: room, id: 'i1' }, invite));
    const { event, arrival } = await bridge.arrived('membership', ({ change }) => change.kind === 'invite');
    assert.deepEqual([event.member.userId, arrival.chat, arrival.receiver], [alice, room, undefined]);
    await bridge.join(room, alice, 'Alice');
    const direct = freshRoom();
    await scene.bob.send(
      xml('message', { to: aliceJid, id: 'i2' }, xml('x', { xmlns: 'jabber:x:conference', jid: direct })),
    );
    const second = await bridge.arrived('membership', (_, { chat }) => chat === direct);
    assert.equal(second.arrival.sender, scene.bob.jid);
    await bob.admin({ affiliation: 'admin', jid: aliceJid });
    const member = { in: 'remote', userId: remoteUserId(dave.jid) } as const;
    const sent = await bridge.handle(room, {
      ...envelope(alice, 'inv'),
      kind: 'membership',
      member,
      change: { kind: 'invite' },
    });
    assert.equal(sent.kind, 'sent');
    await dave.waitFor((stanza) => attribute(stanza, 'from') === room && stanza.is('message'));
  });
});
