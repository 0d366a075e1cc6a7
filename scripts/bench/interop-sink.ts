/** Where the host hands over what came: kept in memory, so that what is measured is the network and its storage. */
import type {
  Arrival,
  EventSink,
  Health,
  JoinedGroup,
  Reachable,
  RemoteAvatar,
  RemoteSignal,
} from '../../src/core/network.ts';
import type { Log, LogFields } from '../../src/core/task.ts';
import { clock } from './interop-orders.ts';

interface Kept {
  readonly arrival: Arrival;
  readonly at: number;
}

export class MemorySink implements EventSink {
  /** What is warned of is trouble. */
  readonly log: Log = {
    debug: () => undefined,
    info: () => undefined,
    warn: (fields, event) => this.#trouble(fields, event),
    error: (fields, event) => this.#trouble(fields, event),
  };
  readonly #seen = new Set<string>();
  #arrivals: Kept[] = [];
  #delivered: string[] = [];
  #troubles: string[] = [];

  /** What came since this was asked for last. */
  take(): { readonly arrivals: readonly Kept[]; readonly delivered: string[]; readonly troubles: string[] } {
    const taken = { arrivals: this.#arrivals, delivered: this.#delivered, troubles: this.#troubles };
    [this.#arrivals, this.#delivered, this.#troubles] = [[], [], []];
    return taken;
  }

  async receive(arrival: Arrival): Promise<'kept' | 'known'> {
    this.#arrivals.push({ arrival, at: clock() });
    if (this.#seen.has(arrival.outerId)) return 'known';
    this.#seen.add(arrival.outerId);
    return 'kept';
  }

  async reachable(): Promise<Reachable> {
    return 'yes';
  }

  signal({ event }: RemoteSignal): void {
    if (event.kind !== 'receipt') return;
    const { target } = event;
    if (event.receipt === 'delivered' && target.in === 'remote') this.#delivered.push(target.messageId);
    else this.#troubles.push(`a receipt: ${event.receipt}`);
  }

  async groups(): Promise<readonly JoinedGroup[]> {
    return [];
  }

  reached(): void {
    this.#troubles.push('an archive that there is none of');
  }

  async displayName(): Promise<string | undefined> {
    return undefined;
  }

  async avatar(): Promise<RemoteAvatar | undefined> {
    return undefined;
  }

  profileChanged(): void {
    // Nobody has a ghost here.
  }

  linkChanged({ kind }: Health): void {
    if (kind === 'down') this.#troubles.push('the link went down');
  }

  #trouble({ err }: LogFields, event: string): void {
    this.#troubles.push(err instanceof Error ? `${event}: ${err.message}` : event);
  }
}
