/** One's own keys: https://www.rfc-editor.org/rfc/rfc7517, names by https://www.rfc-editor.org/rfc/rfc7638 */
import { createPrivateKey, createPublicKey, generateKeyPair, randomUUID, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { calculateJwkThumbprint, SignJWT, type JWTPayload } from 'jose';
import type { Log } from '../../core/task.ts';
import { identityProfile } from '../profile/identity-profile.ts';
import { planKeys, type KeptSigningKey, type KeyPolicy } from './signing-key-plan.ts';

/** Where the keys are kept between starts. `save` replaces all, and has kept them for good when it resolves. */
export interface SigningKeyStore {
  load(): Promise<readonly KeptSigningKey[]>;
  save(keys: readonly KeptSigningKey[]): Promise<void>;
}
/** A public key as it is served. */
export interface ServedKey {
  readonly kty: 'RSA';
  readonly n: string;
  readonly e: string;
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: typeof identityProfile.algorithm;
}
/** One's own keys at work. */
export interface SigningKeys {
  /** Signs claims, to which issue, expiry and a name of its own are added. Throws where the life is longer than the policy's. */
  sign(claims: JWTPayload, lifeMs: number): Promise<string>;
  /** The keys to serve now: of the past, present and next. */
  served(): Promise<readonly ServedKey[]>;
  /** For a key that leaked: it is served no more and another signs at once. Tokens that it signed stop being good. */
  revoke(kid: string): Promise<void>;
}
export interface SigningKeyOptions {
  readonly policy: KeyPolicy;
  readonly log: Log;
  readonly now?: () => number;
  /** Makes a private key, in PEM; for tests. */
  readonly generate?: () => Promise<string>;
}

/** After a rotation that failed the old key signs on, and another attempt is made so much later. */
const againAfterMs = 60_000;

/**
 * Opens the keys, making the first where there is none. They rotate when they are used: a new key is kept before it is
 * served, and served before it signs. Rejects where the store cannot be read, or not even a first key be kept.
 */
export async function openSigningKeys(
  store: SigningKeyStore,
  { policy, log, now = Date.now, generate = generateRsa }: SigningKeyOptions,
): Promise<SigningKeys> {
  if (policy.leadMs >= policy.rotateAfterMs)
    throw new RangeError('a key has to sign for longer than its lead');
  let kept = await store.load();
  let turning: Promise<void> = Promise.resolve();
  let notBefore = Number.NEGATIVE_INFINITY;

  const replace = async (keys: readonly KeptSigningKey[]): Promise<void> => {
    await store.save(keys);
    kept = keys;
  };
  const turn = async (): Promise<void> => {
    const { keep, signing, make } = planKeys(kept, now(), policy);
    if (make === undefined && keep.length === kept.length) return;
    if (signing !== undefined && now() < notBefore) return;
    try {
      await replace(make === undefined ? keep : [...keep, await newKey(generate, make)]);
    } catch (error) {
      if (signing === undefined) throw error;
      notBefore = now() + againAfterMs;
      log.error({ err: error }, 'signing keys could not be rotated');
    }
  };
  /** One after the other, whatever became of the one before. */
  const inTurn = (work: () => Promise<void>): Promise<void> => (turning = turning.then(work, work));
  await inTurn(turn);

  return {
    sign: async (claims, lifeMs) => {
      if (lifeMs > policy.tokenLifeMs) throw new RangeError('longer than tokens may live');
      await inTurn(turn);
      const { signing } = planKeys(kept, now(), policy);
      if (signing === undefined) throw new Error('there is no key to sign with');
      return signed(signing, claims, now(), lifeMs);
    },
    served: async () => {
      await inTurn(turn);
      return planKeys(kept, now(), policy).keep.map(servedKey);
    },
    revoke: (kid) =>
      inTurn(async () => {
        const { signing } = planKeys(kept, now(), policy);
        const others = kept.filter((key) => key.kid !== kid);
        if (others.length === kept.length) return;
        await replace(signing?.kid === kid ? await withSigner(others, now(), generate) : others);
        log.warn({}, 'a signing key was revoked');
      }),
  };
}

/** The next key signs at once where there is one, because others have it already; else a new one. */
async function withSigner(
  keys: readonly KeptSigningKey[],
  now: number,
  generate: () => Promise<string>,
): Promise<readonly KeptSigningKey[]> {
  const next = keys
    .filter(({ signsFrom }) => signsFrom > now)
    .toSorted((a, b) => a.signsFrom - b.signsFrom)[0];
  if (next === undefined) return [...keys, await newKey(generate, now)];
  return keys.map((key) => (key === next ? { ...key, signsFrom: now } : key));
}

async function signed(key: KeptSigningKey, claims: JWTPayload, now: number, lifeMs: number): Promise<string> {
  const issued = Math.floor(now / 1_000);
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: identityProfile.algorithm, typ: 'JWT', kid: key.kid })
    .setIssuedAt(issued)
    .setExpirationTime(issued + Math.floor(lifeMs / 1_000))
    .setJti(randomUUID())
    .sign(privateKeyOf(key));
}

async function newKey(generate: () => Promise<string>, signsFrom: number): Promise<KeptSigningKey> {
  const privateKey = await generate();
  const { n, e } = publicNumbers(privateKey);
  return { kid: await calculateJwkThumbprint({ kty: 'RSA', n, e }), privateKey, signsFrom };
}

async function generateRsa(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2_048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function privateKeyOf({ privateKey }: KeptSigningKey): KeyObject {
  return createPrivateKey(privateKey);
}

function servedKey({ kid, privateKey }: KeptSigningKey): ServedKey {
  const { algorithm: alg } = identityProfile;
  return { kty: 'RSA', ...publicNumbers(privateKey), kid, use: 'sig', alg };
}

function publicNumbers(privateKey: string): { readonly n: string; readonly e: string } {
  const { n, e } = createPublicKey(privateKey).export({ format: 'jwk' });
  if (n === undefined || e === undefined) throw new TypeError('not an RSA key');
  return { n, e };
}
