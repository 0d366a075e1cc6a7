// Numbers that a seed repeats, so that an input that broke something can be made again.

export interface Random {
  /** A whole number from 0 up to and without `below`. */
  readonly below: (below: number) => number;
  readonly bytes: (length: number) => Uint8Array;
  readonly oneOf: <T>(of: readonly T[]) => T;
}

/** A small generator (mulberry32): quick and repeatable, for nothing that must be secret. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (bound: number): number => next() % bound;
  return {
    below,
    bytes: (length) => Uint8Array.from({ length }, () => below(256)),
    oneOf: (of) => {
      const found = of[below(of.length)];
      if (found === undefined) throw new RangeError('nothing to choose from');
      return found;
    },
  };
}
