import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { matrixUserId } from '../../../src/core/ids.ts';
import { RoomPowers } from '../../../src/matrix/room-powers.ts';

const ann = matrixUserId('@ann:hs.test');
const ben = matrixUserId('@ben:hs.test');
const cid = matrixUserId('@cid:hs.test');
const creation = (
  version: string,
  more: Record<string, unknown> = {},
): ConstructorParameters<typeof RoomPowers>[0] => ({
  sender: ann,
  content: { room_version: version, ...more },
});

describe('the powers in a room', () => {
  it('are what its state says, with the defaults of the specification', () => {
    const powers = new RoomPowers(creation('11'), {
      users: { [ann]: 100, [ben]: 50 },
      invite: 50,
      events: { 'm.room.power_levels': 100, 'm.room.message': 10 },
    });
    assert.deepEqual([powers.of(ann), powers.of(ben), powers.of(cid)], [100, 50, 0]);
    assert.deepEqual([powers.mayRule(ann), powers.mayRule(ben)], [true, false]);
    assert.equal(powers.toInvite, 50);
    assert.equal(powers.toSend('m.room.message'), 10);
    assert.equal(powers.toSend('m.sticker'), 0);
    assert.equal(powers.toSetState('m.room.topic'), 50);
  });

  it('are without end for creators from version 12 on, whatever the levels say', () => {
    const levels = { users: { [ben]: 100 }, events: { 'm.room.power_levels': 150 } };
    const powers = new RoomPowers(creation('12', { additional_creators: [cid, 7] }), levels);
    assert.deepEqual([powers.mayRule(ann), powers.mayRule(cid), powers.mayRule(ben)], [true, true, false]);
    const older = new RoomPowers(creation('11', { additional_creators: [cid] }), levels);
    assert.deepEqual([older.mayRule(ann), older.mayRule(cid)], [false, false]);
  });

  it('are the creator’s alone where the room says nothing of them', () => {
    const powers = new RoomPowers(creation('11'), undefined);
    assert.deepEqual([powers.mayRule(ann), powers.mayRule(ben)], [true, false]);
    assert.deepEqual([powers.toInvite, powers.usual, powers.toSend('m.room.message')], [0, 0, 0]);
  });

  it('read numbers that are written as text, and count anything else as absent', () => {
    const powers = new RoomPowers(creation('9'), {
      users: { [ben]: ' 60 ', [cid]: 'many' },
      users_default: '5',
    });
    assert.deepEqual([powers.of(ben), powers.of(cid), powers.of(ann)], [60, 5, 5]);
  });

  it('never throw, and give nobody without an entry power over others by broken levels', () => {
    const levels = fc.dictionary(
      fc.constantFrom('users', 'events', 'invite', 'users_default', 'events_default', 'state_default'),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(levels, fc.jsonValue(), (content, more) => {
        const powers = new RoomPowers(creation('12', { additional_creators: more }), content);
        for (const user of [ann, ben]) assert.equal(typeof powers.mayRule(user), 'boolean');
        assert.ok(Number.isFinite(powers.toInvite) && Number.isFinite(powers.usual));
        assert.ok(powers.mayRule(ann));
      }),
    );
  });
});
