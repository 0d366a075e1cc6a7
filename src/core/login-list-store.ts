/** What is kept of the platforms' own lists of blocked people; `storage/` implements it on SQLite and PostgreSQL. */
import type { ListEntry } from './blocklist.ts';
import type { MatrixUserId, NetworkId, RemoteUserId } from './ids.ts';
import type { Login } from './stores.ts';

/** An entry that both sides had when they were last in step. */
export interface AgreedEntry {
  readonly entry: ListEntry;
  /**
   * Another once the block that it stands for was made anew, or another block covers it too. `unsureMark` for what
   * is about to be put on the list.
   */
  readonly mark: string;
}

/** The mark of what may be on a list or not, and which no block has. */
export const unsureMark = '';

/** Why a list is not followed: who could let the bridge does not, or there is nobody who could. */
export const unfollowed = ['not-granted', 'not-offered'] as const;
export type Unfollowed = (typeof unfollowed)[number];

/** All of a login is as of its `linkedAt`: what was kept of an account that has been linked anew since is not found. */
export interface LoginListStore {
  agreed(login: Login): Promise<readonly AgreedEntry[]>;
  /** Keeps entries in place of what was agreed on them, and drops others, in one step. */
  change(login: Login, put: readonly AgreedEntry[], drop: readonly ListEntry[]): Promise<void>;
  /** What was agreed on of these is so no more: the block was made once more, and wins over what was done elsewhere. */
  renew(user: MatrixUserId, network: NetworkId, entries: readonly ListEntry[]): Promise<void>;
  /** Why this list is not followed, as its user was told. */
  told(login: Login): Promise<Unfollowed | undefined>;
  setTold(login: Login, why: Unfollowed | undefined): Promise<void>;
  /** Accounts of a network, by their names, those after a name. */
  logins(network: NetworkId, after: RemoteUserId | undefined, limit: number): Promise<readonly Login[]>;
  /** Forgets what is of accounts that are not linked any more. */
  prune(): Promise<void>;
}
