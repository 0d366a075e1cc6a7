import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import xml from '@xmpp/xml';
import fc from 'fast-check';
import { remoteChatId, remoteMessageId, remoteUserId } from '../../../../../src/core/ids.ts';
import type { OpenedArrival } from '../../../../../src/core/network.ts';
import { readResult } from '../../../../../src/networks/xmpp/muc/archive.ts';
import { openFromRoom } from '../../../../../src/networks/xmpp/muc/from-room.ts';
import { writeHappening, type Happening } from '../../../../../src/networks/xmpp/muc/happening.ts';
import {
  nextNick,
  nickFrom,
  occupantUser,
  ownIdName,
  parseOwnIdName,
  roomOf,
} from '../../../../../src/networks/xmpp/muc/occupant-names.ts';
import { pictureIn } from '../../../../../src/networks/xmpp/muc/picture.ts';
import { readRoomInfo } from '../../../../../src/networks/xmpp/muc/room-info.ts';
import { readPresence } from '../../../../../src/networks/xmpp/muc/room-presence.ts';
import { parseStanza } from '../../../../../src/networks/xmpp/stanza.ts';
import { matrixUserId } from '../../../../../src/core/ids.ts';
import { hostileStanza, openContext } from '../../../../support/stanzas.ts';

const room = remoteChatId('room@conf.example');
const open = (raw: string): OpenedArrival =>
  openFromRoom(
    {
      outerId: 'o',
      chat: room,
      sender: remoteUserId('room@conf.example?x'),
      receiver: undefined,
      at: 5,
      raw,
    },
    'cause',
    openContext,
  );

/** Elements of rooms in any order and with any attributes. */
const name = fc.constantFrom(
  ...['x', 'item', 'status', 'destroy', 'reason', 'actor', 'occupant-id', 'error', 'result', 'forwarded'],
  ...['message', 'delay', 'happening', 'stanza-id', 'query', 'identity', 'feature', 'field', 'value'],
  ...['vCard', 'PHOTO', 'BINVAL', 'TYPE', 'body', 'replace', 'subject'],
);
const value = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '110',
    '303',
    '307',
    'owner',
    'membership',
    'kick',
    'role',
    'avatar',
    'topic',
    '@a:b',
    'remote',
  ),
  fc.constantFrom('matrix', 'muc_nonanonymous', 'conference', 'id1', '2026-01-01T00:00:00Z', room),
  fc.constantFrom(
    ...['http://jabber.org/protocol/muc#user', 'urn:xmpp:mam:2', 'urn:xmpp:forward:0', 'urn:xmpp:delay'],
    ...['urn:causeway:happening', 'vcard-temp', 'jabber:x:data', 'urn:xmpp:sid:0', 'urn:xmpp:occupant-id:0'],
  ),
);
const attributes = fc.dictionary(
  fc.constantFrom(
    'type',
    'code',
    'jid',
    'nick',
    'role',
    'affiliation',
    'id',
    'xmlns',
    'kind',
    'change',
    'in',
    'member',
    'var',
    'stamp',
    'by',
    'from',
    'category',
    'name',
  ),
  value,
  { maxKeys: 6 },
);
const { element } = fc.letrec<{ element: ReturnType<typeof xml> }>((tie) => ({
  element: fc
    .tuple(
      name,
      attributes,
      fc.array(fc.oneof({ maxDepth: 4 }, fc.string(), tie('element')), { maxLength: 4 }),
    )
    .map(([tag, attrs, children]) => xml(tag, attrs, ...children)),
}));

