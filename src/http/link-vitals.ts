import type { Health } from '../core/network.ts';

/** How often each link has broken lately. */
export class LinkVitals {
  readonly #now: () => number;
  readonly #window: number;
  readonly #last = new Map<string, Health['kind']>();
  readonly #breaks = new Map<string, readonly number[]>();

  /** `window`: how long a break counts, in milliseconds. */
  constructor(now: () => number, window: number) {
    this.#now = now;
    this.#window = window;
  }

  /** To be told of every change. */
  changed(network: string, health: Health): void {
    const before = this.#last.get(network);
    this.#last.set(network, health.kind);
    if (before !== 'up' || health.kind === 'up') return;
    this.#breaks.set(network, [...this.#recent(network), this.#now()].slice(-100));
  }

  /** How often the link broke within the window. */
  breaks(network: string): number {
    return this.#recent(network).length;
  }

  #recent(network: string): readonly number[] {
    const since = this.#now() - this.#window;
    return (this.#breaks.get(network) ?? []).filter((at) => at >= since);
  }
}
