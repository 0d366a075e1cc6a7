import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { xml } from '@xmpp/client';
import { eventually } from '../conformance/eventually.ts';
import { BlockScene, ignoring, seenBy } from '../support/block-scene.ts';
import type { MatrixGuest } from '../support/matrix-guest.ts';
import type { SeenEvent } from '../support/matrix-event.ts';
import { RoomGuest } from '../support/room-scene.ts';
import { attribute, NS } from '../support/xmpp-stanzas.ts';
import type { XmppUser } from '../support/xmpp-user.ts';

const body = ({ content }: SeenEvent): string => String(content['body']);

describe('blocks, on Synapse and Prosody', { timeout: 400_000 }, () => {
  let scene: BlockScene;
  let alice: MatrixGuest;
  let erin: MatrixGuest;
  let root: MatrixGuest;
  let bob: XmppUser;
  let carol: XmppUser;
  let room: string;
  let unanswered: string;
  const texts = ({ user }: MatrixGuest, of: string): string[] => user.timeline(of).map(body);
  const receipt = (person: XmppUser, id: string) =>
    person.waitFor(
      (stanza) =>
        attribute(stanza.getChild('received', NS.receipts) ?? stanza, 'id') === id && stanza.is('message'),
      20_000,
      `the receipt of ${id}`,
    );
  /** Says something as an ordinary client does, which the bridge has taken when this resolves. */
  const say = async (person: XmppUser, to: MatrixGuest, text: string): Promise<void> => {
    await person.chatState(to.jid, 'composing');
    await receipt(person, await person.sendText(to.jid, text));
  };

  before(async () => {
    scene = await BlockScene.open('blocks-xmpp');
    [alice, erin, root] = [
      await scene.matrixUser('alice'),
      await scene.matrixUser('erin'),
      await scene.matrixUser('root'),
    ];
    [bob, carol] = [await scene.xmppUser('bob'), await scene.xmppUser('carol')];
    room = await scene.chat(bob, alice, 'hello alice');
    await erin.ask('puppet off', /is off/);
  });
  after(() => scene[Symbol.asyncDispose]());

  it('keep a blocked person out of a direct chat, who sees what one sees who is not answered', async () => {
    unanswered = await scene.chat(carol, alice, 'hello from carol');
    const answer = await alice.ask(`block xmpp ${bob.jid}`, /is blocked/);
    assert.match(answer, /list of ignored people too/);
    await ignoring(alice, scene.ghostOf(bob), true);
    const [seenBefore, otherBefore] = [seenBy(bob, alice.jid).length, seenBy(carol, alice.jid).length];
    for (const person of [bob, carol]) {
      await say(person, alice, `are you there? ${person.jid}`);
      await person.displayed(alice.jid, 'anything');
      await say(person, alice, `please answer ${person.jid}`);
    }
    await alice.user.waitForText(unanswered, `please answer ${carol.jid}`, 20_000);
    await sleep(1_000);
    assert.deepEqual(seenBy(bob, alice.jid).slice(seenBefore), seenBy(carol, alice.jid).slice(otherBefore));
    assert.ok(!texts(alice, room).some((text) => text.includes('are you there')));
    const typing = alice.user.sdk.getRoom(room)?.getMember(scene.ghostOf(bob))?.typing;
    assert.notEqual(typing, true);
  });

  it('tell the user who writes to whom they have blocked, and what ends it', async () => {
    await alice.user.sendText(room, 'you are silent');
    await alice.user.waitForEvent(
      alice.management,
      (event) =>
        body(event).includes('since you have blocked them') &&
        body(event).includes(`unblock xmpp ${bob.jid}`),
      20_000,
    );
    assert.ok(!bob.stanzas.some((stanza) => stanza.getChildText('body') === 'you are silent'));
    await alice.ask(`start xmpp ${bob.jid}`, /You have blocked this person/);
  });

  it('hold after a restart, and after the user has left the room: no other is made', async () => {
    await alice.user.leave(room);
    await scene.bridged.restart();
    const rooms = alice.user.sdk.getRooms().length;
    await say(bob, alice, 'let me in');
    await say(bob, alice, 'again');
    await sleep(2_000);
    assert.equal(alice.user.sdk.getRooms().length, rooms);
    assert.match(await alice.ask('blocks', /1 person/), new RegExp(bob.jid));
  });

  it('end by command, for what comes from then on', async () => {
    await alice.ask('unblock 1', /not blocked any more/);
    await ignoring(alice, scene.ghostOf(bob), false);
    const again = await scene.chat(bob, alice, 'thank you');
    assert.deepEqual(
      texts(alice, again).filter((text) => /let me in|again|are you/.test(text)),
      [],
    );
    room = again;
  });

  it('begin and end by the list of ignored people of the client', async () => {
    // The bridge reads the list anew at a first contact, where it has not within two seconds; else within a minute.
    await alice.user.leave(room);
    await alice.user.sdk.setIgnoredUsers(['@somebody:example.org', scene.ghostOf(bob)]);
    await sleep(2_500);
    await say(bob, alice, 'ignored');
    await sleep(1_500);
    await alice.ask('blocks', /1 person/);
    await alice.user.sdk.setIgnoredUsers(['@somebody:example.org']);
    await sleep(2_100);
    room = await scene.chat(bob, alice, 'heard again');
    await alice.ask('blocks', /blocked nobody/);
    assert.deepEqual(alice.user.sdk.getIgnoredUsers(), ['@somebody:example.org']);
  });

  it('hide a person in a group for who the bridge can act as, and tell the others how to', async () => {
    const address = `tea@${scene.prosody.roomsDomain}`;
    const guest = await RoomGuest.enter(bob, address, 'Bob', { whois: 'anyone' });
    const group = async ({ ask, user }: MatrixGuest): Promise<string> => {
      await ask(`join xmpp ${address}`, /You are in the group/);
      const { roomId } = await user.waitForInvite(({ isDirect }) => !isDirect, 20_000);
      await user.join(roomId);
      return roomId;
    };
    const shared = await group(alice);
    assert.equal(await group(erin), shared);
    await guest.say('seen by both');
    for (const { user } of [alice, erin]) await user.waitForText(shared, 'seen by both', 20_000);
    await alice.ask(`block xmpp ${bob.jid}`, /list of ignored people too/);
    await ignoring(alice, scene.ghostOf(bob), true);
    await guest.say('seen by one');
    await erin.user.waitForText(shared, 'seen by one', 20_000);
    await alice.user.sendText(shared, 'a barrier');
    await alice.user.waitForText(shared, 'a barrier', 20_000);
    await sleep(1_000);
    assert.ok(!texts(alice, shared).includes('seen by one'));
    // Once all of them have blocked him, it is nobody's loss that he is not heard.
    assert.ok((await erin.ask(`block xmpp ${bob.jid}`, /ignore these users/)).includes(scene.ghostOf(bob)));
    await guest.say('seen by none of them');
    await alice.user.sendText(shared, 'another barrier');
    await bob.waitForText('another barrier', 20_000);
    // An invitation of his who is blocked gets nobody in, and is not answered; nor is one of nobody knows whom.
    const rooms: RoomGuest[] = [];
    for (const whois of ['anyone', 'moderators'])
      rooms.push(await RoomGuest.enter(bob, `${whois}@${scene.prosody.roomsDomain}`, 'Bob', { whois }));
    const invited = (): number =>
      alice.user.sdk.getRooms().filter((one) => one.getMyMembership() === 'invite').length;
    const invitedBefore = invited();
    const before = bob.stanzas.length;
    const invite = xml('invite', { to: alice.jid });
    const mediated = xml('x', { xmlns: 'http://jabber.org/protocol/muc#user' }, invite);
    for (const other of rooms) await bob.send(xml('message', { to: other.room }, mediated));
    await sleep(2_000);
    assert.equal(invited(), invitedBefore);
    assert.deepEqual(
      bob.stanzas.slice(before).filter((stanza) => attribute(stanza, 'from')?.startsWith(alice.jid)),
      [],
    );

    await root.ask(`ban person xmpp ${bob.jid} for all`, /shut out for everybody/);
    await erin.user.waitForEvent(
      shared,
      ({ sender, content }) => sender === scene.ghostOf(bob) && content['membership'] === 'leave',
      20_000,
    );
    await guest.say('seen by nobody');
    const plain = await RoomGuest.enter(carol, address, 'Carol');
    await plain.say('after the ban');
    await erin.user.waitForText(shared, 'after the ban', 20_000);
    for (const text of ['seen by none of them', 'seen by nobody'])
      assert.ok(!texts(erin, shared).includes(text), text);
    await root.ask('unban 1', /not shut out any more/);
  });

  it('follow policy lists: a server and a person by a pattern are shut out, over a restart too', async () => {
    const list = await root.user.createRoom('bans');
    const rule = async (kind: string, key: string, entity?: string): Promise<void> => {
      const content = entity === undefined ? {} : { entity, recommendation: 'm.ban', reason: 'spam' };
      await root.user.sendState(list, `m.policy.rule.${kind}`, key, content);
      // What comes after it on Matrix, the bridge takes after it.
      await root.ask('ping', /./);
    };
    await root.ask(`policies follow ${list}`, /Please invite/);
    await root.user.invite(list, scene.bridged.botUserId);
    await eventually('that the list is read', async () =>
      /read .* ago/.test(await root.ask('policies', /policy list/)) ? true : undefined,
    );
    const heard = async (person: XmppUser, text: string): Promise<void> => {
      await say(person, alice, text);
      await alice.user.waitForText(rooms[person.jid] ?? '', text, 20_000);
    };
    await alice.ask('unblock 1', /not blocked any more/);
    await ignoring(alice, scene.ghostOf(bob), false);
    // The ban before has ended the chat.
    room = await scene.chat(bob, alice, 'before the list');
    const rooms: Record<string, string> = { [bob.jid]: room, [carol.jid]: unanswered };

    await rule('server', 'all', scene.prosody.domain);
    for (const person of [bob, carol]) await say(person, alice, 'banned with the server');
    await alice.user.sendText(room, 'to who is banned');
    const isTold = (event: SeenEvent): boolean => body(event).includes('have shut this out');
    await alice.user.waitForEvent(alice.management, isTold, 20_000);
    await rule('server', 'all');
    await rule('user', 'some', `@_xmpp_b?b=40*:localhost`);
    await heard(carol, 'carol again');
    await say(bob, alice, 'banned by a pattern');

    await root.user.kick(list, scene.bridged.botUserId);
    await root.user.waitForEvent(root.management, (event) => body(event).includes('was put out'), 20_000);
    await scene.bridged.restart();
    await say(bob, alice, 'banned after a restart');
    assert.match(await root.ask('bans', /shut out by policy lists/), /user @_xmpp_b\?b.*some.*root.*spam/s);
    assert.match(await root.ask(`explain xmpp ${bob.jid} ${alice.user.userId}`, /Between/), /some/);

    await root.ask(`unban person xmpp ${bob.jid}`, /exempted from the policy list/);
    await heard(bob, 'exempted');
    await root.ask(`policies disallow user xmpp:${bob.jid}`, /not exempted any more/);
    await say(bob, alice, 'banned once more');
    await root.ask('policies unfollow 1', /not followed any more/);
    await heard(bob, 'free');
    for (const of of Object.values(rooms))
      assert.deepEqual(
        texts(alice, of).filter((text) => text.startsWith('banned')),
        [],
      );
  });
});
