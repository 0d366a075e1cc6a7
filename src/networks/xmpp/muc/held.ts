/** So many messages of a room, and so many characters of them, wait while its archive is read; more are left to that. */
const usualMost = 1000;
const usualMostBytes = 4 * 1024 * 1024;

/** What is heard while a room's archive is read, waiting for its turn: bounded by number and by bytes. */
export class Held {
  readonly #most: number;
  readonly #mostBytes: number;
  readonly #waiting: (() => void)[] = [];
  #bytes = 0;
  #spilled = false;

  constructor(most = usualMost, mostBytes = usualMostBytes) {
    this.#most = most;
    this.#mostBytes = mostBytes;
  }

  /** Whether more came than could wait. */
  get spilled(): boolean {
    return this.#spilled;
  }

  /** Everything that comes after something that found no room finds none either, so that order holds. */
  add(go: () => void, bytes: number): void {
    if (this.#spilled || this.#waiting.length >= this.#most || this.#bytes + bytes > this.#mostBytes) {
      this.#spilled = true;
      return;
    }
    this.#bytes += bytes;
    this.#waiting.push(go);
  }

  /** What waited goes on, in order. */
  go(): void {
    for (const go of this.#waiting) go();
  }

  /** What waited is let go of; there is room again. */
  clear(): void {
    this.#waiting.length = 0;
    this.#bytes = 0;
    this.#spilled = false;
  }

  /** What has waited so far stays; what comes from now on waits behind it, as far as there is room. */
  hold(): void {
    this.#spilled = false;
  }
}
