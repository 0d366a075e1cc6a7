import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import jwt from 'jsonwebtoken';
import { openSigningKeys } from '../../../../src/interop/identity/signing-keys.ts';
import { makeUserToken, userTokenVerifier } from '../../../../src/interop/identity/user-token.ts';
import { keysOf, pairOf } from '../../../support/interop-tokens.ts';
import { RecordingLog } from '../../../support/recording-log.ts';

const now = 1_790_000_000_000;
const [birdy, haiket] = [pairOf('birdy'), pairOf('haiket')];
const providers = [
  { id: 12, issuer: 'birdy', identifierType: 'email', keys: keysOf(birdy) },
  { id: 13, issuer: 'haiket', identifierType: 'phone', keys: keysOf(haiket) },
] as const;
const verify = userTokenVerifier(() => providers, { audience: ['host'], now: () => now });
const claims = { iss: 'birdy', aud: 'host', sub: 'Bob@Example.org', exp: now / 1_000 + 60 };

function signed(change: object, pair = birdy): string {
  return jwt.sign({ ...claims, ...change }, pair.pem, {
    algorithm: 'RS256',
    keyid: pair.kid,
    noTimestamp: true,
  });
}
async function outcome(token: string, known?: Parameters<typeof verify>[1]): Promise<unknown> {
  const verified = await verify(token, known);
  return verified.kind === 'user' ? [verified.provider, verified.identifier] : verified.reason;
}

describe("a user's token", () => {
  it('says which user of which provider it is about', async () => {
    assert.deepEqual(await outcome(signed({})), [12, 'bob@example.org']);
    assert.deepEqual(await outcome(signed({ identifier_type: 'email' })), [12, 'bob@example.org']);
    const phone = signed({ iss: 'haiket', sub: '0049 30 123456' }, haiket);
    assert.deepEqual(await outcome(phone), [13, '+4930123456']);
  });

  it('is only good under the keys of the provider that it names', async () => {
    assert.equal(await outcome(signed({ iss: 'haiket' })), 'unknown-key');
    assert.equal(await outcome(signed({ iss: 'nobody' })), 'wrong-issuer');
    assert.equal(await outcome(signed({ iss: undefined })), 'wrong-issuer');
    const forged = jwt.sign(claims, haiket.pem, { algorithm: 'RS256', keyid: 'birdy' });
    assert.equal(await outcome(forged), 'bad-signature');
  });

  it("names a user by the provider's type of identifier", async () => {
    for (const sub of ['+4930123456', 'bob', '', 7, null, undefined, {}])
      assert.equal(await outcome(signed({ sub })), 'bad-identifier');
    for (const type of ['phone', 'EMAIL', 1, null, '__proto__'])
      assert.equal(await outcome(signed({ identifier_type: type })), 'bad-identifier');
  });

  it('is about the user who is known, whatever form their identifier has', async () => {
    const bob = { provider: 12, identifier: 'BOB@example.ORG' } as const;
    assert.deepEqual(await outcome(signed({}), bob), [12, 'bob@example.org']);
    assert.equal(await outcome(signed({ sub: 'eve@example.org' }), bob), 'other-identifier');
    assert.equal(await outcome(signed({}), { ...bob, provider: 13 }), 'other-identifier');
  });

  it('that was made here is taken by the host, and holds the identifier in its normalised form', async () => {
    const log = new RecordingLog();
    const policy = { rotateAfterMs: 1e9, leadMs: 1, tokenLifeMs: 3_600_000, skewMs: 0 };
    const store = { load: async () => [], save: async () => undefined };
    const keys = await openSigningKeys(store, {
      policy,
      log,
      now: () => now,
      generate: async () => birdy.pem,
    });
    const contents = { issuer: 'birdy', audience: 'host', identifierType: 'email' } as const;
    const token = await makeUserToken(keys, { ...contents, identifier: 'Bob@Example.org' });
    const kid = String(jwt.decode(token, { complete: true })?.header.kid);
    const known = [{ ...providers[0], keys: keysOf({ ...birdy, kid }) }];
    const verified = await userTokenVerifier(() => known, { audience: ['host'], now: () => now })(token);
    assert.deepEqual(verified, {
      ...{ kind: 'user', provider: 12, identifier: 'bob@example.org', expiresAt: now + 3_600_000 },
    });
    await assert.rejects(makeUserToken(keys, { ...contents, identifier: 'bob' }), RangeError);
  });
});