describe('hostile rooms', () => {
  it('end in one outcome each, whatever is kept of them', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(hostileStanza, (raw) => {
        const opened = open(typeof raw === 'string' ? raw : String(raw));
        const what = opened.kind === 'event' ? opened.event.kind : opened.kind;
        seen.set(what, (seen.get(what) ?? 0) + 1);
        assert.notEqual(what, 'receipt');
      }),
      { numRuns: 4000 },
    );
    for (const kind of ['message', 'edit', 'reaction', 'redaction', 'ignored']) {
      assert.ok((seen.get(kind) ?? 0) > 10, `${kind}: ${seen.get(kind) ?? 0}`);
    }
  });

  it('are read without a throw, and give nothing but what has its shape', () => {
    fc.assert(
      fc.property(element, (stanza) => {
        const presence = readPresence(stanza, 'nick');
        assert.ok(['available', 'unavailable', 'error'].includes(presence.type));
        const result = readResult(stanza);
        assert.ok(result?.at === undefined || result.at > 0);
        const info = readRoomInfo(stanza);
        assert.ok(info === undefined || (info.name ?? '').length <= 1000);
        pictureIn(stanza);
        const opened = open(stanza.toString());
        assert.ok(['event', 'ignored', 'unsupported'].includes(opened.kind));
      }),
      { numRuns: 3000 },
    );
  });

  it('keep what happened as it was', () => {
    const member = fc.oneof(
      fc.constant({ in: 'matrix' as const, userId: matrixUserId('@a:b.test') }),
      fc
        .string({ minLength: 1 })
        .filter((text) => /^[^\u0000-\u001f\ud800-\udfff\ufffe\uffff]+$/u.test(text))
        .map((text) => ({ in: 'remote' as const, userId: remoteUserId(text) })),
    );
    const reason = fc.option(fc.constantFrom('enough', '<&">', '  spaces  '), { nil: undefined });
    const change = fc.oneof(
      fc.record({ kind: fc.constantFrom('join' as const, 'invite' as const, 'unban' as const) }),
      fc.record({ kind: fc.constantFrom('leave' as const, 'kick' as const, 'ban' as const), reason }),
      fc.record({
        kind: fc.constant('role' as const),
        role: fc.constantFrom('owner' as const, 'visitor' as const),
      }),
    );
    fc.assert(
      fc.property(member, change, (who, what) => {
        const happening: Happening = { kind: 'membership', member: who, change: what };
        const opened = open(writeHappening(happening));
        const plain: unknown = { ...what };
        assert.ok(opened.kind === 'event' && opened.event.kind === 'membership');
        assert.deepEqual([opened.event.member, opened.event.change], [who, plain]);
      }),
    );
  });

  it('cannot name a person of one kind as one of another', () => {
    const part = fc.stringMatching(/^[a-z?/:[\]"]{0,12}$/);
    fc.assert(
      fc.property(part, part, (nick, id) => {
        const byId = occupantUser('room@conf.example', nick, id);
        const byNick = occupantUser('room@conf.example', nick, undefined);
        assert.notEqual(byId, byNick);
        assert.equal(roomOf(byId), 'room@conf.example');
        assert.equal(roomOf(byNick), 'room@conf.example');
        assert.ok(Buffer.byteLength(byId) < 60);
        assert.deepEqual(parseOwnIdName(ownIdName(nick, id)), { author: nick, id });
      }),
    );
    assert.equal(roomOf(remoteUserId('bob@example.org')), undefined);
    for (const bad of ['id:[', 'id:[1,2]', 'id:{}', 'x']) {
      assert.equal(parseOwnIdName(remoteMessageId(bad)), undefined);
    }
  });

  it('get nicknames of one line that hide nothing, whatever people are called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (display) => {
        const nick = nickFrom(display, 'fallback');
        assert.match(nick, /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]{1,}$/u);
        assert.ok(Array.from(nick).length <= 48);
        const stanza = parseStanza(xml('presence', { to: `room@conf.example/${nick}` }).toString());
        assert.ok(typeof stanza !== 'string');
      }),
    );
    assert.equal(nickFrom('\u202e\u200b', 'fallback'), 'fallback');
    assert.equal(nextNick('Zoë', 'zoe', 0, true), 'Zoë 2');
    assert.equal(nextNick('\u{1fae0}', 'odd', 0, false), 'odd');
    assert.equal(nextNick('a', 'a', 21, true), undefined);
  });
});
