/** Sets of public keys: https://www.rfc-editor.org/rfc/rfc7517 and https://www.rfc-editor.org/rfc/rfc7518#section-6.3 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { identityProfile } from '../profile/identity-profile.ts';
import { fromBase64url } from './base64url.ts';

/** A key that can verify tokens. `kid` is undefined where the set gives it no name. */
export interface PublicKey {
  readonly kid: string | undefined;
  readonly key: KeyObject;
}
export type ParsedJwkSet =
  | { readonly kind: 'keys'; readonly keys: readonly PublicKey[] }
  | { readonly kind: 'failed'; readonly reason: 'too-large' | 'malformed'; readonly text: string };

export const maxSetBytes = 65_536;
/** Keys beyond these are passed over, and so are those that are looked at. */
export const maxKeys = 32;
export const maxKidLength = 256;
const minModulusBits = 2_048;
/** Verifying costs time that grows with the square. */
const maxModulusBits = 4_096;

/**
 * Reads a set. Of its members only RSA keys that may verify RS256 are taken, and of these only the public numbers; other
 * keys are passed over, as RFC 7517 asks (section 5), and never become keys of another kind. Never throws.
 */
export function parseJwkSet(body: Uint8Array): ParsedJwkSet {
  if (body.byteLength > maxSetBytes)
    return { kind: 'failed', reason: 'too-large', text: 'the key set is too large' };
  const members = membersIn(body);
  if (members === undefined) return { kind: 'failed', reason: 'malformed', text: 'the answer is no key set' };
  const keys = members.slice(0, maxKeys).flatMap((member) => publicKey(member) ?? []);
  return { kind: 'keys', keys };
}

function membersIn(body: Uint8Array): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    if (typeof value !== 'object' || value === null || !('keys' in value)) return undefined;
    return Array.isArray(value.keys) ? value.keys : undefined;
  } catch {
    return undefined;
  }
}

function publicKey(member: unknown): PublicKey | undefined {
  if (typeof member !== 'object' || member === null) return undefined;
  const { kty, use, alg, key_ops: operations, kid, n, e }: Readonly<Record<string, unknown>> = { ...member };
  if (kty !== 'RSA' || (use !== undefined && use !== 'sig')) return undefined;
  if (alg !== undefined && alg !== identityProfile.algorithm) return undefined;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify')))
    return undefined;
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > maxKidLength)) return undefined;
  const key = rsaKey(n, e);
  return key === undefined ? undefined : { kid, key };
}

function rsaKey(n: unknown, e: unknown): KeyObject | undefined {
  if (typeof n !== 'string' || typeof e !== 'string' || n.length > maxModulusBits / 4) return undefined;
  const modulus = fromBase64url(n);
  const exponent = fromBase64url(e);
  if (modulus === undefined || exponent === undefined || !isExponent(exponent)) return undefined;
  try {
    const key = createPublicKey({ key: { kty: 'RSA', n, e }, format: 'jwk' });
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
    return bits >= minModulusBits && bits <= maxModulusBits ? key : undefined;
  } catch {
    return undefined;
  }
}

/** Odd, not 1 (which signs nothing), and small, so that verifying is quick. */
function isExponent(bytes: Uint8Array): boolean {
  if (bytes.byteLength === 0 || bytes.byteLength > 4) return false;
  const exponent = Buffer.from(bytes).readUIntBE(0, bytes.byteLength);
  return exponent >= 3 && exponent % 2 === 1;
}
