import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matrixUserId, portalId } from '../../../src/core/ids.ts';
import { parseEvent, type ParseContext } from '../../../src/matrix/parse-event.ts';
import { marked } from '../../../src/matrix/puppet-mark.ts';

const context: ParseContext = {
  bot: matrixUserId('@bot:hs'),
  ghost: () => undefined,
  media: () => assert.fail(),
};
const mark = { portal: portalId('p'), message: undefined };
const said = { msgtype: 'm.text', body: 'hi' };

const open = (type: string, content: Record<string, unknown>, more: Record<string, unknown> = {}) =>
  parseEvent(
    JSON.stringify({
      ...{ event_id: '$e', room_id: '!r', sender: '@alice:hs', origin_server_ts: 1, type, content },
      ...more,
    }),
    'c',
    context,
  );

describe('what a user’s events with the mark of the bridge are', () => {
  it('echoes, of everything that a puppet does', () => {
    const relation = { rel_type: 'm.annotation', event_id: '$t', key: '👍' };
    for (const [type, content] of [
      ['m.room.message', said],
      ['m.reaction', { 'm.relates_to': relation }],
      ['m.room.redaction', { redacts: '$t' }],
    ] as const) {
      assert.equal(open(type, content).kind, 'event');
      const echo = open(type, { ...marked(content, mark) });
      assert.ok(echo.kind === 'echo' && echo.portal === 'p' && echo.event.cause === 'c');
    }
  });

  it('a coming all the same, with what they say of it: anybody can write that', () => {
    const join = { ...marked({ membership: 'join' }, mark) };
    const joined = open('m.room.member', join, { state_key: '@alice:hs' });
    assert.ok(joined.kind === 'joined' && joined.user === '@alice:hs');
    assert.equal(joined.broughtInto, 'p');
  });

  it('nothing that the user is told of as not carried', () => {
    const echo = { kind: 'ignored', reason: 'own-echo' };
    assert.deepEqual(open('m.call.invite', { ...marked({}, mark) }), echo);
    assert.equal(open('m.call.invite', {}).kind, 'unsupported');
  });

  it('still a leave, where the user goes', () => {
    const leave = { ...marked({ membership: 'leave' }, mark) };
    assert.equal(open('m.room.member', leave, { state_key: '@alice:hs' }).kind, 'left');
  });
});
