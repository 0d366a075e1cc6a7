/** Rooms of groups that somebody asks for by an alias: made while the homeserver waits, and closed where nobody comes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BoundedMap } from './bounded-map.ts';
import { withDeadline } from './deadline.ts';
import type { AliasDirectory, GroupAliases } from './group-aliases.ts';
import type { GroupPortals } from './groups.ts';
import type { NetworkId, PortalId, RemoteChatId } from './ids.ts';
import type { Meter } from './meter.ts';
import type { RunningNetwork } from './network.ts';
import type { Failed } from './outcome.ts';
import type { GroupPortal } from './portal.ts';
import type { Stores } from './stores.ts';
import { task, type Log } from './task.ts';
import { TokenBucket } from './token-bucket.ts';

export interface AskedRoomsDeps {
  readonly stores: Pick<Stores, 'portals' | 'groups'>;
  readonly groups: Pick<GroupPortals, 'asked' | 'closeUnused'>;
  readonly aliases: Pick<GroupAliases, 'putNow'>;
  readonly directory: Pick<AliasDirectory, 'letIn' | 'isEmpty'>;
  readonly network: (id: NetworkId) => RunningNetwork | undefined;
  /** Whether rooms are made for those who ask. */
  readonly mayEnter: () => boolean;
  readonly limits: AskedLimits;
  readonly meter: Pick<Meter, 'bounded'>;
  readonly log: Log;
  readonly now?: () => number;
  /** How long an answer may take, and between two looks for rooms that nobody came to; milliseconds. */
  readonly times?: { readonly answer: number; readonly look: number };
}
export interface AskedLimits {
  /** How many rooms are made in a minute, on average, and at once. */
  readonly perMinute: number;
  readonly burst: number;
  /** How long a room waits for somebody to come; milliseconds. */
  readonly closeAfter: number;
}

/** Synapse gives up after 60 s (`SimpleHttpClient`), and users before it does. */
const usual = { answer: 25_000, look: 60_000 };
/** Networks are asked for groups at this rate, whatever comes of it; one that is not there is not asked for again so soon. */
const looksPerSecond = 2;
const looksAtOnce = 30;
const missingFor = 30_000;
const missingKept = 1_000;
const page = 100;
/** What is under way is given so long when the bridge stops; the rest is found at the next start. */
const patience = 5_000;

export class AskedRooms implements AsyncDisposable {
  readonly #deps: AskedRoomsDeps;
  readonly #times: NonNullable<AskedRoomsDeps['times']>;
  readonly #now: () => number;
  readonly #rooms: TokenBucket;
  readonly #looks: TokenBucket;
  readonly #missing = new BoundedMap<string, number>(missingKept);
  readonly #underWay = new Map<string, Promise<boolean>>();
  readonly #stop = new AbortController();
  #looking: Promise<void> | undefined;

  constructor(deps: AskedRoomsDeps) {
    this.#deps = deps;
    this.#times = deps.times ?? usual;
    this.#now = deps.now ?? Date.now;
    const { perMinute, burst } = deps.limits;
    this.#rooms = new TokenBucket(perMinute / 60, burst, this.#now);
    this.#looks = new TokenBucket(looksPerSecond, looksAtOnce, this.#now);
  }

  /** Looks for rooms that nobody came to, now and from time to time; those of an earlier run too. */
  begin(): void {
    this.#looking ??= task(this.#deps.log, 'rooms that nobody came to', () => this.#look());
  }

