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
import { unsureMark, type AgreedEntry, type LoginListStore } from './login-list-store.ts';
import type { RunningNetwork } from './network.ts';
import { failedForNow, type Failed } from './outcome.ts';
import type { Login } from './stores.ts';
import { blockOf, entryKey, personOf, WantedEntries } from './wanted-entries.ts';

export interface ListAgreementDeps {
  readonly blocks: Pick<Blocks, 'list' | 'namesOf'> & {
    block(user: MatrixUserId, blocked: ReturnType<typeof blockOf>): Promise<BlockMade>;
    unblock(user: MatrixUserId, blocked: ReturnType<typeof blockOf>): Promise<boolean>;
  };
  readonly store: Pick<LoginListStore, 'agreed' | 'change' | 'renew'>;
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
    const change = changeOf(sides, wanted, refused);
    const meant = new Map([
      ...[...agreed].filter(([key]) => sides.listed.has(key)),
      ...change.add.map((key) => [key, intentOf(key, wanted)] as const),
    ]);
    await this.#keep(login, agreed, meant);
    const written = await write(login, list, { ...sides, ...change, wanted });
    const after = new Map(
      [...meant.keys(), ...written.on].flatMap((key) => {
        const left = written.unsure.has(key) ? meant.get(key) : undefined;
        const entry = written.on.has(key) ? (wanted.get(key) ?? agreed.get(key)) : left;
        return entry === undefined ? [] : [[key, entry] as const];
      }),
    );
    await this.#keep(login, meant, after);
    if (written.failed !== undefined) return ended(written.failed);
    const restored = sides.restored && wanted.size > 0;
    return { kind: 'agreed', restored, refused: written.refused };
  }

  async #keep(login: Login, before: Sides['agreed'], after: Sides['agreed']): Promise<void> {
    const put = [...after].filter(([key, { mark }]) => before.get(key)?.mark !== mark);
    const drop = [...before].filter(([key]) => !after.has(key));
    if (put.length + drop.length === 0) return;
    const dropped = drop.map(([, { entry }]) => entry);
    await this.#deps.store.change(
      login,
      put.map(([, entry]) => entry),
      dropped,
    );
  }

  #sidesOf({ user, network }: Login, list: Blocklist, read: ReadList, agreed: Sides['agreed']): Sides {
    const fits = this.#wanted.fitting(user, network, list);
    const here = new Map(
      read.entries
        .slice(0, mostListed)
        .filter(fits)
        .map((entry) => [entryKey(network, entry), entry] as const),
    );
    const sure = [...agreed].flatMap(([key, { mark }]) => (mark === unsureMark ? [] : [key]));
    const isWhole = read.whole && read.entries.length <= mostListed;
    return {
      agreed,
      here,
      // What is beyond the end of a long list is taken to be there.
      listed: new Set([...here.keys(), ...(isWhole ? [] : sure)]),
      restored: isWhole && here.size === 0 && sure.length > emptiedByHand,
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

interface Change {
  readonly add: readonly string[];
  readonly remove: readonly string[];
  readonly refused: ReadonlySet<string>;
}
interface Written {
  /** What is on the list by now. */
  readonly on: ReadonlySet<string>;
  /** What may have been put on it all the same. */
  readonly unsure: ReadonlySet<string>;
  readonly refused: ReadonlySet<string>;
  readonly failed: Failed | undefined;
}

function changeOf(
  { agreed, listed }: Sides,
  wanted: Sides['agreed'],
  refusedBefore: ReadonlySet<string>,
): Change {
  const sides = { agreed: new Set(agreed.keys()), listed, blocked: new Set(wanted.keys()) };
  const { add, remove } = toWrite(sides);
  const refused = new Set([...refusedBefore].filter((key) => wanted.has(key)));
  return { add: add.filter((key) => !refused.has(key)), remove, refused };
}

/** What is about to be put on a list. Should it turn up there, it was not the user who put it there. */
function intentOf(key: string, wanted: Sides['agreed']): AgreedEntry {
  const entry = wanted.get(key)?.entry;
  if (entry === undefined) throw new Error('what is to be added is not wanted');
  return { entry, mark: unsureMark };
}

async function write(
  { remote, network }: Login,
  list: Blocklist,
  { agreed, listed, wanted, add, remove, ...before }: Sides & Change & { readonly wanted: Sides['agreed'] },
): Promise<Written> {
  const on = new Set(listed);
  const unsure = new Set(add);
  const refused = new Set(before.refused);
  for (const keys of inParts(add)) {
    const added = await timed(() => list.add(remote, entriesOf(keys, wanted)));
    if (added.kind === 'failed') return { on, unsure, refused, failed: added };
    for (const entry of added.refused) refused.add(entryKey(network, entry));
    for (const key of keys) {
      unsure.delete(key);
      if (!refused.has(key)) on.add(key);
    }
  }
  for (const keys of inParts(remove)) {
    const failed = await timed(() => list.remove(remote, entriesOf(keys, agreed)));
    if (failed !== undefined) return { on, unsure, refused, failed };
    for (const key of keys) on.delete(key);
  }
  return { on, unsure, refused, failed: undefined };
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
