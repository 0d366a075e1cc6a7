import { Held } from './held.ts';

/** What is heard while all of ours come in and the archive is read: it waits, in order and within bounds. */
export class HeldBack {
  #held: Held | undefined;

  /**
   * From now on what is heard waits, until all of ours are in, so that they are known, and the archive has been read.
   * Entering makes everybody's presence come again.
   */
  hold(): void {
    (this.#held ??= new Held()).hold();
  }

  /**
   * What waited goes on, in order. False where more came than could wait: then the archive has to be read once more.
   * Where it cannot be (`rereads` is false), what waited goes on all the same.
   */
  release(rereads = true): boolean {
    if (this.#held?.spilled === true && rereads) {
      this.#held.clear();
      return false;
    }
    const held = this.#held;
    this.#held = undefined;
    held?.go();
    return true;
  }

  /** Does it now, or when what waits goes on; not at all where too much waits. */
  do(go: () => void, size: () => number): void {
    if (this.#held === undefined) go();
    else this.#held.add(go, size());
  }
}
