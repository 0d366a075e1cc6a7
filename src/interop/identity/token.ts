/**
 * Tokens between providers: JWTs (https://www.rfc-editor.org/rfc/rfc7519) signed with RS256, read with the advice of
 * https://www.rfc-editor.org/rfc/rfc8725: one algorithm, whatever the token says; one issuer and audience; a bounded life.
 */
import type { KeyObject } from 'node:crypto';
import { errors, jwtVerify, type JWTPayload } from 'jose';
import { identityProfile } from '../profile/identity-profile.ts';
import { fromBase64url } from './base64url.ts';
import { maxKidLength } from './jwk-set.ts';

/** Why a token is not taken. */
export type TokenFault =
  | 'too-large'
  | 'malformed'
  | 'algorithm'
  | 'unknown-key'
  | 'keys-unavailable'
  | 'bad-signature'
  | 'expired'
  | 'not-yet'
  | 'lives-too-long'
  | 'no-expiry'
  | 'wrong-issuer'
  | 'wrong-audience'
  | 'bad-identifier'
  | 'other-identifier';
/** `keys-unavailable` passes; the others are for good. Nothing of the token is in the text. */
export interface TokenFailed {
  readonly kind: 'failed';
  readonly reason: TokenFault;
  readonly text: string;
}
/** Keys by their name. Without one, all that there are. */
export interface TokenKeys {
  find(kid: string | undefined): Promise<FoundKeys>;
}
export type FoundKeys =
  { readonly kind: 'keys'; readonly keys: readonly KeyObject[] } | (TokenFailed & { reason: KeysFault });
type KeysFault = 'unknown-key' | 'keys-unavailable';

/** What a token has to say. Times in milliseconds. */
export interface Expected {
  readonly keys: TokenKeys;
  readonly issuer: string;
  /** Any of these. */
  readonly audience: readonly string[];
  readonly longestLifeMs: number;
  readonly skewMs: number;
  readonly now: () => number;
}
export interface VerifiedToken {
  readonly kind: 'verified';
  readonly claims: JWTPayload;
  /** Milliseconds since the epoch, without the tolerance for clocks. */
  readonly expiresAt: number;
}

/** What a token says before anything of it is verified: only good for finding out what to verify it with. */
export interface UnverifiedToken {
  readonly kind: 'unverified';
  readonly kid: string | undefined;
  readonly issuer: string | undefined;
}

/**
 * Verifies a token: its size, its form, the algorithm (`none`, HS256 with a public key and all others are refused before a
 * key is looked for), the signature, and then issuer, audience, expiry, not-before and life. Keys that a token names or
 * brings itself (`jku`, `jwk`, `x5u`, `x5c`) are never used. Never rejects for what a token holds.
 */
export async function verifyToken(token: string, expected: Expected): Promise<VerifiedToken | TokenFailed> {
  const read = readUnverified(token);
  if (read.kind === 'failed') return read;
  const found = await expected.keys.find(read.kid);
  if (found.kind === 'failed') return found;
  let failed: TokenFailed = tokenFailed('unknown-key');
  for (const key of found.keys) {
    const verified = await verifyWith(token, key, expected);
    if (verified.kind === 'verified' || verified.reason !== 'bad-signature') return verified;
    failed = verified;
  }
  return failed;
}

/** Reads the form of a token, and pins its algorithm. Never throws. */
export function readUnverified(token: string): UnverifiedToken | TokenFailed {
  // More UTF-16 units than that are more bytes too.
  if (token.length > identityProfile.maxTokenBytes) return tokenFailed('too-large');
  const parts = token.split('.', 4);
  if (parts.length !== 3) return tokenFailed('malformed');
  const [head = '', payload = '', signature = ''] = parts;
  const header = jsonIn(head);
  const claims = jsonIn(payload);
  if (header === undefined || claims === undefined || fromBase64url(signature) === undefined)
    return tokenFailed('malformed');
  if (header['alg'] !== identityProfile.algorithm) return tokenFailed('algorithm');
  const { kid, typ } = header;
  if ('crit' in header || 'b64' in header || !isType(typ)) return tokenFailed('malformed');
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > maxKidLength))
    return tokenFailed('malformed');
  const issuer = claims['iss'];
  return { kind: 'unverified', kid, issuer: typeof issuer === 'string' ? issuer : undefined };
}

export function tokenFailed<R extends TokenFault>(reason: R): TokenFailed & { readonly reason: R } {
  return { kind: 'failed', reason, text: texts[reason] };
}

async function verifyWith(
  token: string,
  key: KeyObject,
  { issuer, audience, longestLifeMs, skewMs, now }: Expected,
): Promise<VerifiedToken | TokenFailed> {
  const at = now();
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [identityProfile.algorithm],
      issuer,
      audience: [...audience],
      requiredClaims: ['exp'],
      clockTolerance: skewMs / 1_000,
      currentDate: new Date(at),
    });
    const expiresAt = (payload.exp ?? 0) * 1_000;
    if (payload.iat !== undefined && payload.iat * 1_000 > at + skewMs) return tokenFailed('not-yet');
    // Told by the end alone, or by beginning and end: a token that is too long is so at every time of its life.
    const begins = Math.min(payload.iat === undefined ? at + skewMs : payload.iat * 1_000, at + skewMs);
    return expiresAt - begins > longestLifeMs
      ? tokenFailed('lives-too-long')
      : { kind: 'verified', claims: payload, expiresAt };
  } catch (error) {
    return tokenFailed(faultOf(error));
  }
}

function faultOf(error: unknown): TokenFault {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'bad-signature';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'algorithm';
  if (!(error instanceof errors.JWTClaimValidationFailed)) return 'malformed';
  switch (error.claim) {
    case 'iss':
      return 'wrong-issuer';
    case 'aud':
      return 'wrong-audience';
    case 'exp':
      return 'no-expiry';
    case 'nbf':
      return error.reason === 'check_failed' ? 'not-yet' : 'malformed';
    default:
      return 'malformed';
  }
}

function isType(typ: unknown): boolean {
  return typ === undefined || (typeof typ === 'string' && typ.toUpperCase() === 'JWT');
}

function jsonIn(part: string): Readonly<Record<string, unknown>> | undefined {
  const bytes = fromBase64url(part);
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

const texts: Readonly<Record<TokenFault, string>> = {
  'too-large': 'the token is too large',
  malformed: 'the token is not a signed JWT',
  algorithm: 'the token is not signed with RS256',
  'unknown-key': 'the token is signed with a key that its provider does not publish',
  'keys-unavailable': "the provider's keys cannot be fetched",
  'bad-signature': 'the signature of the token is not genuine',
  expired: 'the token has expired',
  'not-yet': 'the token is not valid yet',
  'lives-too-long': 'the token is valid for too long',
  'no-expiry': 'the token has no expiry',
  'wrong-issuer': 'the token is not from the expected issuer',
  'wrong-audience': 'the token is not for this place',
  'bad-identifier': 'the token names no user, or not by the identifier of its provider',
  'other-identifier': 'the token is about another user',
};
