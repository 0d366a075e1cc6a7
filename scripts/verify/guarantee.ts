/** One guarantee: whether it held, the figures behind it, and what broke it. */
export interface Guarantee {
  readonly name: string;
  readonly ok: boolean;
  readonly figures: string;
  readonly faults: readonly string[];
}

/** A guarantee that held where nothing was found that broke it. */
export function guarantee(name: string, found: readonly string[], figures: string): Guarantee {
  return { name, ok: found.length === 0, figures, faults: found };
}
