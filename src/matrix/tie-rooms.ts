/** Rooms that people have already, as the bot sees them before they are bridged and when they are. */
import { parseMatrixUserId, parseRoomId, type MatrixUserId, type RoomId } from '../core/ids.ts';
import type { RemoteGroup } from '../core/network.ts';
import type { Failed } from '../core/outcome.ts';
import type { GroupPortal } from '../core/portal.ts';
import type { RoomLook, TieRooms } from '../core/tie.ts';
import type { BorrowedLooks } from './borrowed-looks.ts';
import type { Requester } from './client.ts';
import type { ManagementRooms } from './management.ts';
import type { Membership } from './membership.ts';
import { path } from './path.ts';
import { errcodeOf, isObject, nothingSaid, type JsonObject } from './request.ts';
import type { RoomInfo } from './room-info.ts';
import { RoomPowers, type Creation } from './room-powers.ts';
import type { RoomStates } from './room-state.ts';

export interface TieRoomsDeps {
  readonly client: Requester;
  readonly membership: Membership;
  readonly states: RoomStates;
  readonly management: ManagementRooms;
  readonly info: Pick<RoomInfo, 'refresh'>;
  readonly looks: BorrowedLooks;
  readonly bot: MatrixUserId;
  readonly isOwn: (user: string) => boolean;
  readonly onRoom: (room: RoomId) => void;
  /** The first line in a room that is bridged. */
  readonly say: (portal: GroupPortal) => Promise<undefined | Failed>;
}

/** So many users of a room are offered to take part in the group in place of one who left. */
const mostOthers = 50;
const aliasPattern = /^#[^\0]{1,250}:[^\s\0]{1,230}$/;

/** The bot in rooms that belong to their people. */
export class BotTieRooms implements TieRooms {
  readonly #deps: TieRoomsDeps;

  constructor(deps: TieRoomsDeps) {
    this.#deps = deps;
  }

  get bot(): MatrixUserId {
    return this.#deps.bot;
  }

  async find(typed: string): Promise<RoomId | Failed | undefined> {
    const { client, management } = this.#deps;
    const room = parseRoomId(typed);
    if (room !== undefined || !aliasPattern.test(typed) || Buffer.byteLength(typed) > 255) return room;
    const answer = await client.request({
      method: 'GET',
      path: path`/_matrix/client/v3/directory/room/${typed}`,
      as: management.as,
    });
    if (answer.kind === 'failed') return answer.retry.kind === 'later' ? answer : undefined;
    const { room_id: found } = answer.body;
    return typeof found === 'string' ? parseRoomId(found) : undefined;
  }

  async isBotIn(room: RoomId): Promise<boolean | Failed> {
    const { membership, management, bot } = this.#deps;
    const failed = await management.ensureBot();
    if (failed !== undefined) return failed;
    const there = await membership.membershipOf(room, bot, management.as);
    if (there.kind === 'membership') return there.membership === 'join';
    return there.retry.kind === 'later' ? there : false;
  }

  async enter(room: RoomId): Promise<undefined | Failed> {
    const { membership, management } = this.#deps;
    return (await management.ensureBot()) ?? membership.join(room, management.as);
  }

  async look(room: RoomId, user: MatrixUserId): Promise<RoomLook | Failed> {
    const { states, membership, management, bot } = this.#deps;
    const as = management.as;
    const powers = await this.#powers(room);
    if ('kind' in powers) return powers;
    const read: Record<string, JsonObject | undefined> = {};
    for (const type of ['m.room.encryption', 'm.room.tombstone', 'm.room.join_rules']) {
      const state = await states.get(room, type, '', as);
      if (state.kind === 'failed') return state;
      read[type] = state.content;
    }
    const own = await states.get(room, 'm.room.member', bot, as);
    if (own.kind === 'failed') return own;
    const there = await membership.membershipOf(room, user, as);
    if (there.kind === 'failed') return there;
    const { levels, creation } = powers;
    const isOpen = read['m.room.join_rules']?.['join_rule'] === 'public';
    return {
      kind: 'look',
      isSpace: creation.content['type'] === 'm.space',
      isEncrypted: read['m.room.encryption'] !== undefined,
      isReplaced: read['m.room.tombstone']?.['replacement_room'] !== undefined,
      isDirect: own.content?.['is_direct'] === true,
      userIsIn: there.membership === 'join',
      userMay: levels.mayRule(user),
      botMay: isOpen || levels.of(bot) >= levels.toInvite,
      peopleMay: levels.usual >= levels.toSend('m.room.message'),
    };
  }

  async mayRule(room: RoomId, user: MatrixUserId): Promise<boolean | Failed> {
    const { membership, management } = this.#deps;
    const there = await membership.membershipOf(room, user, management.as);
    if (there.kind === 'failed') return there.retry.kind === 'later' ? there : false;
    if (there.membership !== 'join') return false;
    const powers = await this.#powers(room);
    if ('kind' in powers) return powers.retry.kind === 'later' ? powers : false;
    return powers.levels.mayRule(user);
  }

  async opened(portal: GroupPortal, group: RemoteGroup): Promise<void> {
    const { onRoom, looks, info, say } = this.#deps;
    onRoom(portal.room);
    await looks.begin(portal, group);
    await info.refresh(portal);
    await say(portal);
  }

  async leave(room: RoomId): Promise<undefined | Failed> {
    return this.#deps.management.decline(room);
  }

  /** What cannot be read now leaves the room without them. */
  async others({ room }: GroupPortal): Promise<readonly MatrixUserId[]> {
    const { client, management, isOwn } = this.#deps;
    const answer = await client.request({
      method: 'GET',
      path: path`/_matrix/client/v3/rooms/${room}/joined_members`,
      as: management.as,
    });
    const joined = answer.kind === 'ok' ? answer.body['joined'] : undefined;
    if (!isObject(joined)) return [];
    return Object.keys(joined)
      .flatMap((id) => (isOwn(id) ? [] : (parseMatrixUserId(id) ?? [])))
      .slice(0, mostOthers);
  }

  async #powers(
    room: RoomId,
  ): Promise<{ readonly levels: RoomPowers; readonly creation: Creation } | Failed> {
    const { client, states, management } = this.#deps;
    const created = await client.request({
      method: 'GET',
      path: path`/_matrix/client/v3/rooms/${room}/state/m.room.create/`,
      query: { format: 'event' },
      as: management.as,
    });
    if (created.kind === 'failed')
      return errcodeOf(created) === 'M_NOT_FOUND' ? nothingSaid('how a room began') : created;
    const power = await states.get(room, 'm.room.power_levels', '', management.as);
    if (power.kind === 'failed') return power;
    const { sender, content } = created.body;
    const creation = {
      sender: typeof sender === 'string' ? sender : undefined,
      // A homeserver that does not know the format answers with the content alone.
      content: isObject(content) ? content : created.body,
    };
    return { creation, levels: new RoomPowers(creation, power.content) };
  }
}
