/** Opens, adopts and closes portals. One at a time for each key, so that a chat never gets a second room. */
import { randomUUID } from 'node:crypto';
import type { PortalRooms } from './homeserver.ts';
import { portalId, type MatrixUserId, type NetworkId, type RoomId } from './ids.ts';
import type { Reachable, RemoteProfile, RunningNetwork } from './network.ts';
import { failedForGood, failedForNow, type Failed } from './outcome.ts';
import {
  portalKeyText,
  type DirectIntent,
  type DirectKey,
  type DirectPortal,
  type Portal,
  type PortalKey,
} from './portal.ts';
import type { PortalStore } from './stores.ts';
import type { Turns } from './turns.ts';

/** What became of an attempt to open a portal; `fresh` tells a new room from one that was there. */
export type OpenedPortal =
  { readonly kind: 'portal'; readonly portal: Portal; readonly fresh: boolean } | Failed;

export interface PortalsDeps {
  readonly store: PortalStore;
  readonly rooms: PortalRooms;
  /** Whether a Matrix user exists, may use the bridge, and wants to be reached on the network. */
  readonly reachable: (user: MatrixUserId, network: NetworkId) => Promise<Reachable>;
  /** Shared with whatever else opens, moves or closes portals. */
  readonly turns: Turns;
  /** A portal was opened, closed, or has another room now. */
  readonly changed?: (portal: Portal) => void;
}

export class Portals {
  readonly #deps: PortalsDeps;

  constructor(deps: PortalsDeps) {
    this.#deps = deps;
  }

  byRoom(room: RoomId): Promise<Portal | undefined> {
    return this.#deps.store.byRoom(room);
  }

  /**
   * The same for a room that a user writes in and that is none that is known: its portal may be about to be recorded, or
   * a crash came between, and the user, who was invited when the room was made, is faster. What is intended for the user
   * is finished first.
   */
  async byUnknownRoom(
    room: RoomId,
    user: MatrixUserId,
    network: (id: NetworkId) => RunningNetwork | undefined,
  ): Promise<Portal | Failed | undefined> {
    for (const intent of await this.#deps.store.intended(user)) {
      if (intent.kind !== 'direct') continue;
      const { key, remote } = intent;
      const running = network(key.network);
      if (running === undefined) return failedForNow('link-down');
      const opened = await this.open(running, key, { userId: remote, chat: key.chat, name: undefined });
      if (opened.kind === 'failed' && opened.retry.kind === 'later') return opened;
    }
    return this.byRoom(room);
  }

