// Signatures by Curve25519 keys (XEdDSA, https://signal.org/docs/specifications/xeddsa/), by Signal's own library.
import { PrivateKey, PublicKey } from 'libsignal-x3dh';

const keyType = Uint8Array.of(5);
const signatureBytes = 64;

/** Signs with a private key of 32 bytes; the signature has 64. */
export function signByCurveKey(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
  return Uint8Array.from(PrivateKey.deserialize(Buffer.from(privateKey)).sign(Buffer.from(message)));
}

/** Whether the signature is that of the public key of 32 bytes; never throws, whatever the bytes are. */
export function isCurveSignature(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== signatureBytes || publicKey.length !== 32) return false;
  try {
    const key = PublicKey.deserialize(Buffer.concat([keyType, publicKey]));
    return key.verify(Buffer.from(message), Buffer.from(signature));
  } catch {
    return false;
  }
}
