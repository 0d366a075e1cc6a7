import { Blocks } from '../../src/core/blocks.ts';
import type { Blocklist, ListEntry } from '../../src/core/blocklist.ts';
import { matrixUserId, networkId, remoteUserId } from '../../src/core/ids.ts';
import { LoginLists, type ListNews } from '../../src/core/login-lists.ts';
import type { Health } from '../../src/core/network.ts';
import { failedForGood, failedForNow, type Failed } from '../../src/core/outcome.ts';
import { accountName, type Identity } from '../../src/core/persons.ts';
import type { Login } from '../../src/core/stores.ts';
import { MemoryBlocks } from './memory-blocks.ts';
import { MemoryLists } from './memory-lists.ts';
import { RecordingLog } from './recording-log.ts';

export const alice = matrixUserId('@alice:hs.test');
export const smoke = networkId('smoke');
export const who = (name: string): Identity => ({ network: smoke, remote: remoteUserId(name) });
export const login = (name = 'me', linkedAt = 1): Login => ({ user: alice, ...who(name), linkedAt });

/**
 * How the platform answers; `lost` means that it does what it is asked and the answer does not come, `crash` that the
 * bridge ends before it has kept what came of it.
 */
export type Fault =
  'none' | 'crash' | 'down' | 'lost' | 'hang' | 'throws' | 'not-allowed' | 'no-lists' | 'garbage';

/** The lists of accounts on a platform, and a bridge that follows them. Names with a dot and no `@` are servers. */
export class AccountListScene implements AsyncDisposable {
  readonly blockStore = new MemoryBlocks();
  readonly store = new MemoryLists();
  readonly lists = new Map<string, Set<string>>([['me', new Set()]]);
  readonly told: string[] = [];
  readonly log = new RecordingLog();
  fault: Fault = 'none';
  /** Only so many names of a list are read. */
  most = Infinity;
  /** Names that the platform will not have on a list. */
  unwanted = new Set<string>();
  /** Names that came onto a list or went off it without the bridge knowing, until it has read the list again. */
  readonly uncertain = new Set<string>();
  calls = 0;
  writes = 0;
  followed = 0;
  canTell = true;
  blocks!: Blocks;
  following: LoginLists | undefined;
  #time = 0;

  static async open(): Promise<AccountListScene> {
    const scene = new AccountListScene();
    scene.store.all.push(login());
    await scene.restart();
    return scene;
  }

