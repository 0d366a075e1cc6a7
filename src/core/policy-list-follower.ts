import { parseRoomId, type MatrixUserId, type NetworkId, type RoomId } from './ids.ts';
import type { Failed } from './outcome.ts';
import type { FollowedList, ListChange, ListEvent, ListName, ListTrouble } from './policy-list.ts';
import type { ListCounts, PolicyListBook } from './policy-list-book.ts';
import type { Log } from './task.ts';
import { Tasks } from './tasks.ts';
import { Turns } from './turns.ts';

/** The rooms of lists, as the bot. What is under way ends with the signal. */
export interface ListRooms {
  /** Enters a room and answers its id; may be repeated. */
  enter(name: ListName, signal: AbortSignal): Promise<RoomId | Failed>;
  /** All that the room's state says of rules. */
  read(room: RoomId, signal: AbortSignal): Promise<ListRead | Failed>;
  leave(room: RoomId, signal: AbortSignal): Promise<undefined | Failed>;
}
export type ListRead =
  { readonly kind: 'read'; readonly rules: readonly ListChange[] } | { readonly kind: 'too-large' };

/** What administrators are told of lists. */
export type ListNews =
  | { readonly kind: 'trouble'; readonly list: FollowedList; readonly trouble: ListTrouble }
  | { readonly kind: 'refused'; readonly list: FollowedList; readonly refused: ListCounts };

/** A list that the configuration names. */
export interface ConfiguredList {
  readonly name: ListName;
  readonly networks: readonly NetworkId[];
}

export interface ListFollowerDeps {
  readonly book: PolicyListBook;
  readonly rooms: ListRooms;
  readonly configured: readonly ConfiguredList[];
  /** Whether a room is one of the bridge's own, which can be no list. */
  readonly isOwnRoom: (room: RoomId) => Promise<boolean>;
  /** Tells the administrators; `id` names what is told, so that a repeat shows once. */
  readonly tell: (news: ListNews, id: string) => Promise<void>;
  readonly isUp: () => boolean;
  readonly log: Log;
  readonly now?: () => number;
}

/** What came of the wish to follow a list. */
export type Following =
  /** `waiting` where the bot may not enter it: somebody is to invite it. */
  | { readonly kind: 'followed' | 'known' | 'waiting'; readonly list: FollowedList }
  | { readonly kind: 'own-room' }
  | Failed;

const tickMs = 60_000;
/** A list is read whole again after this time, however well it was followed. */
const rereadMs = 6 * 3_600_000;
const retryMs = 600_000;
const tellMs = 3_600_000;

/**
 * Follows policy lists: reads them whole when they are subscribed to, when the homeserver is back and from time to time,
 * and takes their changes as they come. What cannot be read stays as it was last known.
 */
export class ListFollower implements AsyncDisposable {
  readonly #deps: ListFollowerDeps;
  readonly #now: () => number;
  readonly #turns = new Turns();
  /** What came while a list was being read. */
  readonly #came = new Map<RoomId, ListChange[]>();
  readonly #tried = new Map<RoomId, number>();
  readonly #toldAt = new Map<RoomId, number>();
  readonly #tasks: Tasks;
  #timer: NodeJS.Timeout | undefined;
  readonly #stop = new AbortController();

  constructor(deps: ListFollowerDeps) {
    this.#deps = deps;
    this.#tasks = new Tasks(deps.log);
    this.#now = deps.now ?? Date.now;
  }

  /** Begins to follow; what is to be read is read in the background. */
  begin(): void {
    this.#timer ??= setInterval(() => this.#background(() => this.#tick()), tickMs).unref();
    this.connected();
  }

