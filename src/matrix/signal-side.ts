import type { MatrixHandlers, Reporter } from '../core/homeserver.ts';
import type { MatrixEventId, MatrixUserId, RoomId } from '../core/ids.ts';
import type { Portal } from '../core/portal.ts';
import type { MatrixSignal } from '../core/signals.ts';
import type { Log } from '../core/task.ts';
import type { Requester } from './client.ts';
import type { Ephemeral } from './ephemeral.ts';
import { EphemeralSignals } from './ephemeral-signals.ts';
import type { Ghosts } from './ghosts.ts';
import { GhostPresence } from './presence.ts';
import { ReadReceipts } from './read-receipts.ts';
import type { Masquerade } from './request.ts';
import { lookerIn, withSignals } from './signal-handlers.ts';
import { Typing } from './typing.ts';

export interface SignalSideOptions {
  readonly client: Requester;
  readonly ghosts: Pick<Ghosts, 'userId'>;
  readonly as: (user: MatrixUserId) => Masquerade;
  readonly bot: Masquerade;
  /** Whether a user is one of the bridge's own. */
  readonly isOwn: (user: string) => boolean;
  /** Whether the bridge itself set a user's receipt, for what they read elsewhere: the network knows it already. */
  readonly isOurs?: (user: MatrixUserId, room: RoomId, eventId: MatrixEventId) => boolean;
  /** Requests for presence in a second. */
  readonly presencePerSecond: number;
  /** Takes what users signal; must not throw. */
  readonly signal: (signal: MatrixSignal) => void;
  readonly log: Log;
}

/** All that the Matrix side does for signals. */
export class SignalSide {
  readonly #options: SignalSideOptions;
  readonly #ephemeral: EphemeralSignals;
  readonly #typing: Typing;
  readonly #receipts: ReadReceipts;
  readonly #presence: GhostPresence;

  constructor(options: SignalSideOptions) {
    const { client, as, isOwn, presencePerSecond: perSecond, log } = options;
    this.#options = options;
    this.#ephemeral = new EphemeralSignals(isOwn);
    this.#typing = new Typing(client, as, log);
    this.#receipts = new ReadReceipts(client, isOwn);
    this.#presence = new GhostPresence(client, as, { perSecond, log });
  }

  /** The handlers with those of signals. */
  handlers(handlers: MatrixHandlers, reporter: Pick<Reporter, 'status'>): MatrixHandlers {
    const { ghosts, as } = this.#options;
    const [typing, receipts, presence] = [this.#typing, this.#receipts, this.#presence];
    return withSignals(handlers, { ghosts, as, typing, receipts, presence, reporter });
  }

  /** Takes what a transaction told beside its events. */
  take(ephemeral: readonly Ephemeral[]): void {
    const { isOurs, signal: tell } = this.#options;
    const news = ephemeral.filter(
      (one) => one.kind !== 'read' || isOurs?.(one.user, one.room, one.eventId) !== true,
    );
    for (const signal of this.#ephemeral.take(news)) tell(signal);
  }

  /** The messages of ghosts in a portal up to an event of its room, the last first. */
  async upTo(portal: Portal, eventId: MatrixEventId, signal: AbortSignal): Promise<readonly MatrixEventId[]> {
    const as = lookerIn(portal, this.#options, this.#options.bot);
    return as === undefined ? [] : this.#receipts.upTo(portal.room, eventId, as, signal);
  }

  async stop(): Promise<void> {
    this.#typing.stop();
    await this.#presence.stop();
  }
}
