/** Room upgrades: https://spec.matrix.org/v1.16/client-server-api/#room-upgrades */
import type { RoomId } from '../core/ids.ts';
import { failedForGood, type Failed } from '../core/outcome.ts';
import type { Portal } from '../core/portal.ts';
import type { EncryptedRooms } from './crypto/encrypted-rooms.ts';
import type { Membership } from './membership.ts';
import { isObject, type Masquerade } from './request.ts';
import type { RoomStates } from './room-state.ts';

/** Follows a portal's room into the one that replaced it. */
export class Succession {
  readonly #membership: Membership;
  readonly #states: RoomStates;
  readonly #member: (portal: Portal) => Masquerade | undefined;
  readonly #encryption: EncryptedRooms | undefined;

  /** `member` is who of the bridge is in a portal: the ghost of a direct chat, the bot in a group. */
  constructor(
    membership: Membership,
    states: RoomStates,
    member: (portal: Portal) => Masquerade | undefined,
    encryption?: EncryptedRooms,
  ) {
    this.#membership = membership;
    this.#states = states;
    this.#member = member;
    this.#encryption = encryption;
  }

  /**
   * Both rooms have to name each other: who may close the one need not be who made the other. Nobody leads an encrypted
   * chat into a room that is not.
   */
  async follow(portal: Portal, replacement: RoomId): Promise<undefined | Failed> {
    const as = this.#member(portal);
    if (as === undefined) return failedForGood('no-replacement');
    const tombstone = await this.#states.get(portal.room, 'm.room.tombstone', '', as);
    if (tombstone.kind === 'failed') return passing(tombstone);
    if (tombstone.content?.['replacement_room'] !== replacement) return failedForGood('no-replacement');
    const joined = await this.#membership.join(replacement, as);
    if (joined !== undefined) return passing(joined);
    const created = await this.#states.get(replacement, 'm.room.create', '', as);
    if (created.kind === 'failed') return passing(created);
    const predecessor = created.content?.['predecessor'];
    if (isObject(predecessor) && predecessor['room_id'] === portal.room) {
      const plain = await this.#encryption?.carry(portal.room, replacement, as);
      if (plain?.retry.kind !== 'never') return plain;
    }
    return (await this.#membership.leave(replacement, as)) ?? failedForGood('no-replacement');
  }
}

function passing(failed: Failed): Failed {
  return failed.retry.kind === 'later' ? failed : failedForGood('no-replacement', failed.cause);
}
