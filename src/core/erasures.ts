/** Erases all that is kept of a user. What is to be done is recorded first, and every step may be repeated. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LaneId, MatrixUserId, NetworkId, RoomId } from './ids.ts';
import { insist } from './insist.ts';
import { matrixLane, networkLane } from './lane-name.ts';
import type { Failed } from './outcome.ts';
import type { GroupPortal, Portal } from './portal.ts';
import type { Portals } from './portals.ts';
import type { EventStore, PortalStore, UserStore } from './stores.ts';
import { task, type Log } from './task.ts';

/** An erasure that was asked for and is not done. `told`: the user has been told the last line. */
export interface Erasure {
  readonly user: MatrixUserId;
  readonly askedAt: number;
  readonly told: boolean;
}

/** What is kept, as it is erased. Everything may be repeated. Answers the `seq` of events that had not ended. */
export interface ErasureStore {
  /** Records that all of a user is to be erased; one that is recorded stays as it is. */
  intend(user: MatrixUserId, at: number): Promise<void>;
  list(): Promise<readonly Erasure[]>;
  told(user: MatrixUserId): Promise<void>;
  /** Deletes the events of lanes. */
  purgeLanes(lanes: readonly LaneId[]): Promise<readonly number[]>;
  /** Deletes all that names the user, but for the management room and the record of the erasure. */
  purge(user: MatrixUserId): Promise<readonly number[]>;
  /** Deletes the rest, and has the database overwrite what was deleted as far as it can. */
  finish(user: MatrixUserId): Promise<void>;
}

/** What the user is told of it: that it is done, or that a group on a network that is gone may still show them. */
export type ErasureLine =
  { readonly kind: 'farewell' } | { readonly kind: 'group-remains'; readonly portal: GroupPortal };
/** Tells it in the management room, where there is one; the same id shows once. */
type Tell = (id: string, line: ErasureLine) => Promise<undefined | Failed>;

/** Somebody else who has to let go of a user first: groups, other people's sessions. May be repeated. */
export interface ErasureStep {
  readonly name: string;
  erase(user: MatrixUserId, tell: Tell): Promise<undefined | Failed>;
}

/**
 * Takes a user out of every group that they are in: the room's, and the network's. Groups themselves go on. What a network
 * that is not configured any more cannot be told of, the user is.
 */
export function outOfGroups(groups: {
  of(user: MatrixUserId): Promise<readonly GroupPortal[]>;
  readonly configured: (network: NetworkId) => boolean;
  leave(user: MatrixUserId, portal: GroupPortal): Promise<undefined | Failed>;
}): ErasureStep {
  return {
    name: 'groups',
    erase: async (user, tell) => {
      for (const portal of await groups.of(user)) {
        const isGone = !groups.configured(portal.key.network);
        const unsaid = isGone
          ? await tell(`group/${portal.id}`, { kind: 'group-remains', portal })
          : undefined;
        if (unsaid?.retry.kind === 'later') return unsaid;
        const stays = await groups.leave(user, portal);
        if (stays?.retry.kind === 'later') return stays;
      }
      return undefined;
    },
  };
}

export interface ErasuresDeps {
  readonly log: Log;
  readonly store: ErasureStore;
  readonly stores: {
    readonly events: Pick<EventStore, 'pending'>;
    readonly portals: Pick<PortalStore, 'ofUser' | 'intended' | 'closed'>;
    readonly users: Pick<UserStore, 'get'>;
  };
  readonly portals: Pick<Portals, 'close'>;
  readonly steps: readonly ErasureStep[];
  /** Forgets events that wait in memory. */
  readonly drop: (seqs: readonly number[]) => void;
  /** The bot says a line in a management room, the last one at the end; the same id shows once. */
  readonly say: (
    user: MatrixUserId,
    room: RoomId,
    id: string,
    line: ErasureLine,
  ) => Promise<undefined | Failed>;
  readonly leave: (room: RoomId) => Promise<undefined | Failed>;
  readonly now?: () => number;
  readonly pauses?: { readonly look: number; readonly again: number; readonly answer: number };
}

const usualPauses = { look: 250, again: 5_000, answer: 600_000 };

