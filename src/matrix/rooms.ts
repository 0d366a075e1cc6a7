import type { PortalRooms } from '../core/homeserver.ts';
import type { MatrixUserId, NetworkId, PortalId, RemoteUserId, RoomId } from '../core/ids.ts';
import type { RemoteProfile } from '../core/network.ts';
import { failedForGood, type Failed } from '../core/outcome.ts';
import type { DirectIntent, DirectPortal, Portal } from '../core/portal.ts';
import type { Accounts } from './accounts.ts';
import type { EncryptedRooms } from './crypto/encrypted-rooms.ts';
import type { Ghosts } from './ghosts.ts';
import type { Membership, RoomFound } from './membership.ts';
import type { JsonObject, Masquerade } from './request.ts';
import type { RoomInfo } from './room-info.ts';
import type { Succession } from './room-succession.ts';
import type { TaggedRooms } from './tagged-rooms.ts';

/** Where a portal's room says whose it is, in its creation content. */
export const PORTAL_TAG = 'io.causeway.portal';

export interface RoomOptions {
  readonly federate: boolean;
  readonly version: string | undefined;
  /** Called with each room that is made or joined here, before anything is sent to it. */
  readonly onRoom: (room: RoomId) => void;
  /** Which rooms are to be encrypted; none where absent. */
  readonly encryption?: EncryptedRooms;
}

export interface DirectRoomOptions extends RoomOptions {
  readonly succession: Succession;
  readonly info: RoomInfo;
  readonly tagged: TaggedRooms;
  /** Called with a portal whose room was replaced. */
  readonly onFollowed: (portal: Portal) => void;
}

/** Makes, adopts and leaves direct portals, as the ghost: the bot is not in them. */
export class DirectRooms implements PortalRooms {
  readonly #ghosts: Ghosts;
  readonly #accounts: Accounts;
  readonly #membership: Membership;
  readonly #succession: Succession;
  readonly #info: RoomInfo;
  readonly #tagged: TaggedRooms;
  readonly #options: Omit<DirectRoomOptions, 'succession' | 'info' | 'tagged'>;
  /** Intents for which this process has asked for a room: an answer that was lost may have made one. */
  readonly #tried = new Set<PortalId>();

  constructor(
    ghosts: Ghosts,
    accounts: Accounts,
    membership: Membership,
    { succession, info, tagged, ...options }: DirectRoomOptions,
  ) {
    this.#ghosts = ghosts;
    this.#accounts = accounts;
    this.#membership = membership;
    this.#succession = succession;
    this.#info = info;
    this.#tagged = tagged;
    this.#options = options;
  }

  async create(intent: DirectIntent, profile: RemoteProfile, again: boolean): Promise<RoomFound | Failed> {
    const ghost = await this.#ghosts.ensure(intent.key.network, intent.remote, profile);
    if (ghost.kind === 'failed') return ghost;
    // Before anybody can see the room: clients look for the devices of those who are in it.
    const faceless = await this.#options.encryption?.identify(ghost.userId);
    if (faceless !== undefined) return faceless;
    const as = this.#accounts.as(ghost.userId);
    if (again || this.#tried.has(intent.id)) {
      const found = await this.#find(intent, as);
      if (found.kind !== 'none') return found;
    }
    this.#tried.add(intent.id);
    const encrypted = this.#options.encryption?.initial ?? [];
    const made = await this.#membership.create(this.#creation(intent, encrypted), as);
    if (made.kind === 'room') {
      this.#tried.delete(intent.id);
      this.#options.encryption?.made(made.room, encrypted);
      this.#options.onRoom(made.room);
    }
    return made;
  }

  async adopt(portal: DirectPortal, profile: RemoteProfile): Promise<RoomFound | Failed> {
    const ghost = await this.#ghosts.ensure(portal.key.network, portal.remote, profile);
    if (ghost.kind === 'failed') return ghost;
    const as = this.#accounts.as(ghost.userId);
    const failed =
      (await this.#options.encryption?.identify(ghost.userId)) ??
      (await this.#membership.join(portal.room, as));
    if (failed !== undefined) return failed;
    const members = await this.#membership.members(portal.room, as);
    if (members.kind === 'failed') return members;
    if (!areTheTwo(members.users, ghost.userId, portal.key.receiver)) {
      const stays = await this.#membership.leave(portal.room, as);
      return stays ?? failedForGood('forbidden');
    }
    const plain = await this.#options.encryption?.turnOn(portal.room, as);
    if (plain?.retry.kind === 'later') return plain;
    if (plain !== undefined) return (await this.#membership.leave(portal.room, as)) ?? plain;
    await this.#info.refresh(portal);
    return { kind: 'room', room: portal.room };
  }

  async decline(network: NetworkId, remote: RemoteUserId, room: RoomId): Promise<undefined | Failed> {
    const userId = this.#ghosts.userId(network, remote);
    return userId === undefined ? undefined : this.#membership.leave(room, this.#accounts.as(userId));
  }

  /** Whether the user whose chat it is has joined it. */
  async hasUser({ key, remote, room }: DirectPortal): Promise<boolean | Failed> {
    const userId = this.#ghosts.userId(key.network, remote);
    if (userId === undefined) return false;
    const there = await this.#membership.membershipOf(room, key.receiver, this.#accounts.as(userId));
    return there.kind === 'failed' ? there : there.membership === 'join';
  }

  follow(portal: Portal, replacement: RoomId): Promise<undefined | Failed> {
    return this.#succession.follow(portal, replacement);
  }

  followed(portal: Portal): void {
    this.#options.onFollowed(portal);
  }

  /** The room that an earlier attempt made. Its invitation may be missing, where making it broke off in between. */
  async #find(intent: DirectIntent, as: Masquerade): Promise<RoomFound | { readonly kind: 'none' } | Failed> {
    const found = await this.#tagged.find(PORTAL_TAG, (tag) => tag['id'] === intent.id, as, intent.id);
    if (found.kind !== 'room') return found;
    const { receiver } = intent.key;
    const receiving = await this.#membership.membershipOf(found.room, receiver, as);
    if (receiving.kind === 'failed') return receiving;
    const invited =
      receiving.membership === undefined
        ? await this.#membership.invite(found.room, receiver, as)
        : undefined;
    return invited ?? found;
  }

  /**
   * A trusted private chat gives both the same power in every room version: power 100 before version 12, and both as
   * creators from then on, where a creator must not be named in the power levels.
   */
  #creation({ id, key }: DirectIntent, encrypted: readonly JsonObject[]): Readonly<Record<string, unknown>> {
    return {
      preset: 'trusted_private_chat',
      is_direct: true,
      invite: [key.receiver],
      ...(this.#options.version === undefined ? {} : { room_version: this.#options.version }),
      creation_content: {
        ...(this.#options.federate ? {} : { 'm.federate': false }),
        [PORTAL_TAG]: { id, network: key.network, chat: key.chat, receiver: key.receiver },
      },
      initial_state: [
        {
          type: 'm.room.history_visibility',
          state_key: '',
          content: { history_visibility: 'invited' },
        },
        ...encrypted,
        ...this.#info.initial(key),
      ],
    };
  }
}

/** Whether a room's members are exactly these two. */
export function areTheTwo(
  members: ReadonlySet<MatrixUserId>,
  one: MatrixUserId,
  other: MatrixUserId,
): boolean {
  return members.size === 2 && members.has(one) && members.has(other);
}
