/**
 * Who has blocked whom. Blocks are on persons: each name of a person is covered, those that turn out to be theirs later
 * included. All is in memory, so that a look-up is a few steps in a map; what is changed is kept first.
 */
import { randomUUID } from 'node:crypto';
import { BlockIndex, type Standing } from './block-index.ts';
import type { Block, Blocked, BlockOwner, BlockStore } from './block-store.ts';
import { withParents } from './domains.ts';
import type { Contact } from './door.ts';
import { remoteChatId, type MatrixUserId, type NetworkId, type RemoteUserId, type RoomId } from './ids.ts';
import {
  accountName,
  keyOf,
  nameOf,
  storedName,
  type Identity,
  type PersonName,
  type StoredName,
} from './persons.ts';
import type { ListRule } from './policy-list.ts';
import type { ListJudge } from './policy-list-book.ts';
import type { SidesToName } from './policy-list-names.ts';
import { Turns } from './turns.ts';

export interface BlocksOptions {
  /** The domain in the name of a person or chat of a network, where its names have one. */
  readonly serverOf: (network: NetworkId, name: string) => string | undefined;
  /** Other ways to write the name of a person; none where absent. */
  readonly spellings?: (network: NetworkId, remote: RemoteUserId) => readonly RemoteUserId[];
  /** Whether a network decides for itself: what administrators have blocked on others does not hold there. */
  readonly decidesItself: (network: NetworkId) => boolean;
  /** Whether invitations that nobody vouches for reach whoever has blocked somebody. */
  readonly letsUnvouchedIn?: boolean;
  /** Policy lists that administrators follow; none where absent. */
  readonly lists?: Pick<ListJudge, 'rule' | 'size'>;
  readonly now?: () => number;
}

/** A user has at most so many blocks of their own. */
export const mostOfOne = 5_000;
/** Of whom more share a chat is seen by somebody. */
const mostSharers = 200;
/** Longer reasons are cut. */
const longestReason = 500;

type Sides = Pick<Contact, 'network' | 'user' | 'remote' | 'chat'> &
  Partial<Pick<Contact, 'kind'>> & { readonly room?: RoomId };

export type BlockMade = 'blocked' | 'known' | 'too-many';

export class Blocks {
  readonly #store: BlockStore;
  readonly #options: BlocksOptions;
  readonly #index: BlockIndex;
  readonly #turns = new Turns();
  readonly #united: ((owners: readonly MatrixUserId[]) => void)[] = [];
  readonly #banned: (() => void)[] = [];
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

  /** To be told when administrators have shut out more than before. */
  onBanned(listener: () => void): void {
    this.#banned.push(listener);
  }

  /** To be told whose own blocks have changed, or cover more than before. */
  onChanged(listener: (user: MatrixUserId) => void): void {
    this.#changed.push(listener);
    this.onUnited((owners) => {
      for (const owner of owners) listener(owner);
    });
  }

