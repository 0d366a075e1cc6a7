/**
 * Who has blocked whom. Blocks are on persons: each name of a person is covered, those that turn out to be theirs later
 * included. All is in memory, so that a look-up is a few steps in a map; what is changed is kept first.
 */
import { randomUUID } from 'node:crypto';
import { BlockIndex, type Standing } from './block-index.ts';
import type { Block, Blocked, BlockOwner, BlockStore } from './block-store.ts';
import type { Contact } from './door.ts';
import type { MatrixUserId, NetworkId } from './ids.ts';
import {
  accountName,
  keyOf,
  nameOf,
  storedName,
  type Identity,
  type PersonName,
  type StoredName,
} from './persons.ts';
import { Turns } from './turns.ts';

export interface BlocksOptions {
  /** The domain in the name of a person or chat of a network, where its names have one. */
  readonly serverOf: (network: NetworkId, name: string) => string | undefined;
  /** Whether a network decides for itself: what administrators have blocked on others does not hold there. */
  readonly decidesItself: (network: NetworkId) => boolean;
  readonly now?: () => number;
}

/** A user has at most so many blocks of their own. */
export const mostOfOne = 5_000;
/** Of whom more share a chat is seen by somebody. */
const mostSharers = 200;
/** Longer reasons are cut. */
const longestReason = 500;

type Sides = Pick<Contact, 'network' | 'user' | 'remote'> & { readonly chat: string };

export type BlockMade = 'blocked' | 'known' | 'too-many';

export class Blocks {
  readonly #store: BlockStore;
  readonly #options: BlocksOptions;
  readonly #index: BlockIndex;
  readonly #turns = new Turns();
  readonly #united: ((owners: readonly MatrixUserId[]) => void)[] = [];
  readonly #changed: ((user: MatrixUserId) => void)[] = [];

  constructor(store: BlockStore, index: BlockIndex, options: BlocksOptions) {
    this.#store = store;
    this.#index = index;
    this.#options = options;
  }

  /** Loads all. To be awaited before anything is let in. */
  static async load(store: BlockStore, options: BlocksOptions): Promise<Blocks> {
    const index = new BlockIndex(await store.persons(), await store.index());
    const blocks = new Blocks(store, index, options);
    for (const { user, account } of await store.linked())
      if (!index.isOne(keyOf(user), keyOf(account))) await blocks.#unite(keyOf(user), keyOf(account));
    return blocks;
  }

  /** To be told whose blocks came to cover more names than before. */
  onUnited(listener: (owners: readonly MatrixUserId[]) => void): void {
    this.#united.push(listener);
  }

  /** To be told whose own blocks have changed, or cover more than before. */
  onChanged(listener: (user: MatrixUserId) => void): void {
    this.#changed.push(listener);
    this.onUnited((owners) => {
      for (const owner of owners) listener(owner);
    });
  }

  /** What stands between the two sides of a contact. */
  standing({ network, chat, user, remote }: Sides): Standing {
    return this.#index.standing({
      ...{ network, user, remote },
      servers: [chat, ...(remote === undefined ? [] : [remote])]
        .map((name) => this.#options.serverOf(network, name))
        .filter((server) => server !== undefined),
      decidesItself: this.#options.decidesItself(network),
    });
  }

  /** Whether a user has blocked a person, or all of their server. */
  byUser(user: MatrixUserId, account: Identity): boolean {
    if (this.#index.byUser(user, keyOf(accountName(account)))) return true;
    const server = this.#options.serverOf(account.network, account.remote);
    return server !== undefined && this.#index.isServerBlocked(user, account.network, server);
  }

  /**
   * Whether a person is shut out for everybody who would see them: by the administrators, or by each user who shares a
   * chat with them. Only of people whom somebody has blocked it is asked who that is.
   */
  async isUnwanted(account: Identity): Promise<boolean> {
    const key = keyOf(accountName(account));
    const chat = { network: account.network, chat: account.remote, user: undefined, remote: account.remote };
    if (this.standing(chat).kind === 'homeserver') return true;
    if (!this.#index.isHeld(key)) return false;
    const sharers = await this.#store.sharers(account, mostSharers);
    return sharers.length < mostSharers && sharers.every((user) => this.#index.byUser(user, key));
  }

  /** Two names turned out to be the same person's. What is blocked of either is blocked of both. May be repeated. */
  async same(one: PersonName, other: PersonName): Promise<void> {
    const [first, second] = [keyOf(storedName(one)), keyOf(storedName(other))];
    if (!this.#index.isOne(first, second)) await this.#unite(first, second);
  }

  /** All names by which a person is known, the given one included. */
  namesOf(name: StoredName): readonly StoredName[] {
    return this.#index.names(keyOf(name)).map(nameOf);
  }

  /** Blocks. One that is there stays as it is; a person who is blocked under another name is `known`. */
  block(
    owner: BlockOwner,
    blocked: Blocked,
    by: { readonly author: MatrixUserId; readonly reason?: string | undefined },
  ): Promise<BlockMade> {
    return this.#alone(async () => {
      if (this.#index.has(owner, blocked)) return 'known';
      if (owner !== 'homeserver' && (await this.#store.count(owner)) >= mostOfOne) return 'too-many';
      const at = (this.#options.now ?? Date.now)();
      const reason = by.reason?.slice(0, longestReason).toWellFormed();
      await this.#store.put({ owner, blocked, author: by.author, at, reason });
      this.#index.add({ owner, blocked });
      this.#tell(owner);
      return 'blocked';
    });
  }

  /** Ends a block, under whatever names of the person it was made; false where there is none. */
  unblock(owner: BlockOwner, blocked: Blocked): Promise<boolean> {
    return this.#alone(async () => {
      const found = this.#index.found(owner, blocked);
      if (found.length === 0) return false;
      await this.#store.remove(owner, found);
      this.#index.remove(owner, found);
      this.#tell(owner);
      return true;
    });
  }

  /** An owner's blocks, the newest first. */
  list(owner: BlockOwner, offset: number, limit: number): Promise<readonly Block[]> {
    return this.#store.list(owner, offset, limit);
  }

  count(owner: BlockOwner): Promise<number> {
    return this.#store.count(owner);
  }

  /**
   * Forgets a user: their blocks, that they made any for everybody, and that accounts are theirs. Their accounts stay one
   * person, and who is shut out by the administrators as a Matrix user stays so.
   */
  forget(user: MatrixUserId): Promise<void> {
    return this.#alone(async () => {
      const own = await this.#store.list(user, 0, mostOfOne * 2);
      const name = storedName({ kind: 'user', user });
      const isShut = this.#index
        .found('homeserver', { kind: 'person', name })
        .some((blocked) => blocked.kind === 'person' && keyOf(blocked.name) === keyOf(name));
      await this.#store.forget(user, isShut ? 'keep-name' : 'all');
      this.#index.remove(
        user,
        own.map(({ blocked }) => blocked),
      );
      if (!isShut) this.#index.forgetName(keyOf(name));
    });
  }

  #tell(owner: BlockOwner): void {
    if (owner !== 'homeserver') for (const listener of this.#changed) listener(owner);
  }

  #unite(one: string, other: string): Promise<void> {
    return this.#alone(async () => {
      const union = this.#index.union(one, other, randomUUID);
      if (union === undefined) return;
      await this.#store.unite(union);
      const owners = this.#index.apply(union);
      if (owners.length > 0) for (const listener of this.#united) listener(owners);
    });
  }

  /** Changes are made one after the other: each is judged by what the one before has left. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns.alone('blocks', work);
  }
}
