import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { remoteChatId } from '../../src/core/ids.ts';
import { RoomBridge, RoomGuest, stanzaIdOf, until } from '../support/room-scene.ts';
import { alice, XmppScene } from '../support/xmpp-scene.ts';

const plainRooms = 'plain.xmpp.localhost';
const extra = `
Component "${plainRooms}" "muc"
  modules_enabled = { "muc_mam" }
  muc_occupant_id = false
  restrict_room_creation = false
  muc_log_by_default = true
`;

describe('archives of rooms without occupant ids, on Prosody', { timeout: 120_000 }, () => {
  let scene: XmppScene;
  let bridge: RoomBridge;
  before(async () => {
    scene = await XmppScene.open('xmpp-rooms-plain', [], extra);
    bridge = new RoomBridge(scene);
  });
  after(() => scene[Symbol.asyncDispose]());
  beforeEach(async () => {
    await scene.start();
    await scene.up();
  });

  it('give our own lines as ours, whatever their nickname, and those of strangers who had ours', async () => {
    const room = `salon@${plainRooms}`;
    const chat = remoteChatId(room);
    const bob = await RoomGuest.enter(scene.bob, room, 'Bob', { persistentroom: '1' });
    await bridge.join(room, alice, 'Alice');
    await bob.say('first');
    await bridge.arrived('message');
    const first = stanzaIdOf(await bob.heard('first'), room);
    await until(() => scene.sink.positions.get(chat)?.includes(first) === true, 'the position');
    const position = scene.sink.positions.get(chat);
    assert.equal((await bridge.say(room, alice, 'mine, as Alice')).kind, 'sent');
    await scene.stop();
    // Whoever is in is put out, and Bob has for a while the nickname that Alice comes back with.
    await scene.prosody.restart();
    await bob.user.online();
    const other = await RoomGuest.enter(scene.bob, room, 'Alicia');
    await other.say('a stranger’s, as Alicia');
    await other.heard('a stranger’s, as Alicia');
    await other.leave();
    const again = await RoomGuest.enter(scene.bob, room, 'Bob');
    await again.say('last');
    await again.heard('last');
    await scene.start({}, (sink) => {
      sink.joined = [{ chat, members: [{ user: alice, nick: 'Alicia' }], position }];
    });
    await scene.up();
    await until(() => bridge.texts().includes('last'), 'what was said meanwhile');
    assert.deepEqual(bridge.texts(), ['a stranger’s, as Alicia', 'last']);
    // What Alice said before, she does not say again.
    assert.equal((await bridge.say(room, alice, 'mine, as Alice')).kind, 'sent');
    await bridge.say(room, alice, 'next');
    await again.heard('next');
    const repeated = again.user.stanzas.filter((one) => one.getChildText('body') === 'mine, as Alice');
    assert.equal(repeated.length, 1);
  });
});