  /** What stands between the two sides of a contact. */
  standing(sides: Sides): Standing {
    const { network, chat, user, remote } = sides;
    const decidesItself = this.#options.decidesItself(network);
    const servers = { chat: this.#serversOf(network, chat), person: this.#serversOf(network, remote) };
    const standing = this.#index.standing({
      ...{ network, user, decidesItself },
      remotes: remote === undefined ? [] : this.#spelt({ network, remote }),
      servers: [...servers.chat, ...servers.person],
    });
    if (standing.kind === 'homeserver') return standing;
    const rule = this.#listed(sides, servers, decidesItself);
    return rule === undefined ? standing : { kind: 'list', rule };
  }

  /**
   * The very block that stands between two sides now: of the user on the person, or of the administrators on a person (the
   * user included), a server or the network.
   */
  async between(sides: Sides, what: 'user' | Blocked['kind']): Promise<Block | undefined> {
    const owner = what === 'user' ? sides.user : 'homeserver';
    if (owner === undefined) return undefined;
    for (const blocked of this.#meant(sides, what).flatMap((one) => this.#index.found(owner, one))) {
      const block = await this.#store.find(owner, blocked);
      if (block !== undefined) return block;
    }
    return undefined;
  }

  /** Whether somebody whom nobody vouches for is to be taken for a person who is blocked: it may be any of them. */
  mayBeBlocked(user: MatrixUserId, network: NetworkId): boolean {
    if (this.#options.letsUnvouchedIn === true) return false;
    return this.#index.hasAny(user, network) || this.#index.hasAny('homeserver', network);
  }

  /** Whether anybody has blocked a person, so that it is worth asking who. */
  isHeld(account: Identity): boolean {
    if (this.#keysOf(account).some((key) => this.#index.isHeld(key))) return true;
    return this.#domainsOf(account).some((server) => this.#index.isServerHeld(account.network, server));
  }

  /** Whether a user has blocked a person, or all of their server. */
  byUser(user: MatrixUserId, account: Identity): boolean {
    if (this.#keysOf(account).some((key) => this.#index.byUser(user, key))) return true;
    return this.#domainsOf(account).some((server) =>
      this.#index.isServerBlocked(user, account.network, server),
    );
  }

  /**
   * Whether a person is shut out for everybody who would see them: by the administrators, or by each user who shares a
   * chat with them. Only of people whom somebody has blocked it is asked who that is.
   */
  async isUnwanted(account: Identity): Promise<boolean> {
    const { network, remote } = account;
    const chat = { network, chat: remoteChatId(remote), user: undefined, remote };
    if (['homeserver', 'list'].includes(this.standing(chat).kind)) return true;
    if (!this.isHeld(account)) return false;
    const sharers = await this.#store.sharers(account, mostSharers);
    return sharers.length < mostSharers && sharers.every((user) => this.byUser(user, account));
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
      if (owner === 'homeserver') for (const listener of this.#banned) listener();
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

  #spelt({ network, remote }: Identity): readonly RemoteUserId[] {
    return [remote, ...(this.#options.spellings?.(network, remote) ?? [])];
  }

  #domainsOf(account: Identity): readonly string[] {
    return this.#spelt(account).flatMap((remote) => this.#serversOf(account.network, remote));
  }

  #keysOf(account: Identity): readonly string[] {
    return this.#spelt(account).map((remote) => keyOf(accountName({ ...account, remote })));
  }

  /** What a block between two sides can be on. */
  #meant(sides: Sides, what: 'user' | Blocked['kind']): readonly Blocked[] {
    const { network, chat, user, remote } = sides;
    switch (what) {
      case 'user':
        return [...this.#meant(sides, 'person'), ...this.#meant(sides, 'server')];
      case 'person': {
        const own = user === undefined ? [] : [storedName({ kind: 'user', user })];
        const spelt = remote === undefined ? [] : this.#spelt({ network, remote });
        const names = [...spelt.map((each) => accountName({ network, remote: each })), ...own];
        return names.map((name) => ({ kind: 'person', name }));
      }
      case 'server':
        return [...this.#serversOf(network, chat), ...this.#serversOf(network, remote)]
          .flatMap(withParents)
          .map((domain) => ({ kind: 'server', network, domain, subdomains: false }));
      case 'network':
        return [{ kind: 'network', network }];
    }
  }

  #serversOf(network: NetworkId, name: string | undefined): readonly string[] {
    const server = name === undefined ? undefined : this.#options.serverOf(network, name);
    return server === undefined ? [] : [server];
  }

  /** Where a network decides for itself, only the person's names there count. */
  #listed(
    { network, chat, kind = 'direct', user, remote, room }: Sides,
    servers: SidesToName['servers'],
    decidesItself: boolean,
  ): ListRule | undefined {
    const { lists } = this.#options;
    if (lists === undefined || lists.size === 0) return undefined;
    const spelt = remote === undefined ? [] : this.#spelt({ network, remote });
    const own = spelt.map((each) => accountName({ network, remote: each }));
    const names = decidesItself ? own : own.flatMap((name) => this.namesOf(name));
    return lists.rule({ network, chat, kind, user, person: names, servers, room });
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
      const users = owners.filter((owner): owner is MatrixUserId => owner !== 'homeserver');
      if (users.length > 0) for (const listener of this.#united) listener(users);
      if (users.length < owners.length) for (const listener of this.#banned) listener();
    });
  }

  /** Changes are made one after the other: each is judged by what the one before has left. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns.alone('blocks', work);
  }
}
