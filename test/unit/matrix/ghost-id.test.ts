import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { matrixUserId, networkId, remoteUserId } from '../../../src/core/ids.ts';
import { GhostIds } from '../../../src/matrix/ghost-id.ts';

const ids = new GhostIds('_', 'example.org');
const xmpp = networkId('xmpp');

describe('the name of a ghost', () => {
  it('escapes what a localpart may not hold, upper case included', () => {
    const name = (remote: string): string | undefined =>
      ids.userId({ network: xmpp, remote: remoteUserId(remote) });
    assert.equal(name('bob@example.org'), '@_xmpp_bob=40example.org:example.org');
    assert.equal(name('Bob+/=é'), '@_xmpp_=42ob=2b=2f=3d=c3=a9:example.org');
  });

  it('leads back to the person, for everybody', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }), (text) => {
        const key = { network: xmpp, remote: remoteUserId(text) };
        const userId = ids.userId(key);
        if (userId === undefined) return Buffer.byteLength(text) * 3 > 200;
        assert.match(userId, /^@[a-z0-9._=-]+:example\.org$/);
        assert.deepEqual(ids.key(userId), key);
        return true;
      }),
      { numRuns: 2_000 },
    );
  });

  it('is one for each person: no other spelling names a ghost', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9._=A-F-]{1,40}$/), (escaped) => {
        const userId = matrixUserId(`@_xmpp_${escaped}:example.org`);
        const key = ids.key(userId);
        return key === undefined || ids.userId(key) === userId;
      }),
      { numRuns: 2_000 },
    );
  });

  it('does not exist for ids that are too long for Matrix', () => {
    assert.equal(ids.userId({ network: xmpp, remote: remoteUserId('x'.repeat(300)) }), undefined);
  });

  it('is no name of a user elsewhere, of another prefix, or of nobody', () => {
    for (const other of [
      '@_xmpp_bob:example.com',
      '@xmpp_bob:example.org',
      '@_xmpp_:example.org',
      '@_causeway:example.org',
    ]) {
      assert.equal(ids.key(matrixUserId(other)), undefined, other);
    }
  });
});
