import { createHash } from 'node:crypto';
import { keyBytes } from './keys.ts';

const curveByte = 0x05;
const groups = 6;
const groupBytes = 5;

/**
 * An identity key as people compare it: six groups of five figures, 99 bits of a digest, written as Signal writes the halves
 * of its safety numbers. That clients of third-party chats show this number is a guess [G].
 */
export function identityNumber(identity: Uint8Array): string {
  if (identity.byteLength !== keyBytes) throw new TypeError('an identity key has 32 bytes');
  const digest = createHash('sha512').update(Uint8Array.of(curveByte)).update(identity).digest();
  return Array.from({ length: groups }, (_none, index) => {
    const group = digest.readUIntBE(index * groupBytes, groupBytes) % 100_000;
    return String(group).padStart(5, '0');
  }).join(' ');
}
