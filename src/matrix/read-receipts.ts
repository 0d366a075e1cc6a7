/** Read receipts: https://spec.matrix.org/v1.15/client-server-api/#receipts */
import { parseMatrixEventId, type MatrixEventId, type RoomId } from '../core/ids.ts';
import type { Failed } from '../core/outcome.ts';
import type { Requester } from './client.ts';
import { path } from './path.ts';
import { isObject, type Masquerade } from './request.ts';

/** So many events before the one that a user has read are looked through for a message of the network. */
const lookBack = 40;

export class ReadReceipts {
  readonly #client: Requester;
  readonly #isOwn: (user: string) => boolean;

  constructor(client: Requester, isOwn: (user: string) => boolean) {
    this.#client = client;
    this.#isOwn = isOwn;
  }

  /** The ghost has read the room up to an event. */
  async read(room: RoomId, eventId: MatrixEventId, as: Masquerade): Promise<undefined | Failed> {
    const answer = await this.#client.request({
      method: 'POST',
      path: path`/_matrix/client/v3/rooms/${room}/receipt/m.read/${eventId}`,
      as,
      body: {},
      attempts: 1,
    });
    return answer.kind === 'failed' ? answer : undefined;
  }

  /** The messages of ghosts up to an event of a room, itself included, the last first; none where it cannot be asked. */
  async upTo(
    room: RoomId,
    eventId: MatrixEventId,
    as: Masquerade,
    signal: AbortSignal,
  ): Promise<readonly MatrixEventId[]> {
    const answer = await this.#client.request({
      method: 'GET',
      path: path`/_matrix/client/v3/rooms/${room}/context/${eventId}`,
      query: { limit: lookBack },
      as,
      attempts: 1,
      signal,
    });
    if (answer.kind === 'failed') return [];
    const { event, events_before: before } = answer.body;
    const all: readonly unknown[] = [event, ...(Array.isArray(before) ? (before as readonly unknown[]) : [])];
    return all.slice(0, lookBack + 1).flatMap((one) => this.#message(one) ?? []);
  }

  #message(event: unknown): MatrixEventId | undefined {
    if (!isObject(event)) return undefined;
    const { type, sender, event_id: id } = event;
    if (typeof type !== 'string' || !messages.has(type)) return undefined;
    if (typeof sender !== 'string' || typeof id !== 'string' || !this.#isOwn(sender)) return undefined;
    return parseMatrixEventId(id);
  }
}

const messages: ReadonlySet<string> = new Set([
  ...['m.room.message', 'm.sticker', 'm.room.encrypted'],
  ...['m.poll.start', 'org.matrix.msc3381.poll.start'],
]);
