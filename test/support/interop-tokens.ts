import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { FoundKeys, TokenKeys } from '../../src/interop/identity/token.ts';

/** A pair of RSA keys, made once for each name: making them takes time. */
export interface TestPair {
  readonly kid: string;
  readonly pem: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}
const pairs = new Map<string, TestPair>();

export function pairOf(kid: string, modulusLength = 2_048): TestPair {
  const name = `${kid} ${modulusLength}`;
  const known = pairs.get(name);
  if (known !== undefined) return known;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const made = { kid, pem, privateKey: createPrivateKey(pem), publicKey: createPublicKey(pem) };
  pairs.set(name, made);
  return made;
}

/** The key as a member of a set. */
export function jwkOf({ kid, publicKey }: TestPair): Record<string, unknown> {
  return { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' };
}

export function setOf(...members: readonly unknown[]): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ keys: members }));
}

/** Keys as a verifier looks for them. */
export function keysOf(...known: readonly TestPair[]): TokenKeys {
  return {
    find: async (kid): Promise<FoundKeys> => {
      const keys = known
        .filter((pair) => kid === undefined || pair.kid === kid)
        .map((pair) => pair.publicKey);
      return keys.length > 0
        ? { kind: 'keys', keys }
        : { kind: 'failed', reason: 'unknown-key', text: 'unknown' };
    },
  };
}

/** A part of a token: JSON in base64url. */
export function part(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
}
