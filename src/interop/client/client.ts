/**
 * A user's end of the chat channel: one connection that is made anew for as long as it is wanted, the session on it,
 * questions and their answers, acknowledgements both ways, and the mailbox. Of what is said it knows nothing.
 */
import type { Duplex } from 'node:stream';
import type { Health } from '../../core/network.ts';
import type { Failed } from '../../core/outcome.ts';
import type { Login } from '../enlistment/login.ts';
import type { PinnedRoot } from '../noise/certificate.ts';
import type { NoiseCounts } from '../noise/failure.ts';
import type { Answer } from '../stanza/answer.ts';
import type { Asking } from '../stanza/asking.ts';
import type { Stanza } from '../stanza/stanza.ts';
import type { ClientCounts } from './counts.ts';

/** What comes in unasked. Those that are answered by an `ack` or a receipt are acknowledged once `stanza` resolves. */
export type Incoming = Extract<
  Stanza,
  { readonly kind: 'message' | 'receipt' | 'notification' | 'chatstate' | 'presence' | 'ib' | 'unknown' }
>;
/** What is sent without asking anything. */
export type Outgoing = Extract<Stanza, { readonly kind: 'message' | 'receipt' | 'chatstate' | 'presence' }>;

export interface ChatClientOptions {
  readonly login: Login;
  /** The key pair of the handshake that the user was enlisted with: its private key, 32 bytes. */
  readonly staticKey: Uint8Array;
  readonly roots: readonly PinnedRoot[];
  readonly readReceipts: boolean;
  /** The provider's token for the user, fresh: asked for at each connection. */
  readonly token: () => Promise<string>;
  /** Opens the stream to the server. */
  readonly connect: (signal: AbortSignal) => Promise<Duplex>;
  readonly events: ChatClientEvents;
  readonly counts?: NoiseCounts;
  /** Counts what goes wrong above the channel. */
  readonly troubles?: ClientCounts;
  readonly times?: Partial<ChatClientTimes>;
  readonly now?: () => number;
}

export interface ChatClientEvents {
  /**
   * Something came. In turn, and the next only once this resolves; where it rejects, the connection is given up and what
   * came is not acknowledged, so that the server brings it again.
   */
  stanza(stanza: Incoming): Promise<void>;
  /** The state of the connection is another. `dismissed`: the server will not have the user; enlist again. */
  changed(health: Health, why: 'dismissed' | 'replaced' | undefined): void;
  /** The session has begun: what is owed to the server (keys, what was not acknowledged) is sent now. */
  began(): Promise<void>;
  /** What waited in the mailbox has all come. */
  drained?(): void;
}

/** In milliseconds; what is not said is as in `profile/client-profile.ts`. */
export interface ChatClientTimes {
  /** For all from the first byte to the server's word that the session has begun. */
  readonly handshake: number;
  readonly answer: number;
  readonly ping: number;
  /** The shortest and the longest wait before the next connection. */
  readonly again: readonly [number, number];
}

export interface ChatClient extends AsyncDisposable {
  readonly health: () => Health;
  /** Connects, and stays connected until `rest` or disposal. */
  wake(): void;
  /** Closes the connection, after what is under way. */
  rest(): Promise<void>;
  /** Asks the server; a failure that passes where there is no connection, or no answer in time. */
  ask(asking: Asking): Promise<Answer | Failed>;
  /** Sends; resolves once the server has acknowledged it (messages and receipts), or taken it (the rest). */
  send(stanza: Outgoing): Promise<{ readonly kind: 'sent' } | Failed>;
}
