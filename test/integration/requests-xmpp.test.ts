import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { xml } from '@xmpp/client';
import { eventually } from '../conformance/eventually.ts';
import { RoomGuest } from '../support/room-scene.ts';
import { startBridged, type BridgedHomeserver } from '../support/bridge.ts';
import { MatrixUser } from '../support/matrix-user.ts';
import { startProsody, type Prosody } from '../support/prosody.ts';
import { makeRunDir } from '../support/run-dir.ts';
import { XmppUser } from '../support/xmpp-user.ts';

const patience = 30_000;

interface Alice {
  readonly user: MatrixUser;
  readonly management: string;
  readonly jid: string;
}

for (const encrypted of [false, true]) {
  describe(`message requests, ${encrypted ? 'encrypted' : 'plain'}`, { timeout: 240_000 }, () => {
    const stack = new AsyncDisposableStack();
    const component = { domain: 'matrix.xmpp.localhost', secret: randomUUID() };
    let prosody: Prosody;
    let bridged: BridgedHomeserver;
    let people = 0;

    before(async () => {
      const dir = stack.use(await makeRunDir('requests'));
      prosody = stack.use(
        await startProsody({ dir: join(dir.path, 'prosody'), components: [component], users: [] }),
      );
      bridged = stack.use(
        await startBridged({
          ...{ dir: dir.path, maxMediaBytes: 1_000_000, encrypted },
          networks: { xmpp: { service: prosody.componentService, ...component } },
          config: { requests: { enabled: true }, rooms: { spaces: true } },
        }),
      );
    });
    after(() => stack.disposeAsync());

    async function alice(): Promise<Alice> {
      const { baseUrl } = bridged.synapse;
      const name = `alice${(people += 1)}`;
      const { userId, password } = await bridged.synapse.createUser(name, 'password');
      const user = stack.use(
        await MatrixUser.login({ baseUrl, userId, password, ...(encrypted ? { encryption: {} } : {}) }),
      );
      const management = await user.createDirectRoom(bridged.botUserId);
      await eventually('the welcome', () => bot({ user, management, jid: '' }).at(0), patience);
      return { user, management, jid: `${name}@${component.domain}` };
    }
    async function stranger(name = `stranger${(people += 1)}`): Promise<XmppUser> {
      await prosody.addUser(name, 'secret');
      const { service, domain } = prosody;
      return stack.use(await XmppUser.login({ service, domain, username: name, password: 'secret' }));
    }
    const bot = ({
      user,
      management,
    }: Alice): readonly { readonly eventId: string; readonly body: string }[] =>
      user
        .timeline(management)
        .filter(({ sender }) => sender === bridged.botUserId)
        .map(({ eventId, content: { body } }) => ({ eventId, body: typeof body === 'string' ? body : '' }));
    const line = (
      who: Alice,
      pattern: RegExp,
    ): Promise<{ readonly eventId: string; readonly body: string }> =>
      eventually(`a line like ${pattern}`, () => bot(who).find(({ body }) => pattern.test(body)), patience);
    const roomsOf = ({ user }: Alice, from: XmppUser): Promise<string> =>
      user
        .waitForInvite(({ inviter }) => inviter === bridged.ghostOf('xmpp', from.jid), patience)
        .then(({ roomId }) => roomId);
    const said = (who: Alice, room: string, from: XmppUser): readonly string[] =>
      who.user
        .timeline(room)
        .filter(
          ({ sender, type }) => sender === bridged.ghostOf('xmpp', from.jid) && type === 'm.room.message',
        )
        .map(({ content }) => String(content['body']));

    it('are told of without content, and come in order when they are accepted by a reaction', async () => {
      const [who, bob] = [await alice(), await stranger()];
      for (const text of ['first https://spam.example', 'second', 'third']) await bob.sendText(who.jid, text);
      const notice = await line(who, /Request 1: .*not verified/);
      assert.ok(notice.body.includes(bob.jid));
      await who.user.react(who.management, notice.eventId, '✅');
      const room = await roomsOf(who, bob);
      await who.user.join(room);
      await who.user.waitForText(room, 'third', patience);
      assert.equal(await who.user.isEncrypted(room), encrypted);
      assert.deepEqual(said(who, room, bob), ['first https://spam.example', 'second', 'third']);
      await line(who, /you accepted/);
      assert.ok(!bot(who).some(({ body }) => /first|second|third|spam/.test(body)));
      await bob.sendText(who.jid, 'fourth');
      await who.user.waitForText(room, 'fourth', patience);
    });

    it('have rooms of their own in a space, where they are looked at and answered', async () => {
      const [who, bob, eve] = [await alice(), await stranger(), await stranger()];
      const { user } = who;
      for (const one of [bob, eve]) {
        await one.sendText(who.jid, 'see https://spam.example now');
        await line(who, new RegExp(`Request .*${one.jid}`));
      }
      const stanzas = bob.stanzas.length;
      const found = new Map<string, string>();
      for (let count = 0; count < 3; count += 1) {
        const { roomId } = await user.waitForInvite(
          (invite) => invite.inviter === bridged.botUserId && !found.has(invite.roomId),
          patience,
        );
        await user.join(roomId);
        found.set(roomId, String((await user.sdk.getStateEvent(roomId, 'm.room.name', ''))['name']));
      }
      const named = (name: string): string =>
        [...found].find((one) => one[1] === name)?.[0] ??
        assert.fail(`no ${name} in ${[...found.values()].join()}`);
      const [space, room, other] = [named('Requests'), named(bob.jid), named(eve.jid)];
      const listed = async (): Promise<readonly string[]> =>
        (await user.sdk.getRoomHierarchy(space, 50, 1)).rooms.slice(1).map(({ room_id: id }) => id);
      assert.deepEqual(await listed(), [room, other]);
      assert.equal(await user.isEncrypted(room), encrypted);
      const there = (pattern: RegExp): Promise<{ readonly eventId: string; readonly body: string }> =>
        line({ ...who, management: room }, pattern);
      const told = await there(/Request 1: .*not verified.*1 message waits/);
      assert.ok(!told.body.includes('spam'));
      await user.react(room, told.eventId, '👁️');
      const shown = await there(/What .* wrote/);
      assert.match(shown.body, /see hxxps\[:\]\/\/spam\[\.\]example now/);
      await user.sendText(room, 'nonsense');
      await there(/nonsense/);
      assert.equal(bob.stanzas.length, stanzas, 'nobody is told that it was looked at');
      await user.sendText(room, 'accept');
      const portal = await roomsOf(who, bob);
      await user.join(portal);
      await user.waitForText(portal, 'see https://spam.example now', patience);
      await user.react(other, (await line({ ...who, management: other }, /Request 2/)).eventId, '❌');
      await eventually(
        'that both rooms are gone',
        async () => {
          const { joined_rooms: joined } = await user.sdk.getJoinedRooms();
          return (!joined.includes(room) && !joined.includes(other)) || undefined;
        },
        patience,
      );
      assert.deepEqual(await listed(), []);
      assert.ok(!bot(who).some(({ body }) => body.includes('spam')));
    });

    it('wait over a restart, show what they say when they are asked, and are accepted by a command', async () => {
      const [who, bob] = [await alice(), await stranger()];
      await bob.sendText(who.jid, 'before the restart');
      await line(who, /Request 1/);
      await bridged.restart();
      await bob.sendText(who.jid, 'after the restart');
      await who.user.sendText(who.management, 'requests');
      await line(who, new RegExp(bob.jid));
      await who.user.sendText(who.management, 'requests show 1');
      await line(who, /before the restart/);
      await who.user.sendText(who.management, 'accept 1');
      const room = await roomsOf(who, bob);
      await who.user.join(room);
      await who.user.waitForText(room, 'after the restart', patience);
      assert.deepEqual(said(who, room, bob), ['before the restart', 'after the restart']);
    });

    it('that are declined end in silence and do not come back', async () => {
      const [who, bob] = [await alice(), await stranger()];
      await bob.sendText(who.jid, 'hello');
      const notice = await line(who, /Request 1/);
      await who.user.react(who.management, notice.eventId, '❌');
      await line(who, /you declined/);
      const lines = bot(who).length;
      const stanzas = bob.stanzas.length;
      await bob.sendText(who.jid, 'hello again');
      await who.user.sendText(who.management, 'requests');
      await line(who, /Nobody waits/);
      await sleep(1_000);
      assert.equal(bot(who).length, lines + 1);
      assert.ok(!bob.stanzas.slice(stanzas).some(({ attrs }) => attrs['type'] === 'error'));
      await who.user.sendText(who.management, `start xmpp ${bob.jid}`);
      const room = await roomsOf(who, bob);
      await who.user.join(room);
      await bob.sendText(who.jid, 'now');
      await who.user.waitForText(room, 'now', patience);
      assert.deepEqual(said(who, room, bob), ['now']);
    });

    // These are the same whatever rooms are like.
    if (!encrypted) {
      it('let nothing else of a stranger through: no typing, reading, presence or profile, and no ghost', async () => {
        const [who, bob] = [await alice(), await stranger()];
        const id = await bob.sendText(who.jid, 'hello');
        await line(who, /Request 1/);
        const lines = bot(who).length;
        await bob.send(xml('presence', { type: 'subscribe', to: who.jid }));
        await bob.send(xml('presence', { to: who.jid }, xml('status', {}, 'here I am')));
        await bob.chatState(who.jid, 'composing');
        await bob.displayed(who.jid, id);
        await bob.receipt(who.jid, id);
        const card = xml('vCard', { xmlns: 'vcard-temp' }, xml('FN', {}, 'Somebody Else'));
        await bob.request('set', card);
        const nick = xml('item', {}, xml('nick', { xmlns: 'http://jabber.org/protocol/nick' }, 'Other'));
        const publish = xml('publish', { node: 'http://jabber.org/protocol/nick' }, nick);
        await bob.request('set', xml('pubsub', { xmlns: 'http://jabber.org/protocol/pubsub' }, publish));
        await bob.sendText(who.jid, 'second');
        await who.user.sendText(who.management, 'requests');
        await line(who, /These people want to reach you.*Messages: 2/s);
        await sleep(1_000);
        const ghost = encodeURIComponent(bridged.ghostOf('xmpp', bob.jid));
        const profile = await fetch(`${bridged.synapse.baseUrl}/_matrix/client/v3/profile/${ghost}`);
        assert.equal(profile.status, 404, 'there is no ghost');
        assert.equal(bot(who).filter(({ body }) => !body.startsWith('* ')).length, lines + 1);
      });

      it('are invitations into groups too, with a room of their own, and let the user in when accepted', async () => {
        const [who, bob] = [await alice(), await stranger()];
        const group = `salon${(people += 1)}@${prosody.roomsDomain}`;
        await RoomGuest.enter(bob, group, 'Bob', { roomname: 'The Salon', persistentroom: '1' });
        const invite = async (): Promise<void> => {
          const asked = xml(
            'x',
            { xmlns: 'http://jabber.org/protocol/muc#user' },
            xml('invite', { to: who.jid }),
          );
          await bob.send(xml('message', { to: group, id: randomUUID() }, asked));
        };
        await invite();
        const told = await line(who, /Request 1: somebody invites you into the group/);
        assert.deepEqual([told.body.includes(group), told.body.includes('Salon')], [true, false], told.body);
        await who.user.sendText(who.management, 'decline 1');
        await line(who, /you declined/);
        await invite();
        await who.user.sendText(who.management, 'requests');
        await line(who, /Nobody waits/);
        await who.user.sendText(who.management, 'requests restore 1');
        await line(who, /can ask again/);
        const direct = xml('x', { xmlns: 'jabber:x:conference', jid: group });
        await bob.send(xml('message', { to: who.jid, id: randomUUID() }, direct));
        const again = await line(who, /Request 2: .*invites you into the group/);
        assert.ok(again.body.includes(bob.jid));
        await who.user.react(who.management, again.eventId, '✅');
        const room = await eventually(
          'the room of the group',
          () =>
            who.user.sdk
              .getRooms()
              .find((one) => one.getMyMembership() === 'invite' && one.name === 'The Salon')?.roomId,
          patience,
        );
        await who.user.join(room);
      });
    }

    it('of a flood from one server are told of in a few lines', async () => {
      const who = await alice();
      const crowd = await Promise.all(Array.from({ length: 9 }, () => stranger()));
      for (const one of crowd) await one.sendText(who.jid, 'buy this');
      const { body } = await line(who, /more requests? waits?.*from/);
      assert.match(body, /xmpp\.localhost/);
      const openedLines = bot(who).filter(({ body: text }) => /^Request \d+: .*wants to reach/.test(text));
      assert.equal(openedLines.length, 5);
      assert.ok(!bot(who).some(({ body: text }) => text.includes('buy this')));
      await who.user.sendText(who.management, 'requests');
      const listed = await line(who, /These people want to reach you/);
      assert.equal(crowd.filter(({ jid }) => listed.body.includes(jid)).length, crowd.length);
    });
  });
}
