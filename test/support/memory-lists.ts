import type { ListEntry } from '../../src/core/blocklist.ts';
import type { AgreedEntry, LoginListStore, Unfollowed } from '../../src/core/login-list-store.ts';
import type { NetworkId, RemoteUserId } from '../../src/core/ids.ts';
import type { Login } from '../../src/core/stores.ts';

/** What is kept of accounts' lists, in memory: a double for tests that need no database. It outlives what uses it. */
export class MemoryLists implements LoginListStore {
  readonly all: Login[] = [];
  /** How often what is agreed was written. */
  writes = 0;
  /** Whether what is agreed cannot be written. */
  failing = false;
  readonly #agreed = new Map<string, readonly AgreedEntry[]>();
  readonly #told = new Map<string, Unfollowed>();

  async agreed(login: Login): Promise<readonly AgreedEntry[]> {
    return this.#agreed.get(keyOf(login)) ?? [];
  }
  async change(login: Login, put: readonly AgreedEntry[], drop: readonly ListEntry[]): Promise<void> {
    this.writes += 1;
    if (this.failing) throw new Error('the database is away');
    const gone = new Set([...drop, ...put.map(({ entry }) => entry)].map((entry) => JSON.stringify(entry)));
    const left = (await this.agreed(login)).filter(({ entry }) => !gone.has(JSON.stringify(entry)));
    this.#agreed.set(keyOf(login), [...left, ...put]);
  }
  async renew(user: Login['user'], network: NetworkId, entries: readonly ListEntry[]): Promise<void> {
    const named = new Set(entries.map((entry) => JSON.stringify(entry)));
    for (const login of this.all.filter((one) => one.user === user && one.network === network)) {
      const before = this.#agreed.get(keyOf(login)) ?? [];
      const after = before.map((one) => (named.has(JSON.stringify(one.entry)) ? { ...one, mark: '' } : one));
      this.#agreed.set(keyOf(login), after);
    }
  }
  async told(login: Login): Promise<Unfollowed | undefined> {
    return this.#told.get(keyOf(login));
  }
  async setTold(login: Login, why: Unfollowed | undefined): Promise<void> {
    if (why === undefined) this.#told.delete(keyOf(login));
    else this.#told.set(keyOf(login), why);
  }
  async logins(
    network: NetworkId,
    after: RemoteUserId | undefined,
    limit: number,
  ): Promise<readonly Login[]> {
    return this.all
      .filter((login) => login.network === network && login.remote > (after ?? ''))
      .sort((one, other) => (one.remote < other.remote ? -1 : 1))
      .slice(0, limit);
  }
  async prune(): Promise<void> {
    for (const key of this.#agreed.keys())
      if (!this.all.some((login) => keyOf(login) === key)) this.#agreed.delete(key);
  }
}

function keyOf({ network, remote, user, linkedAt }: Login): string {
  return JSON.stringify([network, remote, user, linkedAt]);
}
