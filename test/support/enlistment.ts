import { generateKeyPairSync } from 'node:crypto';
import type { EnlistmentRequest } from '../../src/interop/enlistment/request.ts';

let keys: readonly Uint8Array[] | undefined;

/** A request that is right, with keys that are keys; always the same in one process. */
export function anEnlistment(): EnlistmentRequest {
  keys ??= [0, 1, 2].map(publicKey);
  const [authKey = empty, identityKey = empty, key = empty] = keys;
  return {
    authKey,
    registrationId: 12_345,
    identityKey,
    signedPrekey: { id: 7, key, signature: new Uint8Array(64).fill(9) },
    token: 'head.claims.signature',
  };
}

const empty = new Uint8Array(0);

function publicKey(): Uint8Array {
  const der = generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'der' });
  return new Uint8Array(der.subarray(-32));
}
