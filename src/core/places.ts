/** How many may wait outside of the places for each place there is. */
const slowForEach = 16;

/**
 * A bounded number of places for work, given in the order of asking. A place is for working, not for waiting: work that
 * takes longer than `patience` milliseconds goes on without one, so that a network that hangs keeps nobody else from
 * their turn; how much work may do so is bounded too.
 */
export class Places {
  readonly #patience: number;
  readonly #waiting: (() => void)[] = [];
  #max: number;
  #taken = 0;
  #slow = 0;

  constructor(max: number, patience: number) {
    this.#max = max;
    this.#patience = patience;
  }

  /** Runs the work once there is a place for it. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#taken < this.#max) this.#taken += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const mine = { isSlow: false };
    const timer = setTimeout(() => {
      if (this.#slow >= slowForEach * this.#max) return;
      mine.isSlow = true;
      this.#slow += 1;
      this.#leave();
    }, this.#patience);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
      if (mine.isSlow) this.#slow -= 1;
      else this.#leave();
    }
  }

  /** Lets everybody in, now and from now on. */
  open(): void {
    this.#max = Number.POSITIVE_INFINITY;
    for (const go of this.#waiting.splice(0)) {
      this.#taken += 1;
      go();
    }
  }

  /** Hands the place on to who has waited longest. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken -= 1;
    else next();
  }
}
