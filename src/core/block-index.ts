import type { Blocked, BlockOwner, IndexedBlock } from './block-store.ts';
import { withParents } from './domains.ts';
import type { MatrixUserId, NetworkId, RemoteUserId } from './ids.ts';
import {
  accountName,
  keyOf,
  Persons,
  storedName,
  type StoredName,
  type StoredPerson,
  type Union,
} from './persons.ts';
import type { ListRule } from './policy-list.ts';

/**
 * What stands between two sides: nothing, a block of the user's own, one of the homeserver's administrators, or a rule of
 * a policy list that they follow.
 */
export type Standing =
  | { readonly kind: 'clear' }
  | { readonly kind: 'user' }
  | { readonly kind: 'homeserver'; readonly what: Blocked['kind'] }
  | { readonly kind: 'list'; readonly rule: ListRule };

/** The blocks on a person: under which names each owner made theirs. Whom everybody blocks is looked up as fast as others. */
type Held = Map<BlockOwner, readonly StoredName[]>;
interface Sides {
  readonly network: NetworkId;
  readonly user: MatrixUserId | undefined;
  /** The person, by each way to write their name. */
  readonly remotes: readonly RemoteUserId[];
  readonly servers: readonly string[];
  readonly decidesItself: boolean;
}
const clear = { kind: 'clear' } as const;
const nobody: ReadonlyMap<BlockOwner, readonly StoredName[]> = new Map();

/** The blocks in memory. Nothing here waits, and no look-up walks over blocks of others. */
export class BlockIndex {
  readonly #persons: Persons;
  /** Whoever is blocked by anybody, by person. */
  readonly #held = new Map<string, Held>();
  /** How many persons each owner has blocked, by the names that that was done under. */
  readonly #counts = new Map<BlockOwner, number>();
  /** Blocked domains of each network, by who blocks them; whether all below them are. */
  readonly #servers = new Map<BlockOwner, Map<NetworkId, Map<string, boolean>>>();
  /** By how many owners a domain of a network is blocked. */
  readonly #domains = new Map<NetworkId, Map<string, number>>();
  readonly #networks = new Set<NetworkId>();

  constructor(persons: Iterable<StoredPerson> = [], blocks: Iterable<IndexedBlock> = []) {
    this.#persons = new Persons(persons);
    for (const block of blocks) this.add(block);
  }

