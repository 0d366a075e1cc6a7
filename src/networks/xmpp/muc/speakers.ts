import type { Role } from '../../../core/event.ts';
import type { RemoteUserId } from '../../../core/ids.ts';
import { BoundedMap } from '../../../core/bounded-map.ts';

/** What the bridge has told of somebody who spoke. */
export interface Speaker {
  readonly present: boolean;
  /** `undefined`: not told yet. */
  readonly role: Role | undefined;
}

/** Those of a room who have spoken: only their comings and goings are told. Who spoke longest ago is forgotten first. */
export type Speakers = BoundedMap<RemoteUserId, Speaker>;
export function createSpeakers(most: number): Speakers {
  return new BoundedMap(most);
}

/** Comings and goings that may be told: so many at once, and then one in so many milliseconds; the rest is not told. */
export class TellingLimit {
  readonly #burst: number;
  readonly #everyMs: number;
  #left: number;
  #at = 0;

  constructor(burst: number, everyMs: number) {
    this.#burst = burst;
    this.#everyMs = everyMs;
    this.#left = burst;
  }

  take(now: number): boolean {
    const earned = Math.floor((now - this.#at) / this.#everyMs);
    if (earned > 0) {
      this.#left = Math.min(this.#burst, this.#left + earned);
      this.#at = now;
    }
    if (this.#left === 0) return false;
    this.#left -= 1;
    return true;
  }
}
