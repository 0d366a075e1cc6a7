/**
 * Work on messages that did not open. A message may make as many keys as are kept of a chain before it turns out to be
 * forged; so that many of them cannot keep the process from everything else, what came to nothing is rationed: for each
 * session, and for all together. What opens costs nothing.
 */
import type { SignalLimits } from './limits.ts';

export type WastedLimits = Pick<SignalLimits, 'maxWasted' | 'wastedPerSecond'>;

interface Ration {
  left: number;
  at: number;
}

/** What a message makes in any case is not worth counting. */
const cheap = 100;
const sessionsKept = 1_000;
/** All sessions have as much as so many of them. */
const together = 10;

export class Wasted {
  readonly #limits: WastedLimits;
  readonly #all: Ration;
  readonly #sessions = new Map<string, Ration>();

  constructor(limits: WastedLimits) {
    this.#limits = limits;
    this.#all = { left: together * limits.maxWasted, at: 0 };
  }

  /** Takes the steps of a message before they are made; false where there are not so many left. */
  take(session: string, steps: number, now: number): boolean {
    if (steps <= cheap) return true;
    const { maxWasted, wastedPerSecond } = this.#limits;
    const own = this.#rationOf(session, now);
    refill(own, now, wastedPerSecond, maxWasted);
    refill(this.#all, now, together * wastedPerSecond, together * maxWasted);
    if (own.left < steps || this.#all.left < steps) return false;
    own.left -= steps;
    this.#all.left -= steps;
    return true;
  }

  /** The message opened: its steps were not for nothing. */
  giveBack(session: string, steps: number): void {
    if (steps <= cheap) return;
    this.#all.left += steps;
    const own = this.#sessions.get(session);
    if (own !== undefined) own.left += steps;
  }

  #rationOf(session: string, now: number): Ration {
    const known = this.#sessions.get(session);
    if (known !== undefined) return known;
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size >= sessionsKept && oldest !== undefined) this.#sessions.delete(oldest);
    const made = { left: this.#limits.maxWasted, at: now };
    this.#sessions.set(session, made);
    return made;
  }
}

function refill(ration: Ration, now: number, perSecond: number, most: number): void {
  const passed = Math.max(0, now - ration.at) / 1_000;
  ration.left = Math.min(most, ration.left + passed * perSecond);
  ration.at = Math.max(ration.at, now);
}
