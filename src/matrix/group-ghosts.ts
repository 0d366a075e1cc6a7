import type { Role } from '../core/event.ts';
import type { MatrixUserId, NetworkId, RemoteUserId, RoomId } from '../core/ids.ts';
import type { Meter } from '../core/meter.ts';
import { failedForGood, failedForNow, type Failed } from '../core/outcome.ts';
import { isBorrowed, type GroupPortal } from '../core/portal.ts';
import { powerOf } from '../core/roles.ts';
import type { GhostStore, GroupPerson, GroupStore } from '../core/stores.ts';
import type { Accounts } from './accounts.ts';
import { likenessOf } from './clean-text.ts';
import type { Ghosts } from './ghosts.ts';
import type { Membership } from './membership.ts';
import type { Masquerade } from './request.ts';
import type { RoomStates } from './room-state.ts';
import { TokenBucket } from '../core/token-bucket.ts';

export interface GroupGhostsDeps {
  readonly ghosts: Ghosts;
  readonly accounts: Accounts;
  readonly membership: Membership;
  readonly states: RoomStates;
  readonly bot: () => Masquerade;
  readonly stores: { readonly groups: GroupStore; readonly ghosts: GhostStore };
  readonly meter: Pick<Meter, 'bounded'>;
  /** What a person is called, asked of the network; undefined where it does not say. */
  readonly nameOf: (network: NetworkId, remote: RemoteUserId) => Promise<string | undefined>;
  readonly bounds: GhostBounds;
}

/** How many ghosts are in a room at most, and how many come in a minute. */
export interface GhostBounds {
  readonly perRoom: number;
  readonly perMinute: number;
}

const maxRooms = 5_000;

/**
 * Brings ghosts into the rooms of groups when they first speak: the bot invites, the ghost joins. Beyond the bound of a
 * room the one who has been silent for the longest leaves it; who comes faster than the bound waits their turn.
 */
export class GroupGhosts {
  readonly #deps: GroupGhostsDeps;
  readonly #rates = new Map<RoomId, TokenBucket>();
  /** When ghosts last spoke, since the start: room and person, the longest silent first. */
  readonly #spoke = new Map<RoomId, Map<RemoteUserId, true>>();

  constructor(deps: GroupGhostsDeps) {
    this.#deps = deps;
  }

