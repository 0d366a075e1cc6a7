/** So many messages wait while the archive is read; more are left to the archive. */
const mostHeld = 1000;

/** What is heard while all of ours come in and the archive is read: it waits, in order and within a bound. */
export class HeldBack {
  #held: (() => void)[] | undefined;
  #spilled = false;

  /**
   * From now on what is heard waits, until all of ours are in, so that they are known, and the archive has been read.
   * Entering makes everybody's presence come again.
   */
  hold(): void {
    this.#held ??= [];
    this.#spilled = false;
  }

  /**
   * What waited goes on, in order. False where more came than could wait: then the archive has to be read once more.
   * Where it cannot be (`rereads` is false), what waited goes on all the same.
   */
  release(rereads = true): boolean {
    if (this.#spilled && rereads) {
      this.#spilled = false;
      this.#held = [];
      return false;
    }
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const go of held) go();
    return true;
  }

  /** Does it now, or when what waits goes on; not at all where too much waits. */
  do(go: () => void): void {
    if (this.#held === undefined) go();
    else if (this.#held.length < mostHeld) this.#held.push(go);
    else this.#spilled = true;
  }
}