  /** The homeserver is there again: what was missed is read. */
  connected(): void {
    if (this.#timer !== undefined) this.#background(() => this.refresh());
  }

  /** Brings the lists of the configuration in step, and reads all anew. */
  async refresh(): Promise<void> {
    await this.#configure();
    for (const { list } of this.#deps.book.lists()) await this.#read(list.room);
  }

  /** Subscribes, and reads the list. May be repeated. */
  follow(name: ListName, networks: readonly NetworkId[], by: MatrixUserId | 'config'): Promise<Following> {
    return this.#turns.alone('follow', async () => {
      const { book } = this.#deps;
      const named = book.lists().find(({ list }) => list.name === name || list.room === name)?.list;
      if (named !== undefined && this.#says(named, networks, by)) return { kind: 'known', list: named };
      const found = await this.#find(name, named?.room);
      if (found.kind !== 'found') return found;
      const { room, isIn } = found;
      const there = book.list(room);
      const fresh = { readAt: undefined, told: undefined, since: this.#now(), by };
      const trouble = isIn ? there?.trouble : 'shut-out';
      const list = {
        ...fresh,
        ...there,
        room,
        name: by === 'config' ? name : (there?.name ?? name),
        networks,
        trouble,
      };
      await book.putList(list);
      if (isIn) await this.#read(room);
      return { kind: isIn ? 'followed' : 'waiting', list: book.list(room) ?? list };
    });
  }

  /** Ends a subscription: what the list said holds no more. */
  async unfollow(room: RoomId): Promise<boolean> {
    const isGone = await this.#deps.book.removeList(room);
    if (isGone) this.#background(() => this.#deps.rooms.leave(room, this.#stop.signal));
    return isGone;
  }

  /** Takes what happened in the rooms of lists; durable when it resolves. */
  async take(events: readonly ListEvent[]): Promise<void> {
    const { book } = this.#deps;
    for (const [room, all] of Map.groupBy(events.filter(isFollowed(book)), roomOf)) {
      const changes = all.filter((event) => event.kind !== 'out' && event.kind !== 'invited');
      this.#came.get(room)?.push(...changes);
      if (changes.length > 0) await book.change(room, changes);
      const out = all.some(({ kind }) => kind === 'out');
      if (out) await this.#troubled(room, 'shut-out');
      if (all.some(({ kind }) => kind === 'invited')) this.#background(() => this.#enter(room));
      else this.#background(() => this.#report(room));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    clearInterval(this.#timer);
    await this.#tasks.done();
  }

  /** The room of a list; one that is named by its id is found, although the bot may not enter it yet. */
  async #find(
    name: ListName,
    known: RoomId | undefined,
  ): Promise<
    { readonly kind: 'found'; readonly room: RoomId; readonly isIn: boolean } | { kind: 'own-room' } | Failed
  > {
    const { rooms, isOwnRoom } = this.#deps;
    const id = known ?? parseRoomId(name);
    if (id !== undefined && (await isOwnRoom(id))) return { kind: 'own-room' };
    const entered = await rooms.enter(id ?? name, this.#stop.signal);
    if (typeof entered === 'string')
      return (await isOwnRoom(entered)) ? { kind: 'own-room' } : { kind: 'found', room: entered, isIn: true };
    if (id === undefined || entered.retry.kind === 'later') return entered;
    return { kind: 'found', room: id, isIn: false };
  }

  #says(list: FollowedList, networks: readonly NetworkId[], by: MatrixUserId | 'config'): boolean {
    const isSame = [...list.networks].sort().join() === [...networks].sort().join();
    return (isSame && list.trouble === undefined && list.readAt !== undefined) || (by === 'config' && isSame);
  }

  async #configure(): Promise<void> {
    const { book, configured, log } = this.#deps;
    const names = new Set<string>(configured.map(({ name }) => name));
    for (const { list } of book.lists())
      if (list.by === 'config' && !names.has(list.name)) await this.unfollow(list.room);
    for (const { name, networks } of configured) {
      const followed = await this.follow(name, networks, 'config');
      if (followed.kind === 'failed')
        log.warn(
          { list: name, reason: followed.reason, err: followed.cause },
          'a policy list cannot be read',
        );
      if (followed.kind === 'own-room') log.warn({ list: name }, 'a room of the bridge is no policy list');
    }
  }

  async #tick(): Promise<void> {
    const { book, configured, isUp } = this.#deps;
    if (!isUp()) return;
    const there = new Set<string>(book.lists().map(({ list }) => list.name));
    if (configured.some(({ name }) => !there.has(name))) await this.#configure();
    for (const { list } of book.lists()) {
      const since = this.#now() - (this.#tried.get(list.room) ?? 0);
      if (since >= (list.trouble === undefined && list.readAt !== undefined ? rereadMs : retryMs))
        await this.#enter(list.room);
      await this.#report(list.room);
    }
  }

