interface Sample {
  readonly at: number;
  readonly value: number;
}

/** The last few measurements, as long as they are recent. Times in milliseconds. */
export class Recent {
  readonly #samples: Sample[] = [];
  readonly #most: number;
  readonly #maxAge: number;

  constructor(most: number, maxAge: number) {
    this.#most = most;
    this.#maxAge = maxAge;
  }

  add(value: number, at: number): void {
    this.#samples.push({ at, value });
    if (this.#samples.length > this.#most) this.#samples.shift();
  }

  /** The middle one of those that are recent; undefined where there are fewer than `least`. */
  median(now: number, least: number): number | undefined {
    const values = this.#samples.filter(({ at }) => now - at <= this.#maxAge).map(({ value }) => value);
    if (values.length < least) return undefined;
    return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
  }

  /** How many are recent. */
  count(now: number): number {
    return this.#samples.filter(({ at }) => now - at <= this.#maxAge).length;
  }
}