  standing({ network, user, remotes, servers, decidesItself }: Sides): Exclude<Standing, { kind: 'list' }> {
    if (this.#networks.has(network)) return { kind: 'homeserver', what: 'network' };
    if (servers.some((server) => this.isServerBlocked('homeserver', network, server)))
      return { kind: 'homeserver', what: 'server' };
    const held = remotes.map((remote) => this.#heldOf(keyOf(accountName({ network, remote }))));
    const own = user === undefined ? nobody : this.#heldOf(keyOf(storedName({ kind: 'user', user })));
    const isShut = (of: ReadonlyMap<BlockOwner, readonly StoredName[]>): boolean =>
      of.get('homeserver')?.some(({ realm }) => !decidesItself || realm === network) === true;
    if (held.some(isShut) || isShut(own)) return { kind: 'homeserver', what: 'person' };
    if (user === undefined) return clear;
    const isOwn = held.some((of) => of.has(user));
    return isOwn || servers.some((server) => this.isServerBlocked(user, network, server))
      ? { kind: 'user' }
      : clear;
  }

  byUser(user: MatrixUserId, key: string): boolean {
    return this.#heldOf(key).has(user);
  }

  /** Whether an owner has blocked any person, or all of a server of the network. */
  hasAny(owner: BlockOwner, network: NetworkId): boolean {
    return (this.#counts.get(owner) ?? 0) > 0 || (this.#servers.get(owner)?.get(network)?.size ?? 0) > 0;
  }

  /** Whether anybody has blocked a domain, or one above it. */
  isServerHeld(network: NetworkId, server: string): boolean {
    const domains = this.#domains.get(network);
    return domains !== undefined && domains.size > 0 && withParents(server).some((one) => domains.has(one));
  }

  /** Whether a domain, or one above it that is blocked with all below, is blocked by an owner. */
  isServerBlocked(owner: BlockOwner, network: NetworkId, server: string): boolean {
    const blocked = this.#servers.get(owner)?.get(network);
    if (blocked === undefined || blocked.size === 0) return false;
    const [, ...above] = withParents(server);
    return blocked.has(server) || above.some((domain) => blocked.get(domain) === true);
  }

  /** Whether anybody has blocked a person. */
  isHeld(key: string): boolean {
    return this.#held.has(this.#persons.of(key));
  }

  /** Whether a block is there that covers all that this one would. Where it was made matters for those of administrators. */
  has(owner: BlockOwner, blocked: Blocked): boolean {
    const found = this.found(owner, blocked);
    if (blocked.kind === 'server')
      return found.some((other) => other.kind === 'server' && (other.subdomains || !blocked.subdomains));
    if (owner !== 'homeserver' || blocked.kind !== 'person') return found.length > 0;
    const key = keyOf(blocked.name);
    return found.some((other) => other.kind === 'person' && keyOf(other.name) === key);
  }

  /** The blocks of an owner that a wish to end one means: on a person, those under all their names. */
  found(owner: BlockOwner, blocked: Blocked): readonly Blocked[] {
    switch (blocked.kind) {
      case 'person':
        return (this.#heldOf(keyOf(blocked.name)).get(owner) ?? []).map((name) => ({ kind: 'person', name }));
      case 'server': {
        const subdomains = this.#servers.get(owner)?.get(blocked.network)?.get(blocked.domain);
        return subdomains === undefined ? [] : [{ ...blocked, subdomains }];
      }
      case 'network':
        return this.#networks.has(blocked.network) ? [blocked] : [];
    }
  }

  add({ owner, blocked }: IndexedBlock): void {
    switch (blocked.kind) {
      case 'person': {
        const person = this.#persons.of(keyOf(blocked.name));
        const held = this.#held.get(person) ?? new Map<BlockOwner, readonly StoredName[]>();
        this.#held.set(person, held.set(owner, [...(held.get(owner) ?? []), blocked.name]));
        this.#counts.set(owner, (this.#counts.get(owner) ?? 0) + 1);
        break;
      }
      case 'server': {
        const of = this.#servers.get(owner) ?? new Map<NetworkId, Map<string, boolean>>();
        const servers = of.get(blocked.network) ?? new Map<string, boolean>();
        if (!servers.has(blocked.domain)) this.#countDomain(blocked, 1);
        this.#servers.set(owner, of.set(blocked.network, servers.set(blocked.domain, blocked.subdomains)));
        break;
      }
      case 'network':
        this.#networks.add(blocked.network);
    }
  }

  remove(owner: BlockOwner, all: readonly Blocked[]): void {
    for (const blocked of all) {
      if (blocked.kind === 'person') this.#drop(owner, blocked.name);
      else if (blocked.kind === 'server') {
        if (this.#servers.get(owner)?.get(blocked.network)?.delete(blocked.domain) === true)
          this.#countDomain(blocked, -1);
      } else this.#networks.delete(blocked.network);
    }
  }

  #countDomain({ network, domain }: Extract<Blocked, { kind: 'server' }>, by: 1 | -1): void {
    const domains = this.#domains.get(network) ?? new Map<string, number>();
    const count = (domains.get(domain) ?? 0) + by;
    if (count > 0) domains.set(domain, count);
    else domains.delete(domain);
    this.#domains.set(network, domains);
  }

  isOne(one: string, other: string): boolean {
    return this.#persons.of(one) === this.#persons.of(other);
  }

  names(key: string): readonly string[] {
    return this.#persons.names(this.#persons.of(key));
  }

  union(one: string, other: string, newId: () => string): Union | undefined {
    return this.#persons.union(one, other, newId);
  }

  /** Joins; answers whose blocks cover more than before. */
  apply(union: Union): readonly BlockOwner[] {
    const before = [...new Set([...union.gone, union.id])];
    const held: Held = new Map();
    for (const person of before) {
      for (const [owner, names] of this.#held.get(person) ?? nobody)
        held.set(owner, [...(held.get(owner) ?? []), ...names]);
      this.#held.delete(person);
    }
    this.#persons.apply(union);
    if (held.size > 0) this.#held.set(union.id, held);
    return [...held.keys()];
  }

  /** A name belongs to nobody any more. */
  forgetName(key: string): void {
    this.#persons.forget(key);
  }

  #heldOf(key: string): ReadonlyMap<BlockOwner, readonly StoredName[]> {
    return this.#held.get(this.#persons.of(key)) ?? nobody;
  }

  #drop(owner: BlockOwner, name: StoredName): void {
    const key = keyOf(name);
    const person = this.#persons.of(key);
    const held = this.#held.get(person);
    const before = held?.get(owner) ?? [];
    const left = before.filter((other) => keyOf(other) !== key);
    const count = (this.#counts.get(owner) ?? 0) - (before.length - left.length);
    if (count > 0) this.#counts.set(owner, count);
    else this.#counts.delete(owner);
    if (left.length > 0) held?.set(owner, left);
    else held?.delete(owner);
    if (held?.size === 0) this.#held.delete(person);
  }
}
