import type { IdentityKey, IdentityStore, KnownIdentity } from '../../src/core/identities.ts';

/** Identities in memory. */
export function memoryIdentities(): IdentityStore & { readonly all: ReadonlyMap<string, KnownIdentity> } {
  const all = new Map<string, KnownIdentity>();
  const keyOf = ({ user, network, remote }: IdentityKey): string => `${user} ${network} ${remote}`;
  return {
    all,
    find: async (key) => all.get(keyOf(key)),
    put: async (known) => void all.set(keyOf(known), known),
    list: async (user, state, limit) =>
      [...all.values()]
        .filter((known) => known.user === user && known.state === state)
        .toSorted((one, other) => other.since - one.since)
        .slice(0, limit),
  };
}
