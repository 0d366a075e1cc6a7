/**
 * Keeps the lists of blocked people that linked accounts have on their platforms in step with their users' blocks: looks
 * at a list when its account is linked, when the network's link comes up, when blocks change, when the network says
 * that it changed, and every so often, since platforms tell of changes only to the account's own clients.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Blocked } from './block-store.ts';
import type { Blocks } from './blocks.ts';
import { BoundedMap } from './bounded-map.ts';
import type { MatrixUserId, NetworkId, RemoteUserId } from './ids.ts';
import { ListAgreement, type Agreed, type ListAgreementDeps } from './list-agreement.ts';
import { unsureMark, type LoginListStore, type Unfollowed } from './login-list-store.ts';
import type { Failed } from './outcome.ts';
import type { Login, LoginStore } from './stores.ts';
import type { Log } from './task.ts';
import { Tasks } from './tasks.ts';
import { Turns } from './turns.ts';
import { entryKey, WantedEntries } from './wanted-entries.ts';

/** What a user is told of a list of theirs. */
export type ListNews = Unfollowed | 'restored';

export interface LoginListsDeps extends Omit<ListAgreementDeps, 'store'> {
  readonly store: LoginListStore;
  readonly onChanged: Blocks['onChanged'];
  readonly logins: Pick<LoginStore, 'list' | 'owner'>;
  readonly networks: () => Iterable<NetworkId>;
  /** Lists of users who may not use the bridge are left alone. */
  readonly permits: (user: MatrixUserId) => boolean;
  readonly tell: (login: Login, news: ListNews) => Promise<undefined | Failed>;
  /** How long after a look each list is looked at again, in milliseconds. */
  readonly everyMs: number;
  readonly log: Log;
}

/** Where a block is in force besides the bridge. */
export interface Place {
  readonly network: NetworkId;
  readonly account: RemoteUserId;
  readonly state: 'there' | 'waiting' | 'unfollowed';
}

type State =
  | { readonly kind: 'agreed'; readonly refused: ReadonlySet<string> }
  | { readonly kind: 'unfollowed'; readonly told: Unfollowed | undefined }
  | { readonly kind: 'waiting'; readonly attempts: number };

const mostStates = 20_000;
const pageSize = 500;
/** So many lists are looked at at a time when all are. */
const atOnce = 4;
const firstPauseMs = 1_000;

export class LoginLists implements AsyncDisposable {
  readonly #deps: LoginListsDeps;
  readonly #agreement: ListAgreement;
  readonly #wanted: WantedEntries;
  readonly #turns = new Turns();
  readonly #states = new BoundedMap<string, State>(mostStates);
  /** Looks that have not begun: who asks for another waits for the same. */
  readonly #asked = new Map<string, Promise<void>>();
  readonly #retries = new Map<string, NodeJS.Timeout>();
  readonly #sweeps = new Map<NetworkId, { again: boolean }>();
  readonly #dirty = new Set<MatrixUserId>();
  readonly #tasks: Tasks;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(deps: LoginListsDeps) {
    this.#deps = deps;
    this.#tasks = new Tasks(deps.log);
    this.#agreement = new ListAgreement(deps);
    this.#wanted = new WantedEntries(deps.blocks);
    deps.onChanged((user) => this.#soon(user));
  }

  /** Looks at all lists, now and every so often. */
  begin(): void {
    void this.#background(() => this.#deps.store.prune());
    const all = (): void => {
      for (const network of this.#deps.networks()) this.linkUp(network);
    };
    all();
    this.#timer = setInterval(all, this.#deps.everyMs);
  }

  /** Looks at all lists of a network; once more where that is under way, since it may have passed some already. */
  linkUp(network: NetworkId): void {
    const running = this.#sweeps.get(network);
    if (running !== undefined) running.again = true;
    if (this.#isOver || running !== undefined) return;
    const sweep = { again: true };
    this.#sweeps.set(network, sweep);
    void this.#background(async () => {
      try {
        while (sweep.again && !this.#isOver) {
          sweep.again = false;
          await this.#sweep(network);
        }
      } finally {
        this.#sweeps.delete(network);
      }
    });
  }

