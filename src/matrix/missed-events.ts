import type { MatrixArrival } from '../core/homeserver.ts';
import type { RoomId } from '../core/ids.ts';
import type { Failed } from '../core/outcome.ts';
import { counting, following } from '../core/pages.ts';
import { isBorrowed, type GroupPortal, type Portal } from '../core/portal.ts';
import type { RequestRoomStore } from '../core/request-room.ts';
import type { Stores } from '../core/stores.ts';
import type { Log } from '../core/task.ts';
import type { TransactionEvent } from './appservice.ts';
import type { Accounts } from './accounts.ts';
import { readBacklog, type Knowledge } from './backlog.ts';
import type { Requester } from './client.ts';
import type { GhostIds } from './ghost-id.ts';
import type { ReconciledRooms } from './reconciler.ts';
import type { Masquerade } from './request.ts';

export interface MissedEventsOptions {
  readonly maxPages: number;
  readonly maxAgeMs: number;
  readonly log: Log;
  readonly isOwn: (userId: string) => boolean;
  /** The bot may not read a group's room. */
  readonly shutOut: (portal: GroupPortal) => void;
  /** The rooms of message requests, in which the bot reads as in a management room. */
  readonly requestRooms?: Pick<RequestRoomStore, 'rooms'>;
  /** Keeps what was missed in one room, in its order. */
  readonly keep: (events: readonly TransactionEvent[]) => Promise<void>;
}

const PAGE = 100;
const LISTED = 200;

/** Fetches what the bridge missed in portals and management rooms. */
export class MissedEvents implements ReconciledRooms {
  readonly #client: Requester;
  readonly #accounts: Accounts;
  readonly #ids: GhostIds;
  readonly #stores: Pick<Stores, 'events' | 'messages' | 'portals' | 'users'>;
  readonly #bot: Masquerade;
  readonly #options: MissedEventsOptions;

  constructor(
    client: Requester,
    accounts: Accounts,
    ids: GhostIds,
    stores: Pick<Stores, 'events' | 'messages' | 'portals' | 'users'>,
    bot: Masquerade,
    options: MissedEventsOptions,
  ) {
    this.#client = client;
    this.#accounts = accounts;
    this.#ids = ids;
    this.#stores = stores;
    this.#bot = bot;
    this.#options = options;
  }

  async *list(): AsyncGenerator<RoomId, void, undefined> {
    const { portals, users } = this.#stores;
    for await (const { room } of counting(LISTED, (at, limit) => portals.list(at, limit))) yield room;
    for await (const { managementRoom } of counting(LISTED, (at, limit) => users.list(at, limit)))
      if (managementRoom !== undefined) yield managementRoom;
    const { requestRooms } = this.#options;
    if (requestRooms === undefined) return;
    const rooms = following(
      LISTED,
      0,
      (after, limit) => requestRooms.rooms(after, limit),
      ({ request }) => request,
    );
    for await (const { room } of rooms) yield room;
  }

  async catchUp(room: RoomId, since: number, signal: AbortSignal): Promise<undefined | Failed> {
    const portal = await this.#stores.portals.byRoom(room);
    const reader = portal === undefined ? await this.#botIn(room) : this.#ghostIn(portal);
    if (reader === undefined) return undefined;
    const backlog = await readBacklog(this.#client, room, reader, {
      maxPages: this.#options.maxPages,
      pageSize: PAGE,
      notBefore: Date.now() - this.#options.maxAgeMs,
      signal,
      // A group's room began as its portal, or took the place of one, unless its people had it before.
      fromInvitation: portal?.kind !== 'group' || isBorrowed(portal),
      isOwn: this.#options.isOwn,
      known: (arrivals) => this.#known(arrivals, portal, since),
    });
    if (backlog.kind === 'failed') {
      if (backlog.retry.kind === 'never' && portal?.kind === 'group') this.#options.shutOut(portal);
      return backlog;
    }
    if (!backlog.complete)
      this.#options.log.warn({ events: backlog.events.length }, 'a room has missed more than is read back');
    if (backlog.events.length > 0) {
      await this.#options.keep(backlog.events);
      this.#options.log.info({ events: backlog.events.length }, 'missed events fetched');
    }
    return undefined;
  }

  /** Who of the bridge's own users reads a portal: the ghost of a direct chat, the bot in a group. */
  #ghostIn(portal: Portal): Masquerade | undefined {
    if (portal.kind === 'group') return this.#bot;
    const userId = this.#ids.userId({ network: portal.key.network, remote: portal.remote });
    return userId === undefined ? undefined : this.#accounts.as(userId);
  }

  async #botIn(room: RoomId): Promise<Masquerade | undefined> {
    return (await this.#stores.users.byManagementRoom(room)) === undefined ? undefined : this.#bot;
  }

  /** Events are forgotten some time after they ended; messages that crossed are remembered as long as their portal. */
  async #known(
    arrivals: readonly MatrixArrival[],
    portal: Portal | undefined,
    since: number,
  ): Promise<ReadonlyMap<string, Knowledge>> {
    const ids = arrivals.map((arrival) => arrival.eventId);
    const kept = await this.#stores.events.known('matrix', ids);
    const result = new Map<string, Knowledge>();
    for (const id of ids) {
      if (kept.has(id)) {
        const record = await this.#stores.events.find(id);
        result.set(id, record === undefined || record.receivedAt < since ? 'before' : 'after');
      } else if (portal !== undefined) {
        const target = await this.#stores.messages.find(portal.id, { in: 'matrix', eventId: id });
        if (target !== undefined) result.set(id, 'before');
      }
      if (result.get(id) === 'before') break;
    }
    return result;
  }
}
