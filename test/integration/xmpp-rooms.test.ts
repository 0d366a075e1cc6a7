import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { xml } from '@xmpp/client';
import { matrixUserId, remoteChatId, type RemoteUserId } from '../../src/core/ids.ts';
import {
  envelope,
  type RoomBridge,
  RoomGuest,
  RoomStage,
  stanzaIdOf,
  targetOf,
  until,
} from '../support/room-scene.ts';
import { alice, aliceJid, type XmppScene } from '../support/xmpp-scene.ts';
import { attribute, NS } from '../support/xmpp-stanzas.ts';
import type { XmppUser } from '../support/xmpp-user.ts';

const carol = matrixUserId('@carol:hs.test');

describe('rooms, on Prosody', { timeout: 240_000 }, () => {
  let stage: RoomStage;
  let scene: XmppScene;
  let bridge: RoomBridge;
  let dave: XmppUser;
  const freshRoom = (): string => stage.freshRoom();
  before(async () => {
    stage = await RoomStage.open('xmpp-rooms');
    ({ scene, bridge, dave } = stage);
  });
  after(() => stage[Symbol.asyncDispose]());
  beforeEach(() => stage.ready());

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