  /** The ghost of a person who speaks in a group, in its room; without a request where it is there already. */
  async speaking(
    portal: GroupPortal,
    remote: RemoteUserId,
  ): Promise<{ readonly kind: 'ghost'; readonly userId: MatrixUserId } | Failed> {
    const person = await this.#deps.stores.groups.person(portal.id, remote);
    const ghost = await this.#ghost(portal.key.network, remote);
    if (ghost.kind === 'failed') return ghost;
    this.#touch(portal.room, remote);
    if (person?.state === 'in') return ghost;
    return (await this.#bringIn(portal, remote, ghost.userId, person)) ?? ghost;
  }

  /** The same for a ghost that the homeserver does not let act: it may have been put out without the bridge noticing. */
  async again(portal: GroupPortal, remote: RemoteUserId, ghost: MatrixUserId): Promise<undefined | Failed> {
    const person = await this.#deps.stores.groups.person(portal.id, remote);
    return this.#bringIn(portal, remote, ghost, person);
  }

  async #ghost(network: NetworkId, remote: RemoteUserId): ReturnType<Ghosts['ensure']> {
    const userId = this.#deps.ghosts.userId(network, remote);
    const known = userId && (await this.#deps.stores.ghosts.get(userId));
    if (known?.name !== undefined) return this.#deps.ghosts.ensure(network, remote);
    return this.#deps.ghosts.ensure(network, remote, { name: await this.#deps.nameOf(network, remote) });
  }

  async #bringIn(
    portal: GroupPortal,
    remote: RemoteUserId,
    ghost: MatrixUserId,
    person: GroupPerson | undefined,
  ): Promise<undefined | Failed> {
    const { stores, meter } = this.#deps;
    const wait = this.#rate(portal.room).take();
    if (wait > 0) {
      meter.bounded(portal.key.network, 'ghost');
      return failedForNow('rate-limited', undefined, wait);
    }
    const failed = (await this.#makePlace(portal)) ?? (await this.#enter(portal, ghost));
    if (failed !== undefined) return failed;
    const role = person?.role ?? 'member';
    const name = (await stores.ghosts.get(ghost))?.name ?? remote;
    const likeness = likenessOf(name);
    const shown =
      (await this.#setApart(portal, remote, ghost, name, likeness)) ??
      (await this.#setRole(portal, ghost, role));
    if (shown?.retry.kind === 'later') return shown;
    await stores.groups.putPerson(portal.id, { remote, role, state: 'in', likeness });
    return undefined;
  }

  /** The ghost joins, invited by the bot; a ban that the network does not share is lifted. */
  async #enter(portal: GroupPortal, ghost: MatrixUserId): Promise<undefined | Failed> {
    const { room } = portal;
    const { membership, accounts, bot } = this.#deps;
    const there = await membership.membershipOf(room, ghost, bot());
    if (there.kind === 'failed') return there;
    if (there.membership === 'join') return undefined;
    if (there.membership === 'ban') {
      // Whom the people of a room keep out of it stays out.
      if (isBorrowed(portal)) return failedForGood('forbidden');
      const failed = await membership.unban(room, ghost, bot());
      if (failed !== undefined) return failed;
    }
    if (there.membership !== 'invite') {
      const failed = await membership.invite(room, ghost, bot());
      // Into a room that anybody may enter the ghost comes without.
      const uninvited = isBorrowed(portal) && failed?.reason === 'forbidden';
      if (failed !== undefined && !uninvited) return failed;
    }
    return membership.join(room, accounts.as(ghost));
  }

  async #makePlace(portal: GroupPortal): Promise<undefined | Failed> {
    const { stores, ghosts, membership, accounts, bounds } = this.#deps;
    const here = await stores.groups.countPeople(portal.id, 'in');
    if (here < bounds.perRoom) return undefined;
    const people = await stores.groups.people(portal.id, 'in', here);
    // Who has not spoken since the start comes first, then whoever did so longest ago.
    const heard = [...(this.#spoke.get(portal.room)?.keys() ?? [])];
    const order = new Map(heard.map((remote, at) => [remote, at]));
    const rank = ({ remote }: GroupPerson): number => order.get(remote) ?? -1;
    const [leaves] = [...people].sort((one, other) => rank(one) - rank(other));
    if (leaves === undefined) return undefined;
    const ghost = ghosts.userId(portal.key.network, leaves.remote);
    const failed = ghost && (await membership.leave(portal.room, accounts.as(ghost)));
    if (failed !== undefined) return failed;
    await stores.groups.putPerson(portal.id, { ...leaves, state: 'out' });
    return undefined;
  }

  /** A name that can be taken for that of somebody who is in the room is shown with the address, in that room only. */
  async #setApart(
    portal: GroupPortal,
    remote: RemoteUserId,
    ghost: MatrixUserId,
    name: string,
    likeness: string,
  ): Promise<undefined | Failed> {
    const { stores, states, accounts, meter } = this.#deps;
    const alike = (await stores.groups.alike(portal.id, likeness)).some((other) => other !== remote);
    const members = alike ? [] : await stores.groups.members(portal.id);
    if (!alike && !members.some(({ nick }) => likenessOf(nick) === likeness)) return undefined;
    meter.bounded(portal.key.network, 'look-alike');
    const content = { membership: 'join', displayname: `${name} (${remote})`.slice(0, 255) };
    return states.put(portal.room, { type: 'm.room.member', key: ghost, content }, accounts.as(ghost));
  }

  async #setRole(portal: GroupPortal, ghost: MatrixUserId, role: Role): Promise<undefined | Failed> {
    const { states, bot } = this.#deps;
    const { room } = portal;
    if (isBorrowed(portal)) return undefined;
    return states.setPower(room, ghost, powerOf(role), bot());
  }

  #rate(room: RoomId): TokenBucket {
    const { perMinute } = this.#deps.bounds;
    const known = this.#rates.get(room) ?? new TokenBucket(perMinute / 60, perMinute);
    remember(this.#rates, room, known);
    return known;
  }

  #touch(room: RoomId, remote: RemoteUserId): void {
    const heard = this.#spoke.get(room) ?? new Map<RemoteUserId, true>();
    remember(this.#spoke, room, heard);
    heard.delete(remote);
    heard.set(remote, true);
    const [oldest] = heard.keys();
    if (heard.size > this.#deps.bounds.perRoom && oldest !== undefined) heard.delete(oldest);
  }
}

function remember<V>(map: Map<RoomId, V>, room: RoomId, value: V): void {
  map.delete(room);
  map.set(room, value);
  const [oldest] = map.keys();
  if (map.size > maxRooms && oldest !== undefined) map.delete(oldest);
}
