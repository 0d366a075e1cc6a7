import { failedForGood, type Failed } from '../../../core/outcome.ts';
import type { Seat } from './seat.ts';
import type { Seats } from './seats.ts';

/** So long the bridge does not enter as itself after it was put out. */
const barredMs = 60 * 60_000;

/** Which of our occupants listens in a room: the bridge itself, or else the first user who may enter. */
export class Listener {
  readonly #now: () => number;
  #seat: Seat | undefined;
  #barredUntil = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  get seat(): Seat | undefined {
    return this.#seat;
  }

  /** Tries one after the other; each listens from the moment when it tries. A failure where nobody may enter. */
  async choose(
    seats: Seats,
    enter: (seat: Seat) => Promise<Failed | undefined>,
  ): Promise<Failed | undefined> {
    let refused: Failed = failedForGood('forbidden');
    const bot = this.#now() < this.#barredUntil ? [] : [seats.bot];
    for (const seat of [...bot, ...seats.ofUsers()]) {
      this.#seat = seat;
      const failed = await enter(seat);
      if (failed === undefined) return undefined;
      refused = failed;
      if (failed.retry.kind === 'later') break;
    }
    this.#seat = undefined;
    return refused;
  }

  /** One of ours is out; answers whether it was the one that listened. */
  out(seat: Seat | undefined): boolean {
    if (seat === undefined || this.#seat !== seat) return false;
    this.#seat = undefined;
    return true;
  }

  /** The bridge was put out: it does not come back as itself for a while. */
  bar(): void {
    this.#barredUntil = this.#now() + barredMs;
  }
}
