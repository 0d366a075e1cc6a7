import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { remoteChatId, remoteUserId } from '../../../../src/core/ids.ts';
import { thirdParty } from '../../../../src/networks/xmpp/third-party.ts';

const names = thirdParty('matrix.example.org');
const field = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.stringMatching(/^[a-z@./ ]{0,20}$/));

describe('a look-up on XMPP', () => {
  it('knows people by their address, in its one form', () => {
    assert.equal(names.user({ jid: ' xmpp:Bob@Example.org ' }), 'bob@example.org');
    for (const jid of [
      '',
      'example.org',
      'bob@example.org/phone',
      'a b@c',
      'alice@matrix.example.org',
      '@x',
    ]) {
      assert.equal(names.user({ jid }), undefined, jid);
    }
    assert.equal(names.user({}), undefined);
  });

  it('knows rooms by their name and service, or by their address', () => {
    const room = 'tea@conference.example.org';
    assert.equal(names.location({ room: 'Tea', server: 'conference.example.org' }), room);
    assert.equal(names.location({ room }), room);
    for (const fields of [
      {},
      { room: 'tea' },
      { server: 'x' },
      { room, server: 'x' },
      { room: 'x', server: 'a/b' },
    ]) {
      assert.equal(names.location(fields), undefined, JSON.stringify(fields));
    }
  });

  it('says of itself what it is asked by, for whatever it is asked', () => {
    fc.assert(
      fc.property(field, field, field, (jid, server, room) => {
        const user = names.user({ jid });
        const chat = names.location({ server, room });
        if (user !== undefined) assert.equal(names.user(names.fieldsOfUser(user) ?? {}), user);
        if (chat !== undefined) assert.equal(names.location(names.fieldsOfLocation(chat) ?? {}), chat);
      }),
      { numRuns: 2_000 },
    );
  });

  it('has no fields for who is known by a room alone, nor for what is no address', () => {
    for (const user of ['tea@conference.example.org/Bob', 'tea@conference.example.org?abc', 'example.org']) {
      assert.equal(names.fieldsOfUser(remoteUserId(user)), undefined);
    }
    assert.equal(names.fieldsOfLocation(remoteChatId('#salon')), undefined);
  });

  it('shows examples that fit the patterns it asks for', () => {
    for (const [name, { regexp, placeholder }] of Object.entries(names.fieldTypes)) {
      assert.match(placeholder, new RegExp(`^(?:${regexp})$`), name);
    }
    assert.deepEqual(
      [...names.userFields, ...names.locationFields].sort(),
      Object.keys(names.fieldTypes).sort(),
    );
  });
});
