/**
 * What is said between two ends of a chat, sealed and opened: padding, sessions, new sessions from the server's keys, and
 * retry receipts both ways. The same for a partner's user, for the host's, and for the bridge as either.
 */
import type { Failed } from '../../core/outcome.ts';
import type { Address } from '../node/address.ts';
import type { KeyBundle } from '../stanza/keys.ts';
import type { MessageStanza, Sealed } from '../stanza/message.ts';
import type { ReceiptStanza, Retry } from '../stanza/receipt.ts';

/** Whether the peer's identity is the one that was known; `changed` until `told`. */
export type TalkIdentity = 'known' | 'new' | 'changed';

/** How a message came out. Whatever it is, the stanza can be acknowledged once the caller has done what it says. */
export type TalkOpened =
  /** `padded` is what the ciphertext opened to, kept until `released`; the same again for the same stanza until then. */
  | { readonly kind: 'opened'; readonly padded: Uint8Array; readonly identity: TalkIdentity }
  /** It was opened and released before. */
  | { readonly kind: 'known' }
  /** It does not open; the receipt asks for it again, and is to be sent to where the message came from. */
  | { readonly kind: 'ask'; readonly receipt: Retry; readonly reason: string }
  /** It does not open, and is not to be asked for again. */
  | { readonly kind: 'closed'; readonly reason: string };

export interface Talk {
  /**
   * Seals a message (`plain` is not padded yet). The same bytes under the same id until `delivered`; where there is no
   * session one is made from the keys that the server has, and a failure to get those is what is answered.
   */
  seal(
    to: Address,
    id: string,
    plain: Uint8Array,
  ): Promise<{ readonly kind: 'sealed'; readonly sealed: Sealed; readonly identity: TalkIdentity } | Failed>;
  open(message: MessageStanza): Promise<TalkOpened>;
  /** What was opened is kept elsewhere now. */
  released(from: Address, id: string): Promise<void>;
  /** The peer has it: its bytes are not needed any more. */
  delivered(by: Address, ids: readonly string[]): Promise<void>;
  /**
   * The peer could not open a message of ours: its parts, sealed again for the same id; `undefined` where it is not to be sent
   * again; a failure where that passes (no keys could be got now), and the receipt is not to be acknowledged yet.
   */
  askedAgain(
    receipt: ReceiptStanza & { readonly about: Retry },
  ): Promise<MessageStanza['sealed'] | Failed | undefined>;
  /** The user has been told that the peer's identity is another. */
  told(peer: Address): Promise<void>;
  /** The keys to upload where the server has so many one-time prekeys. To be told by `uploaded`. */
  readonly keys: TalkKeys;
}

/** One's own keys for the server. */
export interface TalkKeys {
  upload(
    atServer: number,
    most?: number,
  ): Promise<(KeyBundle & { readonly prekeys: readonly Prekeys[] }) | Failed>;
  uploaded(keys: { readonly signed: number; readonly prekeys: readonly number[] }): Promise<void>;
}
type Prekeys = NonNullable<KeyBundle['prekey']>;
