/** The shortest and the longest pause between two attempts to connect, in milliseconds. */
export interface BackOff {
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * The pause before attempt number `attempt` (from 0), in milliseconds: it doubles up to the longest, and a random
 * half of it keeps many clients of a restarted server apart. `random` is in [0, 1).
 */
export function pauseBefore(attempt: number, { firstMs, longestMs }: BackOff, random: number): number {
  const full = Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 30));
  return full / 2 + (full / 2) * random;
}
