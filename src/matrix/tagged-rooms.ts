/** Rooms that the bridge made and may not have recorded, found again by the tag in their creation content. */
import { BoundedMap } from '../core/bounded-map.ts';
import type { PortalId, RoomId } from '../core/ids.ts';
import type { Failed } from '../core/outcome.ts';
import type { PortalStore, UserStore } from '../core/stores.ts';
import type { Membership, RoomFound } from './membership.ts';
import { isObject, type JsonObject, type Masquerade } from './request.ts';

export interface RecordedRooms {
  readonly portals: Pick<PortalStore, 'byRoom'>;
  readonly users: Pick<UserStore, 'byManagementRoom'>;
}

const mostRemembered = 20_000;

/**
 * Looks through the rooms of one of the bridge's users. What is recorded already is none that is looked for, and what a
 * room's creation says never changes: so the homeserver is asked for the list, and once in a process for each room that
 * is not recorded, however many rooms there are.
 */
export class TaggedRooms {
  readonly #membership: Pick<Membership, 'joined' | 'creation'>;
  readonly #recorded: RecordedRooms;
  readonly #creations = new BoundedMap<RoomId, JsonObject>(mostRemembered);

  constructor(membership: Pick<Membership, 'joined' | 'creation'>, recorded: RecordedRooms) {
    this.#membership = membership;
    this.#recorded = recorded;
  }

  /**
   * The first room, among those that the user has joined, whose creation has the tag that is looked for; or that is
   * recorded for the portal `own`.
   */
  async find(
    key: string,
    wanted: (tag: JsonObject) => boolean,
    as: Masquerade,
    own?: PortalId,
  ): Promise<RoomFound | { readonly kind: 'none' } | Failed> {
    const joined = await this.#membership.joined(as);
    if (joined.kind === 'failed') return joined;
    for (const room of joined.rooms) {
      const portal = await this.#recorded.portals.byRoom(room);
      if (portal !== undefined && portal.id === own) return { kind: 'room', room };
      if (portal !== undefined || (await this.#recorded.users.byManagementRoom(room)) !== undefined) continue;
      const creation = await this.#creation(room, as);
      if (creation.kind === 'failed') return creation;
      const tag = creation.content[key];
      if (isObject(tag) && wanted(tag)) return { kind: 'room', room };
    }
    return { kind: 'none' };
  }

  /** A room that cannot be read any more has no tag. */
  async #creation(
    room: RoomId,
    as: Masquerade,
  ): Promise<{ readonly kind: 'creation'; readonly content: JsonObject } | Failed> {
    const known = this.#creations.get(room);
    if (known !== undefined) return { kind: 'creation', content: known };
    const answer = await this.#membership.creation(room, as);
    if (answer.kind === 'failed') {
      return answer.retry.kind === 'later' ? answer : { kind: 'creation', content: {} };
    }
    this.#creations.set(room, answer.content);
    return answer;
  }
}
