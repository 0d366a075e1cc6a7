import type { NetworkRecords } from '../../core/network-records.ts';
import type { NetworkId } from '../../core/ids.ts';
import type { Log } from '../../core/task.ts';
import type { Transcoder } from '../../core/transcoder.ts';
import type { Signal } from '../../crypto/signal/signal.ts';
import type { EnlistmentReason } from '../../interop/enlistment/answer.ts';
import type { EnlistmentPolicy } from '../../interop/enlistment/client.ts';
import type { SigningKeyStore } from '../../interop/identity/signing-keys.ts';
import type { ChatClientTimes } from '../../interop/client/client.ts';
import type { Language, Rendered } from '../../texts/catalogue.ts';

/** A line for a user's management room, in their language. */
export type Line = (language: Language) => Rendered;

/** Why nobody could be enlisted. */
export type EnlistmentTrouble = EnlistmentReason | 'unknown' | 'no-answer' | 'no-identifier';

/** The sentences that Matrix users read; the composition root takes them from the catalogues. */
export interface WhatsappTexts {
  /** The user can be reached under this address now; who holds the keys is said with it. */
  readonly enlisted: (values: { address: string; custody: 'self' | 'operator' }) => Line;
  readonly refused: (reason: EnlistmentTrouble) => Line;
  /** After 30 days without a connection. */
  readonly renewed: (values: { address: string }) => Line;
  /** WhatsApp has deleted the account, as the user asked. */
  readonly deleted: () => Line;
}

export interface WhatsappDeps {
  readonly records: NetworkRecords;
  readonly signal: Signal;
  readonly signingKeys: (network: NetworkId) => SigningKeyStore;
  /** The server name of the bridge's own homeserver. */
  readonly homeserver: string;
  /** A key of the network's own, 32 bytes. */
  readonly key: Uint8Array;
  /** Where files lie that users send, until they are fetched. */
  readonly dataFolder: string;
  readonly log: Log;
  readonly texts: WhatsappTexts;
  /** Absent where nothing can transcode. */
  readonly transcoder?: Transcoder | undefined;
  readonly now?: () => number;
  /** Times that are not the usual ones, for tests. */
  readonly times?: Partial<WhatsappTimes>;
}

/** In milliseconds, but for the policy. */
export interface WhatsappTimes {
  /** How long what is to be sent waits for a connection. */
  readonly patience: number;
  /** Between attempts at what has to come about: enlisting, deleting. */
  readonly again: readonly [number, number];
  readonly chat: Partial<ChatClientTimes>;
  readonly enlistment: EnlistmentPolicy | undefined;
}
