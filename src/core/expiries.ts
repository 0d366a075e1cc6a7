/**
 * Messages that are to be gone after a while: taken back from their rooms when their time is over. What is due is kept
 * with the message, in the transaction that records it, so a restart forgets nothing; what could not be taken back
 * for now is tried again.
 */
import { BoundedMap } from './bounded-map.ts';
import type { RoomActs } from './homeserver.ts';
import type { MatrixEventId, MatrixUserId, PortalId, RoomId } from './ids.ts';
import type { Portal } from './portal.ts';
import { Rounds } from './rounds.ts';
import type { PortalStore } from './stores.ts';
import type { Log } from './task.ts';
import { Tasks } from './tasks.ts';

/** A message whose time is over; `message` is its number in the store. */
export interface Expired {
  readonly message: number;
  readonly portal: PortalId;
  /** Its events, and those of its edits. */
  readonly eventIds: readonly MatrixEventId[];
}

export interface ExpiryStore {
  /** At most `limit` messages whose time was over at `now`, the oldest first. */
  due(now: number, limit: number): Promise<readonly Expired[]>;
  /** When the next is due, milliseconds since the epoch. */
  next(): Promise<number | undefined>;
  /** It is gone: nothing of it is due any more, and what was kept of its content is erased. */
  gone(message: number): Promise<void>;
  /** It is tried again at `at`. */
  later(message: number, at: number): Promise<void>;
  /**
   * The user has seen what is in the chat, up to an event (all of it, where that is no message): what waits for that is due
   * by its time from `at` on. Answers how many.
   */
  read(portal: PortalId, upTo: MatrixEventId, at: number): Promise<number>;
}

export interface ExpiriesDeps {
  readonly store: ExpiryStore;
  readonly portals: Pick<PortalStore, 'byId' | 'byRoom'>;
  readonly acts: Pick<RoomActs, 'vanish'>;
  readonly log: Log;
  readonly now?: () => number;
}

const page = 50;
const mostRooms = 10_000;
/** So often, at least, it is looked whether something is due; when it is known to be sooner, then. Milliseconds. */
const longestRest = 30_000;
const shortestRest = 200;
const tryAgainMs = 60_000;

export class Expiries implements AsyncDisposable {
  readonly #deps: ExpiriesDeps;
  readonly #now: () => number;
  readonly #rounds: Rounds;
  #begun = false;
  readonly #tasks: Tasks;
  readonly #lastRead = new BoundedMap<RoomId, MatrixEventId>(mostRooms);

  constructor(deps: ExpiriesDeps) {
    this.#deps = deps;
    this.#tasks = new Tasks(deps.log);
    this.#now = deps.now ?? Date.now;
    const round = async (): Promise<number> => {
      await this.sweep();
      return this.#pause();
    };
    this.#rounds = new Rounds({ log: deps.log, name: 'expiries', pause: longestRest, round });
  }

  /** Takes back what is due, now and from now on. */
  begin(): void {
    this.#begun = true;
    this.#rounds.poke();
  }

  /** Something new may be due before what is known. */
  poke(): void {
    if (this.#begun) this.#rounds.poke();
  }

  /** A message was recorded that is to be gone. It may have been read while its record was written. Returns at once. */
  added({ room, key }: Portal, eventIds: readonly MatrixEventId[]): void {
    const read = this.#lastRead.get(room);
    if (read !== undefined && eventIds.includes(read) && key.receiver !== undefined)
      this.readIn(room, key.receiver, read);
    this.poke();
  }

  /**
   * A user has read in a room up to an event: what waits for that in a direct chat of theirs has its time from now on.
   * Returns at once.
   */
  readIn(room: RoomId, user: MatrixUserId, eventId: MatrixEventId): void {
    this.#lastRead.set(room, eventId);
    void this.#tasks.run('expiries by reading', async () => {
      const portal = await this.#deps.portals.byRoom(room);
      if (portal?.key.receiver !== user) return;
      if ((await this.#deps.store.read(portal.id, eventId, this.#now())) > 0) this.poke();
    });
  }

  /** Takes back everything that is due once; what cannot be taken back ever is let be. */
  async sweep(): Promise<void> {
    for (let more = true; more && !this.#stopped();) {
      const due = await this.#deps.store.due(this.#now(), page);
      for (const expired of due) {
        if (this.#stopped()) return;
        await this.#end(expired);
      }
      more = due.length === page;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rounds[Symbol.asyncDispose]();
    await this.#tasks.done();
  }

  #stopped(): boolean {
    return this.#rounds.stop.aborted;
  }

  async #pause(): Promise<number> {
    const next = await this.#deps.store.next().catch(() => undefined);
    if (next === undefined) return longestRest;
    return Math.min(longestRest, Math.max(shortestRest, next - this.#now()));
  }

  async #end({ message, portal: id, eventIds }: Expired): Promise<void> {
    const { store, portals, acts, log } = this.#deps;
    const portal = await portals.byId(id);
    if (portal?.room !== undefined) {
      for (const eventId of eventIds) {
        const failed = await acts.vanish(portal, eventId, `expiry/${message}`);
        if (failed?.retry.kind === 'later') return store.later(message, this.#now() + tryAgainMs);
        if (failed !== undefined)
          log.info({ reason: failed.reason }, 'a message that was to disappear stays in its room');
      }
    }
    return store.gone(message);
  }
}
