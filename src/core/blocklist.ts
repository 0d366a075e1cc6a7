/** The list of blocked people that an account has on its own platform. */
import type { RemoteUserId } from './ids.ts';
import type { Failed } from './outcome.ts';

/** What such a list can hold: a person, or everybody whose name belongs to a domain (and to none below it). */
export type ListEntry =
  | { readonly kind: 'person'; readonly remote: RemoteUserId }
  | { readonly kind: 'server'; readonly domain: string };

export interface ReadList {
  readonly kind: 'list';
  /** What the contract has no name for (a device, a pattern) is left out; so it stays as it is. */
  readonly entries: readonly ListEntry[];
  /** False where the list goes on: what is not among the entries may be on it all the same. */
  readonly whole: boolean;
}

/** What was put on a list. `refused` are entries that the platform will not have on any: they are not asked for again. */
export interface AddedToList {
  readonly kind: 'added';
  readonly refused: readonly ListEntry[];
}

/**
 * The list of an account that a Matrix user has linked, read and written as that account. Everything may be repeated and
 * then does nothing more; nothing throws; each call ends within half a minute. A failure for good means that the list of
 * that account cannot be followed (the platform does not let the bridge); one that passes is tried again.
 */
export interface Blocklist {
  /** Whether a list can hold an entry. Never the bridge's own addresses: nobody is to lose what others write to them. */
  holds(entry: ListEntry): boolean;
  /** What is on the list now, everything that was added and removed before included. */
  read(account: RemoteUserId): Promise<ReadList | Failed>;
  add(account: RemoteUserId, entries: readonly ListEntry[]): Promise<AddedToList | Failed>;
  remove(account: RemoteUserId, entries: readonly ListEntry[]): Promise<undefined | Failed>;
}

/** So many entries of a list are followed; one that is longer is not read to its end. */
export const mostListed = 5_000;
