/** One space for each user and network, which holds the user's portals. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MatrixUserId, NetworkId, RoomId } from './ids.ts';
import type { Failed } from './outcome.ts';
import type { Portal } from './portal.ts';
import type { PortalStore, Stores } from './stores.ts';
import { task, type Log } from './task.ts';
import { Turns } from './turns.ts';

/** A space that is there, or is about to be made: recorded before the room is, so that a crash makes no second. */
export interface Space {
  readonly user: MatrixUserId;
  readonly network: NetworkId;
  readonly room: RoomId | undefined;
}

export interface SpaceStore {
  list(user: MatrixUserId): Promise<readonly Space[]>;
  put(space: Space): Promise<void>;
  remove(user: MatrixUserId, network: NetworkId): Promise<void>;
  /** Everybody wants spaces who has not said otherwise, of all networks or of that one. */
  wanted(user: MatrixUserId, network?: NetworkId): Promise<boolean>;
  /** A choice for all networks takes the place of those for single ones. */
  choose(user: MatrixUserId, wanted: boolean, network?: NetworkId): Promise<void>;
}

/** The rooms that are spaces. All may be repeated. */
export interface SpaceRooms {
  /** Makes the room, with the user invited, or finds the one that an earlier attempt made (by its tag). */
  create(space: Space, again: boolean): Promise<{ readonly kind: 'room'; readonly room: RoomId } | Failed>;
  /** Has the space hold these portals and no other rooms. `portal-closed` where the space is of no use any more. */
  fill(room: RoomId, portals: readonly Portal[]): Promise<undefined | Failed>;
  /** The user is put out, and the bot leaves. */
  close(space: Space & { readonly room: RoomId }): Promise<undefined | Failed>;
}

export interface SpacesDeps {
  readonly store: SpaceStore;
  readonly portals: Pick<PortalStore, 'ofUser' | 'list'>;
  readonly groups: Pick<Stores['groups'], 'members'>;
  readonly rooms: SpaceRooms;
  readonly permits: (user: MatrixUserId) => boolean;
  /** Whether the configuration wants spaces at all. */
  readonly offered: boolean;
  readonly log: Log;
  /** How long after a change the user's spaces are brought in step, and how many users a second at most; milliseconds. */
  readonly times?: { readonly settle: number; readonly each: number; readonly again: number };
}

const usual = { settle: 500, each: 500, again: 30_000 };
const page = 100;

/** Brings the spaces of users in step with their portals, one user after the other. What is missed is put right at the next start. */
export class Spaces implements AsyncDisposable {
  readonly #deps: SpacesDeps;
  readonly #times: NonNullable<SpacesDeps['times']>;
  readonly #due = new Set<MatrixUserId>();
  readonly #turns = new Turns();
  readonly #stop = new AbortController();
  #working: Promise<void> | undefined;
  #sweeping: Promise<void> | undefined;

  constructor(deps: SpacesDeps) {
    this.#deps = deps;
    this.#times = deps.times ?? usual;
  }

  get offered(): boolean {
    return this.#deps.offered;
  }

  /** Looks through all portals, once; to be called when the homeserver is there. */
  begin(): void {
    this.#sweeping ??= task(this.#deps.log, 'look after spaces', () => this.#sweep());
  }

  /** A portal was opened, closed, or has another room: whose it is, their spaces follow. */
  portalChanged(portal: Portal): void {
    if (portal.kind === 'direct') this.changed(portal.key.receiver);
    else
      void task(this.#deps.log, 'spaces of a group', async () => {
        for (const { user } of await this.#deps.groups.members(portal.id)) this.changed(user);
      });
  }

