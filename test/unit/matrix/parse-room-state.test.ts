import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { OpenedMatrixEvent } from '../../../src/core/homeserver.ts';
import { parseEvent } from '../../../src/matrix/parse-event.ts';
import { alice, bob, bot, ghostOfBob, parseContext, roomEvent } from '../../support/matrix-events.ts';

const parse = (type: string, content: unknown, more: object = {}): OpenedMatrixEvent =>
  parseEvent(roomEvent({ type, state_key: '', content, ...more }), 'cause', parseContext());
const nothing = { kind: 'ignored', reason: 'nothing-to-do' };
const at = 1_700_000_000_000;

function changeOf(type: string, content: unknown): unknown {
  const opened = parse(type, content);
  return opened.kind === 'event' && opened.event.kind === 'chat-info' ? opened.event.change : opened;
}

describe('what a user changes about a room', () => {
  it('is its name, topic and picture, cleaned', () => {
    assert.deepEqual(changeOf('m.room.name', { name: ' The\u202e Salon\n' }), {
      kind: 'name',
      name: 'The Salon',
    });
    assert.deepEqual(changeOf('m.room.topic', { topic: 'a\nb' }), { kind: 'topic', topic: 'a\nb' });
    assert.deepEqual(changeOf('m.room.topic', {}), { kind: 'topic', topic: '' });
    assert.deepEqual(changeOf('m.room.avatar', {}), { kind: 'avatar', avatar: undefined });
    assert.deepEqual(changeOf('m.room.avatar', { url: 'http://x' }), { kind: 'avatar', avatar: undefined });
    const opened = parse('m.room.avatar', { url: 'mxc://hs/a', info: { mimetype: 'image/webp' } });
    assert.ok(opened.kind === 'event' && opened.event.kind === 'chat-info');
    assert.ok(opened.event.change.kind === 'avatar');
    assert.equal(opened.event.change.avatar?.mimetype, 'image/webp');
    assert.deepEqual(opened.event.sender, { in: 'matrix', userId: alice });
  });

  it('is who may do what, as far as it differs from before in the words of roles', () => {
    const before = {
      users: { [alice]: 100, [ghostOfBob]: 0, '@carol:hs': 50, '@dan:hs': 0 },
      users_default: 0,
    };
    const now = { users: { [alice]: 100, [ghostOfBob]: '50', [bot]: 7, '@dan:hs': 20 }, users_default: 0 };
    assert.deepEqual(parse('m.room.power_levels', now, { unsigned: { prev_content: before } }), {
      ...{ kind: 'powers', user: alice, room: '!room:hs', at },
      changes: [
        { member: { in: 'remote', userId: bob }, role: 'moderator' },
        { member: { in: 'matrix', userId: '@carol:hs' }, role: 'member' },
      ],
    });
    assert.deepEqual(parse('m.room.power_levels', now), nothing, 'nobody knows what was before');
    assert.deepEqual(parse('m.room.power_levels', now, { unsigned: { prev_content: now } }), nothing);
  });

  it('is the room that takes its place', () => {
    assert.deepEqual(parse('m.room.tombstone', { replacement_room: '!new' }), {
      ...{ kind: 'replaced', user: alice, room: '!room:hs', replacement: '!new', at },
    });
    for (const replacement_room of ['!room:hs', 'new', 7, undefined])
      assert.deepEqual(parse('m.room.tombstone', { replacement_room }), nothing);
  });

  it('is nothing where the state is another, or is of somebody', () => {
    assert.deepEqual(parse('m.room.join_rules', { join_rule: 'public' }), nothing);
    assert.deepEqual(parse('m.room.name', { name: 'x' }, { state_key: 'x' }), nothing);
  });

  it('is a value, whatever it is', () => {
    const types = fc.constantFrom(
      ...['m.room.name', 'm.room.topic', 'm.room.avatar', 'm.room.power_levels', 'm.room.tombstone'],
    );
    const level = fc.oneof(fc.integer(), fc.string(), fc.constant(1e300), fc.constant(null));
    const users = fc.dictionary(fc.constantFrom(alice, bot, ghostOfBob, '__proto__', '@x:y', 'x'), level);
    const powers = fc.record({ users: fc.oneof(users, fc.jsonValue()), users_default: level });
    const content = fc.oneof(fc.jsonValue(), powers);
    fc.assert(
      fc.property(types, content, content, (type, now, before) => {
        const opened = parse(type, now, { unsigned: { prev_content: before } });
        assert.ok(['event', 'powers', 'replaced', 'ignored'].includes(opened.kind));
        if (opened.kind === 'powers') assert.ok(opened.changes.length > 0 && opened.changes.length <= 50);
      }),
      { numRuns: 3_000 },
    );
  });
});
