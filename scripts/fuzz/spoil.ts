// Spoils bytes in a few places, or in none.
import type { Random } from './random.ts';

/** Flips, cuts, leaves out, doubles and puts in, up to three times; one of eight stays whole. */
export function spoil(random: Random, whole: Uint8Array): Uint8Array {
  let bytes = [...whole];
  if (random.below(8) === 0) return whole;
  for (let times = random.below(3); times >= 0; times -= 1) {
    const at = random.below(bytes.length + 1);
    const kind = random.oneOf([0, 0, 1, 1, 1, 2, 3, 4, 5]);
    if (kind === 0 && at < bytes.length) bytes[at] = random.below(256);
    if (kind === 1 && at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    if (kind === 2) bytes = bytes.slice(0, at);
    if (kind === 3) bytes.splice(at, 0, ...random.bytes(random.below(6)));
    if (kind === 4) bytes.splice(at, random.below(40));
    if (kind === 5) bytes.splice(at, 0, ...bytes.slice(at, at + random.below(60)));
  }
  return Uint8Array.from(bytes);
}
