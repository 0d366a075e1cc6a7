/** What a host checks of a request before anything is kept: that its keys are keys, and belong together. */
import { createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { toBase64url } from '../identity/base64url.ts';
import { enlistmentProfile } from '../profile/identity-profile.ts';
import type { EnlistmentRequest } from './request.ts';

/** Whether a signature of a Signal identity (XEdDSA) over a message is genuine; given by who has the library. */
export type VerifySignature = (
  identityKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => boolean | Promise<boolean>;

export type KeysChecked =
  | { readonly kind: 'ok' }
  | {
      readonly kind: 'failed';
      /** `weak-key`: one of the few public keys with which every secret is the same. */
      readonly reason: 'weak-key' | 'bad-signature';
      readonly text: string;
    };

/** Checks the three public keys, and the signature of the prekey under the identity. */
export async function checkKeys(request: EnlistmentRequest, verify: VerifySignature): Promise<KeysChecked> {
  const { authKey, identityKey, signedPrekey } = request;
  for (const key of [authKey, identityKey, signedPrekey.key])
    if (isWeakKey(key)) return { kind: 'failed', reason: 'weak-key', text: 'a public key is not one to use' };
  const message = Uint8Array.of(enlistmentProfile.keyType, ...signedPrekey.key);
  const isGenuine = await verify(identityKey, message, signedPrekey.signature);
  return isGenuine
    ? { kind: 'ok' }
    : { kind: 'failed', reason: 'bad-signature', text: 'the signature of the prekey is not genuine' };
}

/** A key to try others with; it keeps no secret. */
let probe: KeyObject | undefined;

/** Points of low order give the same secret with any key: OpenSSL refuses to agree on it. */
export function isWeakKey(key: Uint8Array): boolean {
  probe ??= generateKeyPairSync('x25519').privateKey;
  try {
    const jwk = { kty: 'OKP', crv: 'X25519', x: toBase64url(key) };
    diffieHellman({ privateKey: probe, publicKey: createPublicKey({ key: jwk, format: 'jwk' }) });
    return false;
  } catch {
    return true;
  }
}
