import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import xml, { type Element } from '@xmpp/xml';
import { matrixUserId, remoteUserId } from '../../../../../src/core/ids.ts';
import { parseAddress } from '../../../../../src/networks/xmpp/ids.ts';
import { openHappening } from '../../../../../src/networks/xmpp/muc/happening.ts';
import {
  invitationArrival,
  invitationIn,
  type KnownRooms,
} from '../../../../../src/networks/xmpp/muc/invitations.ts';
import { parseStanza } from '../../../../../src/networks/xmpp/stanza.ts';

const room = 'room@conf.example.org';
const mucUser = 'http://jabber.org/protocol/muc#user';
/** A user is in two rooms; one of them shows whose its occupants are. */
const known: KnownRooms = {
  isRoom: ({ bare }) => ['open@rooms.test', 'hidden@rooms.test'].includes(bare),
  personBehind: ({ full }) => (full === 'open@rooms.test/Bob' ? parseAddress('bob@rooms.test') : undefined),
};
const through = (from: string | undefined, of = room): Element => {
  const invite = xml('invite', from === undefined ? {} : { from });
  return xml('message', { from: of, id: '1' }, xml('x', { xmlns: mucUser }, invite));
};
const direct = (from: string, ...more: Element[]): Element =>
  xml('message', { from, id: '1' }, xml('x', { xmlns: 'jabber:x:conference', jid: room }), ...more);

/** Who invites, and whether the bridge knows that, once the invitation was kept and is opened. */
function inviter(stanza: Element): readonly [string, boolean] {
  const invitation = invitationIn(stanza, known);
  assert.ok(invitation);
  const { raw, sender } = invitationArrival(invitation, stanza, matrixUserId('@alice:hs.test'), 1);
  const kept = parseStanza(raw);
  assert.ok(typeof kept !== 'string');
  const from = { in: 'remote', userId: remoteUserId(sender) } as const;
  const opened = openHappening(kept, { cause: '', sender: from, at: 0 });
  assert.ok(opened.kind === 'event' && opened.event.kind === 'membership');
  assert.ok(opened.event.change.kind === 'invite');
  return [sender, opened.event.change.unvouched !== true];
}

describe('who invites into a room', () => {
  it('is who the room says it is where the room is of their own server, and else may be anybody', () => {
    assert.deepEqual(inviter(through('bob@example.org/x')), ['bob@example.org', true]);
    assert.deepEqual(inviter(through('bob@elsewhere.test/x')), ['bob@elsewhere.test', false]);
    assert.deepEqual(inviter(through('example.org')), ['example.org', false]);
    assert.deepEqual(inviter(through(`${room}/Bob`)), [room, false]);
    assert.deepEqual(inviter(through(undefined)), [room, false]);
    assert.deepEqual(inviter(through('not an address')), [room, false]);
    assert.deepEqual(inviter(through('open@rooms.test/Bob', 'open@rooms.test')), ['bob@rooms.test', true]);
  });

  it('is whoever sends it themself, unless they hide behind an occupant', () => {
    assert.deepEqual(inviter(direct('bob@elsewhere.test/x')), ['bob@elsewhere.test', true]);
    const whispered = xml('x', { xmlns: mucUser });
    assert.deepEqual(inviter(direct('other@rooms.test/Bob', whispered)), ['other@rooms.test', false]);
    assert.deepEqual(inviter(direct('hidden@rooms.test/Bob')), ['hidden@rooms.test', false]);
    assert.deepEqual(inviter(direct('open@rooms.test/Bob')), ['bob@rooms.test', true]);
  });
});
