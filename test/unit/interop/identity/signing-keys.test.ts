import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import express from 'express';
import fc from 'fast-check';
import { calculateJwkThumbprint } from 'jose';
import jwt from 'jsonwebtoken';
import { createPublicKey } from 'node:crypto';
import { jwksRouter } from '../../../../src/interop/identity/jwks-router.ts';
import { parseJwkSet } from '../../../../src/interop/identity/jwk-set.ts';
import { planKeys, type KeptSigningKey } from '../../../../src/interop/identity/signing-key-plan.ts';
import { openSigningKeys, type SigningKeys } from '../../../../src/interop/identity/signing-keys.ts';
import { verifyToken } from '../../../../src/interop/identity/token.ts';
import { pairOf } from '../../../support/interop-tokens.ts';
import { listening } from '../../../support/listening.ts';
import { RecordingLog } from '../../../support/recording-log.ts';

const hour = 3_600_000;
const policy = { rotateAfterMs: 720 * hour, leadMs: 24 * hour, tokenLifeMs: hour, skewMs: 60_000 };

/** Keys at work on a clock that can be moved, kept in memory. */
class Scene {
  clock = 1_790_000_000_000;
  kept: readonly KeptSigningKey[] = [];
  isBroken = false;
  made = 0;
  readonly log = new RecordingLog();
  open(): Promise<SigningKeys> {
    return openSigningKeys(
      {
        load: async () => this.kept,
        save: async (keys) => {
          if (this.isBroken) throw new Error('disk full');
          this.kept = keys;
        },
      },
      {
        policy,
        log: this.log,
        now: () => this.clock,
        generate: async () => pairOf(`made ${(this.made++ % 6) + 1}`).pem,
      },
    );
  }
  async kids(keys: SigningKeys): Promise<readonly string[]> {
    return (await keys.served()).map(({ kid }) => kid);
  }
}
function kidOf(token: string): string {
  return String(jwt.decode(token, { complete: true })?.header.kid);
}

