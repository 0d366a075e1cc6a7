import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import xml, { type Element } from '@xmpp/xml';
import { matrixUserId, remoteChatId } from '../../../../../src/core/ids.ts';
import { parsePosition, positionText } from '../../../../../src/networks/xmpp/muc/catch-up.ts';
import { until } from '../../../../support/room-scene.ts';
import { botAddress, roomAddress, ScriptedRoom } from '../../../../support/scripted-room.ts';

const alice = matrixUserId('@alice:hs.test');
const chat = remoteChatId(roomAddress);

const made: ScriptedRoom[] = [];
const set = (): ScriptedRoom => {
  const room = new ScriptedRoom();
  made.push(room);
  return room;
};
afterEach(() => Promise.all(made.splice(0).map((room) => room.rooms[Symbol.asyncDispose]())));

describe('what occupants forge', () => {
  // Prosody takes away a delay whose `from` is the room's address letter for letter, and no other.
  for (const [from, stamp] of [
    [`${roomAddress}/Bob`, '2199-01-01T00:00:00Z'],
    [roomAddress.toUpperCase(), '2001-01-01T00:00:00Z'],
    [roomAddress, '2199-01-01T00:00:00Z'],
  ] as const) {
    it(`is not the time of a message, nor where the archive was left: ${from}, ${stamp}`, async () => {
      const room = set();
      const before = Date.now();
      room.rooms.linkChanged(true);
      await room.groups.join(chat, alice, 'Alice');
      const delay = xml('delay', { xmlns: 'urn:xmpp:delay', from, stamp });
      const name = xml('stanza-id', { xmlns: 'urn:xmpp:sid:0', by: roomAddress, id: 's-0' });
      const base = { type: 'groupchat', from: `${roomAddress}/Bob`, id: 'f' };
      const body = xml('body', {}, 'forged');
      room.archive.push({ id: 's-0', at: Date.now(), stanza: xml('message', base, body) });
      room.rooms.takeMessage(xml('message', { ...base, to: botAddress }, body, delay, name));
      await until(() => room.sink.positions.get(chat)?.includes('s-0') === true, 'the position');
      const [arrival] = room.sink.arrivals.all.filter(({ raw }) => raw.includes('forged'));
      for (const at of [arrival?.at, parsePosition(room.sink.positions.get(chat))?.at])
        assert.ok(at !== undefined && at >= before && at <= Date.now(), new Date(at ?? 0).toISOString());
      room.rooms.linkChanged(false);
      room.inside.clear();
      room.say('Carol', 'missed');
      room.rooms.linkChanged(true);
      await until(() => room.texts().includes('missed'), 'what was missed');
      assert.deepEqual(room.texts(), ['forged', 'missed']);
    });
  }

  it('is no time to come, where a room without an archive tells what was said', async () => {
    const room = set();
    room.features = ['http://jabber.org/protocol/muc'];
    room.rooms.linkChanged(true);
    await room.groups.join(chat, alice, 'Alice');
    const delay = xml('delay', { xmlns: 'urn:xmpp:delay', from: roomAddress, stamp: '2199-01-01T00:00:00Z' });
    const base = { type: 'groupchat', from: `${roomAddress}/Bob`, to: botAddress, id: 'f' };
    room.rooms.takeMessage(xml('message', base, xml('body', {}, 'forged'), delay));
    const [arrival] = room.sink.arrivals.all.filter(({ raw }) => raw.includes('forged'));
    assert.ok(arrival !== undefined && arrival.at <= Date.now());
  });
});

describe('what an occupant writes to one of ours alone', () => {
  it('is no refusal by the room, and no message of the room', async () => {
    const room = set();
    room.rooms.linkChanged(true);
    await room.groups.join(chat, alice, 'Alice');
    const reflections = room.rooms.room(chat)?.reflections;
    const waiting = reflections?.wait('m1', 100, new AbortController().signal);
    const error = (from: string): Element =>
      xml(
        'message',
        { type: 'error', from, to: 'alice@gate.test/matrix', id: 'm1' },
        xml('error', {}, xml('forbidden', { xmlns: 'urn:ietf:params:xml:ns:xmpp-stanzas' })),
      );
    assert.equal(room.rooms.takeMessage(error(`${roomAddress}/Bob`)), true);
    assert.deepEqual(await waiting, { kind: 'late' });
    const refused = reflections?.wait('m1', 100, new AbortController().signal);
    assert.equal(room.rooms.takeMessage(error(roomAddress)), true);
    assert.deepEqual(await refused, { kind: 'refused', condition: 'forbidden' });
  });
});

describe('what our own users said in a room without an archive', () => {
  for (const occupantIds of [true, false]) {
    it(`is theirs when it is told again after a start, occupant ids: ${occupantIds}`, async () => {
      const room = set();
      room.features = ['http://jabber.org/protocol/muc', ...(occupantIds ? ['urn:xmpp:occupant-id:0'] : [])];
      room.remember(
        [{ user: alice, nick: 'Alice' }],
        positionText({ id: undefined, at: Date.now() - 60_000 }),
      );
      const told = (nick: string, body: string): void => {
        room.rooms.takeMessage(
          xml(
            'message',
            { type: 'groupchat', from: `${roomAddress}/${nick}`, to: botAddress, id: body },
            xml('body', {}, body),
            xml('occupant-id', { xmlns: 'urn:xmpp:occupant-id:0', id: `of ${nick}` }),
            xml('delay', {
              xmlns: 'urn:xmpp:delay',
              from: roomAddress,
              stamp: new Date(Date.now() - 1000).toISOString(),
            }),
          ),
        );
      };
      room.refuse = (address) => {
        if (address === botAddress)
          setImmediate(() => {
            told('Alice', 'own');
            told('Bob', 'other');
          });
        return undefined;
      };
      room.rooms.linkChanged(true);
      await until(() => room.texts().includes('other'), 'what another said');
      await sleep(20);
      assert.deepEqual(room.texts(), ['other']);
      const own = room.rooms.room(chat)?.reflections.known('own');
      assert.equal(own?.kind, 'reflected');
    });
  }
});

describe('a flood while a room is entered', () => {
  for (const how of ['first', 'refused'] as const) {
    it(`does not leave the room unheard: ${how}`, async () => {
      const room = set();
      if (how === 'refused') {
        room.failPages = ['forbidden'];
        room.remember([{ user: alice, nick: 'Alice' }], positionText({ id: 's', at: Date.now() }));
      }
      room.beforePage = async () => {
        room.beforePage = async () => undefined;
        for (let index = 0; index < 1500; index += 1) room.say('Bob', `flood ${index}`);
      };
      room.rooms.linkChanged(true);
      if (how === 'first') await room.groups.join(chat, alice, 'Alice');
      await until(() => room.pages > 0 && room.inside.size === 2, 'the room');
      await room.rooms.room(chat)?.ready;
      room.say('Bob', 'after');
      await until(() => room.texts().includes('after'), 'what is said after the flood', 3000);
    });
  }
});
