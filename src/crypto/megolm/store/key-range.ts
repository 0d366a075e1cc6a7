/** https://w3c.github.io/IndexedDB/#keyrange */
import { domError } from './errors.ts';
import { after, highest, type Key, keyOf, lowest, requireKey, valueOf } from './keys.ts';

/** Encoded keys, or entries that begin with a key, from the first (included) to the second (not included). */
export interface Span {
  readonly from: Buffer;
  readonly to: Buffer;
}

export const everything: Span = { from: lowest, to: highest };

export class IDBKeyRange {
  readonly #lower: Key | undefined;
  readonly #upper: Key | undefined;
  readonly lowerOpen: boolean;
  readonly upperOpen: boolean;

  private constructor(
    lower: Key | undefined,
    upper: Key | undefined,
    lowerOpen: boolean,
    upperOpen: boolean,
  ) {
    this.#lower = lower;
    this.#upper = upper;
    this.lowerOpen = lowerOpen;
    this.upperOpen = upperOpen;
  }

  static only(...given: readonly unknown[]): IDBKeyRange {
    demand(given, 1);
    const key = requireKey(given[0]);
    return new IDBKeyRange(key, key, false, false);
  }

  static lowerBound(...given: readonly unknown[]): IDBKeyRange {
    demand(given, 1);
    return new IDBKeyRange(requireKey(given[0]), undefined, Boolean(given[1]), true);
  }

  static upperBound(...given: readonly unknown[]): IDBKeyRange {
    demand(given, 1);
    return new IDBKeyRange(undefined, requireKey(given[0]), true, Boolean(given[1]));
  }

  static bound(...given: readonly unknown[]): IDBKeyRange {
    demand(given, 2);
    const lower = requireKey(given[0]);
    const upper = requireKey(given[1]);
    const [lowerOpen, upperOpen] = [Boolean(given[2]), Boolean(given[3])];
    const order = lower.compare(upper);
    if (order > 0 || (order === 0 && (lowerOpen || upperOpen)))
      throw domError('DataError', 'the lower bound is above the upper bound');
    return new IDBKeyRange(lower, upper, lowerOpen, upperOpen);
  }

  /** The range that a query means: a range, a key, or everything. Throws a `DataError` for anything else. */
  static of(query: unknown): IDBKeyRange {
    if (query instanceof IDBKeyRange) return query;
    if (query === undefined || query === null) return new IDBKeyRange(undefined, undefined, true, true);
    return IDBKeyRange.only(query);
  }

  get lower(): unknown {
    return this.#lower === undefined ? undefined : valueOf(this.#lower);
  }

  get upper(): unknown {
    return this.#upper === undefined ? undefined : valueOf(this.#upper);
  }

  includes(...given: readonly unknown[]): boolean {
    demand(given, 1);
    const key = keyOf(given[0]);
    if (key === undefined) throw domError('DataError', 'the value is not a valid key');
    const { from, to } = this.span();
    return key.compare(from) >= 0 && key.compare(to) < 0;
  }

  /** The same range over encoded keys. */
  span(): Span {
    const [lower, upper] = [this.#lower, this.#upper];
    return {
      from: lower === undefined ? lowest : this.lowerOpen ? after(lower) : lower,
      to: upper === undefined ? highest : this.upperOpen ? upper : after(upper),
    };
  }

  readonly [Symbol.toStringTag]: string = 'IDBKeyRange';
}

/** Throws as a function of the platform does that was called with too few arguments. */
export function demand(given: readonly unknown[], count: number): void {
  if (given.length < count) throw new TypeError(`${count} arguments are needed, ${given.length} were given`);
}
