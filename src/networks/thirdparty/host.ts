/**
 * The gatekeeper's side of third-party chats, as the rest of the network sees it: accounts of providers' users, their keys
 * and mailboxes, and who is connected. Homeserver users have an address here too; what they say is for `HostListener`.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Router } from 'express';
import type { Login } from '../../interop/enlistment/login.ts';
import type { IdentifierType } from '../../interop/identity/identifier.ts';
import type { Address } from '../../interop/node/address.ts';
import type { PinnedRoot } from '../../interop/noise/certificate.ts';
import type { Wanted, Reachability } from '../../interop/stanza/interop-asking.ts';
import type { KeyBundle } from '../../interop/stanza/keys.ts';
import type { MessageStanza } from '../../interop/stanza/message.ts';
import type { ReceiptStanza } from '../../interop/stanza/receipt.ts';
import type { ChatstateStanza, PresenceStanza } from '../../interop/stanza/signals.ts';
import type { Failed } from '../../core/outcome.ts';
import type { HostCount } from './host-counts.ts';

/** A provider's user who is enlisted. */
export interface Account {
  readonly login: Login;
  /** The user-visible identifier, and of what kind. Private: never in an id, a name or the log. */
  readonly identifier: string;
  readonly identifierType: IdentifierType;
  /** The name that the user goes by, where a message has told one. */
  readonly name: string | undefined;
  readonly enlistedAt: number;
  /** When a connection last ended or, while there is one, began; 30 days after it the account is un-enlisted. */
  readonly seenAt: number;
}

/** What goes to a provider's user, waits in the mailbox where it cannot go now, and is pushed for. */
export type Mail = MessageStanza | ReceiptStanza;

/** Made by `makeHost`; nobody comes in before `start`. */
export interface Host extends AsyncDisposable {
  /** Reads or makes the keys, tells the listener what it was not told before, opens the doors. Again where it rejected. */
  start(listener: HostListener): Promise<void>;
  /** To be mounted at the root of the public address, from the beginning: until `start` it answers 503. */
  readonly web: HostWeb;
  /** The port of the chat channel over TCP, while it is open. */
  readonly port: () => number | undefined;
  /** What providers pin of the chat channel's certificates; made where there is none. */
  root(): Promise<PinnedRoot>;
  /** The account of a login, if there is one and its provider may be reached. */
  account(login: Login): Promise<Account | undefined>;
  /** Finds by the identifier that people know, in its normal form; `no-such-user` where there is none. */
  find(integrator: number, identifier: string): Promise<Account | Failed>;
  /**
   * Keeps it in the mailbox for good, once for its kind and id, and hands it over as soon as may be. `from` is to be
   * there. A repeat is taken as done, also for a week after the user has acknowledged it. Rejects where it is in doubt.
   */
  deliver(to: Login, mail: Mail): Promise<'kept' | 'no-such-account' | 'mailbox-full' | 'too-large'>;
  /** Hands it over where the user is connected, else drops it. */
  signal(to: Login, stanza: ChatstateStanza | PresenceStanza): void;
  /** Their keys for a new session; a one-time prekey is given once. */
  keysOf(login: Login): Promise<KeyBundle | Failed>;
  /** Takes an account away as if its user had deleted it. */
  remove(login: Login): Promise<void>;
  /** Closes the connections of a provider that may not be reached any more. */
  shutOut(integrator: number): void;
  readonly connected: () => number;
  /** How often each thing has happened since the start, by closed names; a name that never happened is absent. */
  readonly counts: () => ReadonlyMap<HostCount, number>;
  /** Un-enlists who was not seen for 30 days and drops what is too old; done every hour by itself. */
  sweep(): Promise<void>;
}

export interface HostWeb {
  /** Enlistment, keys of push tokens, media. */
  readonly router: Router;
  /** For the `upgrade` event of the same HTTP server: the chat channel over WebSocket. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/** What providers' users do, towards homeserver users. A rejection closes the connection, and nothing is acknowledged. */
export interface HostListener {
  /** Resolves once it is durable, with what to acknowledge: nothing wrong, or a code as in `ack error`. `from` is set. */
  message(from: Account, stanza: MessageStanza): Promise<{ readonly error?: number }>;
  receipt(from: Account, stanza: ReceiptStanza): Promise<void>;
  signal(from: Account, stanza: ChatstateStanza | PresenceStanza): void;
  /** The address of a homeserver user by the identifier that people know, where they may be reached. */
  lookUp(from: Account, wanted: Wanted): Promise<Address | undefined>;
  /** The keys of a homeserver user for a new session; each one-time prekey once. */
  keysOf(from: Account, who: Address): Promise<KeyBundle | undefined>;
  /** The user blocks or unblocks a homeserver user, and which are blocked. */
  block(from: Account, who: Address, blocked: boolean): Promise<void>;
  blocked(from: Account): Promise<readonly Address[]>;
  reachability(from: Account, set: Reachability | undefined): Promise<Reachability>;
  /**
   * Enlisted for the first time, or again: with other keys (`changed`), or the same. `former` is the login that the
   * identifier had before that account was gone. Told again where it was in doubt.
   */
  enlisted(account: Account, keys: 'new' | 'same' | 'changed', former?: Login): Promise<void>;
  /** Deleted by the user, or un-enlisted after 30 days. Told again where it was in doubt. */
  gone(account: Account, why: 'deleted' | 'unseen' | 'removed'): Promise<void>;
}
