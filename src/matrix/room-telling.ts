import { setTimeout as sleep } from 'node:timers/promises';
import type { RoomInfo } from './room-info.ts';

const lookEveryMs = 1_000;

/** Tells rooms of what has changed, from the beginning where it changes again meanwhile: one round at a time. */
export class RoomTelling {
  readonly #info: Pick<RoomInfo, 'sweep'>;
  readonly #isUp: () => boolean;
  #newer = new AbortController();
  #round: Promise<void> = Promise.resolve();

  constructor(info: Pick<RoomInfo, 'sweep'>, isUp: () => boolean) {
    this.#info = info;
    this.#isUp = isUp;
  }

  /** Breaks off a round that is under way and begins another, when the homeserver is there. Resolves at its end. */
  tell(stop: AbortSignal): Promise<void> {
    this.#newer.abort();
    this.#newer = new AbortController();
    const signal = AbortSignal.any([stop, this.#newer.signal]);
    this.#round = this.#round
      .catch(() => undefined)
      .then(async () => {
        while (!signal.aborted && !this.#isUp())
          await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
        if (!signal.aborted) await this.#info.sweep(signal);
      });
    return this.#round;
  }
}
