import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { maxKeys, parseJwkSet } from '../../../../src/interop/identity/jwk-set.ts';
import { jwkOf, pairOf, setOf } from '../../../support/interop-tokens.ts';

const good = jwkOf(pairOf('good'));
const kids = (...members: readonly unknown[]): unknown => {
  const parsed = parseJwkSet(setOf(...members));
  return parsed.kind === 'keys' ? parsed.keys.map(({ kid }) => kid) : parsed.reason;
};

describe('a set of keys', () => {
  it('gives its RSA keys for signatures', () => {
    const bare = { kty: good['kty'], n: good['n'], e: good['e'] };
    assert.deepEqual(kids(good, bare), ['good', undefined]);
    assert.deepEqual(kids({ ...good, key_ops: ['verify'], x5c: ['x'], extra: {} }), ['good']);
    assert.deepEqual(kids(), []);
  });

  it('gives no key that is for something else, weak, huge or malformed', () => {
    const weak = jwkOf(pairOf('weak', 1_024));
    const huge = jwkOf(pairOf('huge', 4_224));
    const long = 'A'.repeat(300);
    const others = [
      { ...good, use: 'enc' },
      { ...good, alg: 'RS512' },
      { ...good, alg: 'HS256' },
      { ...good, key_ops: ['encrypt'] },
      { ...good, key_ops: 'verify' },
      { ...good, kty: 'oct', k: 'AAAA' },
      { ...good, kty: 'EC' },
      { ...good, kid: 1 },
      { ...good, kid: long },
      { ...good, e: 'AQ' },
      { ...good, e: 'AQAC' },
      { ...good, e: '' },
      { ...good, e: 'AQAAAAAB' },
      { ...good, n: `${String(good['n'])}=` },
      { ...good, n: '' },
      { ...good, n: undefined },
    ];
    assert.deepEqual(kids(weak, huge, ...others, null, 1, 'x', [], {}, good), ['good']);
  });

  it('takes only public numbers of a key that was published whole', () => {
    const whole = { ...pairOf('good').privateKey.export({ format: 'jwk' }), kid: 'good' };
    const parsed = parseJwkSet(setOf(whole));
    assert.ok(parsed.kind === 'keys');
    assert.equal(parsed.keys[0]?.key.type, 'public');
  });

  it('is bounded', () => {
    assert.deepEqual(kids(...Array<unknown>(maxKeys).fill({}), good), []);
    assert.equal(kids(good, 'x'.repeat(70_000)), 'too-large');
  });

  it('is malformed where it is none', () => {
    for (const text of [
      '',
      '{',
      '[]',
      'null',
      '1',
      '{}',
      '{"keys":{}}',
      '{"keys":null}',
      '['.repeat(60_000),
      '\ufffe',
    ])
      assert.deepEqual(parseJwkSet(new TextEncoder().encode(text)).kind, 'failed', text.slice(0, 20));
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        assert.ok(['keys', 'failed'].includes(parseJwkSet(setOf(value, { ...good, kid: value })).kind));
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        assert.equal(parseJwkSet(bytes).kind, 'failed');
      }),
    );
  });
});
