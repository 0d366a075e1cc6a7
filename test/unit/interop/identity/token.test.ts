import assert from 'node:assert/strict';
import { createHmac, createPublicKey, sign } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import jwt from 'jsonwebtoken';
import { toBase64url } from '../../../../src/interop/identity/base64url.ts';
import { verifyToken, type Expected } from '../../../../src/interop/identity/token.ts';
import { identityProfile } from '../../../../src/interop/profile/identity-profile.ts';
import { keysOf, pairOf, part } from '../../../support/interop-tokens.ts';

const now = 1_790_000_000_000;
const seconds = now / 1_000;
const good = pairOf('good');
const other = pairOf('other');
const expected: Expected = {
  keys: keysOf(good, other),
  issuer: 'provider',
  audience: ['host'],
  longestLifeMs: 3_600_000,
  skewMs: 60_000,
  now: () => now,
};
const claims = { iss: 'provider', aud: 'host', sub: 'a', iat: seconds, exp: seconds + 600 };

function signed(payload: unknown, header: object = { alg: 'RS256', kid: 'good' }, pair = good): string {
  const input = `${part(header)}.${part(payload)}`;
  return `${input}.${toBase64url(sign('sha256', Buffer.from(input), pair.privateKey))}`;
}
async function outcome(token: string, change: Partial<Expected> = {}): Promise<string> {
  const verified = await verifyToken(token, { ...expected, ...change });
  return verified.kind === 'verified' ? 'verified' : verified.reason;
}

