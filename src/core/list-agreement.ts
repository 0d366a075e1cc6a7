/**
 * Brings the list that one account has on its platform in step with its user's blocks. The blocks, which are kept before
 * anything is written to a list, and what was last agreed on say together what is still to be done; so every step may
 * be repeated, and one that was broken off is taken up at the next look.
 */
import { mostListed, type Blocklist, type ListEntry, type ReadList } from './blocklist.ts';
import type { BlockMade, Blocks } from './blocks.ts';
import { withDeadline } from './deadline.ts';
import type { MatrixUserId, NetworkId } from './ids.ts';
import { followed, toWrite } from './list-merge.ts';
import type { AgreedEntry, LoginListStore } from './login-list-store.ts';
import type { RunningNetwork } from './network.ts';
import { failedForNow, type Failed } from './outcome.ts';
import type { Login } from './stores.ts';
import { blockOf, entryKey, personOf, WantedEntries } from './wanted-entries.ts';

export interface ListAgreementDeps {
  readonly blocks: Pick<Blocks, 'list' | 'namesOf'> & {
    block(user: MatrixUserId, blocked: ReturnType<typeof blockOf>): Promise<BlockMade>;
    unblock(user: MatrixUserId, blocked: ReturnType<typeof blockOf>): Promise<boolean>;
  };
  readonly store: Pick<LoginListStore, 'agreed' | 'setAgreed' | 'renew'>;
  readonly network: (id: NetworkId) => Pick<RunningNetwork, 'blocklist' | 'health'> | undefined;
  /** A user's blocks were changed, as one of their lists was. */
  readonly followed: (user: MatrixUserId) => Promise<unknown>;
}

/** How a look at a list ended. */
export type Agreed =
  | {
      readonly kind: 'agreed';
      /** The list was empty that had many names, and was written anew. */
      readonly restored: boolean;
      /** What the platform will not have on a list. */
      readonly refused: ReadonlySet<string>;
    }
  | { readonly kind: 'unfollowed'; readonly failed: Failed }
  | { readonly kind: 'waiting'; readonly failed: Failed }
  /** The network has no such lists. */
  | { readonly kind: 'no-list' };

/** Longer than any network may take. */
const patienceMs = 40_000;
/** So many names are written at once. */
const writtenAtOnce = 100;
/** A list that had more names than this and is empty was not emptied by hand between two looks: the platform has lost it. */
const emptiedByHand = 5;

type Entries = ReadonlyMap<string, ListEntry>;
interface Sides {
  readonly agreed: ReadonlyMap<string, AgreedEntry>;
  readonly here: Entries;
  readonly listed: ReadonlySet<string>;
  readonly restored: boolean;
}

export class ListAgreement {
  readonly #deps: ListAgreementDeps;
  readonly #wanted: WantedEntries;

  constructor(deps: ListAgreementDeps) {
    this.#deps = deps;
    this.#wanted = new WantedEntries(deps.blocks);
  }

  /** To be called for one login at a time. `refused` is what the platform did not have before. */
  async agree(login: Login, refused: ReadonlySet<string> = new Set()): Promise<Agreed> {
    const { store } = this.#deps;
    const network = this.#deps.network(login.network);
    const list = network?.blocklist;
    if (network === undefined || list === undefined) return { kind: 'no-list' };
    if (network.health().kind !== 'up') return ended(failedForNow('link-down'));
    const read = await timed(() => list.read(login.remote));
    if (read.kind === 'failed') return ended(read);
    const agreed = byKey(await store.agreed(login), login.network);
    const sides = this.#sidesOf(login, list, read, agreed);
    const wanted = await this.#follow(login, list, sides);
    const written = await write(login, list, { ...sides, wanted, refused });
    const after = [...written.on].flatMap((key) => wanted.get(key) ?? agreed.get(key) ?? []);
    if (!isSame(agreed, byKey(after, login.network))) await store.setAgreed(login, after);
    if (written.failed !== undefined) return ended(written.failed);
    const restored = sides.restored && wanted.size > 0;
    return { kind: 'agreed', restored, refused: written.refused };
  }