  /**
   * The portal of a direct chat, made where there is none: the intent is recorded, then the room made and tagged, then
   * the portal recorded. A repeat after a crash or a time-out finds the room by its tag.
   */
  async open(network: RunningNetwork, key: DirectKey, profile: RemoteProfile): Promise<OpenedPortal> {
    return this.#alone(key, async () => {
      const known = await this.#known(key);
      if (known?.room !== undefined) return { kind: 'portal', portal: known, fresh: false };
      const unreachable = await this.#unreachable(key.receiver, key.network);
      if (unreachable !== undefined) return unreachable;
      const intent = known ?? (await this.#intend(key, profile));
      const named = profile.name === undefined ? await network.directory.profile(profile.userId) : profile;
      const made = await this.#deps.rooms.create(
        intent,
        'userId' in named ? named : profile,
        known !== undefined,
      );
      if (made.kind === 'failed') return made;
      const portal = await this.#deps.store.opened(intent.id, made.room);
      this.#deps.changed?.(portal);
      return { kind: 'portal', portal, fresh: true };
    });
  }

  /**
   * Takes a room that a user made, and invited the ghost to, as the portal of their chat. A chat that has a portal
   * keeps it: the invitation is declined and answers `duplicate-chat` with the room that is there.
   */
  async adopt(
    network: RunningNetwork,
    key: DirectKey,
    profile: RemoteProfile,
    room: RoomId,
  ): Promise<OpenedPortal | { readonly kind: 'duplicate'; readonly portal: Portal }> {
    return this.#alone(key, async () => {
      const known = await this.#known(key);
      if (known?.room === room) return { kind: 'portal', portal: known, fresh: false };
      if (known?.room !== undefined)
        return (await this.#decline(key, profile, room)) ?? { kind: 'duplicate', portal: known };
      const unreachable = await this.#unreachable(key.receiver, key.network);
      if (unreachable?.retry.kind === 'later') return unreachable;
      if (unreachable !== undefined) return (await this.#decline(key, profile, room)) ?? unreachable;
      if (known !== undefined) {
        // An earlier attempt may have made a room already: that one is found or made first, so that there is one.
        const made = await this.#deps.rooms.create(known, profile, true);
        if (made.kind === 'failed') return made;
        const portal = await this.#deps.store.opened(known.id, made.room);
        this.#deps.changed?.(portal);
        return (await this.#decline(key, profile, room)) ?? { kind: 'duplicate', portal };
      }
      const found = await findAs(network, profile);
      if ('kind' in found) {
        if (found.retry.kind === 'later') return found;
        return (await this.#decline(key, profile, room)) ?? found;
      }
      const portal: DirectPortal = {
        kind: 'direct',
        id: portalId(randomUUID()),
        key,
        remote: profile.userId,
        room,
      };
      const joined = await this.#deps.rooms.adopt(portal, found);
      if (joined.kind === 'failed') return joined;
      const kept = await this.#deps.store.adopted(portal);
      this.#deps.changed?.(portal);
      return { kind: 'portal', portal: kept.room === undefined ? portal : kept, fresh: true };
    });
  }

  /** The user left: the ghost leaves too, and the next message opens a new room. */
  async close(portal: DirectPortal): Promise<Failed | undefined> {
    return this.#alone(portal.key, async () => {
      const left = await this.#deps.rooms.decline(portal.key.network, portal.remote, portal.room);
      if (left?.retry.kind === 'later') return left;
      await this.#deps.store.closed(portal.id);
      this.#deps.changed?.(portal);
      return undefined;
    });
  }

  /**
   * The portal goes on in the room that its own room names as its successor. `no-replacement` where the bridge cannot
   * enter it, or it is somebody else's: then the portal stays where it is.
   */
  async follow(portal: Portal, replacement: RoomId): Promise<undefined | Failed> {
    return this.#alone(portal.key, async () => {
      const now = await this.#deps.store.byId(portal.id);
      if (now?.room === replacement) return undefined;
      const taken = (await this.#deps.store.byRoom(replacement)) !== undefined;
      if (taken || now?.room !== portal.room) return failedForGood('no-replacement');
      const failed = await this.#deps.rooms.follow(portal, replacement);
      if (failed !== undefined) return failed;
      const moved = await this.#deps.store.moved(portal.id, replacement);
      this.#deps.rooms.followed(moved);
      this.#deps.changed?.(moved);
      return undefined;
    });
  }

  async #unreachable(user: MatrixUserId, network: NetworkId): Promise<Failed | undefined> {
    const reachable = await this.#deps.reachable(user, network);
    switch (reachable) {
      case 'yes':
        return undefined;
      case 'unsure':
        return failedForNow('link-down');
      case 'no-such-user':
      case 'not-permitted':
        return failedForGood(reachable);
    }
  }

  async #known(key: DirectKey): Promise<DirectPortal | DirectIntent | undefined> {
    const known = await this.#deps.store.byKey(key);
    return known?.kind === 'direct' ? known : undefined;
  }

  async #intend(key: DirectKey, profile: RemoteProfile): Promise<DirectIntent> {
    const id = portalId(randomUUID());
    const intent: DirectIntent = { kind: 'direct', id, key, remote: profile.userId, room: undefined };
    await this.#deps.store.intend(intent);
    const kept = await this.#known(key);
    return kept === undefined ? intent : { ...kept, room: undefined };
  }

  #decline(key: DirectKey, profile: RemoteProfile, room: RoomId): Promise<Failed | undefined> {
    return this.#deps.rooms.decline(key.network, profile.userId, room);
  }

  #alone<T>(key: PortalKey, work: () => Promise<T>): Promise<T> {
    return this.#deps.turns.alone(portalKeyText(key), work);
  }
}

/** Who is meant by the name that a ghost was invited by: anybody can make up a name, and it counts in its one form only. */
async function findAs(network: RunningNetwork, { userId }: RemoteProfile): Promise<RemoteProfile | Failed> {
  const found = await network.directory.find(userId);
  return 'kind' in found || found.userId === userId ? found : failedForGood('no-such-user');
}
