/**
 * Who is the same person. A person is a set of names that are known to belong together: accounts on networks, the Matrix
 * user who has linked them, an address or number that a network has verified. What was once known stays known: a name
 * that is given up later does not let anybody slip out of what was said of them under it.
 */
import { networkId, remoteUserId, type MatrixUserId, type NetworkId, type RemoteUserId } from './ids.ts';

/** An account on a network. */
export interface Identity {
  readonly network: NetworkId;
  readonly remote: RemoteUserId;
}
/** What a person is known by. `address` is a URI that a network has verified, such as `tel:+15550100`. */
export type PersonName =
  | ({ readonly kind: 'account' } & Identity)
  | { readonly kind: 'user'; readonly user: MatrixUserId }
  | { readonly kind: 'address'; readonly address: string };

/** A name as it is kept: where it is one, and the name. No network is called `@…`. */
export interface StoredName {
  readonly realm: string;
  readonly name: string;
}
/** Names of one person, as they are kept; persons of one name need not be kept. */
export interface StoredPerson {
  readonly id: string;
  readonly names: readonly StoredName[];
}

export const userRealm = '@user';
export const addressRealm = '@address';

export function storedName(name: PersonName): StoredName {
  switch (name.kind) {
    case 'account':
      return { realm: name.network, name: storable(name.remote) };
    case 'user':
      return { realm: userRealm, name: storable(name.user) };
    case 'address':
      return { realm: addressRealm, name: storable(normalised(name.address)) };
  }
}

/** The name of an account, as it is kept. */
export function accountName({ network, remote }: Identity): StoredName {
  return storedName({ kind: 'account', network, remote });
}

/** The account whose name this is; none where it is a name of another kind. */
export function accountsIn({ realm, name }: StoredName): readonly Identity[] {
  return realm.startsWith('@') ? [] : [{ network: networkId(realm), remote: remoteUserId(name) }];
}

/** As databases hold text: the same name is to be the same after a restart. */
function storable(name: string): string {
  return name.toWellFormed().replaceAll('\0', '\u2400');
}

/** An address as it is compared: networks write the same one with spaces, in capitals, or with a display form. */
function normalised(address: string): string {
  const plain = address.normalize('NFKC').trim().toLowerCase();
  return plain.startsWith('tel:') ? `tel:${plain.slice(4).replace(/[^+\d]/g, '')}` : plain;
}

/** The text by which a name is looked up. */
export function keyOf({ realm, name }: StoredName): string {
  return `${realm} ${name}`;
}
export function nameOf(key: string): StoredName {
  const end = key.indexOf(' ');
  return { realm: key.slice(0, end), name: key.slice(end + 1) };
}

/** What makes two persons one: the names of one of them, and of a new one all, go to `id`. */
export interface Union {
  readonly id: string;
  readonly gone: readonly string[];
  readonly moved: readonly string[];
}

/** The partition of names into persons, in memory. A name that nothing is known of is a person by itself, and costs nothing. */
export class Persons {
  readonly #of = new Map<string, string>();
  readonly #names = new Map<string, string[]>();

  constructor(known: Iterable<StoredPerson> = []) {
    for (const { id, names } of known) this.#move(id, names.map(keyOf));
  }

  /** The person whose name this is: one text for all names of a person. */
  of(key: string): string {
    return this.#of.get(key) ?? key;
  }

  /** All names of a person. */
  names(person: string): readonly string[] {
    return this.#names.get(person) ?? [person];
  }

  /** What is to be kept, and then applied, for two names to be one person's; undefined where they are already. */
  union(one: string, other: string, newId: () => string): Union | undefined {
    const [first, second] = [this.of(one), this.of(other)];
    if (first === second) return undefined;
    const [larger, smaller] =
      this.names(first).length >= this.names(second).length ? [first, second] : [second, first];
    if (this.#names.has(larger)) return { id: larger, gone: [smaller], moved: this.names(smaller) };
    return { id: newId(), gone: [first, second], moved: [first, second] };
  }

  apply({ id, gone, moved }: Union): void {
    for (const person of gone) this.#names.delete(person);
    this.#move(id, moved);
  }

  /** The name belongs to nobody any more. What it has joined stays joined. */
  forget(key: string): void {
    const person = this.#of.get(key);
    if (person === undefined) return;
    this.#of.delete(key);
    const left = this.names(person).filter((name) => name !== key);
    if (left.length > 0) this.#names.set(person, left);
    else this.#names.delete(person);
  }

  #move(id: string, keys: readonly string[]): void {
    const names = this.#names.get(id) ?? [];
    names.push(...keys);
    this.#names.set(id, names);
    for (const key of keys) this.#of.set(key, id);
  }
}
