import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import xml, { type Element } from '@xmpp/xml';
import { matrixUserId, remoteChatId } from '../../../../../src/core/ids.ts';
import { positionText } from '../../../../../src/networks/xmpp/muc/catch-up.ts';
import { until } from '../../../../support/room-scene.ts';
import { botAddress, roomAddress, ScriptedRoom } from '../../../../support/scripted-room.ts';

const alice = matrixUserId('@alice:hs.test');
const aliceAddress = 'alice@gate.test/matrix';
const chat = remoteChatId(roomAddress);

describe('rooms', () => {
  const made: ScriptedRoom[] = [];
  const set = (settings?: ConstructorParameters<typeof ScriptedRoom>[0]): ScriptedRoom => {
    const room = new ScriptedRoom(settings);
    made.push(room);
    return room;
  };
  afterEach(() => Promise.all(made.splice(0).map((room) => room.rooms[Symbol.asyncDispose]())));
  const joined = async (room: ScriptedRoom): Promise<void> => {
    room.rooms.linkChanged(true);
    assert.deepEqual(await room.groups.join(chat, alice, 'Alice'), { kind: 'joined', nick: 'Alice' });
  };

  it('hear only what comes to the one who listens', async () => {
    const room = set();
    await joined(room);
    assert.deepEqual([...room.inside.keys()].sort(), [aliceAddress, botAddress].sort());
    room.say('Bob', 'hello');
    assert.deepEqual(room.texts(), ['hello']);
    // Nobody else can speak for the room, and a name that a sender forges counts for nothing.
    const forged = xml('stanza-id', { xmlns: 'urn:xmpp:sid:0', by: 'other@conf.test', id: 'x' });
    const to = { type: 'groupchat', to: botAddress, id: '1' };
    room.rooms.takeMessage(
      xml('message', { ...to, from: 'other@conf.test/Bob' }, xml('body', {}, 'no'), forged),
    );
    assert.deepEqual(room.texts(), ['hello']);
  });

  it('know whom somebody calls by the name that they have there', async () => {
    const room = set();
    await joined(room);
    const call = (nick: string): Element =>
      xml('reference', {
        xmlns: 'urn:xmpp:reference:0',
        type: 'mention',
        uri: `xmpp:${roomAddress}/${nick}`,
      });
    room.say('Bob', 'Alice: hello', 'm1', call('Alice'));
    room.say('Bob', 'Carol: hello', 'm2', call('Carol'));
    const raws = room.sink.arrivals.all.flatMap(({ raw }) => /uri="([^"]*)"/.exec(raw)?.[1] ?? []);
    assert.deepEqual(raws, ['xmpp:alice@gate.test', `xmpp:${roomAddress}/Carol`]);
  });

  it('let a user listen where the bridge may not enter, and another when that one goes', async () => {
    const room = set();
    room.refuse = (address) => (address === botAddress ? 'registration-required' : undefined);
    await joined(room);
    const bert = matrixUserId('@bert:hs.test');
    await room.groups.join(chat, bert, 'Bert');
    room.say('Bob', 'one');
    assert.deepEqual(room.texts(), ['one']);
    await room.groups.leave(chat, alice);
    await until(() => room.rooms.room(chat)?.listener?.owner.user === bert, 'another listener');
    await room.rooms.room(chat)?.ready;
    await sleep(20);
    room.say('Bob', 'two');
    await until(() => room.texts().includes('two'), 'the second');
    assert.deepEqual(room.texts(), ['one', 'two']);
  });

  it('bring in what was missed before what is said meanwhile, each once', async () => {
    const room = set();
    room.pageSize = 10;
    for (let index = 0; index < 35; index += 1) room.say('Bob', `old ${index}`);
    room.remember([{ user: alice, nick: 'Alice' }], positionText({ id: 's-4', at: Date.now() - 1000 }));
    let meanwhile = 0;
    room.beforePage = async () => {
      if (room.pages > 1) room.say('Bob', `meanwhile ${(meanwhile += 1)}`);
    };
    room.rooms.linkChanged(true);
    await until(() => room.rooms.room(chat) !== undefined, 'the room');
    await room.rooms.room(chat)?.ready;
    room.beforePage = async () => undefined;
    room.say('Bob', 'live');
    await until(() => room.texts().includes('live'), 'the last');
    const expected = [
      ...Array.from({ length: 30 }, (_, index) => `old ${index + 5}`),
      ...Array.from({ length: meanwhile }, (_, index) => `meanwhile ${index + 1}`),
      'live',
    ];
    assert.deepEqual(room.texts(), expected);
    await until(
      () => room.sink.positions.get(chat)?.includes(`s-${room.archive.length - 1}`) === true,
      'the position',
    );
  });

  it('leave to the archive what is more than can wait', async () => {
    const room = set();
    room.say('Bob', 'first');
    room.remember([{ user: alice, nick: 'Alice' }], positionText({ id: 's-0', at: Date.now() - 1000 }));
    let flooded = false;
    room.beforePage = async () => {
      if (flooded || room.pages < 2) return;
      flooded = true;
      for (let index = 0; index < 1500; index += 1) room.say('Bob', `flood ${index}`);
      // What is answered now does not hold the flood yet.
      room.archive.length = 1;
      for (let index = 0; index < 900; index += 1)
        room.archive.push({
          id: `s-${index + 1}`,
          at: Date.now(),
          stanza: xml(
            'message',
            { type: 'groupchat', from: `${roomAddress}/Bob`, id: `f${index}` },
            xml('body', {}, `flood ${index}`),
          ),
        });
    };
    room.rooms.linkChanged(true);
    await until(() => room.texts().length === 900, 'the flood');
    assert.deepEqual(
      room.texts(),
      Array.from({ length: 900 }, (_, index) => `flood ${index}`),
    );
  });

  it('read again what could not be kept, and tell no position beyond it', async () => {
    const room = set();
    await joined(room);
    room.sink.keep = async ({ raw }) => {
      if (raw.includes('>lost<')) throw new Error('disk full');
    };
    for (const text of ['kept', 'lost', 'later']) room.say('Bob', text);
    await sleep(20);
    assert.ok(room.sink.positions.get(chat)?.includes('s-0'));
    room.sink.keep = async () => undefined;
    await until(() => room.sink.positions.get(chat)?.includes('s-2') === true, 'the gap to be mended');
    const [first, ...again] = room.texts();
    assert.equal(first, 'kept');
    assert.ok(again.length >= 4 && again.every((text, at) => text === (at % 2 === 0 ? 'lost' : 'later')));
  });

  it('go on reading where the archive did not answer, and do without one that is refused', async () => {
    const room = set();
    room.say('Bob', 'first');
    room.say('Bob', 'missed');
    room.remember([{ user: alice, nick: 'Alice' }], positionText({ id: 's-0', at: Date.now() - 1000 }));
    room.failPages = ['remote-server-timeout', 'remote-server-timeout'];
    room.rooms.linkChanged(true);
    await until(() => room.texts().length === 1, 'what was missed');
    room.say('Bob', 'live');
    await until(() => room.texts().length === 2, 'what is said');
    const closed = set();
    closed.failPages = ['forbidden'];
    await joined(closed);
    closed.say('Bob', 'open words');
    await until(() => closed.texts().length === 1, 'what is said without an archive');
  });

  it('notice by asking that they were put out, and enter again', async () => {
    const room = set();
    await joined(room);
    room.inside.clear();
    room.say('Bob', 'unheard');
    await room.rooms.room(chat)?.check();
    await until(() => room.inside.size === 2, 'both to be back');
    await until(() => room.texts().length === 1, 'what was missed');
    room.say('Bob', 'heard');
    await until(() => room.texts().length === 2, 'what is said');
    assert.deepEqual(room.texts(), ['unheard', 'heard']);
  });

  it('do not double for a link that flaps', async () => {
    const room = set();
    await joined(room);
    for (let flap = 0; flap < 5; flap += 1) {
      room.rooms.linkChanged(false);
      room.rooms.linkChanged(true);
    }
    await room.rooms.room(chat)?.ready;
    assert.equal(room.inside.size, 2);
    room.say('Bob', 'once');
    await until(() => room.texts().length > 0, 'the message');
    await sleep(50);
    assert.deepEqual(room.texts(), ['once']);
    // Who is still in is not told of everybody there once more.
    const entries = room.presence.filter((sent) => sent.includes('alice@'));
    assert.equal(entries.length, 1);
  });

  it('do not enter as the bridge again where it was kicked, and listen on', async () => {
    const room = set();
    await joined(room);
    room.putOut(botAddress, ['307']);
    await until(() => room.rooms.room(chat)?.listener?.owner.user === alice, 'a user to listen');
    await room.rooms.room(chat)?.ready;
    room.say('Bob', 'still here');
    await until(() => room.texts().length > 0, 'the message');
    assert.ok(!room.inside.has(botAddress));
  });

  it('hand on nothing said after what could not be kept before that was read again, soon and in order', async () => {
    const room = set();
    await joined(room);
    const kept: string[] = [];
    let away = true;
    room.sink.keep = async ({ raw }) => {
      const [, text = ''] = /<body>([^<]*)</.exec(raw) ?? [];
      if (away) throw new Error('the database is away');
      if (!kept.includes(text)) kept.push(text);
    };
    room.say('Bob', 'one');
    await until(() => room.texts().length > 0, 'the first attempt');
    await sleep(5);
    away = false;
    room.say('Bob', 'two');
    room.say('Bob', 'three');
    await until(() => kept.length === 3, 'all of it');
    assert.deepEqual(kept, ['one', 'two', 'three']);
    await until(() => room.sink.positions.get(chat)?.includes('s-2') === true, 'the position');
  });

  it('ask the room for what it remembers where it has no archive', async () => {
    const room = set();
    room.features = ['http://jabber.org/protocol/muc'];
    const at = Date.parse('2026-01-02T03:04:05Z');
    room.remember([{ user: alice, nick: 'Alice' }], positionText({ id: undefined, at }));
    room.rooms.linkChanged(true);
    await until(() => room.inside.size === 2, 'both to be in');
    assert.match(room.presence[0] ?? '', /since="2026-01-02T03:04:05.000Z"/);
    assert.match(room.presence[1] ?? '', /maxstanzas="0"/);
    // Told once more after another break, it is the same message.
    const stamp = '2026-01-02T04:00:00Z';
    const tell = (): void => {
      const delay = xml('delay', { xmlns: 'urn:xmpp:delay', from: roomAddress, stamp });
      const base = { type: 'groupchat', from: `${roomAddress}/Bob`, to: botAddress };
      room.rooms.takeMessage(xml('message', base, xml('body', {}, 'told'), delay));
    };
    tell();
    tell();
    const [first, second] = room.sink.arrivals.all.filter(({ raw }) => raw.includes('told'));
    assert.equal(first?.at, Date.parse(stamp));
    assert.equal(first.outerId, second?.outerId);
    assert.match(first.sender, /^room@conf\.test\/Bob$/);
  });

  it('remember so many of a crowd, and tell of none who is silent', async () => {
    const room = set({ mostOccupants: 1000 });
    await joined(room);
    room.say('Speaker', 'hi');
    const before = room.sink.arrivals.all.length;
    const began = performance.now();
    for (let index = 0; index < 5000; index += 1) room.see(`Person ${index}`);
    for (let index = 0; index < 5000; index += 1) room.see(`Person ${index}`, { role: 'moderator' });
    const members = await room.groups.members(chat, 10_000);
    assert.ok(!('kind' in members) && members.length <= 1001);
    for (let index = 0; index < 5000; index += 1)
      room.see(`Person ${index}`, { type: 'unavailable' }, ['307']);
    const took = performance.now() - began;
    assert.equal(room.sink.arrivals.all.length, before);
    assert.ok(took < 5000, `${took} ms`);
    room.see('Speaker');
    room.see('Speaker', { type: 'unavailable' });
    assert.equal(room.sink.arrivals.all.length, before + 1);
  });

  it('tell no more of those who come and go all the time than is good', async () => {
    const room = set();
    await joined(room);
    room.say('Flapper', 'hi');
    for (let index = 0; index < 2000; index += 1) {
      room.see('Flapper');
      room.see('Flapper', { type: 'unavailable' });
    }
    const told = room.sink.arrivals.all.filter(({ raw }) => raw.includes('membership'));
    assert.ok(told.length >= 50 && told.length <= 120, `${told.length}`);
  });

  it('give up where no nickname is free, and pass over what is beyond all bounds', async () => {
    const room = set();
    room.refuse = (address) => (address === aliceAddress ? 'conflict' : undefined);
    room.rooms.linkChanged(true);
    const refused = await room.groups.join(chat, alice, 'Alice');
    assert.ok(refused.kind === 'failed' && refused.retry.kind === 'never');
    room.refuse = () => undefined;
    await joined(room);
    let deep = xml('a');
    for (let index = 0; index < 500; index += 1) deep = xml('a', {}, deep);
    const base = { type: 'groupchat', from: `${roomAddress}/Bob`, to: botAddress };
    room.rooms.takeMessage(xml('message', base, xml('body', {}, 'deep'), deep));
    assert.deepEqual(room.texts(), []);
    assert.equal(room.rooms.room(chat)?.ear.refused, 1);
  });
});

describe('what is told in passing in a room', () => {
  it('is no message, whatever the room adds to it, and is told of those who spoke', async () => {
    const room = new ScriptedRoom();
    room.rooms.linkChanged(true);
    await room.groups.join(chat, alice, 'Alice');
    room.say('Bob', 'hello');
    const added = xml('occupant-id', { xmlns: 'urn:xmpp:occupant-id:0', id: 'of Bob' });
    const named = xml('stanza-id', { xmlns: 'urn:xmpp:sid:0', by: roomAddress, id: 's-9' });
    const state = xml('composing', 'http://jabber.org/protocol/chatstates');
    const from = `${roomAddress}/Bob`;
    room.rooms.takeMessage(xml('message', { type: 'groupchat', from, to: botAddress }, state, added, named));
    await until(() => room.sink.signals.all.length === 1, 'the state');
    assert.deepEqual(
      room.sink.signals.all.map(({ event }) => event.kind),
      ['typing'],
    );
    assert.equal(room.sink.arrivals.all.filter(({ raw }) => raw.includes('composing')).length, 0);
    await room.rooms[Symbol.asyncDispose]();
  });
});