  /**
   * Whether the alias of a group points at a room now. Never throws; answers in time, and what is still being done then is
   * finished in the background. However many ask, one room is made.
   */
  async asked(id: NetworkId, chat: RemoteChatId): Promise<boolean> {
    const key = JSON.stringify([id, chat]);
    const work = this.#underWay.get(key) ?? this.#begun(key, id, chat);
    const timed = await withDeadline(this.#times.answer, () => work, this.#stop.signal);
    return timed.kind === 'done' && timed.value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await withDeadline(patience, () => Promise.all([this.#looking, ...this.#underWay.values()]));
  }

  #begun(key: string, id: NetworkId, chat: RemoteChatId): Promise<boolean> {
    let found = false;
    const work = task(this.#deps.log, 'a room that is asked for', async () => {
      found = await this.#answer(key, id, chat);
    }).then(() => {
      this.#underWay.delete(key);
      return found;
    });
    this.#underWay.set(key, work);
    return work;
  }

  async #answer(key: string, id: NetworkId, chat: RemoteChatId): Promise<boolean> {
    const network = this.#deps.network(id);
    // A group has one alias: that of the name in its one form.
    if (network?.groups?.named(chat) !== chat) return false;
    const known = await this.#deps.stores.portals.byKey({ network: id, chat, receiver: undefined });
    if (known?.kind === 'group' && known.room !== undefined) return this.#deps.aliases.putNow(known);
    if (!this.#deps.mayEnter() || !(await this.#isOpen(network, chat, key))) return false;
    if (this.#rooms.take() > 0) return this.#bounded(id);
    const opened = await this.#deps.groups.asked(network, chat);
    if (opened.kind === 'failed') {
      this.#deps.log.warn(
        { network: id, reason: opened.reason, err: opened.cause },
        'a room that is asked for could not be made',
      );
      return false;
    }
    return this.#deps.aliases.putNow(opened.portal);
  }

  async #isOpen(network: RunningNetwork, chat: RemoteChatId, key: string): Promise<boolean> {
    if ((this.#missing.get(key) ?? 0) > this.#now()) return false;
    if (this.#looks.take() > 0) return this.#bounded(network.id);
    const found = await network.groups?.find(chat);
    if (found === undefined) return false;
    if (!('kind' in found) && found.chat === chat && found.open) return true;
    if (!('kind' in found) || found.retry.kind === 'never') this.#missing.set(key, this.#now() + missingFor);
    return false;
  }

  #bounded(network: NetworkId): false {
    this.#deps.meter.bounded(network, 'alias');
    this.#deps.log.info({ network }, 'a room is asked for by its alias too soon after others');
    return false;
  }

  async #look(): Promise<void> {
    const pause = Math.min(this.#times.look, Math.max(1, this.#deps.limits.closeAfter / 2));
    while (!this.#isOver()) {
      for (const { portal, value } of await this.#deps.stores.groups.marked('unjoined', page)) {
        if (this.#isOver()) return;
        const since = Number(value);
        const isDue = !(since + this.#deps.limits.closeAfter > this.#now());
        if (isDue) await this.#close(portal);
        else if ((await this.#deps.stores.groups.members(portal)).length > 0) await this.#joined(portal);
      }
      await sleep(pause, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  #isOver(): boolean {
    return this.#stop.signal.aborted;
  }

  async #close(id: PortalId): Promise<void> {
    const { portals, groups } = this.#deps.stores;
    const portal = await portals.byId(id);
    if (portal?.kind !== 'group') return this.#joined(id);
    const network = this.#deps.network(portal.key.network);
    if (network === undefined) return;
    const closed = await this.#deps.groups.closeUnused(network, portal, (opened) => this.#isUnused(opened));
    if (typeof closed === 'object') {
      this.#deps.log.debug(
        { portal: id, reason: closed.reason, err: closed.cause },
        'a room is closed later',
      );
    } else if (closed === 'closed') {
      this.#deps.log.info(
        { portal: id, network: portal.key.network },
        'a room that nobody came to is closed',
      );
    } else if ((await groups.members(id)).length > 0) await this.#joined(id);
  }

  /** First the door is shut, then the room looked through: whoever came in before that is on their way into the group. */
  async #isUnused(portal: GroupPortal): Promise<boolean | Failed> {
    const { directory } = this.#deps;
    const shut = await directory.letIn(portal, false);
    if (shut?.retry.kind === 'later') return shut;
    const empty = await directory.isEmpty(portal);
    if (typeof empty === 'object' && empty.retry.kind === 'never') return true;
    return empty === false ? ((await directory.letIn(portal, true)) ?? false) : empty;
  }

  #joined(portal: PortalId): Promise<void> {
    return this.#deps.stores.groups.putMark(portal, 'unjoined', '');
  }
}
