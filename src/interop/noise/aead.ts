// AES-256-GCM (NIST SP 800-38D) with the chat channel's nonces: zeros and a 32-bit counter [P].
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { noiseProfile } from '../profile/noise-profile.ts';
import { noiseFailure, type NoiseFailure } from './failure.ts';

export const tagBytes = 16;

/** Ciphertext and tag. A counter past the last is a bug of the caller and throws: a nonce is never used twice. */
export function seal(
  key: Uint8Array,
  counter: number,
  plaintext: Uint8Array,
  associated?: Uint8Array,
): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, nonce(counter), { authTagLength: tagBytes });
  if (associated !== undefined) cipher.setAAD(associated);
  const first = cipher.update(plaintext);
  const last = cipher.final();
  return Buffer.concat([first, last, cipher.getAuthTag()]);
}

/** The plaintext, or `not-authentic`: another key, another counter, other associated data, or changed bytes. */
export function openSealed(
  key: Uint8Array,
  counter: number,
  sealed: Uint8Array,
  associated?: Uint8Array,
): Uint8Array | NoiseFailure {
  if (sealed.length < tagBytes) return noiseFailure('frame-too-short');
  const end = sealed.length - tagBytes;
  const decipher = createDecipheriv('aes-256-gcm', key, nonce(counter), { authTagLength: tagBytes });
  if (associated !== undefined) decipher.setAAD(associated);
  decipher.setAuthTag(sealed.subarray(end));
  const plaintext = decipher.update(sealed.subarray(0, end));
  try {
    decipher.final();
  } catch {
    return noiseFailure('not-authentic');
  }
  return plaintext;
}

function nonce(counter: number): Uint8Array {
  if (!Number.isInteger(counter) || counter < 0 || counter > noiseProfile.lastCounter)
    throw new Error('a counter is out of its range');
  const bytes = new Uint8Array(noiseProfile.nonceZeros + 4);
  new DataView(bytes.buffer).setUint32(noiseProfile.nonceZeros, counter);
  return bytes;
}
