/** Numbers that look random and are the same for the same seed (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  /** As many moments in [0, length) as asked for, in order; some come in bursts. */
  moments(count: number, length: number): readonly number[] {
    const found: number[] = [];
    while (found.length < count) {
      const at = this.next() * length;
      const burst = this.next() < 0.3 ? 1 + Math.floor(this.next() * 4) : 1;
      for (let n = 0; n < burst && found.length < count; n += 1) found.push(at);
    }
    return found.sort((a, b) => a - b);
  }
}
