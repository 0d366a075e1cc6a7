/** Sending events: https://spec.matrix.org/v1.15/client-server-api/#sending-events-to-a-room */
import { parseMatrixEventId, type MatrixEventId, type RoomId } from '../core/ids.ts';
import { failedForNow, type Failed } from '../core/outcome.ts';
import type { Requester } from './client.ts';
import type { Sealer } from './crypto/sealer.ts';
import { path } from './path.ts';
import type { Answer, JsonObject, Masquerade } from './request.ts';
import { transactionId } from './transaction-id.ts';

/** An event to be sent. (sender, cause, part) names it: sending it again does not show it again. */
export interface Outgoing {
  readonly room: RoomId;
  readonly as: Masquerade;
  readonly type: string;
  readonly content: JsonObject;
  readonly cause: string;
  readonly part: string;
  /** When it happened at its origin, milliseconds since the epoch. */
  readonly at?: number;
  readonly signal?: AbortSignal;
}

export type OutgoingRedaction = Omit<Outgoing, 'type' | 'content' | 'at'> & {
  readonly target: MatrixEventId;
  /** What the redaction itself says beside its target. */
  readonly content?: JsonObject;
};

export interface SentEvent {
  readonly kind: 'event';
  readonly eventId: MatrixEventId;
}

/**
 * Sends room events under names that repeat; into encrypted rooms as ciphertext. A repeat may have another ciphertext: it
 * shows once all the same, because the name is that of what was to be said.
 */
export class EventSender {
  readonly #client: Requester;

  readonly #sealer: Pick<Sealer, 'sendable'> | undefined;

  /** Without a sealer everything goes as it is. */
  constructor(client: Requester, sealer?: Pick<Sealer, 'sendable'>) {
    this.#client = client;
    this.#sealer = sealer;
  }

  async send(event: Outgoing): Promise<SentEvent | Failed> {
    const id = transactionId(event.as.userId, event.cause, event.part);
    const sendable = this.#sealer === undefined ? event : await this.#sealer.sendable(event);
    if ('kind' in sendable && sendable.kind === 'failed') return sendable;
    const answer = await this.#client.request({
      method: 'PUT',
      path: path`/_matrix/client/v3/rooms/${event.room}/send/${sendable.type}/${id}`,
      query: { ts: event.at },
      as: event.as,
      body: sendable.content,
      signal: event.signal,
    });
    return sentEvent(answer);
  }

  async redact(event: OutgoingRedaction): Promise<SentEvent | Failed> {
    const id = transactionId(event.as.userId, event.cause, event.part);
    const answer = await this.#client.request({
      method: 'PUT',
      path: path`/_matrix/client/v3/rooms/${event.room}/redact/${event.target}/${id}`,
      as: event.as,
      body: event.content ?? {},
      signal: event.signal,
    });
    return sentEvent(answer);
  }
}

function sentEvent(answer: Answer | Failed): SentEvent | Failed {
  if (answer.kind === 'failed') return answer;
  const id = answer.body['event_id'];
  const eventId = typeof id === 'string' ? parseMatrixEventId(id) : undefined;
  return eventId === undefined
    ? failedForNow('link-down', new Error('the homeserver answered a send without an event id'))
    : { kind: 'event', eventId };
}
