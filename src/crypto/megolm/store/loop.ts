/**
 * The steps of the store in the event loop. Each step runs in a turn of its own, so that all microtasks that it caused
 * (the engine's futures among them) have run before the next one.
 */
export class Loop {
  #pending = 0;

  /** How many steps are about to run. */
  get pending(): number {
    return this.#pending;
  }

  /** Runs a step soon, after those that were asked for before. */
  soon(step: () => void): void {
    this.#pending += 1;
    setImmediate(() => {
      this.#pending -= 1;
      step();
    });
  }
}

/**
 * Runs a step when all microtasks of this turn have run: a tick that is asked for from a microtask comes after the last
 * of them. This is where a transaction stops being active.
 */
export function afterMicrotasks(step: () => void): void {
  queueMicrotask(() => process.nextTick(step));
}
