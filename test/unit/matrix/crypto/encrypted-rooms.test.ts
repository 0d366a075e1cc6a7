import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { roomId } from '../../../../src/core/ids.ts';
import { encryptionSettings, historyVisibility } from '../../../../src/matrix/crypto/room-facts.ts';
import { readersOf } from '../../../../src/matrix/crypto/sealer.ts';
import {
  alice,
  as,
  bob,
  bot,
  ghost,
  isOwn,
  room,
  sealingScene as scene,
} from '../../../support/sealing-parts.ts';

describe('rooms that are to be encrypted', () => {
  it('are made so, up to a size', async () => {
    const { rooms, log } = scene();
    assert.equal(rooms.initial.length, 1);
    assert.deepEqual(rooms.initialOf(10), rooms.initial);
    assert.deepEqual(rooms.initialOf(11), []);
    assert.equal(log.lines.length, 1);
    const refused = scene({ required: true }).rooms.initialOf(11);
    assert.ok('kind' in refused && refused.reason === 'not-encrypted');
    assert.deepEqual(scene({ allowed: false }).rooms.initial, []);
  });

  it('are made so by who comes in, where the power for it is there', async () => {
    const { rooms, server, send, wire } = scene();
    server.encryption = undefined;
    assert.equal(await rooms.turnOn(room, as), undefined);
    await send();
    assert.deepEqual(wire(), ['m.room.encrypted']);
    const weak = scene();
    weak.server.encryption = undefined;
    weak.server.power = false;
    assert.equal(await weak.rooms.turnOn(room, as), undefined);
    const strict = scene({ required: true });
    strict.server.encryption = undefined;
    strict.server.power = false;
    assert.equal((await strict.rooms.turnOn(room, as))?.reason, 'not-encrypted');
  });

  it('are followed by none that is not', async () => {
    const { rooms, server, book } = scene();
    const next = roomId('!next:server');
    await book.facts(room, as);
    server.encryption = undefined;
    server.power = false;
    assert.equal((await rooms.carry(room, next, as))?.reason, 'not-encrypted');
    server.power = true;
    assert.equal(await rooms.carry(room, next, as), undefined);
    assert.notEqual(server.encryption, undefined);
  });

  it('have whoever speaks there get ready as soon as they become encrypted', async () => {
    const { event, encrypted } = scene();
    event('m.room.encryption', { algorithm: 'm.megolm.v1.aes-sha2' }, '');
    event('m.room.encryption', { algorithm: 'm.megolm.v1.aes-sha2' }, '');
    assert.deepEqual(encrypted, [room]);
  });
});

describe('those who read', () => {
  const facts = { kind: 'facts', encryption: encryptionSettings({}), visibility: 'shared' } as const;

  it('are no ghosts but the one who opens, and a user on their other devices', () => {
    const direct = new Map([
      [alice, 'join'],
      [ghost, 'join'],
    ] as const);
    assert.deepEqual(readersOf({ ...facts, members: direct }, ghost, { bot, isOwn }), [alice]);
    assert.deepEqual(readersOf({ ...facts, members: direct }, alice, { bot, isOwn }), [alice, ghost]);
    const group = new Map([...direct, [bot, 'join'], [bob, 'invite']] as const);
    assert.deepEqual(readersOf({ ...facts, members: group }, ghost, { bot, isOwn }), [alice, bot, bob]);
    assert.deepEqual(readersOf({ ...facts, members: group }, bot, { bot, isOwn }), [alice, bob]);
  });

  it('are not the invited where the room shows them nothing', () => {
    const members = new Map([
      [alice, 'join'],
      [bob, 'invite'],
    ] as const);
    assert.deepEqual(readersOf({ ...facts, members, visibility: 'joined' }, ghost, { bot, isOwn }), [alice]);
  });
});

describe('what rooms say of encryption', () => {
  it('is read whatever it is', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), (content) => {
        const { rotationPeriodMs = 1, rotationMessages = 1 } = encryptionSettings(content);
        assert.ok(rotationPeriodMs >= 1 && rotationMessages >= 1 && rotationMessages <= 10_000);
        assert.equal(typeof historyVisibility(content), 'string');
      }),
    );
  });

  it('never breaks the book', () => {
    const { book } = scene();
    fc.assert(
      fc.property(fc.anything(), (event) => {
        book.take(event);
      }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(
          'm.room.encryption',
          'm.room.member',
          'm.room.history_visibility',
          'm.room.encrypted',
        ),
        fc.anything(),
        fc.anything(),
        (type, content, key) => {
          book.take({ type, room_id: room, content, state_key: key });
        },
      ),
    );
  });
});