  /** A portal of the user was opened or closed. */
  changed(user: MatrixUserId): void {
    if (!this.#deps.offered || this.#stop.signal.aborted) return;
    this.#due.add(user);
    this.#working ??= task(this.#deps.log, 'spaces', () => this.#work()).finally(() => {
      this.#working = undefined;
    });
  }

  /** The user wants spaces, or that of a network, or none: those that are there are closed. */
  async choose(user: MatrixUserId, wanted: boolean, network?: NetworkId): Promise<undefined | Failed> {
    await this.#deps.store.choose(user, wanted, network);
    if (!wanted) return this.close(user, network);
    this.changed(user);
    return undefined;
  }

  wanted(user: MatrixUserId, network?: NetworkId): Promise<boolean> {
    return this.#deps.store.wanted(user, network);
  }

  /** Closes all spaces of a user, or that of one network. */
  close(user: MatrixUserId, network?: NetworkId): Promise<undefined | Failed> {
    return this.#turns.alone(user, () => this.#close(user, network));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#working;
    await this.#sweeping;
  }

  async #sweep(): Promise<void> {
    if (!this.#deps.offered) return;
    const seen = new Set<MatrixUserId>();
    for (let offset = 0; !this.#stop.signal.aborted; offset += page) {
      const portals = await this.#deps.portals.list(offset, page);
      for (const portal of portals) {
        const members = portal.kind === 'group' ? await this.#deps.groups.members(portal.id) : [];
        for (const user of portal.kind === 'direct'
          ? [portal.key.receiver]
          : members.map((one) => one.user)) {
          if (!seen.has(user)) this.changed(user);
          seen.add(user);
        }
      }
      if (portals.length < page) return;
      await this.#pause(this.#times.each);
    }
  }

  async #work(): Promise<void> {
    await this.#pause(this.#times.settle);
    for (const user of this.#due) {
      if (this.#stop.signal.aborted) return;
      this.#due.delete(user);
      const failed = await this.#turns.alone(user, () => this.#bringInStep(user));
      if (failed?.retry.kind === 'later') {
        this.#due.add(user);
        await this.#pause(this.#times.again);
      } else if (failed !== undefined) {
        this.#deps.log.warn({ user, reason: failed.reason, err: failed.cause }, 'a space could not be made');
      }
      await this.#pause(this.#times.each);
    }
  }

  async #bringInStep(user: MatrixUserId): Promise<undefined | Failed> {
    const { store, permits } = this.#deps;
    if (!permits(user)) return undefined;
    const portals = Map.groupBy(await this.#deps.portals.ofUser(user), ({ key }) => key.network);
    const known = new Map((await store.list(user)).map((space) => [space.network, space]));
    for (const network of new Set([...portals.keys(), ...known.keys()])) {
      if (!(await store.wanted(user, network))) continue;
      const theirs = portals.get(network) ?? [];
      const failed = await this.#fill(
        known.get(network) ?? { user, network, room: undefined },
        theirs,
        known.has(network),
      );
      if (failed !== undefined) return failed;
    }
    return undefined;
  }

  async #close(user: MatrixUserId, network?: NetworkId): Promise<undefined | Failed> {
    for (const space of await this.#deps.store.list(user)) {
      if (network !== undefined && space.network !== network) continue;
      const room = space.room ?? (await this.#found(space));
      if (typeof room === 'object') return room;
      const failed = await this.#deps.rooms.close({ ...space, room });
      if (failed?.retry.kind === 'later') return failed;
      await this.#deps.store.remove(user, space.network);
    }
    return undefined;
  }

  async #fill(space: Space, portals: readonly Portal[], again: boolean): Promise<undefined | Failed> {
    const { store, rooms } = this.#deps;
    if (space.room !== undefined) {
      const failed = await rooms.fill(space.room, portals);
      if (failed?.reason !== 'portal-closed') return failed;
      await store.remove(space.user, space.network);
      return portals.length === 0 ? undefined : this.#fill({ ...space, room: undefined }, portals, false);
    }
    if (!again) await store.put(space);
    const made = await rooms.create(space, again);
    if (made.kind === 'failed') return made;
    await store.put({ ...space, room: made.room });
    return rooms.fill(made.room, portals);
  }

  async #found(space: Space): Promise<RoomId | Failed> {
    const made = await this.#deps.rooms.create(space, true);
    return made.kind === 'failed' ? made : made.room;
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }
}
