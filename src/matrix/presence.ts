/**
 * Presence of ghosts: https://spec.matrix.org/v1.15/client-server-api/#presence. A homeserver takes who has said nothing
 * for half a minute to be offline (Synapse's `sync_online_timeout`), so what is not offline is said again and again.
 */
import type { PresenceEvent } from '../core/event.ts';
import type { MatrixUserId } from '../core/ids.ts';
import { task, type Log } from '../core/task.ts';
import { TokenBucket } from '../core/token-bucket.ts';
import type { Requester } from './client.ts';
import { path } from './path.ts';
import type { Masquerade } from './request.ts';

export interface PresenceOptions {
  /** Requests in a second, on average: changes and repeats together. */
  readonly perSecond: number;
  readonly log: Log;
  readonly now?: () => number;
  readonly renewMs?: number;
}

type State = Pick<PresenceEvent, 'presence' | 'status'>;

const usualRenewMs = 20_000;
const names = { online: 'online', away: 'unavailable', offline: 'offline' } as const;

/**
 * Sets the presence of ghosts within a rate: what waits is replaced by what is newer, and repeats go after changes. As
 * many ghosts are kept from falling offline as the rate allows; of more, those who changed longest ago are let go.
 */
export class GhostPresence {
  readonly #client: Requester;
  readonly #as: (user: MatrixUserId) => Masquerade;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #renewMs: number;
  readonly #mostKept: number;
  readonly #rate: TokenBucket;
  readonly #changes = new Map<MatrixUserId, State>();
  /** What the homeserver was told, the longest ago first; those who are offline are not here. */
  readonly #told = new Map<MatrixUserId, { readonly state: State; readonly at: number }>();
  #timer: NodeJS.Timeout | undefined;
  #telling: Promise<void> | undefined;
  #stopped = false;

  constructor(client: Requester, as: (user: MatrixUserId) => Masquerade, options: PresenceOptions) {
    this.#client = client;
    this.#as = as;
    this.#log = options.log;
    this.#now = options.now ?? Date.now;
    this.#renewMs = options.renewMs ?? usualRenewMs;
    this.#mostKept = Math.max(1, Math.floor((options.perSecond * this.#renewMs) / 1000));
    this.#rate = new TokenBucket(options.perSecond, Math.max(1, Math.ceil(options.perSecond)), this.#now);
  }

  /** Sets a ghost's presence soon; false where the homeserver knows it already. */
  set(ghost: MatrixUserId, state: State): boolean {
    const waiting = this.#changes.get(ghost);
    const last = waiting ?? this.#told.get(ghost)?.state ?? { presence: 'offline', status: undefined };
    if (this.#stopped || (last.presence === state.presence && last.status === state.status)) return false;
    this.#changes.set(ghost, state);
    this.#next();
    return true;
  }

  /** Says nothing more: the homeserver finds by itself that the ghosts are gone. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#telling;
  }

  #next(): void {
    if (this.#stopped || this.#telling !== undefined) return;
    clearTimeout(this.#timer);
    const due = this.#due();
    if (due === undefined) {
      const [oldest] = this.#told.values();
      if (oldest !== undefined) this.#later(oldest.at + this.#renewMs - this.#now());
      return;
    }
    const wait = this.#rate.take();
    if (wait > 0) {
      this.#later(wait);
      return;
    }
    this.#telling = task(this.#log, 'presence', () => this.#tell(...due)).then(() => {
      this.#telling = undefined;
      this.#next();
    });
  }

  #later(ms: number): void {
    this.#timer = setTimeout(() => this.#next(), Math.max(1, ms));
    this.#timer.unref();
  }

  #due(): readonly [MatrixUserId, State] | undefined {
    const [change] = this.#changes;
    if (change !== undefined) return change;
    const [oldest] = this.#told;
    if (oldest === undefined || this.#now() - oldest[1].at < this.#renewMs) return undefined;
    return [oldest[0], oldest[1].state];
  }

  async #tell(ghost: MatrixUserId, state: State): Promise<void> {
    this.#changes.delete(ghost);
    this.#told.delete(ghost);
    if (state.presence !== 'offline') this.#told.set(ghost, { state, at: this.#now() });
    const [oldest] = this.#told.keys();
    if (this.#told.size > this.#mostKept && oldest !== undefined) this.#told.delete(oldest);
    const status = state.status === undefined ? {} : { status_msg: state.status };
    await this.#client.request({
      method: 'PUT',
      path: path`/_matrix/client/v3/presence/${ghost}/status`,
      as: this.#as(ghost),
      body: { presence: names[state.presence], ...status },
      attempts: 1,
      signal: AbortSignal.timeout(10_000),
    });
  }
}
