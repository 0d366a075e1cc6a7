import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { xml } from '@xmpp/client';
import { remoteChatId } from '../../src/core/ids.ts';
import { RoomBridge, RoomGuest, until } from '../support/room-scene.ts';
import { alice, XmppScene } from '../support/xmpp-scene.ts';
import { BareComponent } from '../support/xmpp-component.ts';

const crowd = 'crowd.xmpp.localhost';
/** Prosody tells each of everybody who enters: the work grows with the square. Thousands are scripted in the unit tests. */
const people = 250;

describe('a large room, on Prosody', { timeout: 240_000 }, () => {
  let scene: XmppScene;
  let bridge: RoomBridge;
  let component: BareComponent;
  before(async () => {
    scene = await XmppScene.open('xmpp-rooms-crowd', [{ domain: crowd, secret: 'crowd' }]);
    bridge = new RoomBridge(scene);
    component = await BareComponent.connect({
      service: scene.prosody.componentService,
      domain: crowd,
      secret: 'crowd',
    });
  });
  after(async () => {
    await component[Symbol.asyncDispose]();
    await scene[Symbol.asyncDispose]();
  });

  it('costs nothing for those who are silent, and knows those who speak', async () => {
    await scene.start({ rooms: { max_occupants: 100 } });
    await scene.up();
    const room = `crowd@${scene.prosody.roomsDomain}`;
    const bob = await RoomGuest.enter(scene.bob, room, 'Bob');
    await bridge.join(room, alice, 'Alice');
    const chat = remoteChatId(room);
    const enter = (index: number) =>
      component.send(
        xml(
          'presence',
          { from: `p${index}@${crowd}/x`, to: `${room}/Person ${index}` },
          xml('x', { xmlns: 'http://jabber.org/protocol/muc' }, xml('history', { maxstanzas: '0' })),
        ),
      );
    const say = (index: number, body: string) =>
      component.send(
        xml(
          'message',
          { type: 'groupchat', from: `p${index}@${crowd}/x`, to: room, id: `m${index}-${body}` },
          xml('body', {}, body),
        ),
      );
    for (let index = 0; index < people; index += 1) await enter(index);
    await say(people - 1, 'all here');
    await bob.heard('all here', 60_000);
    const { arrival } = await bridge.arrived('message', () => true, 30_000);
    const told = scene.sink.arrivals.all.filter(({ raw }) => raw.includes('membership'));
    assert.equal(told.length, 0);
    const members = await bridge.groups.members(chat, 10_000);
    assert.ok(!('kind' in members));
    assert.ok(members.length >= 99 && members.length <= 102, `${members.length}`);
    const info = await bridge.groups.info(chat);
    assert.ok(!('kind' in info) && (info.size ?? 0) >= people);

    // Fifty speak; then sixty leave: only those who spoke are told of.
    for (let index = 0; index < 50; index += 1) await say(index, `from ${index}`);
    const said = (text: string): Promise<unknown> =>
      bridge.arrived(
        'message',
        (event) => event.content.kind === 'text' && event.content.text.plain === text,
        60_000,
      );
    await said('from 49');
    assert.equal(new Set(bridge.messages().map(({ arrival: { sender } }) => sender)).size, 51);
    assert.ok(bridge.messages().some(({ arrival: { sender } }) => sender === arrival.sender));
    for (let index = 0; index < 60; index += 1) {
      await component.send(
        xml('presence', { from: `p${index}@${crowd}/x`, to: `${room}/Person ${index}`, type: 'unavailable' }),
      );
    }
    await say(people - 1, 'still here');
    await said('still here');
    const left = scene.sink.arrivals.all.filter(({ raw }) => raw.includes('change="leave"'));
    assert.equal(left.length, 50);
    await until(() => scene.network.health().kind === 'up', 'the link');
  });
});
