/** Lets one piece of work after the other be done on a thing, in the order in which they were asked for. */
export class Turns {
  readonly #busy = new Map<string, Promise<unknown>>();

  async alone<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#busy.get(name);
    const mine = before === undefined ? work() : before.then(work, work);
    this.#busy.set(name, mine);
    try {
      return await mine;
    } finally {
      if (this.#busy.get(name) === mine) this.#busy.delete(name);
    }
  }
}
