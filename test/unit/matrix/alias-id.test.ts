import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { networkId, remoteChatId } from '../../../src/core/ids.ts';
import { AliasIds } from '../../../src/matrix/alias-id.ts';

const ids = new AliasIds('_', 'example.org');
const xmpp = networkId('xmpp');

describe('the alias of a group', () => {
  it('is spelt as ghosts are', () => {
    const chat = remoteChatId('room@conference.example.com');
    assert.equal(ids.alias({ network: xmpp, chat }), '#_xmpp_room=40conference.example.com:example.org');
  });

  it('leads back to the group, for every group', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }), (text) => {
        const key = { network: xmpp, chat: remoteChatId(text) };
        const alias = ids.alias(key);
        if (alias === undefined) return Buffer.byteLength(text) * 3 > 200;
        assert.match(alias, /^#[a-z0-9._=-]+:example\.org$/);
        assert.deepEqual(ids.key(alias), key);
        return true;
      }),
      { numRuns: 2_000 },
    );
  });

  it('is one for each group, whatever is asked for', () => {
    const some = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.stringMatching(/^#_xmpp_[a-z0-9._=A-F-]{1,40}:example\.org$/),
    );
    fc.assert(
      fc.property(some, (text) => {
        const key = ids.key(text);
        return key === undefined || ids.alias(key) === text;
      }),
      { numRuns: 3_000 },
    );
  });

  it('does not exist for names that are too long, and is no alias elsewhere or of nobody', () => {
    assert.equal(ids.alias({ network: xmpp, chat: remoteChatId('x'.repeat(300)) }), undefined);
    for (const other of [
      '#_xmpp_a:example.com',
      '#xmpp_a:example.org',
      '#_xmpp_:example.org',
      '@_xmpp_a:example.org',
      '',
    ]) {
      assert.equal(ids.key(other), undefined, other);
    }
  });
});