  #sidesOf({ user, network }: Login, list: Blocklist, read: ReadList, agreed: Sides['agreed']): Sides {
    const fits = this.#wanted.fitting(user, network, list);
    const here = new Map(
      read.entries
        .slice(0, mostListed)
        .filter(fits)
        .map((entry) => [entryKey(network, entry), entry] as const),
    );
    const isWhole = read.whole && read.entries.length <= mostListed;
    return {
      agreed,
      here,
      // What is beyond the end of a long list is taken to be there.
      listed: new Set([...here.keys(), ...(isWhole ? [] : agreed.keys())]),
      restored: isWhole && here.size === 0 && agreed.size > emptiedByHand,
    };
  }

  /** Does on the bridge what was done on the list; answers what is to be on it. */
  async #follow(
    { user, network }: Login,
    list: Blocklist,
    { agreed, here, listed, restored }: Sides,
  ): Promise<ReadonlyMap<string, AgreedEntry>> {
    const { blocks, store } = this.#deps;
    const blocked = await this.#wanted.all(user, network, list);
    const change = followed(
      { agreed: new Set(agreed.keys()), listed, blocked: new Set(blocked.keys()) },
      {
        trusted: !restored,
        renewed: (key) => blocked.get(key)?.mark !== agreed.get(key)?.mark,
        personOf: (key) => personOf(blocks, key),
      },
    );
    // A block that was made on this list too is not ended by another list of the user's.
    const again = [...here].filter(([key]) => !agreed.has(key) && blocked.has(key));
    if (again.length > 0)
      await store.renew(
        user,
        network,
        again.map(([, entry]) => entry),
      );
    let isChanged = false;
    for (const { entry } of change.ended.flatMap((key) => agreed.get(key) ?? []))
      if (await blocks.unblock(user, blockOf(network, entry))) isChanged = true;
    for (const entry of change.begun.flatMap((key) => here.get(key) ?? [])) {
      const made = await blocks.block(user, blockOf(network, entry));
      if (made === 'too-many') break;
      if (made === 'blocked') isChanged = true;
    }
    if (!isChanged) return blocked;
    await this.#deps.followed(user);
    return this.#wanted.all(user, network, list);
  }
}

interface Writing extends Sides {
  readonly wanted: ReadonlyMap<string, AgreedEntry>;
  readonly refused: ReadonlySet<string>;
}
interface Written {
  /** What is on the list by now. */
  readonly on: ReadonlySet<string>;
  readonly refused: ReadonlySet<string>;
  readonly failed: Failed | undefined;
}

async function write({ remote, network }: Login, list: Blocklist, sides: Writing): Promise<Written> {
  const { agreed, listed, wanted } = sides;
  const change = toWrite({ agreed: new Set(agreed.keys()), listed, blocked: new Set(wanted.keys()) });
  const on = new Set(listed);
  const refused = new Set([...sides.refused].filter((key) => wanted.has(key)));
  const toAdd = change.add.filter((key) => !refused.has(key));
  for (const keys of inParts(toAdd)) {
    const added = await timed(() => list.add(remote, entriesOf(keys, wanted)));
    if (added.kind === 'failed') return { on, refused, failed: added };
    for (const entry of added.refused) refused.add(entryKey(network, entry));
    for (const key of keys.filter((key) => !refused.has(key))) on.add(key);
  }
  for (const keys of inParts(change.remove)) {
    const failed = await timed(() => list.remove(remote, entriesOf(keys, agreed)));
    if (failed !== undefined) return { on, refused, failed };
    for (const key of keys) on.delete(key);
  }
  return { on, refused, failed: undefined };
}

function* inParts(keys: readonly string[]): Generator<readonly string[]> {
  for (let from = 0; from < keys.length; from += writtenAtOnce) yield keys.slice(from, from + writtenAtOnce);
}

function entriesOf(keys: readonly string[], of: ReadonlyMap<string, AgreedEntry>): readonly ListEntry[] {
  return keys.flatMap((key) => of.get(key)?.entry ?? []);
}

function byKey(entries: readonly AgreedEntry[], network: NetworkId): ReadonlyMap<string, AgreedEntry> {
  return new Map(entries.map((agreed) => [entryKey(network, agreed.entry), agreed]));
}

function isSame(one: Sides['agreed'], other: Sides['agreed']): boolean {
  return one.size === other.size && [...one].every(([key, { mark }]) => other.get(key)?.mark === mark);
}

function ended(failed: Failed): Extract<Agreed, { readonly failed: Failed }> {
  return { kind: failed.retry.kind === 'never' ? 'unfollowed' : 'waiting', failed };
}

/** A network that hangs, or throws though it must not, holds nothing up. */
async function timed<T>(work: () => Promise<T>): Promise<T | Failed> {
  try {
    const done = await withDeadline(patienceMs, work);
    return done.kind === 'done' ? done.value : failedForNow('timeout');
  } catch (error) {
    return failedForNow('internal', error);
  }
}