describe('a token', () => {
  it('is taken with its claims where all is as it should be', async () => {
    assert.deepEqual(await verifyToken(signed(claims), expected), {
      kind: 'verified',
      claims,
      expiresAt: now + 600_000,
    });
    assert.equal(await outcome(signed(claims, { alg: 'RS256' })), 'verified');
    assert.equal(await outcome(signed(claims, { alg: 'RS256' }, other)), 'verified');
    assert.equal(await outcome(signed(claims, { alg: 'RS256', typ: 'jwt', kid: 'good' })), 'verified');
    assert.equal(await outcome(signed({ ...claims, aud: ['x', 'host'] })), 'verified');
  });

  it('of another library is taken, and its refusals are the same', async () => {
    const options = { algorithm: 'RS256', keyid: 'good', noTimestamp: true } as const;
    const made = jwt.sign(claims, good.pem, options);
    assert.equal(await outcome(made), 'verified');
    assert.equal(await outcome(jwt.sign(claims, other.pem, options)), 'bad-signature');
    assert.equal(await outcome(jwt.sign({ ...claims, exp: seconds - 61 }, good.pem, options)), 'expired');
    assert.equal(await outcome(jwt.sign({ ...claims, nbf: seconds + 61 }, good.pem, options)), 'not-yet');
  });

  it('agrees with RFC 7515, appendix A.2', async () => {
    const key = createPublicKey({
      format: 'jwk',
      key: {
        kty: 'RSA',
        n: 'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ',
        e: 'AQAB',
      },
    });
    const token =
      'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw';
    const keys = { find: async () => ({ kind: 'keys', keys: [key] }) as const };
    // The signature is genuine; the example has no audience.
    assert.equal(
      await outcome(token, { keys, issuer: 'joe', now: () => 1_300_819_000_000 }),
      'wrong-audience',
    );
    const changed = token.replace('cC4h', 'cC4i');
    assert.equal(
      await outcome(changed, { keys, issuer: 'joe', now: () => 1_300_819_000_000 }),
      'bad-signature',
    );
  });

  it('signed by another algorithm is refused before a key is looked for', async () => {
    let looked = 0;
    const keys = {
      find: async (kid: string | undefined) => {
        looked += 1;
        return expected.keys.find(kid);
      },
    };
    const publicPem = good.publicKey.export({ type: 'spki', format: 'pem' });
    const confused = (alg: string): string => {
      const input = `${part({ alg, kid: 'good' })}.${part(claims)}`;
      return `${input}.${createHmac('sha256', publicPem).update(input).digest('base64url')}`;
    };
    const none = [`${part({ alg: 'none', kid: 'good' })}.${part(claims)}.`, signed(claims, { alg: 'NONE' })];
    const others = ['HS256', 'HS512', 'RS512', 'PS256', 'ES256', 'rs256', ''].map(confused);
    for (const token of [
      ...none,
      ...others,
      signed(claims, { kid: 'good' }),
      signed(claims, { alg: ['RS256'] }),
    ])
      assert.equal(await outcome(token, { keys }), 'algorithm');
    assert.equal(looked, 0);
    // It may say RS256: the public key as a secret makes no signature of it.
    assert.equal(await outcome(confused('RS256'), { keys }), 'bad-signature');
  });

  it('is bound to its time', async () => {
    const at = async (change: object): Promise<string> => outcome(signed({ ...claims, ...change }));
    assert.equal(await at({ exp: seconds - 59 }), 'verified');
    assert.equal(await at({ exp: seconds - 60 }), 'expired');
    assert.equal(await at({ nbf: seconds + 60 }), 'verified');
    assert.equal(await at({ nbf: seconds + 61 }), 'not-yet');
    assert.equal(await at({ iat: seconds + 61 }), 'not-yet');
    assert.equal(await at({ exp: seconds + 3_600 }), 'verified');
    assert.equal(await at({ exp: seconds + 3_601 }), 'lives-too-long');
    assert.equal(await at({ iat: seconds - 3_600, exp: seconds + 1 }), 'lives-too-long');
    assert.equal(await at({ iat: undefined, exp: seconds + 3_661 }), 'lives-too-long');
    assert.equal(await at({ iat: undefined, exp: seconds + 3_660 }), 'verified');
    assert.equal(await at({ exp: undefined }), 'no-expiry');
    assert.equal(await at({ exp: 1e300 }), 'lives-too-long');
    for (const wrong of ['1', null, {}, true])
      for (const claim of ['iat', 'nbf', 'exp'])
        assert.ok(['malformed', 'no-expiry'].includes(await at({ [claim]: wrong })), claim);
  });

  it('is bound to its issuer and audience', async () => {
    const of = async (change: object): Promise<string> => outcome(signed({ ...claims, ...change }));
    for (const iss of ['Provider', 'provider ', ['provider'], undefined, null])
      assert.equal(await of({ iss }), 'wrong-issuer');
    for (const aud of ['Host', ['x'], [], undefined, {}]) assert.equal(await of({ aud }), 'wrong-audience');
  });

  it('names a key that is published, and brings none of its own', async () => {
    assert.equal(await outcome(signed(claims, { alg: 'RS256', kid: 'never' })), 'unknown-key');
    assert.equal(await outcome(signed(claims, { alg: 'RS256', kid: 'good' }, other)), 'bad-signature');
    const own = pairOf('own');
    const jwk = own.publicKey.export({ format: 'jwk' });
    const brought = signed(
      claims,
      { alg: 'RS256', kid: 'good', jwk, jku: 'https://x', x5u: 'https://x' },
      own,
    );
    assert.equal(await outcome(brought), 'bad-signature');
  });

  it('has one form only', async () => {
    const token = signed(claims);
    const [head = '', payload = '', signature = ''] = token.split('.');
    const broken = [
      '',
      '.',
      '..',
      '...',
      `${token}.`,
      `${head}.${payload}`,
      `${token}=`,
      `${head}=.${payload}.${signature}`,
      ` ${token}`,
      `${token}\n`,
      `${head}.${payload}.${signature.replace(/[-_]/, '+')}+`,
      `${part([])}.${payload}.${signature}`,
      `${part('null')}.${payload}.${signature}`,
      `${head}.${part([1])}.${signature}`,
      `${head}.${part('{"a":')}.${signature}`,
      signed(claims, { alg: 'RS256', kid: 'good', crit: ['b64'], b64: false }),
      signed(claims, { alg: 'RS256', kid: 'good', b64: false }),
      signed(claims, { alg: 'RS256', kid: 'good', typ: 'JWE' }),
      signed(claims, { alg: 'RS256', kid: 7 }),
      signed(claims, { alg: 'RS256', kid: 'k'.repeat(257) }),
    ];
    for (const text of broken) assert.equal(await outcome(text), 'malformed', text);
    const deep = '['.repeat(1_400);
    assert.equal(await outcome(`${head}.${part(`{"a":${deep}`)}.${signature}`), 'malformed');
  });

  it('has at most 4,096 bytes', async () => {
    const of = (length: number): string => signed({ ...claims, filling: 'x'.repeat(length) });
    let length = 2_000;
    while (of(length + 1).length <= identityProfile.maxTokenBytes) length += 1;
    assert.equal(await outcome(of(length)), 'verified');
    assert.equal(await outcome(of(length + 3)), 'too-large');
    assert.equal(await outcome('é'.repeat(5_000)), 'too-large');
  });

  it('with any one sign changed is not verified', async () => {
    const token = signed(claims);
    const signs = fc.constantFrom('A', 'B', 'Q', 'a', 'w', '0', '-', '_', '.', '=', '+', ' ', '\u0000', 'é');
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), signs, async (at, sign) => {
        fc.pre(token[at] !== sign);
        assert.notEqual(await outcome(token.slice(0, at) + sign + token.slice(at + 1)), 'verified');
      }),
      { numRuns: 500 },
    );
  });
});
