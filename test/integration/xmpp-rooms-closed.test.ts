import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { xml } from '@xmpp/client';
import { matrixUserId, remoteChatId } from '../../src/core/ids.ts';
import { type RoomBridge, RoomGuest, RoomStage, until } from '../support/room-scene.ts';
import { alice, conditionIn, errorOf, receiptOf, type XmppScene } from '../support/xmpp-scene.ts';
import { attribute, NS } from '../support/xmpp-stanzas.ts';

const carol = matrixUserId('@carol:hs.test');
const secret = { passwordprotectedroom: '1', roomsecret: 'open sesame' };

describe('rooms with a password, and private messages, on Prosody', { timeout: 240_000 }, () => {
  let stage: RoomStage;
  let scene: XmppScene;
  let bridge: RoomBridge;
  before(async () => {
    stage = await RoomStage.open('xmpp-rooms-closed');
    ({ scene, bridge } = stage);
  });
  after(() => stage[Symbol.asyncDispose]());
  beforeEach(() => stage.ready());

  it('are entered with the password, and again after a restart; the bridge listens with it too', async () => {
    const room = stage.freshRoom();
    const chat = remoteChatId(room);
    const bob = await RoomGuest.enter(scene.bob, room, 'Bob', secret);
    for (const wrong of [undefined, 'guessed']) {
      const refused = await bridge.groups.join(chat, alice, 'Alice', wrong);
      assert.ok(refused.kind === 'failed' && refused.reason === 'wrong-password', JSON.stringify(refused));
      assert.equal(refused.retry.kind, 'never');
    }
    const joined = await bridge.groups.join(chat, alice, 'Alice', 'open sesame');
    assert.deepEqual(joined, { kind: 'joined', nick: 'Alice' });
    await until(
      () => bob.user.stanzas.some((one) => attribute(one, 'from') === `${room}/Matrix`),
      'the bridge',
    );
    await bob.say('behind closed doors');
    await until(() => bridge.texts().includes('behind closed doors'), 'what was said');

    const { position } = { position: undefined };
    scene.sink.joined = [
      { chat, members: [{ user: alice, nick: 'Alice', password: 'open sesame' }], position },
    ];
    await bridge.restart();
    assert.equal((await bridge.say(room, alice, 'back again')).kind, 'sent');
    await bob.heard('back again');
  });

  it('put out who comes back with a password that was changed meanwhile', async () => {
    const room = stage.freshRoom();
    const chat = remoteChatId(room);
    const bob = await RoomGuest.enter(scene.bob, room, 'Bob', { ...secret, persistentroom: '1' });
    assert.equal((await bridge.groups.join(chat, alice, 'Alice', 'open sesame')).kind, 'joined');
    const members = [{ user: alice, nick: 'Alice', password: 'open sesame' }];
    scene.sink.joined = [{ chat, members, position: undefined }];
    await bridge.restart(async () => {
      await bob.configure({ roomsecret: 'another' });
      await scene.prosody.restart();
    });
    const { event } = await bridge.arrived('membership', ({ change }) => change.kind === 'kick');
    assert.deepEqual(event.member, { in: 'matrix', userId: alice });
    await bob.user.online();
  });

  it('make a direct message of a private one where addresses are shown, receipted in the room', async () => {
    const room = stage.freshRoom();
    const bob = await RoomGuest.enter(scene.bob, room, 'Bob', { whois: 'anyone' });
    await bridge.join(room, alice, 'Alice');
    await bridge.join(room, carol, 'Carol');
    await bob.user.send(
      xml(
        'message',
        { type: 'chat', to: `${room}/Alice`, id: 'pm' },
        ...[xml('body', {}, 'psst'), xml('request', { xmlns: NS.receipts })],
        xml('x', { xmlns: 'http://jabber.org/protocol/muc#user' }),
      ),
    );
    const { arrival, event } = await bridge.arrived('message');
    assert.deepEqual([arrival.chat, arrival.sender, arrival.receiver], [bob.user.jid, bob.user.jid, alice]);
    assert.deepEqual(event.content.kind === 'text' && event.content.text.plain, 'psst');
    const receipt = await bob.user.waitFor(receiptOf('pm'));
    assert.equal(attribute(receipt, 'from'), `${room}/Alice`);
    // What ends badly later is told in the room, in words that put nobody out.
    const told = await scene.network.refuse?.(arrival, { kind: 'failed', reason: 'no-such-user' });
    assert.equal(told, undefined);
    const error = await bob.user.waitFor(errorOf('pm'));
    assert.equal(attribute(error, 'from'), `${room}/Alice`);
    assert.deepEqual(conditionIn(error), ['not-acceptable', 'text']);
    assert.equal((await bridge.say(room, alice, 'still in')).kind, 'sent');
  });

  it('refuse a private message openly where addresses are hidden, and stay', async () => {
    const room = stage.freshRoom();
    const bob = await RoomGuest.enter(scene.bob, room, 'Bob');
    await bridge.join(room, alice, 'Alice');
    await bob.user.send(
      xml('message', { type: 'chat', to: `${room}/Alice`, id: 'pm2' }, xml('body', {}, 'psst')),
    );
    const error = await bob.user.waitFor(errorOf('pm2'));
    assert.deepEqual(conditionIn(error), ['feature-not-implemented', 'text']);
    assert.equal((await bridge.say(room, alice, 'still in')).kind, 'sent');
    assert.equal(scene.sink.arrivals.all.filter(({ raw }) => raw.includes('psst')).length, 0);
  });
});
