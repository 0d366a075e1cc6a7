/**
 * What is known of the encryption identities of people on networks, as each Matrix user sees them: the identity that a
 * person has now, since when, and whether the user has said that it is theirs. The first identity that is seen of a person is
 * trusted until it changes.
 */
import type { Fingerprint, MatrixUserId, NetworkId, RemoteUserId } from './ids.ts';

/**
 * `unchanged`: as it was first seen, or nothing is known of it. `changed`: it is another, and the user has not said yet that
 * it is still the person. `verified`: the user has, here or at a client of the network's own.
 */
export type IdentityState = 'unchanged' | 'changed' | 'verified';

/** Whose identity it is, in whose eyes. */
export interface IdentityKey {
  readonly user: MatrixUserId;
  readonly network: NetworkId;
  readonly remote: RemoteUserId;
}
export interface KnownIdentity extends IdentityKey {
  readonly identity: Fingerprint;
  readonly previous: Fingerprint | undefined;
  readonly state: IdentityState;
  /** Since when the identity is this one, milliseconds since the epoch. */
  readonly since: number;
}

/** What a network tells of an identity: see `IdentityChangeEvent`. */
export interface SeenIdentity {
  readonly identity: Fingerprint;
  readonly previous: Fingerprint | undefined;
  readonly verified: boolean;
  readonly at: number;
}

export interface IdentityStore {
  find(key: IdentityKey): Promise<KnownIdentity | undefined>;
  put(known: KnownIdentity): Promise<void>;
  /** Those of a user that are in a state, those that changed last first. */
  list(user: MatrixUserId, state: IdentityState, limit: number): Promise<readonly KnownIdentity[]>;
}

/** How a user's word for an identity was taken; `other` names the one that the person has now. */
export type Confirmed =
  | { readonly kind: 'done'; readonly known: KnownIdentity }
  | { readonly kind: 'other'; readonly known: KnownIdentity }
  | { readonly kind: 'unknown' };

/** Whether somebody's identity may be relied on; what strict mode asks. */
export interface IdentityBook {
  state(user: MatrixUserId, network: NetworkId, remote: RemoteUserId): Promise<IdentityState>;
  /** The user says that this identity is the person's: nothing is confirmed where it is not that any more. Durable. */
  confirm(key: IdentityKey, identity: Fingerprint): Promise<Confirmed>;
  /** To be called after each change of a state: what was held for it may go on. */
  listen(changed: (known: KnownIdentity) => void): void;
}

/** The book over its store. */
export class Identities implements IdentityBook {
  readonly #store: IdentityStore;
  readonly #listeners: ((known: KnownIdentity) => void)[] = [];

  constructor(store: IdentityStore) {
    this.#store = store;
  }

  async state(user: MatrixUserId, network: NetworkId, remote: RemoteUserId): Promise<IdentityState> {
    return (await this.#store.find({ user, network, remote }))?.state ?? 'unchanged';
  }

  /** Takes in what a network tells; durable when it resolves. Telling it again changes nothing. */
  async seen(key: IdentityKey, seen: SeenIdentity): Promise<KnownIdentity> {
    const known = await this.#store.find(key);
    const next = after(key, known, seen);
    if (next === known) return next;
    await this.#write(next);
    return next;
  }

  async confirm(key: IdentityKey, identity: Fingerprint): Promise<Confirmed> {
    const known = await this.#store.find(key);
    if (known === undefined) return { kind: 'unknown' };
    if (known.identity !== identity) return { kind: 'other', known };
    if (known.state === 'verified') return { kind: 'done', known };
    const verified: KnownIdentity = { ...known, state: 'verified' };
    await this.#write(verified);
    return { kind: 'done', known: verified };
  }

  find(key: IdentityKey): Promise<KnownIdentity | undefined> {
    return this.#store.find(key);
  }

  /** Identities that changed and that the user has said nothing of, the last first. */
  changed(user: MatrixUserId, limit: number): Promise<readonly KnownIdentity[]> {
    return this.#store.list(user, 'changed', limit);
  }

  listen(changed: (known: KnownIdentity) => void): void {
    this.#listeners.push(changed);
  }

  async #write(known: KnownIdentity): Promise<void> {
    await this.#store.put(known);
    for (const listener of this.#listeners) listener(known);
  }
}

/** What is known after a network has told something. Pure. */
export function after(
  key: IdentityKey,
  known: KnownIdentity | undefined,
  { identity, previous, verified, at }: SeenIdentity,
): KnownIdentity {
  if (known?.identity === identity) {
    return verified && known.state !== 'verified' ? { ...known, state: 'verified' } : known;
  }
  const before = known?.identity ?? previous;
  const changed = before !== undefined && before !== identity;
  return {
    ...{ user: key.user, network: key.network, remote: key.remote, identity, previous: before, since: at },
    state: verified ? 'verified' : changed ? 'changed' : 'unchanged',
  };
}
