/** What a client meets that nobody is told of in another way. */
export const clientTroubles = [
  /** A frame that is no node, a node that is no stanza, one that cannot be acknowledged. */
  'bad-node',
  'bad-stanza',
  'nameless',
  /** An answer or acknowledgement that nobody waits for, and one that cannot be read. */
  'unasked',
  'bad-answer',
  /** No answer, no acknowledgement, no sign of life in time. */
  'no-answer',
  'no-ack',
  'silent',
  /** More came than is kept waiting. */
  'flooded',
  /** The connection could not be made, the handshake failed, no session began in time. */
  'no-stream',
  'no-token',
  'no-handshake',
  'no-session',
  /** The server refused the session, or ended it for a reason. */
  'refused',
  'stream-error',
  /** What came could not be kept, or what is owed not be sent. */
  'not-kept',
  'not-begun',
] as const;
export type ClientTrouble = (typeof clientTroubles)[number];

/** How often each was met. */
export interface ClientCounts {
  count(trouble: ClientTrouble): void;
  read(): ReadonlyMap<ClientTrouble, number>;
}

export function createClientCounts(): ClientCounts {
  const met = new Map<ClientTrouble, number>();
  return {
    count: (trouble) => void met.set(trouble, (met.get(trouble) ?? 0) + 1),
    read: () => met,
  };
}
