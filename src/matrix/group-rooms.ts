import type { FirstMember, GroupRooms, RoomSaying } from '../core/homeserver.ts';
import type { Party, Role } from '../core/event.ts';
import type { MatrixUserId, MxcUri, PortalId, RemoteUserId, RoomId } from '../core/ids.ts';
import type { RemoteGroup } from '../core/network.ts';
import { failedForGood, type Failed, type ReasonCode } from '../core/outcome.ts';
import { isBorrowed, type GroupIntent, type GroupPortal } from '../core/portal.ts';
import { powerOf } from '../core/roles.ts';
import type { GroupStore } from '../core/stores.ts';
import type { Accounts } from './accounts.ts';
import { groupCreation } from './group-creation.ts';
import type { Ghosts } from './ghosts.ts';
import type { ManagementRooms } from './management.ts';
import type { MediaRepository } from './media.ts';
import type { Membership, RoomFound } from './membership.ts';
import { nameIn, topicIn } from './parse-room-state.ts';
import type { RoomInfo } from './room-info.ts';
import type { RoomStates } from './room-state.ts';
import type { RoomVersions } from './room-versions.ts';
import type { TaggedRooms } from './tagged-rooms.ts';
import { PORTAL_TAG, type RoomOptions } from './rooms.ts';

export interface GroupRoomsDeps {
  readonly ghosts: Ghosts;
  readonly accounts: Accounts;
  readonly membership: Membership;
  readonly tagged: TaggedRooms;
  readonly states: RoomStates;
  readonly management: ManagementRooms;
  readonly media: Pick<MediaRepository, 'upload'>;
  readonly info: RoomInfo;
  readonly versions: RoomVersions;
  readonly store: GroupStore;
  readonly bot: MatrixUserId;
  /** Whether a user is the bridge's own. */
  readonly isOwn: (user: MatrixUserId) => boolean;
  readonly options: RoomOptions;
  /** The sentence for a reason code, for the one who is put out of a room. */
  readonly words: (reason: ReasonCode) => string;
  /** The last line in a room that belongs to its people, which no longer says that it is bridged. */
  readonly farewell: (portal: GroupPortal) => Promise<undefined | Failed>;
}

const atATime = 500;
const avatarTimeoutMs = 30_000;

/** Makes the rooms of groups and looks after who is in them, as the bot. */
export class BotRooms implements GroupRooms {
  readonly #deps: GroupRoomsDeps;
  /** Intents for which this process has asked for a room: an answer that was lost may have made one. */
  readonly #tried = new Set<PortalId>();

  constructor(deps: GroupRoomsDeps) {
    this.#deps = deps;
  }

  async create(
    intent: GroupIntent,
    group: RemoteGroup,
    members: readonly FirstMember[],
    again: boolean,
  ): Promise<RoomFound | Failed> {
    const { management, membership, tagged, versions, options, bot, info } = this.#deps;
    const failed = await management.ensureBot();
    if (failed !== undefined) return failed;
    const as = management.as;
    if (again || this.#tried.has(intent.id)) {
      const found = await tagged.find(PORTAL_TAG, (tag) => tag['id'] === intent.id, as, intent.id);
      if (found.kind !== 'none') return found;
    }
    const version = await versions.ofNewRooms(as);
    if (version.kind === 'failed') return version;
    const avatar = await this.#avatar(group);
    const encrypted = options.encryption?.initialOf(group.size ?? members.length) ?? [];
    if ('kind' in encrypted) return encrypted;
    const faceless = encrypted.length === 0 ? undefined : await options.encryption?.identify(bot);
    if (faceless !== undefined) return faceless;
    this.#tried.add(intent.id);
    const body = groupCreation({
      ...{ intent, group, members, avatar, bot, version: version.version },
      ...{ federate: options.federate, tag: PORTAL_TAG, info: [...encrypted, ...info.initial(intent.key)] },
    });
    const made = await membership.create(body, as);
    if (made.kind === 'room') {
      this.#tried.delete(intent.id);
      options.encryption?.made(made.room, encrypted);
      options.onRoom(made.room);
    }
    return made;
  }

  async botIsIn({ room }: GroupPortal): Promise<boolean | Failed> {
    const { membership, management } = this.#deps;
    const joined = await membership.joined(management.as);
    return joined.kind === 'failed' ? joined : joined.rooms.includes(room);
  }

  enter({ room }: GroupPortal): Promise<undefined | Failed> {
    const { membership, management } = this.#deps;
    return membership.join(room, management.as);
  }