  /** The bridge ends, however it was doing, and starts on what it has kept. */
  async restart(): Promise<void> {
    await this[Symbol.asyncDispose]();
    this.store.failing = false;
    this.blocks = await Blocks.load(this.blockStore, {
      serverOf: (_network, name) => /@(.+)$/.exec(name)?.[1],
      decidesItself: () => false,
      now: () => (this.#time += 1),
    });
    for (const { remote } of this.store.all) await this.same(alice, remote);
    const { blocks } = this;
    const health = (): Health =>
      this.fault === 'down' ? { kind: 'down', since: 0, reason: 'link-down' } : { kind: 'up', since: 0 };
    this.following = new LoginLists({
      blocks: {
        block: (user, blocked) => blocks.block(user, blocked, { author: user }),
        unblock: (user, blocked) => blocks.unblock(user, blocked),
        list: (owner, offset, limit) => blocks.list(owner, offset, limit),
        namesOf: (name) => blocks.namesOf(name),
      },
      onChanged: (listener) => blocks.onChanged(listener),
      store: this.store,
      logins: {
        list: async (user) => this.store.all.filter((one) => one.user === user),
        owner: async (_network, remote) => this.store.all.find((one) => one.remote === remote)?.user,
      },
      networks: () => [smoke],
      network: () => ({ blocklist: this.#blocklist(), health }),
      permits: () => true,
      followed: async () => {
        this.followed += 1;
      },
      tell: async ({ remote }, news: ListNews) => {
        if (!this.canTell) return failedForNow('link-down');
        this.told.push(`${remote} ${news}`);
        return undefined;
      },
      everyMs: 600_000,
      log: this.log,
    });
  }

  async same(user: typeof alice, account: string): Promise<void> {
    await this.blocks.same({ kind: 'user', user }, { kind: 'account', ...who(account) });
  }
  async one(name: string, other: string): Promise<void> {
    await this.blocks.same({ kind: 'account', ...who(name) }, { kind: 'account', ...who(other) });
  }
  async block(name: string): Promise<void> {
    const blocked = { kind: 'person', name: accountName(who(name)) } as const;
    const made = await this.blocks.block(alice, blocked, { author: alice });
    if (made === 'known') await this.following?.renew(alice, blocked);
  }
  async unblock(name: string): Promise<void> {
    await this.blocks.unblock(alice, { kind: 'person', name: accountName(who(name)) });
  }
  async look(): Promise<void> {
    await this.following?.look(alice);
  }
  /** What the user's own app shows. */
  list(account = 'me'): Set<string> {
    const list = this.lists.get(account) ?? new Set();
    this.lists.set(account, list);
    return list;
  }
  listed(account = 'me'): string[] {
    return [...this.list(account)].sort();
  }
  isBlocked(name: string): boolean {
    return this.blocks.byUser(alice, who(name));
  }
  async place(name: string): Promise<readonly string[]> {
    const blocked = { kind: 'person', name: accountName(who(name)) } as const;
    const [places = []] = (await this.following?.places(alice, [blocked])) ?? [];
    return places.map(({ account, state }) => `${account} ${state}`);
  }

  #blocklist(): Blocklist {
    const change = async (account: string, how: (list: Set<string>) => void): Promise<undefined | Failed> => {
      const failed = await this.#fault();
      if (failed !== undefined && this.fault !== 'lost') return failed;
      how(this.list(account));
      this.writes += 1;
      if (this.fault === 'crash') this.store.failing = true;
      return failed;
    };
    return {
      holds: (entry) => nameOf(entry) !== 'bridge' && !nameOf(entry).includes('?'),
      read: async (account) => {
        const failed = await this.#fault();
        if (failed !== undefined && this.fault !== 'lost') return failed;
        this.uncertain.clear();
        const all = [...this.list(account)];
        return {
          kind: 'list',
          entries: all.slice(0, this.most).map(entryOf),
          whole: all.length <= this.most,
        };
      },
      add: async (account, entries) => {
        const refused = entries.filter((entry) => this.unwanted.has(nameOf(entry)));
        const failed = await change(account, (list) => {
          for (const entry of entries.filter((one) => !refused.includes(one))) {
            list.add(nameOf(entry));
            if (this.#isUnsure()) this.uncertain.add(nameOf(entry));
          }
        });
        return failed ?? { kind: 'added', refused };
      },
      remove: (account, entries) =>
        change(account, (list) => {
          for (const entry of entries) {
            list.delete(nameOf(entry));
            if (this.#isUnsure()) this.uncertain.add(nameOf(entry));
          }
        }),
    };
  }

  #isUnsure(): boolean {
    return this.fault === 'lost' || this.fault === 'crash';
  }

  async #fault(): Promise<undefined | Failed> {
    this.calls += 1;
    switch (this.fault) {
      case 'none':
      case 'crash':
        return undefined;
      case 'down':
      case 'lost':
        return failedForNow('link-down');
      case 'hang':
        return new Promise(() => undefined);
      case 'throws':
        throw new Error('a network must not throw');
      case 'not-allowed':
        return failedForGood('not-permitted');
      case 'no-lists':
        return failedForGood('no-handler');
      case 'garbage':
        return failedForNow('network-refused');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.following?.[Symbol.asyncDispose]();
  }
}

function nameOf(entry: ListEntry): string {
  return entry.kind === 'person' ? entry.remote : entry.domain;
}

function entryOf(name: string): ListEntry {
  return name.includes('.') && !name.includes('@')
    ? { kind: 'server', domain: name }
    : { kind: 'person', remote: remoteUserId(name) };
}
