import type { Meter } from '../../src/core/meter.ts';

/** Writes down what was held back of floods, and what became of encrypted events. */
export function rigMeter(seen: { readonly bounded: string[]; readonly openings: string[] }): Meter {
  return {
    kept: () => undefined,
    duplicate: () => undefined,
    ended: () => undefined,
    retried: () => undefined,
    opened: (result) => void seen.openings.push(result),
    bounded: (_network, what) => void seen.bounded.push(what),
  };
}
