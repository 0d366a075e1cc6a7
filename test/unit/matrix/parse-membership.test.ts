import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OpenedMatrixEvent } from '../../../src/core/homeserver.ts';
import { parseEvent } from '../../../src/matrix/parse-event.ts';
import { alice, bob, bot, ghostOfBob, memberEvent, parseContext, xmpp } from '../../support/matrix-events.ts';

const parse = (raw: string): OpenedMatrixEvent => parseEvent(raw, 'cause', parseContext());
const ignored = (reason: string): object => ({ kind: 'ignored', reason });

describe('parseEvent: memberships', () => {
  const room = '!room:hs';
  const at = 1_700_000_000_000;

  it('offers a management room where the bot is invited, a portal where a ghost is', () => {
    const invite = { membership: 'invite', is_direct: true };
    const common = { user: alice, room, predecessor: undefined };
    assert.deepEqual(parse(memberEvent(bot, invite)), { kind: 'bot-invited', direct: true, ...common });
    assert.deepEqual(parse(memberEvent(ghostOfBob, { ...invite, is_direct: 'yes' })), {
      ...{ kind: 'ghost-invited', network: xmpp, remote: bob, direct: false, at, ...common },
    });
    assert.deepEqual(parse(memberEvent('@carol:hs', invite)), ignored('nothing-to-do'));
  });

  it('names the room that the one of an invitation replaces', () => {
    const invited = (state: unknown): unknown => {
      const more = { unsigned: { invite_room_state: state } };
      const opened = parse(memberEvent(bot, { membership: 'invite' }, more));
      return opened.kind === 'bot-invited' && opened.predecessor;
    };
    const create = { type: 'm.room.create', content: { predecessor: { room_id: '!old:hs' } } };
    assert.equal(invited([{ type: 'm.room.name' }, create]), '!old:hs');
    for (const broken of [undefined, 7, [], [7, null], [{ ...create, content: { predecessor: 'old' } }]]) {
      assert.equal(invited(broken), undefined);
    }
  });

  it('tells who came, under which name', () => {
    const carol = { kind: 'joined', user: '@carol:hs', room };
    const by = { sender: '@carol:hs' };
    assert.deepEqual(parse(memberEvent('@carol:hs', { membership: 'join', displayname: 'Carol' }, by)), {
      ...carol,
      name: 'Carol',
    });
    assert.deepEqual(parse(memberEvent('@carol:hs', { membership: 'join', displayname: 7 }, by)), {
      ...carol,
      name: undefined,
    });
    assert.deepEqual(parse(memberEvent('@carol:hs', { membership: 'join' })), ignored('broken-event'));
  });

  it('tells who is gone, and how it came', () => {
    const gone = { kind: 'left', user: '@carol:hs', room, ghost: undefined, at };
    const leave = { membership: 'leave', reason: 'late' };
    const left = parse(memberEvent('@carol:hs', leave, { sender: '@carol:hs' }));
    assert.deepEqual(left, { ...gone, by: '@carol:hs', how: 'leave', reason: 'late' });
    const kicked = parse(memberEvent('@carol:hs', leave));
    assert.deepEqual(kicked, { ...gone, by: alice, how: 'kick', reason: 'late' });
    const banned = parse(memberEvent('@carol:hs', { membership: 'ban' }));
    assert.deepEqual(banned, { ...gone, by: alice, how: 'ban', reason: undefined });
  });

  it('tells whose ghost was put out, and whose may come again', () => {
    const ghost = { kind: 'left', user: ghostOfBob, room, ghost: bob, by: alice, reason: undefined, at };
    const leave = { membership: 'leave' };
    assert.deepEqual(parse(memberEvent(ghostOfBob, leave)), { ...ghost, how: 'kick' });
    const unbanned = { unsigned: { prev_content: { membership: 'ban' } } };
    assert.deepEqual(parse(memberEvent(ghostOfBob, leave, unbanned)), { ...ghost, how: 'unban' });
    assert.deepEqual(parse(memberEvent('@carol:hs', leave, unbanned)), ignored('nothing-to-do'));
  });

  it('tells that the bot was put out, and leaves the rest alone', () => {
    assert.deepEqual(parse(memberEvent(bot, { membership: 'leave' })), {
      kind: 'bot-removed',
      room,
      user: alice,
    });
    for (const membership of ['knock', 'other', 7])
      assert.deepEqual(parse(memberEvent('@carol:hs', { membership })), ignored('nothing-to-do'));
    assert.deepEqual(parse(memberEvent('carol', { membership: 'leave' })), ignored('broken-event'));
  });
});
