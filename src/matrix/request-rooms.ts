/** Rooms for message requests, in a space: https://spec.matrix.org/v1.16/client-server-api/#spaces */
import type { MatrixEventId, MatrixUserId, RoomId } from '../core/ids.ts';
import { failedForGood, type Failed } from '../core/outcome.ts';
import type { RequestRoom, RequestRoomsSide, RoomNames } from '../core/request-room.ts';
import type { Line } from '../core/report.ts';
import type { EventSender, SentEvent } from './event-sender.ts';
import type { ManagementRooms } from './management.ts';
import type { Membership, RoomFound } from './membership.ts';
import { editOf, noticeOf } from './notice-board.ts';
import type { JsonObject } from './request.ts';
import type { RoomStates } from './room-state.ts';
import type { RoomOptions } from './rooms.ts';
import type { TaggedRooms } from './tagged-rooms.ts';

/** Where a room says which request it stands for, and a space whose it is, in its creation content. */
export const REQUEST_TAG = 'io.causeway.request';
export const REQUESTS_TAG = 'io.causeway.requests';

export interface BotRequestRoomsDeps {
  readonly membership: Membership;
  readonly tagged: TaggedRooms;
  readonly states: Pick<RoomStates, 'put'>;
  readonly sender: Pick<EventSender, 'send'>;
  readonly management: Pick<ManagementRooms, 'as' | 'ensureBot'>;
  readonly bot: MatrixUserId;
  readonly domain: string;
  readonly options: RoomOptions;
}

/** Makes them as the bot. They are encrypted where management rooms are: what strangers wrote is shown there when asked for. */
export class BotRequestRooms implements RequestRoomsSide {
  readonly #deps: BotRequestRoomsDeps;

  constructor(deps: BotRequestRoomsDeps) {
    this.#deps = deps;
  }

  async space(user: MatrixUserId, name: string, again: boolean): Promise<RoomFound | Failed> {
    const { management, membership } = this.#deps;
    const failed = await management.ensureBot();
    if (failed !== undefined) return failed;
    const found = again ? await this.#findFor(user, user) : { kind: 'none' as const };
    if (found.kind !== 'none') return found;
    return membership.create(
      {
        ...this.#creation(user, name, { type: 'm.space', [REQUESTS_TAG]: { user } }),
        power_level_content_override: { events_default: 100, state_default: 100, invite: 100 },
      },
      management.as,
    );
  }

  async room(own: RequestRoom, named: RoomNames, again: boolean): Promise<RoomFound | Failed> {
    const { management, membership, options, bot, domain } = this.#deps;
    const failed = (await management.ensureBot()) ?? (await options.encryption?.identify(bot));
    if (failed !== undefined) return failed;
    const found = again ? await this.#findFor(own.user, own) : { kind: 'none' as const };
    if (found.kind !== 'none') return found;
    const encrypted = options.encryption?.initial ?? [];
    const { request, since, user } = own;
    const parent = { via: [domain], canonical: true };
    const made = await membership.create(
      {
        ...this.#creation(user, named.name, { [REQUEST_TAG]: { request, since, user } }),
        power_level_content_override: { state_default: 100, invite: 100 },
        initial_state: [
          ...encrypted,
          { type: 'm.room.guest_access', state_key: '', content: { guest_access: 'forbidden' } },
          { type: 'm.space.parent', state_key: named.space, content: parent },
        ],
      },
      management.as,
    );
    if (made.kind === 'room') {
      options.encryption?.made(made.room, encrypted);
      options.onRoom(made.room);
    }
    return made;
  }

  find(of: RequestRoom | MatrixUserId): ReturnType<RequestRoomsSide['find']> {
    const { tagged, management } = this.#deps;
    if (typeof of === 'string') return tagged.find(REQUESTS_TAG, ({ user }) => user === of, management.as);
    return tagged.find(
      REQUEST_TAG,
      ({ request, since, user }) => request === of.request && since === of.since && user === of.user,
      management.as,
    );
  }

  async list(space: RoomId, room: RoomId, order: string): Promise<undefined | Failed> {
    return this.#child(space, room, { via: [this.#deps.domain], order });
  }

  unlist(space: RoomId, room: RoomId): Promise<undefined | Failed> {
    return this.#child(space, room, {});
  }

  say(room: RoomId, id: string, line: Line): Promise<SentEvent | Failed> {
    return this.#send(room, id, noticeOf(line));
  }

  async edit(room: RoomId, eventId: MatrixEventId, id: string, line: Line): Promise<undefined | Failed> {
    const sent = await this.#send(room, id, editOf(eventId, line));
    return sent.kind === 'failed' ? sent : undefined;
  }

  async close(room: RoomId, user: MatrixUserId, reason: string | undefined): Promise<undefined | Failed> {
    const { membership, management } = this.#deps;
    const failed = await membership.kick(room, user, reason, management.as);
    if (failed?.retry.kind === 'later') return failed;
    return membership.leave(room, management.as);
  }

  async #child(space: RoomId, room: RoomId, content: JsonObject): Promise<undefined | Failed> {
    const { states, management } = this.#deps;
    const failed = await states.put(space, { type: 'm.space.child', key: room, content }, management.as);
    return failed?.retry.kind === 'never' ? failedForGood('portal-closed', failed.cause) : failed;
  }

  /** What an earlier attempt made; its user is invited where that attempt did not come so far. */
  async #findFor(
    user: MatrixUserId,
    of: RequestRoom | MatrixUserId,
  ): Promise<RoomFound | { readonly kind: 'none' } | Failed> {
    const { membership, management } = this.#deps;
    const found = await this.find(of);
    if (found.kind !== 'room') return found;
    const theirs = await membership.membershipOf(found.room, user, management.as);
    if (theirs.kind === 'failed') return theirs;
    const failed =
      theirs.membership === undefined ? await membership.invite(found.room, user, management.as) : undefined;
    return failed ?? { kind: 'room', room: found.room };
  }

  #send(room: RoomId, cause: string, content: JsonObject): Promise<SentEvent | Failed> {
    const { sender, management } = this.#deps;
    return sender.send({ room, as: management.as, type: 'm.room.message', content, cause, part: 'notice' });
  }

  #creation(user: MatrixUserId, name: string, tag: JsonObject): JsonObject {
    const { federate, version } = this.#deps.options;
    return {
      ...{ preset: 'private_chat', name, invite: [user] },
      ...(version === undefined ? {} : { room_version: version }),
      creation_content: { ...(federate ? {} : { 'm.federate': false }), ...tag },
    };
  }
}
