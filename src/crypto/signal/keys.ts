/** Public keys as networks write them: 32 bytes of Curve25519, without the byte that names the kind. */
import { PrivateKey, PublicKey } from 'libsignal-x3dh';

/** The byte that names Curve25519 before a key. */
const curveByte = 0x05;
export const keyBytes = 32;
export const signatureBytes = 64;

/** The library's key; `undefined` for what has another size, or is a point whose agreement is known to everybody. */
export function publicKeyOf(bytes: Uint8Array): PublicKey | undefined {
  if (bytes.length !== keyBytes) return undefined;
  const key = PublicKey.deserialize(Buffer.concat([Buffer.of(curveByte), bytes]));
  return PrivateKey.generate()
    .agree(key)
    .every((byte) => byte === 0)
    ? undefined
    : key;
}

export function bytesOf(key: PublicKey): Uint8Array {
  return new Uint8Array(key.getPublicKeyBytes());
}

/** A private key from what was kept. */
export function privateKeyOf(kept: string): PrivateKey {
  return PrivateKey.deserialize(Buffer.from(kept, 'base64'));
}

export function keptKey(key: PrivateKey): string {
  return key.serialize().toString('base64');
}
