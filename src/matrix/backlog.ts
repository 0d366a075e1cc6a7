/** Reading a room back: https://spec.matrix.org/v1.15/client-server-api/#get_matrixclientv3roomsroomidmessages */
import type { MatrixArrival } from '../core/homeserver.ts';
import type { RoomId } from '../core/ids.ts';
import type { Failed } from '../core/outcome.ts';
import { parseEvent, type TransactionEvent } from './appservice.ts';
import type { Requester } from './client.ts';
import { objectIn, parseJsonObject, textIn } from './json-object.ts';
import { path } from './path.ts';
import { listIn, type Masquerade } from './request.ts';

export interface BacklogOptions {
  readonly maxPages: number;
  readonly pageSize: number;
  /** Events from before this moment are not fetched, milliseconds since the epoch. */
  readonly notBefore: number;
  readonly signal: AbortSignal;
  /** Whether the room's history before the reader's invitation is nobody's on the network. */
  readonly fromInvitation: boolean;
  /** Whose events are the bridge's own: they are left out, and say nothing of what others' were kept. */
  readonly isOwn: (sender: string) => boolean;
  /** What is known of these, by event id; after the first that was known `before` it need not say more. */
  readonly known: (arrivals: readonly MatrixArrival[]) => Promise<ReadonlyMap<string, Knowledge>>;
}

/** An event that was kept before the gap ends the search; one that was kept after it says nothing of what is older. */
export type Knowledge = 'before' | 'after';

/** What a room has that is not known, in the order in which it was sent. */
export interface Backlog {
  readonly kind: 'backlog';
  readonly events: readonly TransactionEvent[];
  /** Whether it reaches back to something known, to the reader's invitation, the room's beginning or to `notBefore`. */
  readonly complete: boolean;
}

/** Reads a room back, as one of the bridge's users whose own events are left out, until it meets one that was
 * known before the gap. */
export async function readBacklog(
  client: Requester,
  room: RoomId,
  as: Masquerade,
  options: BacklogOptions,
): Promise<Backlog | Failed> {
  const filter = JSON.stringify({ not_senders: [as.userId], lazy_load_members: true });
  const found: TransactionEvent[] = [];
  let from: string | undefined;
  for (let page = 0; page < options.maxPages; page += 1) {
    const answer = await client.request({
      method: 'GET',
      path: path`/_matrix/client/v3/rooms/${room}/messages`,
      query: { dir: 'b', limit: options.pageSize, filter, from },
      as,
      signal: options.signal,
    });
    if (answer.kind === 'failed') return answer;
    const chunk = listIn(answer, 'chunk');
    if ('kind' in chunk) return chunk;
    const events = chunk
      .flatMap((event) => parseEvent(event, room) ?? [])
      .filter((event) => !options.isOwn(event.sender) || isInvitation(event.arrival, as.userId));
    const known = await options.known(events.map((event) => event.arrival));
    for (const event of events) {
      const knowledge = known.get(event.arrival.eventId);
      const over = knowledge === 'before' || event.at < options.notBefore;
      if (over) return { kind: 'backlog', events: found.reverse(), complete: true };
      if (knowledge === undefined && !options.isOwn(event.sender)) found.push(event);
      if (options.fromInvitation && isInvitation(event.arrival, as.userId))
        return { kind: 'backlog', events: found.reverse(), complete: true };
    }
    from = typeof answer.body['end'] === 'string' ? answer.body['end'] : undefined;
    if (from === undefined) return { kind: 'backlog', events: found.reverse(), complete: true };
  }
  return { kind: 'backlog', events: found.reverse(), complete: false };
}

/** A room that a user had before they invited a ghost has a history which is nobody's on the network. */
function isInvitation({ raw }: MatrixArrival, reader: string): boolean {
  const event = parseJsonObject(raw);
  const content = event && objectIn(event, 'content');
  if (event === undefined || content === undefined) return false;
  return (
    textIn(event, 'type') === 'm.room.member' &&
    textIn(event, 'state_key') === reader &&
    textIn(content, 'membership') === 'invite'
  );
}
