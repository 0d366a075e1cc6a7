/** Bytes that come in parts and are to be one piece. */
export interface GrowingBytes {
  /** Copies a part behind the others; `whole` is how long the piece will be. */
  add(part: Uint8Array, whole: number): void;
  filled(): number;
  allocated(): number;
  /** What is there, valid until the next part. */
  bytes(): Uint8Array;
  /** What is there, which is the taker's from now on; begins anew. */
  let(): Uint8Array;
}

const smallest = 64;

/**
 * Grows by doubling, so that each byte is copied a bounded number of times; what is allocated follows what has come (at
 * most twice as much, or 64 bytes) and not what was announced.
 */
export function createGrowingBytes(): GrowingBytes {
  let kept = new Uint8Array(0);
  let filled = 0;
  return {
    add(part, whole) {
      const needed = filled + part.length;
      if (needed > kept.length) {
        const grown = new Uint8Array(Math.min(whole, Math.max(smallest, 2 * kept.length, needed)));
        grown.set(kept.subarray(0, filled));
        kept = grown;
      }
      kept.set(part, filled);
      filled = needed;
    },
    filled: () => filled,
    allocated: () => kept.length,
    bytes: () => kept.subarray(0, filled),
    let() {
      const all = kept.subarray(0, filled);
      kept = new Uint8Array(0);
      filled = 0;
      return all;
    },
  };
}