  async admits({ room }: GroupPortal, user: MatrixUserId): Promise<undefined | Failed> {
    const { membership, management, isOwn } = this.#deps;
    const there = await membership.membershipOf(room, user, management.as);
    // A room that cannot be read answers for itself when the user is invited.
    if (there.kind === 'failed') return there.retry.kind === 'later' ? there : undefined;
    if (there.membership !== 'ban') return undefined;
    const banned = await membership.bannedBy(room, user, management.as);
    if (banned.kind === 'failed') return banned;
    return banned.by === undefined || isOwn(banned.by) ? undefined : failedForGood('banned');
  }

  async says({ room }: GroupPortal, change: RoomSaying): Promise<boolean | Failed> {
    const { states, management } = this.#deps;
    const there = await states.get(room, `m.room.${change.kind}`, '', management.as);
    if (there.kind === 'failed') return there;
    const content = there.content ?? {};
    return change.kind === 'name' ? nameIn(content) === change.name : topicIn(content) === change.topic;
  }

  async isIn(portal: GroupPortal, user: MatrixUserId): Promise<boolean | Failed> {
    const { membership, management } = this.#deps;
    const there = await membership.membershipOf(portal.room, user, management.as);
    return there.kind === 'failed' ? there : there.membership === 'join';
  }

  async invite(portal: GroupPortal, user: MatrixUserId): Promise<undefined | Failed> {
    const { membership, management } = this.#deps;
    const there = await membership.membershipOf(portal.room, user, management.as);
    if (there.kind === 'failed') return there;
    if (there.membership === 'join' || there.membership === 'invite' || isBorrowed(portal)) return undefined;
    if (there.membership === 'ban') {
      const failed = await membership.unban(portal.room, user, management.as);
      if (failed !== undefined) return failed;
    }
    return membership.invite(portal.room, user, management.as);
  }

  async remove(portal: GroupPortal, user: MatrixUserId, reason: ReasonCode): Promise<undefined | Failed> {
    const { membership, management, words } = this.#deps;
    if (isBorrowed(portal)) return undefined;
    const failed = await membership.kick(portal.room, user, words(reason), management.as);
    return failed?.retry.kind === 'later' ? failed : undefined;
  }

  async setRole(portal: GroupPortal, member: Party, role: Role): Promise<undefined | Failed> {
    const { states, management, ghosts } = this.#deps;
    const user = member.in === 'matrix' ? member.userId : ghosts.userId(portal.key.network, member.userId);
    if (user === undefined) return undefined;
    return states.setPower(portal.room, user, powerOf(role), management.as);
  }

  async decline(portal: GroupPortal, remote: RemoteUserId): Promise<undefined | Failed> {
    const ghost = this.#deps.ghosts.userId(portal.key.network, remote);
    return ghost === undefined ? undefined : this.#leave(portal.room, ghost);
  }

  async pardon(portal: GroupPortal, remote: RemoteUserId): Promise<undefined | Failed> {
    const { membership, management, ghosts } = this.#deps;
    const ghost = ghosts.userId(portal.key.network, remote);
    if (ghost === undefined) return undefined;
    return membership.unban(portal.room, ghost, management.as);
  }

  /** The bot goes last, so that another attempt can still read the room. */
  async close(portal: GroupPortal): Promise<undefined | Failed> {
    const { store, ghosts, management } = this.#deps;
    for (const state of ['in', 'invited'] as const) {
      for (let more = true; more;) {
        const people = await store.people(portal.id, state, atATime);
        more = people.length === atATime;
        for (const person of people) {
          const ghost = ghosts.userId(portal.key.network, person.remote);
          const failed = ghost === undefined ? undefined : await this.#leave(portal.room, ghost);
          if (failed !== undefined) return failed;
          await store.putPerson(portal.id, { ...person, state: 'out' });
        }
      }
    }
    if (isBorrowed(portal)) {
      const unsaid = await this.#deps.farewell(portal);
      if (unsaid?.retry.kind === 'later') return unsaid;
    }
    return this.#deps.membership.leave(portal.room, management.as);
  }

  #leave(room: RoomId, ghost: MatrixUserId): Promise<undefined | Failed> {
    return this.#deps.membership.leave(room, this.#deps.accounts.as(ghost));
  }

  /** A picture that cannot be had is left out: the room matters more. */
  async #avatar({ avatar }: RemoteGroup): Promise<MxcUri | undefined> {
    if (avatar === undefined || avatar === 'none') return undefined;
    const { media, management } = this.#deps;
    const uploaded = await media.upload(avatar.media, management.as, AbortSignal.timeout(avatarTimeoutMs));
    return uploaded.kind === 'uploaded' ? uploaded.uri : undefined;
  }
}
