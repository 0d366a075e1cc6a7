import type { MatrixUserId } from '../../src/core/ids.ts';
import type { Arrival, EventSink, Health, Reachable } from '../../src/core/network.ts';
import { EventLog } from './event-log.ts';

/** A sink that keeps what it is given in memory and does with each arrival what the test says. */
export class RecordingSink implements EventSink {
  readonly arrivals = new EventLog<Arrival>((item) => JSON.stringify(item));
  readonly health = new EventLog<Health>((item) => JSON.stringify(item));
  /** Asked for each arrival before it counts as kept; rejects to refuse it. */
  keep: (arrival: Arrival) => Promise<void> = async () => undefined;
  who: (user: MatrixUserId) => Reachable = () => 'yes';
  readonly #seen = new Set<string>();

  async receive(arrival: Arrival): Promise<'kept' | 'known'> {
    this.arrivals.push(arrival);
    await this.keep(arrival);
    if (this.#seen.has(arrival.outerId)) return 'known';
    this.#seen.add(arrival.outerId);
    return 'kept';
  }

  async reachable(user: MatrixUserId): Promise<Reachable> {
    return this.who(user);
  }

  async displayName(user: MatrixUserId): Promise<string | undefined> {
    return `The name of ${user}`;
  }

  linkChanged(health: Health): void {
    this.health.push(health);
  }
}

/** A log that says nothing. */
export const quietLog = {
  debug: (): void => undefined,
  info: (): void => undefined,
  warn: (): void => undefined,
  error: (): void => undefined,
};
