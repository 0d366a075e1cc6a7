import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import xml, { type Element } from '@xmpp/xml';
import fc from 'fast-check';
import { withAddresses } from '../../../../../src/networks/xmpp/muc/room-mentions.ts';

const room = 'room@conf.test';
const calling = (uri: string): Element =>
  xml(
    'message',
    { type: 'groupchat', from: `${room}/Bob` },
    xml('body', {}, 'hello'),
    xml('reference', { xmlns: 'urn:xmpp:reference:0', type: 'mention', uri, begin: '0', end: '5' }),
  );
const addressOf = (nick: string): string | undefined =>
  nick === 'Alice A' ? 'alice=20a@gate.test' : undefined;

describe('mentions of who is in a room', () => {
  it('name the one who has the nickname, and keep all else', () => {
    const found = withAddresses(calling(`xmpp:${room}/Alice%20A`), room, addressOf);
    assert.equal(found.toString(), calling('xmpp:alice=20a@gate.test').toString());
  });

  it('stay as they are where they name nobody of ours, whatever stands there', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `xmpp:${room}/${text}`),
        ),
        (uri) => {
          fc.pre(uri !== `xmpp:${room}/Alice A`);
          const stanza = calling(uri);
          assert.equal(withAddresses(stanza, room, addressOf), stanza);
        },
      ),
    );
  });
});