describe('signing keys', () => {
  it('are named by their thumbprint, and sign what another library verifies', async () => {
    const scene = new Scene();
    const keys = await scene.open();
    const token = await keys.sign({ iss: 'p', aud: 'h', sub: 'bob' }, hour);
    const [served] = await keys.served();
    assert.ok(served);
    assert.equal(served.kid, await calculateJwkThumbprint({ kty: 'RSA', n: served.n, e: served.e }));
    const pem = createPublicKey({ key: { ...served }, format: 'jwk' }).export({
      type: 'spki',
      format: 'pem',
    });
    const claims = jwt.verify(token, pem, {
      algorithms: ['RS256'],
      issuer: 'p',
      audience: 'h',
      clockTimestamp: scene.clock / 1_000,
    });
    assert.equal(typeof claims === 'object' && claims.sub, 'bob');
    assert.throws(() =>
      jwt.verify(token, pem, { algorithms: ['RS256'], clockTimestamp: scene.clock / 1_000 + 3_601 }),
    );
    await assert.rejects(keys.sign({}, hour + 1), RangeError);
  });

  it('agree with the thumbprint of RFC 7638', async () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
    assert.equal(
      await calculateJwkThumbprint({ kty: 'RSA', n, e: 'AQAB' }),
      'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
    );
  });

  it('are served a day before they sign, and until the last token of theirs has expired', async () => {
    const scene = new Scene();
    const keys = await scene.open();
    const first = kidOf(await keys.sign({}, hour));
    const began = scene.clock;
    scene.clock = began + policy.rotateAfterMs - policy.leadMs - 1;
    assert.deepEqual(await scene.kids(keys), [first]);
    scene.clock += 1;
    const [, second] = await scene.kids(keys);
    assert.ok(second);
    assert.equal(kidOf(await keys.sign({}, hour)), first);
    scene.clock = began + policy.rotateAfterMs - 1;
    const last = await keys.sign({ iss: 'p', aud: 'h' }, hour);
    assert.equal(kidOf(last), first);
    scene.clock += 1;
    assert.equal(kidOf(await keys.sign({}, hour)), second);
    // To the end of its life the last token of the old key is good.
    scene.clock += hour + policy.skewMs - 1_001;
    const set = parseJwkSet(Buffer.from(JSON.stringify({ keys: await keys.served() })));
    assert.ok(set.kind === 'keys');
    const found = set.keys.filter(({ kid }) => kid === first).map(({ key }) => key);
    const verified = await verifyToken(last, {
      keys: { find: async () => ({ kind: 'keys', keys: found }) },
      ...{
        issuer: 'p',
        audience: ['h'],
        longestLifeMs: hour,
        skewMs: policy.skewMs,
        now: () => scene.clock - 1_000,
      },
    });
    assert.equal(verified.kind, 'verified');
    scene.clock += 1_001;
    assert.deepEqual(await scene.kids(keys), [second]);
  });

  it('are the same after a restart, and one is made after a long stop without a gap', async () => {
    const scene = new Scene();
    const before = await scene.kids(await scene.open());
    assert.deepEqual(await scene.kids(await scene.open()), before);
    scene.clock += 10 * policy.rotateAfterMs;
    const keys = await scene.open();
    assert.equal((await scene.kids(keys)).length, 2);
    assert.equal(kidOf(await keys.sign({}, hour)), before[0]);
    scene.clock += policy.leadMs;
    assert.notEqual(kidOf(await keys.sign({}, hour)), before[0]);
  });

  it('sign on where a rotation fails, and it is tried again later', async () => {
    const scene = new Scene();
    const keys = await scene.open();
    const first = kidOf(await keys.sign({}, hour));
    scene.isBroken = true;
    scene.clock += policy.rotateAfterMs;
    for (let times = 0; times < 5; times++) assert.equal(kidOf(await keys.sign({}, hour)), first);
    assert.equal(scene.log.errors().length, 1);
    scene.isBroken = false;
    scene.clock += 60_000;
    assert.equal((await scene.kids(keys)).length, 2);
    const other = new Scene();
    other.isBroken = true;
    await assert.rejects(other.open());
  });

  it('that leaked are gone at once', async () => {
    const scene = new Scene();
    const keys = await scene.open();
    const first = kidOf(await keys.sign({}, hour));
    await keys.revoke('nobody');
    await keys.revoke(first);
    const second = kidOf(await keys.sign({}, hour));
    assert.notEqual(second, first);
    assert.deepEqual(await scene.kids(keys), [second]);
    // Where the next is served already, it takes over: others have it.
    scene.clock += policy.rotateAfterMs - policy.leadMs;
    const [, third] = await scene.kids(keys);
    await keys.revoke(second);
    assert.equal(kidOf(await keys.sign({}, hour)), third);
  });

  it('rotate once, however many ask at once', async () => {
    const scene = new Scene();
    const keys = await scene.open();
    scene.clock += policy.rotateAfterMs;
    await Promise.all(Array.from({ length: 20 }, () => keys.sign({}, hour)));
    assert.equal(scene.made, 2);
  });

  it('are planned so that a token is good at every time of its life', () => {
    const step = fc.integer({ min: 1, max: 200 * hour });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 80 }), (steps) => {
        let now = 0;
        let kept: readonly KeptSigningKey[] = [];
        let made = 0;
        const firstServed = new Map<string, number>();
        const tokens: { readonly kid: string; readonly until: number }[] = [];
        for (const ms of steps) {
          const { keep, make } = planKeys(kept, now, policy);
          kept =
            make === undefined ? keep : [...keep, { kid: `k${made++}`, privateKey: '', signsFrom: make }];
          for (const key of kept) if (!firstServed.has(key.kid)) firstServed.set(key.kid, now);
          const { signing } = planKeys(kept, now, policy);
          assert.ok(signing);
          const { kid } = signing;
          if (kid !== 'k0') assert.ok(now - (firstServed.get(kid) ?? now) >= policy.leadMs);
          tokens.push({ kid, until: now + policy.tokenLifeMs + policy.skewMs });
          for (const token of tokens.filter(({ until }) => now < until))
            assert.ok(kept.some((key) => key.kid === token.kid));
          assert.ok(kept.length <= 3);
          now += ms;
        }
      }),
    );
  });
});

describe('the served keys', () => {
  it('lie at the path of the overview, public numbers only', async () => {
    const scene = new Scene();
    const keys = await scene.open();
    await using at = await listening(express().use(jwksRouter(keys)));
    const response = await fetch(`${at.url}/.well-known/oauth/openid/jwks`);
    assert.equal(response.headers.get('cache-control'), 'public, max-age=3600');
    const { keys: served } = JSON.parse(await response.text()) as { keys: Record<string, unknown>[] };
    assert.deepEqual(Object.keys(served[0] ?? {}).toSorted(), ['alg', 'e', 'kid', 'kty', 'n', 'use']);
    const posted = await fetch(`${at.url}/.well-known/oauth/openid/jwks`, { method: 'POST' });
    assert.deepEqual([posted.status, posted.headers.get('allow')], [405, 'GET, HEAD']);
  });

  it('are away where they cannot be read', async () => {
    const broken = { served: async () => Promise.reject(new Error('disk')) };
    await using at = await listening(express().use(jwksRouter(broken)));
    const response = await fetch(`${at.url}/.well-known/oauth/openid/jwks`);
    assert.deepEqual([response.status, await response.text()], [503, '']);
  });
});
