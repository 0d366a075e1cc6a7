/**
 * Keeps a user's blocks and their ignore list on Matrix the same. What was last on both is kept, so that it can be told
 * who changed what: a ghost that the user takes off the list is unblocked, one that a command has unblocked comes off it.
 */
import type { BlockStore } from './block-store.ts';
import { mostOfOne, type Blocks } from './blocks.ts';
import { BoundedMap } from './bounded-map.ts';
import type { MatrixUserId } from './ids.ts';
import { followed, toWrite } from './list-merge.ts';
import type { Failed } from './outcome.ts';
import { accountName, accountsIn, keyOf, nameOf, type Identity, type StoredName } from './persons.ts';
import { task, type Log } from './task.ts';

/** A user's ignore list, as far as it is about ghosts. */
export interface IgnoreList {
  /** Whether the homeserver has one at all. */
  readonly there: boolean;
  readonly ignored: readonly Identity[];
}
/** What is to become of a list. `done` is called once it is so. */
export interface IgnoreChange {
  readonly add: readonly Identity[];
  readonly remove: readonly Identity[];
  readonly done: () => Promise<void>;
}
export type IgnoreAgreed = (user: MatrixUserId, list: IgnoreList) => Promise<IgnoreChange>;

/** The users' ignore lists, as the homeserver's edge has them. */
export interface IgnoreBook {
  /** Whom to ask, from now on, what is to become of a list that was read. Lists of one user come one after the other. */
  agreeBy(agree: IgnoreAgreed): void;
  /** Reads a user's list anew, and has it agreed on; `no-puppet` where the bridge cannot act as the user. */
  revise(user: MatrixUserId): Promise<'agreed' | 'no-puppet' | Failed>;
  /** Whether somebody has a ghost that a list can name. */
  hasGhost(who: Identity): boolean;
}

export interface BlockAgreementDeps {
  readonly blocks: Pick<Blocks, 'block' | 'unblock' | 'list' | 'namesOf' | 'onUnited'>;
  readonly store: Pick<BlockStore, 'listed' | 'setListed'>;
  readonly book: IgnoreBook;
  readonly log: Log;
  readonly now?: () => number;
}

/** For so long after the bridge has written a list, an older one may still be read; nothing is unblocked by that. */
const settlingMs = 5_000;
const mostUsers = 10_000;

export class BlockAgreement {
  readonly #deps: BlockAgreementDeps;
  readonly #now: () => number;
  readonly #wrote = new BoundedMap<MatrixUserId, number>(mostUsers);

  constructor(deps: BlockAgreementDeps) {
    this.#deps = deps;
    this.#now = deps.now ?? Date.now;
    deps.book.agreeBy((user, list) => this.#agree(user, list));
    deps.blocks.onUnited((owners) => {
      for (const owner of owners) void task(deps.log, 'block-agreement', () => this.changed(owner));
    });
  }

  /** The user's blocks have changed: their list follows. */
  changed(user: MatrixUserId): ReturnType<IgnoreBook['revise']> {
    return this.#deps.book.revise(user);
  }

  async #agree(user: MatrixUserId, list: IgnoreList): Promise<IgnoreChange> {
    const { blocks, store } = this.#deps;
    const agreed = keysOf(await store.listed(user));
    const listed = keysOf(list.ignored.map(accountName));
    const isSettled = this.#now() - (this.#wrote.get(user) ?? -Infinity) >= settlingMs;
    const change = followed(
      { agreed, listed, blocked: await this.#blocked(user) },
      {
        trusted: list.there && isSettled,
        renewed: () => false,
        personOf: (key) => blocks.namesOf(nameOf(key)).map(keyOf)[0] ?? key,
      },
    );
    for (const name of change.ended.map(nameOf)) await blocks.unblock(user, { kind: 'person', name });
    for (const name of change.begun.map(nameOf))
      await blocks.block(user, { kind: 'person', name }, { author: user });
    const wanted = await this.#blocked(user);
    const { add, remove } = toWrite({ agreed, listed, blocked: wanted });
    return {
      add: add.map(nameOf).flatMap(accountsIn),
      remove: remove.map(nameOf).flatMap(accountsIn),
      done: async () => {
        if (add.length + remove.length > 0) this.#wrote.set(user, this.#now());
        const same = wanted.size === agreed.size && [...wanted].every((key) => agreed.has(key));
        if (!same) await store.setListed(user, [...wanted].map(nameOf));
      },
    };
  }

  /** The accounts of everybody whom the user has blocked, as far as a list can name them. */
  async #blocked(user: MatrixUserId): Promise<ReadonlySet<string>> {
    const { blocks, book } = this.#deps;
    const made = await blocks.list(user, 0, mostOfOne);
    const names = made.flatMap(({ blocked }) => (blocked.kind === 'person' ? [blocked.name] : []));
    const accounts = names.flatMap((name) => blocks.namesOf(name)).flatMap(accountsIn);
    return keysOf(accounts.filter((account) => book.hasGhost(account)).map(accountName));
  }
}

function keysOf(names: readonly StoredName[]): ReadonlySet<string> {
  return new Set(names.map(keyOf));
}
