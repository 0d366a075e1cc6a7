import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import xml, { type Element } from '@xmpp/xml';
import type { Role } from '../../../../../src/core/event.ts';
import { remoteChatId, remoteUserId } from '../../../../../src/core/ids.ts';
import { answerIn } from '../../../../../src/networks/xmpp/muc/agreement.ts';
import { Occupants } from '../../../../../src/networks/xmpp/muc/occupants.ts';

const chat = remoteChatId('salon@rooms.example.net');

function room(roles: Readonly<Record<string, Role>>): Parameters<typeof answerIn>[0] {
  const occupants = new Occupants(10);
  for (const [nick, role] of Object.entries(roles))
    occupants.put({ nick, role, user: remoteUserId(`${chat}/${nick}`), occupantId: undefined }, true);
  return { chat, ear: { people: { occupants } } };
}

function message(body: string | undefined, more: readonly Element[] = [], type = 'groupchat'): Element {
  const bodies = body === undefined ? [] : [xml('body', {}, body)];
  return xml('message', { type, from: `${chat}/Olga` }, ...bodies, ...more);
}

describe('an answer in a room', () => {
  const there = room({ Olga: 'owner', Ada: 'admin', Mo: 'moderator', Max: 'member', Vic: 'visitor' });

  it('counts of owners and administrators, as the room’s own presence tells who they are', () => {
    for (const [nick, administers] of [
      ['Olga', true],
      ['Ada', true],
      ['Mo', false],
      ['Max', false],
      ['Vic', false],
      ['Nobody', false],
    ] as const)
      assert.deepEqual(
        answerIn(there, message(' abcd-efgh '), nick),
        { chat, code: 'ABCD-EFGH', administers },
        nick,
      );
  });

  it('is a live message of an occupant that is a code and nothing else', () => {
    const delayed = [xml('delay', { xmlns: 'urn:xmpp:delay', from: chat, stamp: '2026-01-01T00:00:00Z' })];
    const forged = [xml('delay', { xmlns: 'urn:xmpp:delay', from: 'mallory@example.net' })];
    assert.equal(answerIn(there, message('ABCD-EFGH', delayed), 'Olga'), undefined);
    assert.equal(answerIn(there, message('ABCD-EFGH', forged), 'Olga'), undefined);
    assert.equal(answerIn(there, message('ABCD-EFGH', [], 'chat'), 'Olga'), undefined);
    assert.equal(answerIn(there, message('ABCD-EFGH'), ''), undefined, 'the room itself agrees to nothing');
    assert.equal(answerIn(there, message('I say ABCD-EFGH'), 'Olga'), undefined);
    assert.equal(answerIn(there, message(undefined), 'Olga'), undefined);
  });

  it('counts no longer once somebody else has the nickname', () => {
    const changing = room({ Olga: 'owner' });
    assert.equal(answerIn(changing, message('ABCD-EFGH'), 'Olga')?.administers, true);
    const occupants = new Occupants(10);
    occupants.put({ nick: 'Olga', role: 'member', user: remoteUserId('m@x'), occupantId: undefined }, true);
    assert.equal(
      answerIn({ chat, ear: { people: { occupants } } }, message('ABCD-EFGH'), 'Olga')?.administers,
      false,
    );
  });
});
