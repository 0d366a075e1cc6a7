/** What the edges tell of their dealings with the homeserver and the database, for metrics and readiness. No identifiers. */

/** What a request to the homeserver is for: the class of its path, never a part of it. */
export const requestClasses = [
  'account',
  'device',
  'download',
  'keys',
  'media-config',
  'membership',
  'messages',
  'other',
  'ping',
  'profile',
  'room',
  'send',
  'signal',
  'state',
  'sync',
  'upload',
  'versions',
] as const;
export type RequestClass = (typeof requestClasses)[number];

/** How a request to the homeserver ended. */
export const requestResults = [
  'ok',
  /** 429: later. */
  'limited',
  /** The homeserver does not know the as_token. */
  'token-refused',
  /** An error of Matrix that another attempt does not mend, such as M_FORBIDDEN. */
  'refused',
  'not-found',
  'too-large',
  /** The homeserver says that it is in trouble (5xx). */
  'server-error',
  /** What answers is no homeserver. */
  'not-matrix',
  'no-answer',
  'no-connection',
  /** The bridge itself gave the request up. */
  'given-up',
] as const;
export type RequestResult = (typeof requestResults)[number];

/** One request to the homeserver, as it ended. */
export interface RequestSeen {
  readonly request: RequestClass;
  readonly result: RequestResult;
  /** How long it took, in milliseconds. */
  readonly ms: number;
  /** What the homeserver says that the time is, milliseconds since the epoch, to the second. */
  readonly serverTime: number | undefined;
}

/** Something that the homeserver asked of the bridge; `turned-away` where its token was not the right one. */
export type HomeserverCall = 'transaction' | 'ping' | 'query' | 'turned-away';

/** What came of asking the homeserver to call the bridge. `unknown` where it did not come to that. */
export type PingResult = 'ok' | 'no-such-request' | 'bad-status' | 'no-connection' | 'unknown';

/** Is told of everything between the bridge and the homeserver. Must not throw. */
export interface HomeserverWatch {
  requested(seen: RequestSeen): void;
  called(call: HomeserverCall): void;
  pinged(result: PingResult): void;
}

/** How a call to the database ended. */
export const databaseResults = [
  'ok',
  'full',
  'busy',
  'read-only',
  'broken',
  'away',
  'taken',
  'failed',
] as const;
export type DatabaseResult = (typeof databaseResults)[number];
export type DatabaseOperation = 'read' | 'write';

/** Is told of every call to the database: when it begins, and by what it answers, when it has ended. Must not throw. */
export interface DatabaseWatch {
  begin(operation: DatabaseOperation): (result: DatabaseResult) => void;
}

/** How a call to the crypto engine ended; the second row is what becomes of an event that must not be believed. */
export const encryptionResults = [
  ...(['ok', 'locked'] as const),
  ...(['tampered', 'replayed', 'mismatched-sender', 'untrusted-device', 'malformed'] as const),
  ...(['homeserver', 'restarted', 'store', 'refused', 'stale', 'occupied', 'broken'] as const),
] as const;
export type EncryptionResult = (typeof encryptionResults)[number];
/** `verification` is one that somebody asked a device for: always refused. */
export type EncryptionOperation = 'seal' | 'open' | 'identify' | 'verification';

/** Is told of every call to the crypto engine: when it begins, and by what it answers, when it has ended. Must not throw. */
export interface EncryptionWatch {
  begin(operation: EncryptionOperation): (result: EncryptionResult) => void;
}
