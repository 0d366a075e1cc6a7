/** What is kept of blocks; `storage/` implements it on SQLite and PostgreSQL. */
import type { MatrixUserId, NetworkId } from './ids.ts';
import type { Identity, StoredName, StoredPerson, Union } from './persons.ts';

/** Whose block it is: a user's own, or that of the homeserver's administrators for everybody. */
export type BlockOwner = MatrixUserId | 'homeserver';

/** Whom or what a block shuts out. A server is a domain in the names of a network, perhaps with all below it. */
export type Blocked =
  | { readonly kind: 'person'; readonly name: StoredName }
  | {
      readonly kind: 'server';
      readonly network: NetworkId;
      readonly domain: string;
      readonly subdomains: boolean;
    }
  | { readonly kind: 'network'; readonly network: NetworkId };

/** A block as it is kept. It is known by its owner and whom it shuts out: one again changes nothing of the first. */
export interface Block {
  readonly owner: BlockOwner;
  readonly blocked: Blocked;
  /** Who made it. */
  readonly author: MatrixUserId;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly reason: string | undefined;
}

/** What the index in memory is made of: no more than is needed to decide. */
export type IndexedBlock = Pick<Block, 'owner' | 'blocked'>;

export interface BlockStore {
  /** All persons of more than one name. */
  persons(): Promise<readonly StoredPerson[]>;
  /** Every linked account with its Matrix user: what is known of persons without having been told. */
  linked(): Promise<readonly { readonly user: StoredName; readonly account: StoredName }[]>;
  /** Makes two persons one. */
  unite(union: Union): Promise<void>;
  /** Every block. */
  index(): Promise<readonly IndexedBlock[]>;
  /** Blocks of an owner, the newest first. */
  list(owner: BlockOwner, offset: number, limit: number): Promise<readonly Block[]>;
  /** A block with all that is kept of it. */
  find(owner: BlockOwner, blocked: Blocked): Promise<Block | undefined>;
  /** How many blocks an owner has. */
  count(owner: BlockOwner): Promise<number>;
  /** Keeps a block; false where the owner has that block already. */
  put(block: Block): Promise<boolean>;
  /** Forgets blocks. */
  remove(owner: BlockOwner, blocked: readonly Blocked[]): Promise<void>;
  /** Whom the user's ignore list on Matrix was last known to hold by agreement with their blocks. */
  listed(user: MatrixUserId): Promise<readonly StoredName[]>;
  setListed(user: MatrixUserId, names: readonly StoredName[]): Promise<void>;
  /** The Matrix users who have a direct chat with a person, or are in a group in which the person's ghost is; at most `limit`. */
  sharers(who: Identity, limit: number): Promise<readonly MatrixUserId[]>;
  /** Forgets a user as an owner and as an author, and as a name too unless that is to be kept. */
  forget(user: MatrixUserId, what: 'all' | 'keep-name'): Promise<void>;
}
