import type { MatrixUserId, RemoteChatId, RemoteUserId } from '../../src/core/ids.ts';
import type {
  Arrival,
  EventSink,
  Health,
  JoinedGroup,
  Reachable,
  RemoteAvatar,
  RemoteSignal,
} from '../../src/core/network.ts';
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

  readonly signals = new EventLog<RemoteSignal>((item) => JSON.stringify(item));
  /** The groups that Matrix users are in, as `groups` answers them. */
  joined: readonly JoinedGroup[] = [];
  readonly positions = new Map<RemoteChatId, string>();
  pictures = new Map<MatrixUserId, RemoteAvatar>();
  readonly changed: RemoteUserId[] = [];
  readonly gone: { readonly user: RemoteUserId; readonly receivers: readonly MatrixUserId[] }[] = [];

  signal(signal: RemoteSignal): void {
    this.signals.push(signal);
  }

  async groups(): Promise<readonly JoinedGroup[]> {
    return this.joined;
  }

  reached(chat: RemoteChatId, position: string): void {
    this.positions.set(chat, position);
  }

  async avatar(user: MatrixUserId): Promise<RemoteAvatar | undefined> {
    return this.pictures.get(user);
  }

  profileChanged(user: RemoteUserId): void {
    this.changed.push(user);
  }

  async personGone(user: RemoteUserId, receivers: readonly MatrixUserId[]): Promise<void> {
    this.gone.push({ user, receivers });
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