  async #enter(room: RoomId): Promise<void> {
    if (this.#deps.book.list(room)?.trouble === 'shut-out')
      await this.#deps.rooms.enter(room, this.#stop.signal);
    await this.#read(room);
  }

  /** One reading at a time; what comes meanwhile is newer than what is read. */
  #read(room: RoomId): Promise<void> {
    return this.#turns.alone(room, async () => {
      const { book, rooms } = this.#deps;
      if (this.#isOver() || !book.follows(room)) return;
      this.#tried.set(room, this.#now());
      const came: ListChange[] = [];
      this.#came.set(room, came);
      try {
        const read = await rooms.read(room, this.#stop.signal);
        if (this.#isOver()) return;
        if (read.kind === 'read') {
          await book.replace(room, read.rules, () => came);
          await book.update(room, { readAt: this.#now(), trouble: undefined });
        } else if (read.kind === 'too-large') await this.#troubled(room, 'too-large');
        else await this.#troubled(room, read.retry.kind === 'never' ? 'shut-out' : 'away');
      } finally {
        this.#came.delete(room);
      }
      await this.#report(room);
    });
  }

  async #troubled(room: RoomId, trouble: ListTrouble): Promise<void> {
    const list = this.#deps.book.list(room);
    if (list === undefined || list.trouble === trouble) return;
    this.#deps.log.warn({ list: room, trouble }, 'a policy list is not followed: what was last known holds');
    await this.#deps.book.update(room, { trouble });
  }

  /** Tells the administrators what is new of a list, once, and not more often than once an hour. */
  async #report(room: RoomId): Promise<void> {
    const { book, tell, isUp } = this.#deps;
    const view = book.lists().find(({ list }) => list.room === room);
    if (view === undefined || !isUp()) return;
    const { list, refused } = view;
    const news = newsOf(list, refused);
    const said = news === undefined ? undefined : saidOf(news);
    if (said === list.told) return;
    const last = this.#toldAt.get(room);
    if (news !== undefined && last !== undefined && this.#now() - last < tellMs) return;
    if (news !== undefined && said !== undefined) {
      this.#toldAt.set(room, this.#now());
      await tell(news, `policy-list/${room}/${said}`);
    }
    await book.update(room, { told: said });
  }

  #isOver(): boolean {
    return this.#stop.signal.aborted;
  }

  #background(work: () => Promise<unknown>): void {
    if (this.#isOver()) return;
    void this.#tasks.run('policy lists', work);
  }
}

function isFollowed(book: Pick<PolicyListBook, 'follows'>): (event: ListEvent) => boolean {
  return (event) => book.follows(roomOf(event));
}

function roomOf(event: ListEvent): RoomId {
  return event.kind === 'rule' ? event.rule.list : event.list;
}

function newsOf(list: FollowedList, refused: ListCounts): ListNews | undefined {
  if (list.trouble === 'shut-out' || list.trouble === 'too-large')
    return { kind: 'trouble', list, trouble: list.trouble };
  const count = Object.values(refused).reduce((sum, some) => sum + some, 0);
  return count === 0 ? undefined : { kind: 'refused', list, refused };
}

function saidOf(news: ListNews): string {
  if (news.kind === 'trouble') return news.trouble;
  return Object.entries(news.refused)
    .map(([why, count]) => `${why}=${count}`)
    .join(',');
}