/** The erasures under way. While one is, its user may not use the bridge. */
export class Erasures implements AsyncDisposable {
  readonly #deps: ErasuresDeps;
  readonly #running = new Map<MatrixUserId, Promise<void>>();
  readonly #stop = new AbortController();

  constructor(deps: ErasuresDeps) {
    this.#deps = deps;
  }

  /** Goes on with what an earlier run left. */
  async start(): Promise<void> {
    for (const erasure of await this.#deps.store.list()) this.#run(erasure);
  }

  isUnderWay(user: MatrixUserId): boolean {
    return this.#running.has(user);
  }

  /** Records the wish, durably, and begins. Asking twice erases once. */
  async begin(user: MatrixUserId): Promise<void> {
    const askedAt = (this.#deps.now ?? Date.now)();
    await this.#deps.store.intend(user, askedAt);
    this.#run({ user, askedAt, told: false });
  }

  /** Resolves when nothing is under way any more. */
  async done(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.done();
  }

  #run(erasure: Erasure): void {
    const { user } = erasure;
    if (this.#running.has(user)) return;
    const running = task(this.#deps.log, 'erase', () => this.#insist(erasure)).finally(() =>
      this.#running.delete(user),
    );
    this.#running.set(user, running);
  }

  async #insist(erasure: Erasure): Promise<void> {
    const { log, pauses = usualPauses } = this.#deps;
    await this.#answered(erasure.user);
    const work = async (): Promise<undefined | Failed> => {
      const current = (await this.#deps.store.list()).find(({ user }) => user === erasure.user);
      if (current === undefined) return undefined;
      const failed = await this.#erase(current);
      if (failed === undefined) log.info({}, 'a user was erased');
      return failed;
    };
    const { signal } = this.#stop;
    await insist(work, { log, signal, pause: pauses.again, message: 'an erasure has to wait' });
  }

  async #erase({ user, askedAt, told }: Erasure): Promise<undefined | Failed> {
    const { store, stores, steps, drop, say, leave } = this.#deps;
    const room = (await stores.users.get(user))?.managementRoom;
    const tell: Tell = async (id, line) =>
      room === undefined ? undefined : say(user, room, `${id}/${askedAt}`, line);
    if (!told) {
      const failed = await this.#closePortals(user);
      if (failed !== undefined) return failed;
      for (const step of steps) {
        const stays = await step.erase(user, tell);
        if (stays?.retry.kind === 'later') return stays;
      }
      drop(await store.purge(user));
      const unsaid = await tell('erased', { kind: 'farewell' });
      if (unsaid?.retry.kind === 'later') return unsaid;
      await store.told(user);
    }
    const stays = room === undefined ? undefined : await leave(room);
    if (stays?.retry.kind === 'later') return stays;
    if (room !== undefined) drop(await store.purgeLanes([matrixLane(room)]));
    // What came in meanwhile was refused, and left its traces.
    drop(await store.purge(user));
    await store.finish(user);
    return undefined;
  }

  async #closePortals(user: MatrixUserId): Promise<undefined | Failed> {
    const { stores, store, portals, drop } = this.#deps;
    for (const portal of await stores.portals.ofUser(user)) {
      if (portal.kind !== 'direct') continue;
      // Before the portal goes: without it nobody knows any more which lanes were its own.
      drop(await store.purgeLanes(lanesOf(portal)));
      const failed = await portals.close(portal);
      if (failed !== undefined) return failed;
    }
    for (const intent of await stores.portals.intended(user)) await stores.portals.closed(intent.id);
    return undefined;
  }

  /** The command that asked for it is answered, and has ended, before the bot leaves the room. */
  async #answered(user: MatrixUserId): Promise<void> {
    const { stores, pauses = usualPauses } = this.#deps;
    const until = Date.now() + pauses.answer;
    while (!this.#stop.signal.aborted && Date.now() < until) {
      await this.#pause(pauses.look);
      try {
        const room = (await stores.users.get(user))?.managementRoom;
        if (room === undefined) return;
        if ((await stores.events.pending(matrixLane(room), 0, 1)).length === 0) return;
      } catch {
        // Without the database nothing else can be done either.
      }
    }
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }
}

function lanesOf({ room, key }: Portal): readonly LaneId[] {
  return [matrixLane(room), networkLane(key.network, key.chat, key.receiver)];
}
