import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { xml } from '@xmpp/client';
import type { MembershipEvent } from '../../src/core/event.ts';
import { matrixUserId, remoteChatId, remoteUserId, type RemoteUserId } from '../../src/core/ids.ts';
import type { Handled } from '../../src/core/network.ts';
import {
  codesOf,
  envelope,
  RoomBridge,
  RoomGuest,
  stanzaIdOf,
  targetOf,
  until,
} from '../support/room-scene.ts';
import { alice, aliceJid, conditionIn, errorOf, XmppScene } from '../support/xmpp-scene.ts';
import { attribute, NS } from '../support/xmpp-stanzas.ts';
import { XmppUser } from '../support/xmpp-user.ts';

const carol = matrixUserId('@carol:hs.test');

describe('rooms, on Prosody', { timeout: 240_000 }, () => {
  let scene: XmppScene;
  let bridge: RoomBridge;
  let dave: XmppUser;
  let count = 0;
  const freshRoom = (): string => `room${(count += 1)}@${scene.prosody.roomsDomain}`;
  before(async () => {
    scene = await XmppScene.open('xmpp-rooms');
    bridge = new RoomBridge(scene);
    await scene.prosody.addUser('dave', 'secret');
    const { service, domain: server } = scene.prosody;
    dave = await XmppUser.login({ service, domain: server, username: 'dave', password: 'secret' });
  });
  after(async () => {
    await dave.stop();
    await scene[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    await scene.start();
    await scene.up();
  });

  it('carries what is said both ways, each message once and under the names that others use', async () => {
    const room = freshRoom();
    const bob = await RoomGuest.enter(scene.bob, room, 'Bob', { roomname: 'The room' });
    assert.deepEqual(await bridge.join(room, alice, 'Alice'), { kind: 'joined', nick: 'Alice' });
    await bridge.join(room, carol, 'Carol');
    await bob.say('hello');
    const { arrival, event } = await bridge.arrived('message');
    assert.equal(arrival.chat, room);
    assert.equal(arrival.receiver, undefined);
    assert.match(arrival.sender, new RegExp(`^${room}\\?[0-9a-f]{32}$`));
    const heard = await bob.heard('hello');
    assert.deepEqual(event.name, { in: 'remote', messageId: stanzaIdOf(heard, room) });

    const sent = await bridge.say(room, alice, 'hello Bob');
    const seen = await bob.heard('hello Bob');
    assert.equal(attribute(seen, 'from'), `${room}/Alice`);
    assert.equal(attribute(seen, 'type'), 'groupchat');
    assert.ok(sent.kind === 'sent');
    assert.equal(sent.messageIds[0], stanzaIdOf(seen, room));
    await bob.say('last');
    await bridge.arrived(
      'message',
      (found) => found.content.kind === 'text' && found.content.text.plain === 'last',
    );
    assert.deepEqual(bridge.texts(), ['hello', 'last']);
    assert.equal(scene.sink.arrivals.all.filter(({ raw }) => raw.includes('<body>')).length, 2);
  });

  it('carries replies, reactions, corrections and retractions by the names that rooms use', async () => {
    const room = freshRoom();
    const bob = await RoomGuest.enter(scene.bob, room, 'Bob');
    await bridge.join(room, alice, 'Alice');
    const sent = await bridge.say(room, alice, 'a question');
    const question = await bob.heard('a question');
    const target = targetOf(sent, alice);
    // Alice corrects by her own id, and takes back by the room's name.
    const content = {
      kind: 'text',
      style: 'normal',
      text: { plain: 'a better question', html: undefined },
    } as const;
    const base = envelope(alice, 'edit');
    const mentions = { users: [], room: false };
    assert.equal(
      (await bridge.handle(room, { ...base, kind: 'edit', target, content, mentions })).kind,
      'sent',
    );
    const corrected = await bob.heard('a better question');
    assert.equal(corrected.getChild('replace', NS.correct)?.attrs['id'], question.attrs['id']);
    const reactions = { emojis: ['👍'], previous: [], previousEvents: new Map() };
    await bridge.handle(room, { ...envelope(alice, 'react'), kind: 'reaction', target, reactions });
    const reacted = await bob.user.waitFor(
      (stanza) => stanza.getChild('reactions', NS.reactions) !== undefined,
    );
    assert.equal(reacted.getChild('reactions', NS.reactions)?.attrs['id'], stanzaIdOf(question, room));
    await bridge.handle(room, { ...envelope(alice, 'redact'), kind: 'redaction', target });
    const retracted = await bob.user.waitFor(
      (stanza) => stanza.getChild('retract', NS.retract1) !== undefined,
    );
    assert.equal(retracted.getChild('retract', NS.retract1)?.attrs['id'], stanzaIdOf(question, room));
    assert.equal(retracted.getChild('apply-to', NS.fasten)?.attrs['id'], question.attrs['id']);

    // Bob answers and corrects himself; each event names what it is about as the messages before were named.
    await bob.say(
      'an answer',
      'a1',
      xml('reply', { xmlns: NS.reply, to: `${room}/Alice`, id: stanzaIdOf(question, room) }),
    );
    const { event: answer, arrival } = await bridge.arrived('message');
    assert.deepEqual(answer.replyTo, { in: 'remote', messageId: target.messageIds[0] });
    await bob.say('a better answer', 'a2', xml('replace', { xmlns: NS.correct, id: 'a1' }));
    const { event: correction } = await bridge.arrived('edit');
    const names = [answer.name, ...(answer.aliases ?? [])];
    assert.ok(names.some((name) => JSON.stringify(name) === JSON.stringify(correction.target)));
    await bob.send(
      'a3',
      xml('retract', { xmlns: NS.retract1, id: stanzaIdOf(await bob.heard('an answer'), room) }),
    );
    assert.deepEqual((await bridge.arrived('redaction')).event.target, answer.name);
    // Alice replies to Bob: his occupant is who the reply is for.
    const [first, ...others] = names.flatMap((name) => (name?.in === 'remote' ? [name.messageId] : []));
    assert.ok(first !== undefined && answer.name?.in === 'remote');
    const bobs = {
      eventIds: target.eventIds,
      messageIds: [first, ...others],
      author: { in: 'remote', userId: arrival.sender },
    } as const;
    await bridge.say(room, alice, 'thanks', bobs);
    const thanks = await bob.heard('thanks');
    assert.deepEqual(thanks.getChild('reply', NS.reply)?.attrs, {
      xmlns: NS.reply,
      to: `${room}/Bob`,
      id: first,
    });
  });

  it('lets nobody correct the message of another by choosing its id', async () => {
    const room = freshRoom();
    const bob = await RoomGuest.enter(scene.bob, room, 'Bob');
    const other = await RoomGuest.enter(dave, room, 'Dave');
    await bridge.join(room, alice, 'Alice');
    await bob.say('mine', '1');
    await other.say('not yours', '1');
    await other.say('forged', '2', xml('replace', { xmlns: NS.correct, id: '1' }));
    const { event: edit, arrival } = await bridge.arrived('edit');
    const { event: mine } = await bridge.arrived(
      'message',
      (event) => event.content.kind === 'text' && event.content.text.plain === 'mine',
    );
    const { event: his } = await bridge.arrived('message', (event) => event.sender.userId === arrival.sender);
    assert.ok(his.aliases?.some((name) => JSON.stringify(name) === JSON.stringify(edit.target)));
    assert.ok(!mine.aliases?.some((name) => JSON.stringify(name) === JSON.stringify(edit.target)));
  });

  it('names people by their address where the room shows it, and by an id that outlives nicknames where not', async () => {
    const [open, closed] = [freshRoom(), freshRoom()];
    const there = await RoomGuest.enter(scene.bob, open, 'Bob', { whois: 'anyone' });
    const here = await RoomGuest.enter(scene.bob, closed, 'Bob', { whois: 'moderators' });
    await bridge.join(open, alice, 'Alice');
    await bridge.join(closed, alice, 'Alice');
    await there.say('with address');
    assert.equal((await bridge.arrived('message')).arrival.sender, scene.bob.jid);
    await here.say('without');
    const { arrival } = await bridge.arrived('message', (_, { chat }) => chat === closed);
    const nameOf = async (user: RemoteUserId): Promise<string | undefined> => {
      const profile = await scene.network.directory.profile(user);
      return 'kind' in profile ? profile.kind : profile.name;
    };
    assert.equal(await nameOf(arrival.sender), 'Bob');
    await here.rename('Robert');
    await until(
      () => scene.sink.changed.filter((user) => user === arrival.sender).length === 2,
      'the new name',
    );
    assert.equal(await nameOf(arrival.sender), 'Robert');
    await here.say('renamed');
    const later = await bridge.arrived(
      'message',
      (event) => event.content.kind === 'text' && event.content.text.plain === 'renamed',
    );
    assert.equal(later.arrival.sender, arrival.sender);
  });

  it('takes the next free nickname, and says which', async () => {
    const room = freshRoom();
    await RoomGuest.enter(scene.bob, room, 'Alice');
    assert.equal((await bridge.join(room, alice, 'Alice')).nick, 'Alice 2');
    assert.equal((await bridge.join(room, carol, 'Alice')).nick, 'Alice 3');
    assert.equal((await bridge.join(room, alice, 'Alice')).nick, 'Alice 2');
    // What the server refuses as a nickname becomes plain letters.
    const odd = matrixUserId('@odd:hs.test');
    assert.equal((await bridge.join(room, odd, '\u{1fae0}')).nick, 'odd');
  });

  it('does not enter where it may not, or where there is nothing', async () => {
    const room = freshRoom();
    const bob = await RoomGuest.enter(scene.bob, room, 'Bob', { membersonly: '1' });
    const chat = remoteChatId(room);
    const refused = await bridge.groups.join(chat, alice, 'Alice');
    assert.ok(refused.kind === 'failed' && refused.reason === 'forbidden');
    const nothing = await bridge.groups.join(remoteChatId(freshRoom()), alice, 'Alice');
    assert.ok(nothing.kind === 'failed' && nothing.reason === 'no-such-group');
    const info = await bridge.groups.info(chat);
    assert.ok(!('kind' in info) && !info.open);
    // A member may: then her occupant listens, since the bridge's own may not enter.
    await bob.admin({ affiliation: 'member', jid: aliceJid });
    await bridge.join(room, alice, 'Alice');
    await bob.say('to members');
    await bridge.arrived('message');
    const sent = await bridge.say(room, alice, 'among members');
    assert.equal(sent.kind, 'sent');
    assert.ok(!bob.user.stanzas.some((stanza) => attribute(stanza, 'from') === `${room}/Matrix`));
  });

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

  it('refuses private messages in a room openly, and stays', async () => {
    const room = freshRoom();
    const bob = await RoomGuest.enter(scene.bob, room, 'Bob');
    await bridge.join(room, alice, 'Alice');
    const x = xml('x', { xmlns: 'http://jabber.org/protocol/muc#user' });
    await bob.user.send(
      xml('message', { type: 'chat', to: `${room}/Alice`, id: 'pm' }, xml('body', {}, 'psst'), x),
    );
    assert.deepEqual(conditionIn(await bob.user.waitFor(errorOf('pm'))), ['feature-not-implemented']);
    assert.equal((await bridge.say(room, alice, 'still in')).kind, 'sent');
  });

  it('brings in what was said while it was away: once, in order, with its own times', async () => {
    const room = freshRoom();
    const bob = await RoomGuest.enter(scene.bob, room, 'Bob');
    await bridge.join(room, alice, 'Alice');
    bridge.remember(room, [[alice, 'Alice']]);
    await bob.say('before');
    await bridge.arrived('message');
    await until(() => scene.sink.positions.has(remoteChatId(room)), 'a position');
    await bridge.say(room, alice, 'mine before');
    const expected: string[] = [];
    let from = 0;
    await bridge.restart(async () => {
      from = Date.now();
      for (let index = 0; index < 300; index += 1) {
        expected.push(`away ${index}`);
        await bob.say(`away ${index}`);
      }
      await bob.heard('away 299');
      await sleep(1100);
    });
    const until300 = Date.now();
    await bob.say('live again');
    expected.push('live again');
    await bridge.arrived(
      'message',
      (event) => event.content.kind === 'text' && event.content.text.plain === 'live again',
      30_000,
    );
    assert.deepEqual(
      bridge.texts().filter((text) => !text.includes('before')),
      expected,
    );
    const times = bridge
      .messages()
      .filter(({ text }) => text.startsWith('away'))
      .map(({ arrival }) => arrival.at);
    assert.ok(
      times.every((at) => at >= from - 1000 && at < until300 - 1000),
      'their own times',
    );
    // The same message, read in the archive again, is known by its id.
    const ids = bridge.messages().map(({ arrival }) => arrival.outerId);
    assert.equal(new Set(ids).size, ids.length);
    const history = await bridge.groups.history?.(remoteChatId(room), 10, undefined);
    assert.ok(history?.kind === 'history');
    assert.deepEqual(
      history.arrivals.map(({ outerId }) => outerId),
      ids.slice(-10),
    );
    const older = await bridge.groups.history?.(remoteChatId(room), 5, history.before);
    assert.ok(older?.kind === 'history');
    assert.deepEqual(
      older.arrivals.map(({ outerId }) => outerId),
      ids.slice(-15, -10),
    );
  });

  it('does not say again what it said before it was restarted', async () => {
    const room = freshRoom();
    const bob = await RoomGuest.enter(scene.bob, room, 'Bob');
    await bridge.join(room, alice, 'Alice');
    bridge.remember(room, [[alice, 'Alice']]);
    const sent = await bridge.say(room, alice, 'only once');
    await bridge.restart();
    assert.deepEqual(await bridge.say(room, alice, 'only once'), sent);
    await bridge.say(room, alice, 'next');
    await bob.heard('next');
    assert.equal(bob.user.stanzas.filter((stanza) => stanza.getChildText('body') === 'only once').length, 1);
    assert.equal(bridge.texts().length, 0);
  });

  it('notices that it was put out without a word, and comes back', async () => {
    await scene.start({ rooms: { check_seconds: 1 } });
    await scene.up();
    const room = freshRoom();
    const bob = await RoomGuest.enter(scene.bob, room, 'Bob');
    await bridge.join(room, alice, 'Alice');
    bridge.remember(room, [[alice, 'Alice']]);
    await scene.prosody.restart();
    await scene.up();
    await bob.user.online();
    const again = await RoomGuest.enter(scene.bob, room, 'Bob');
    const sent = await bridge.say(room, alice, 'after all');
    assert.equal(sent.kind, 'sent');
    await again.heard('after all');
    await again.say('and back');
    await bridge.arrived(
      'message',
      (event) => event.content.kind === 'text' && event.content.text.plain === 'and back',
    );
  });
});
