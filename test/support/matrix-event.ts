import type { MatrixEvent } from 'matrix-js-sdk';

/** An event as a person's client sees it, decrypted where it could be. */
export interface SeenEvent {
  readonly roomId: string;
  readonly eventId: string;
  readonly type: string;
  readonly sender: string;
  readonly stateKey: string | undefined;
  /** Whether it came encrypted; its type is `m.room.encrypted` as long as it could not be opened. */
  readonly encrypted: boolean;
  /** The server's clock, in milliseconds. */
  readonly at: number;
  readonly content: Readonly<Record<string, unknown>>;
  readonly relation:
    { readonly type: string; readonly eventId: string; readonly key: string | undefined } | undefined;
  /** The event that a reply answers. */
  readonly inReplyTo: string | undefined;
  /** The event that a redaction takes back. */
  readonly redacts: string | undefined;
}

/** Copies what an SDK event says now; the SDK changes its own object when a redaction comes. */
export function seeEvent(event: MatrixEvent): SeenEvent {
  const content: Record<string, unknown> = structuredClone(event.getContent());
  // Relations of encrypted events are outside the ciphertext.
  const relates = record(content['m.relates_to'] ?? event.getWireContent()['m.relates_to']);
  const [type, eventId] = [text(relates['rel_type']), text(relates['event_id'])];
  const relation =
    type === undefined || eventId === undefined ? undefined : { type, eventId, key: text(relates['key']) };
  return {
    roomId: event.getRoomId() ?? '',
    eventId: event.getId() ?? '',
    type: event.isDecryptionFailure() ? event.getWireType() : event.getType(),
    sender: event.getSender() ?? '',
    stateKey: event.getStateKey(),
    encrypted: event.getWireType() === 'm.room.encrypted',
    at: event.getTs(),
    content,
    relation,
    inReplyTo: text(record(relates['m.in_reply_to'])['event_id']),
    redacts: text(event.event.redacts) ?? text(content['redacts']),
  };
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