  /** The list of an account, or any list of the network, has changed or can be followed only now. */
  listChanged(network: NetworkId, account: RemoteUserId | undefined): void {
    if (account === undefined) {
      this.linkUp(network);
      return;
    }
    void this.#background(async () => {
      const owner = await this.#deps.logins.owner(network, account);
      const logins = owner === undefined ? [] : await this.#deps.logins.list(owner);
      await Promise.all(
        logins
          .filter((login) => login.network === network && login.remote === account)
          .map((login) => this.#look(login)),
      );
    });
  }

  /** Looks at a user's lists; resolves when that is over, however it went. */
  async look(user: MatrixUserId): Promise<void> {
    if (this.#isOver) return;
    await this.#background(async () => {
      const logins = await this.#deps.logins.list(user);
      await Promise.all(logins.map((login) => this.#look(login)));
    });
  }

  /** A user blocks once more whom they have blocked: what they did on a list meanwhile does not end it. */
  async renew(user: MatrixUserId, blocked: Blocked): Promise<void> {
    for (const network of this.#deps.networks()) {
      const entries = this.#wanted.of(blocked, network);
      if (entries.length > 0) await this.#deps.store.renew(user, network, entries);
    }
    this.#soon(user);
  }

  /** Where blocks of a user are in force besides the bridge, in their order. */
  async places(user: MatrixUserId, blocks: readonly Blocked[]): Promise<readonly (readonly Place[])[]> {
    const places = blocks.map((): Place[] => []);
    for (const login of await this.#deps.logins.list(user)) {
      const list = this.#deps.network(login.network)?.blocklist;
      if (list === undefined) continue;
      const { network, remote: account } = login;
      const agreed = await this.#deps.store.agreed(login);
      const there = new Set(
        agreed.filter(({ mark }) => mark !== unsureMark).map(({ entry }) => entryKey(network, entry)),
      );
      const fits = this.#wanted.fitting(user, network, list);
      for (const [index, blocked] of blocks.entries()) {
        const entries = this.#wanted.of(blocked, network).filter(fits);
        if (entries.length === 0) continue;
        const keys = entries.map((entry) => entryKey(network, entry));
        places[index]?.push({ network, account, state: this.#stateOf(login, keys, there) });
      }
    }
    return places;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    clearInterval(this.#timer);
    for (const timer of this.#retries.values()) clearTimeout(timer);
    this.#retries.clear();
    await this.#tasks.done();
  }

  #stateOf(login: Login, keys: readonly string[], there: ReadonlySet<string>): Place['state'] {
    const state = this.#states.get(nameOf(login));
    if (state?.kind === 'unfollowed') return 'unfollowed';
    const missing = keys.filter((key) => !there.has(key));
    if (missing.length === 0) return 'there';
    const isRefused = state?.kind === 'agreed' && missing.every((key) => state.refused.has(key));
    return isRefused ? 'unfollowed' : 'waiting';
  }

  /** Many changes of one turn are one. */
  #soon(user: MatrixUserId): void {
    if (this.#isOver || this.#dirty.has(user)) return;
    this.#dirty.add(user);
    void this.#background(async () => {
      await turn();
      this.#dirty.delete(user);
      await this.look(user);
    });
  }

  async #sweep(network: NetworkId): Promise<void> {
    const { store } = this.#deps;
    let after: RemoteUserId | undefined;
    let page: readonly Login[];
    do {
      if (this.#isOver || this.#deps.network(network)?.blocklist === undefined) return;
      page = await store.logins(network, after, pageSize);
      for (let from = 0; from < page.length; from += atOnce)
        await Promise.all(page.slice(from, from + atOnce).map((login) => this.#look(login)));
      after = page.at(-1)?.remote;
    } while (page.length === pageSize);
  }

  #look(login: Login): Promise<void> {
    const name = nameOf(login);
    const asked = this.#asked.get(name);
    if (asked !== undefined) return asked;
    const look = this.#turns.alone(name, async () => {
      this.#asked.delete(name);
      clearTimeout(this.#retries.get(name));
      this.#retries.delete(name);
      if (this.#isOver || !this.#deps.permits(login.user)) return;
      // It may have been given up while the look was waited for.
      if ((await this.#deps.logins.owner(login.network, login.remote)) === login.user)
        await this.#lookNow(login, name);
    });
    this.#asked.set(name, look);
    return look;
  }

  async #lookNow(login: Login, name: string): Promise<void> {
    const before = this.#states.get(name);
    let agreed: Agreed | undefined;
    try {
      agreed = await this.#agreement.agree(login, before?.kind === 'agreed' ? before.refused : undefined);
    } catch (error) {
      this.#deps.log.warn(
        { err: error, network: login.network },
        'a list of blocked people was not looked at',
      );
    }
    if (agreed?.kind === 'no-list') return;
    if (agreed === undefined || agreed.kind === 'waiting') this.#later(login, name, agreed?.failed);
    else this.#states.set(name, await this.#told(login, agreed, before));
  }

  /** Tells once that a list is not followed, until it is; and each time that one was lost. */
  async #told(
    login: Login,
    agreed: Exclude<Agreed, { readonly kind: 'waiting' | 'no-list' }>,
    before: State | undefined,
  ): Promise<State> {
    const { store, tell } = this.#deps;
    if (agreed.kind === 'agreed') {
      if (before?.kind !== 'agreed' && (await store.told(login)) !== undefined)
        await store.setTold(login, undefined);
      if (agreed.restored) await tell(login, 'restored');
      return { kind: 'agreed', refused: agreed.refused };
    }
    const why = agreed.failed.reason === 'not-permitted' ? 'not-granted' : 'not-offered';
    if (before?.kind === 'unfollowed' && before.told === why) return before;
    if ((await store.told(login)) !== why) {
      if ((await tell(login, why)) !== undefined) return { kind: 'unfollowed', told: undefined };
      await store.setTold(login, why);
    }
    return { kind: 'unfollowed', told: why };
  }

  /** While the link is down its return is waited for; else it is tried again, less and less often. */
  #later(login: Login, name: string, failed: Failed | undefined): void {
    const { log, everyMs, network } = this.#deps;
    const before = this.#states.get(name);
    const attempts = before?.kind === 'waiting' ? before.attempts + 1 : 0;
    this.#states.set(name, { kind: 'waiting', attempts });
    if (this.#isOver || network(login.network)?.health().kind !== 'up') return;
    const { reason, cause } = failed ?? {};
    log.info({ network: login.network, reason, err: cause }, 'a list of blocked people waits');
    const asked = failed?.retry.kind === 'later' ? failed.retry.afterMs : undefined;
    const pause = asked ?? Math.min(everyMs, firstPauseMs * 2 ** Math.min(attempts, 20));
    const retry = setTimeout(() => {
      this.#retries.delete(name);
      void this.#background(() => this.#look(login));
    }, pause);
    this.#retries.set(name, retry);
  }

  #background(work: () => Promise<void>): Promise<void> {
    return this.#tasks.run('login lists', work);
  }
}

function nameOf({ network, remote, linkedAt }: Login): string {
  return JSON.stringify([network, remote, linkedAt]);
}
