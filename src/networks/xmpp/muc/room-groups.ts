/** Rooms as the core knows groups: https://xmpp.org/extensions/xep-0045.html */
import {
  localpartOf,
  remoteChatId,
  type MatrixUserId,
  type RemoteChatId,
  type RemoteUserId,
} from '../../../core/ids.ts';
import type {
  Agreement,
  Arrival,
  Groups,
  JoinedAs,
  JoinedGroup,
  RemoteGroup,
  RemoteMember,
} from '../../../core/network.ts';
import { failedForGood, failedForNow, type Failed } from '../../../core/outcome.ts';
import type { Link } from '../client.ts';
import { parseAddress } from '../ids.ts';
import { agreementIn } from './agreement.ts';
import { readHistory } from './history.ts';
import { changeNick } from './nick-change.ts';
import { nickFrom } from './occupant-names.ts';
import type { Room } from './room.ts';
import { configureRoom } from './room-forms.ts';
import { askPicture, askRoomInfo, groupOf } from './room-info.ts';
import type { Rooms } from './rooms.ts';

export interface RoomGroupsDeps {
  readonly link: Link;
  readonly addresses: { readonly bot: string };
  readonly rooms: Rooms;
  /** So long entering waits for the archive to be read, in milliseconds. */
  readonly enterMs: number;
}

export class RoomGroups implements Groups {
  readonly agreement: Agreement;
  readonly #deps: RoomGroupsDeps;

  constructor(deps: RoomGroupsDeps) {
    this.#deps = deps;
    this.agreement = agreementIn(deps.rooms, deps.link);
  }

  named(typed: string): RemoteChatId | Failed {
    const address = parseAddress(
      typed
        .trim()
        .replace(/^xmpp:/i, '')
        .replace(/\?join$/i, ''),
    );
    const { addresses } = this.#deps;
    if (address === undefined || address.local === '' || address.full !== address.bare)
      return failedForGood('no-such-group');
    return address.domain === addresses.bot ? failedForGood('no-such-group') : remoteChatId(address.bare);
  }

  async find(typed: string): Promise<RemoteGroup | Failed> {
    const chat = this.named(typed);
    return typeof chat === 'object' ? chat : this.info(chat);
  }

  async info(chat: RemoteChatId): Promise<RemoteGroup | Failed> {
    const { link, addresses } = this.#deps;
    const info = await askRoomInfo(link, addresses.bot, chat);
    if (info.kind === 'failed') return info;
    const picture = info.vcard ? await askPicture(link, addresses.bot, chat) : undefined;
    const group = groupOf(chat, info, typeof picture === 'object' && 'kind' in picture ? undefined : picture);
    return { ...group, size: group.size ?? this.#deps.rooms.room(chat)?.ear.people.occupants.size };
  }

  async join(
    chat: RemoteChatId,
    user: MatrixUserId,
    nick: string,
    password?: string,
  ): Promise<JoinedAs | Failed> {
    await this.#deps.rooms.loaded;
    if (!this.#deps.rooms.up) return failedForNow('link-down');
    const known = this.#deps.rooms.room(chat);
    const there = known?.seat(user);
    if (known !== undefined && there?.state === 'in') return this.#joined(known, user);
    const found = await askRoomInfo(this.#deps.link, this.#deps.addresses.bot, chat);
    if (found.kind === 'failed') return found;
    return this.#enter(chat, { user, nick, password }, 'existing');
  }

  async leave(chat: RemoteChatId, user: MatrixUserId): Promise<undefined | Failed> {
    await this.#deps.rooms.loaded;
    this.#deps.rooms.remove(chat, user);
    return undefined;
  }

  async rename(chat: RemoteChatId, user: MatrixUserId, nick: string): Promise<JoinedAs | Failed> {
    const { rooms } = this.#deps;
    await rooms.loaded;
    if (!rooms.up) return failedForNow('link-down');
    return changeNick(rooms.room(chat), user, nick, nickFrom(localpartOf(user), 'matrix'));
  }

  async create(
    chat: RemoteChatId,
    owner: MatrixUserId,
    about: { readonly nick: string; readonly name: string },
  ): Promise<JoinedAs | Failed> {
    await this.#deps.rooms.loaded;
    if (!this.#deps.rooms.up) return failedForNow('link-down');
    return this.#enter(chat, { user: owner, nick: about.nick }, { name: about.name });
  }

  async members(chat: RemoteChatId, limit: number): Promise<readonly RemoteMember[] | Failed> {
    const room = this.#deps.rooms.room(chat);
    if (room === undefined) return failedForGood('no-such-group');
    const members = new Map<RemoteUserId, RemoteMember>();
    for (const { user, nick, role } of room.ear.people.occupants.list(Infinity)) {
      if (members.size >= limit) break;
      if (!members.has(user)) members.set(user, { userId: user, name: nick, role });
    }
    return [...members.values()];
  }

  async history(
    chat: RemoteChatId,
    limit: number,
    before: string | undefined,
  ): Promise<
    | { readonly kind: 'history'; readonly arrivals: readonly Arrival[]; readonly before: string | undefined }
    | Failed
  > {
    const room = this.#deps.rooms.room(chat);
    if (room?.listener === undefined) return failedForNow('link-down');
    if (room.info?.archive !== true) return { kind: 'history', arrivals: [], before: undefined };
    return readHistory(this.#deps.rooms.archives, room, limit, before);
  }

  async #enter(
    chat: RemoteChatId,
    member: JoinedGroup['members'][number],
    how: 'existing' | { readonly name: string },
  ): Promise<JoinedAs | Failed> {
    const { user } = member;
    const { room, seat } = this.#deps.rooms.place(chat, member);
    const entered = await seat.enter({ kind: 'none' });
    const failed = entered.kind === 'failed' ? entered : await this.#settle(room, user, entered, how);
    if (failed !== undefined) {
      this.#deps.rooms.remove(chat, user);
      return failed;
    }
    room.linkUp();
    return this.#joined(room, user);
  }

  /** A new room is there for whom it was made for; an existing one must not come into being by entering it. */
  async #settle(
    room: Room,
    user: MatrixUserId,
    { created, owner }: { readonly created: boolean; readonly owner: boolean },
    how: 'existing' | { readonly name: string },
  ): Promise<undefined | Failed> {
    if (how === 'existing') return created ? failedForGood('no-such-group') : undefined;
    // Made by an earlier attempt, it belongs to the user already.
    if (!created && !owner) return failedForGood('forbidden');
    const address = room.seat(user)?.owner.address ?? '';
    return configureRoom(this.#deps.link, address, room.chat, {
      'muc#roomconfig_roomname': how.name,
      'muc#roomconfig_persistentroom': '1',
      'muc#roomconfig_membersonly': '0',
    });
  }

  async #joined(room: Room, user: MatrixUserId): Promise<JoinedAs | Failed> {
    await Promise.race([
      room.ready,
      new Promise((resolve) => setTimeout(resolve, this.#deps.enterMs).unref()),
    ]);
    const seat = room.seat(user);
    if (seat === undefined) return failedForGood('forbidden');
    return { kind: 'joined', nick: seat.nick };
  }
}
