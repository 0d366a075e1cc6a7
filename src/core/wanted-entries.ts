/** What of a user's blocks belongs on the list that an account of theirs has on its platform. */
import { createHash } from 'node:crypto';
import type { Block, Blocked } from './block-store.ts';
import type { Blocklist, ListEntry } from './blocklist.ts';
import { mostOfOne, type Blocks } from './blocks.ts';
import type { MatrixUserId, NetworkId } from './ids.ts';
import type { AgreedEntry } from './login-list-store.ts';
import { accountName, accountsIn, keyOf, nameOf, storedName } from './persons.ts';

type Known = Pick<Blocks, 'list' | 'namesOf'>;

/** The text by which an entry is looked up. */
export function entryKey(network: NetworkId, entry: ListEntry): string {
  return entry.kind === 'person'
    ? keyOf(accountName({ network, remote: entry.remote }))
    : keyOf({ realm: '@server', name: entry.domain });
}

/** The block that an entry stands for. */
export function blockOf(network: NetworkId, entry: ListEntry): Blocked {
  return entry.kind === 'person'
    ? { kind: 'person', name: accountName({ network, remote: entry.remote }) }
    : { kind: 'server', network, domain: entry.domain, subdomains: false };
}

/** One text for all names of a person. */
export function personOf(blocks: Pick<Known, 'namesOf'>, key: string): string {
  return key.startsWith('@') ? key : (blocks.namesOf(nameOf(key)).map(keyOf)[0] ?? key);
}

/** What a user's blocks are to a list: never the user, and nothing that it cannot hold. */
export class WantedEntries {
  readonly #blocks: Known;

  constructor(blocks: Known) {
    this.#blocks = blocks;
  }

  /** The entries of all blocks of a user, by their keys; their marks tell the times of the blocks. */
  async all(
    user: MatrixUserId,
    network: NetworkId,
    list: Pick<Blocklist, 'holds'>,
  ): Promise<ReadonlyMap<string, AgreedEntry>> {
    const made = new Map<string, { readonly entry: ListEntry; readonly at: number[] }>();
    const fits = this.fitting(user, network, list);
    for (const { blocked, at } of await this.#blocks.list(user, 0, mostOfOne))
      for (const entry of this.of(blocked, network).filter(fits)) {
        const key = entryKey(network, entry);
        const known = made.get(key) ?? { entry, at: [] };
        known.at.push(at);
        made.set(key, known);
      }
    return new Map([...made].map(([key, { entry, at }]) => [key, { entry, mark: markOf(at) }]));
  }

  /** The entries of one block on a network. */
  of(blocked: Block['blocked'], network: NetworkId): readonly ListEntry[] {
    switch (blocked.kind) {
      case 'person':
        return this.#blocks
          .namesOf(blocked.name)
          .flatMap(accountsIn)
          .flatMap(({ network: at, remote }) => (at === network ? [{ kind: 'person', remote }] : []));
      case 'server':
        return blocked.network === network && !blocked.subdomains
          ? [{ kind: 'server', domain: blocked.domain }]
          : [];
      case 'network':
        return [];
    }
  }

  /** Whether an entry is one that both sides can have: a list may name the user's own accounts, and keeps them. */
  fitting(
    user: MatrixUserId,
    network: NetworkId,
    list: Pick<Blocklist, 'holds'>,
  ): (entry: ListEntry) => boolean {
    const own = new Set(this.#blocks.namesOf(storedName({ kind: 'user', user })).map(keyOf));
    return (entry) => list.holds(entry) && !own.has(entryKey(network, entry));
  }
}

/** Mostly there is one; a person may have been blocked under each of many names. */
function markOf(times: readonly number[]): string {
  const all = times.toSorted((one, other) => one - other).join(' ');
  return times.length === 1 ? all : createHash('sha256').update(all).digest('base64url');
}
