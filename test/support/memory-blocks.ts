import type { Block, Blocked, BlockOwner, BlockStore } from '../../src/core/block-store.ts';
import type { MatrixUserId } from '../../src/core/ids.ts';
import {
  keyOf,
  nameOf,
  storedName,
  type StoredName,
  type StoredPerson,
  type Union,
} from '../../src/core/persons.ts';

/** Persons and blocks in memory: a double for tests that need no database. It outlives the `Blocks` that are loaded from it. */
export class MemoryBlocks implements BlockStore {
  readonly #persons = new Map<string, string>();
  readonly #blocks = new Map<string, Block>();
  readonly #listed = new Map<MatrixUserId, readonly StoredName[]>();
  /** Links that were there before anything was known of persons. */
  readonly links: { readonly user: StoredName; readonly account: StoredName }[] = [];

  async persons(): Promise<readonly StoredPerson[]> {
    const names = Map.groupBy(this.#persons, ([, person]) => person);
    return [...names].map(([id, keys]) => ({ id, names: keys.map(([key]) => nameOf(key)) }));
  }
  async linked(): ReturnType<BlockStore['linked']> {
    return this.links;
  }
  async unite({ id, moved }: Union): Promise<void> {
    for (const key of moved) this.#persons.set(key, id);
  }
  async index(): Promise<readonly Block[]> {
    return [...this.#blocks.values()];
  }
  async list(owner: BlockOwner, offset: number, limit: number): Promise<readonly Block[]> {
    return [...this.#blocks.values()]
      .filter((block) => block.owner === owner)
      .sort((one, other) => other.at - one.at)
      .slice(offset, offset + limit);
  }
  async find(owner: BlockOwner, blocked: Blocked): Promise<Block | undefined> {
    return this.#blocks.get(blockKey(owner, blocked));
  }
  async count(owner: BlockOwner): Promise<number> {
    return (await this.list(owner, 0, Infinity)).length;
  }
  async put(block: Block): Promise<boolean> {
    const key = blockKey(block.owner, block.blocked);
    const there = this.#blocks.get(key);
    if (there !== undefined) {
      const isWider =
        there.blocked.kind === 'server' &&
        block.blocked.kind === 'server' &&
        block.blocked.subdomains &&
        !there.blocked.subdomains;
      if (isWider) this.#blocks.set(key, { ...there, blocked: block.blocked });
      return isWider;
    }
    this.#blocks.set(key, block);
    return true;
  }
  async remove(owner: BlockOwner, blocked: readonly Blocked[]): Promise<void> {
    for (const one of blocked) this.#blocks.delete(blockKey(owner, one));
  }
  async listed(user: MatrixUserId): Promise<readonly StoredName[]> {
    return this.#listed.get(user) ?? [];
  }
  async setListed(user: MatrixUserId, names: readonly StoredName[]): Promise<void> {
    this.#listed.set(user, names);
  }
  readonly shared: MatrixUserId[] = [];
  async sharers(): Promise<readonly MatrixUserId[]> {
    return this.shared;
  }
  async forget(user: MatrixUserId, what: 'all' | 'keep-name'): Promise<void> {
    for (const [key, { owner }] of this.#blocks) if (owner === user) this.#blocks.delete(key);
    this.#listed.delete(user);
    if (what === 'all') this.#persons.delete(keyOf(storedName({ kind: 'user', user })));
  }
}

function blockKey(owner: BlockOwner, blocked: Blocked): string {
  switch (blocked.kind) {
    case 'person':
      return JSON.stringify([owner, keyOf(blocked.name)]);
    case 'server':
      return JSON.stringify([owner, blocked.network, blocked.domain]);
    case 'network':
      return JSON.stringify([owner, blocked.network]);
  }
}
