/**
 * Waits for a sign of life, in two halves: a process that stood still finds one of them over when it goes on, and has the
 * other to read what came meanwhile.
 */
export class Patience {
  readonly #half: number;
  readonly #lost: () => void;
  #timer: NodeJS.Timeout | undefined;
  #isSecond = false;

  /** `lost` is called once there was no sign for so many milliseconds. */
  constructor(ms: number, lost: () => void) {
    this.#half = ms / 2;
    this.#lost = lost;
  }

  /** There was a sign, or the waiting begins. */
  renew(): void {
    this.#isSecond = false;
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#over(), this.#half);
    else this.#timer.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #over(): void {
    if (this.#isSecond) this.#lost();
    else {
      this.#isSecond = true;
      this.#timer?.refresh();
    }
  }
}
