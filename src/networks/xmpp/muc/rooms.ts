/** All rooms that Matrix users are in, as the core knows groups: https://xmpp.org/extensions/xep-0045.html */
import type { Element } from '@xmpp/xml';
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
  EventSink,
  Groups,
  JoinedAs,
  RemoteGroup,
  RemoteMember,
} from '../../../core/network.ts';
import { failedForGood, failedForNow, type Failed } from '../../../core/outcome.ts';
import { task, type Log } from '../../../core/task.ts';
import type { Link } from '../client.ts';
import { parseAddress, type AddressBook } from '../ids.ts';
import { conditionOf } from '../iq.ts';
import { attribute } from '../stanza.ts';
import { agreementIn, answerIn } from './agreement.ts';
import { Archives } from './archive.ts';
import { readHistory } from './history.ts';
import { namespaces } from './namespaces.ts';
import { changeNick } from './nick-change.ts';
import { nickFrom } from './occupant-names.ts';
import { BoundedMap } from '../../../core/bounded-map.ts';
import { askPicture, askRoomInfo, groupOf } from './room-info.ts';
import { configureRoom } from './room-forms.ts';
import { readPresence } from './room-presence.ts';
import { Room } from './room.ts';
import type { RoomDeps, RoomTimes } from './room-deps.ts';
import type { CatchUpLimits } from './catch-up.ts';

export interface RoomsDeps {
  readonly link: Link;
  readonly sink: EventSink;
  readonly addresses: AddressBook;
  readonly resource: string;
  readonly botNick: string;
  readonly counted: (work: () => Promise<void>) => Promise<void>;
  readonly mostOccupants: number;
  readonly catchUp: CatchUpLimits;
  readonly times: RoomTimes;
  /** How often the rooms are asked whether one is still in. */
  readonly checkMs: number;
  readonly log: Log;
  readonly now: () => number;
}

/** So many nicknames of people who spoke are remembered, over all rooms. */
const mostNames = 20_000;

export class Rooms implements Groups, AsyncDisposable {
  readonly agreement: Agreement;
  readonly #deps: RoomsDeps;
  readonly #archives: Archives;
  readonly #rooms = new Map<string, Room>();
  readonly #names = new BoundedMap<RemoteUserId, string>(mostNames);
  readonly #stop = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #loading: Promise<void> = Promise.resolve();
  #known = false;
  #up = false;

  constructor(deps: RoomsDeps) {
    this.#deps = deps;
    this.#archives = new Archives(deps.link);
    this.agreement = agreementIn(this, deps.link);
    this.#timer = setInterval(
      () => void task(deps.log, 'xmpp-rooms-check', () => this.#check()),
      deps.checkMs,
    );
  }

  /** To be told whenever the link comes up or breaks. */
  linkChanged(up: boolean): void {
    if (up === this.#up) return;
    this.#up = up;
    if (!up) for (const room of this.#rooms.values()) room.linkDown();
    else this.#loading = task(this.#deps.log, 'xmpp-rooms', () => this.#load());
  }

  room(chat: string): Room | undefined {
    return this.#rooms.get(chat);
  }

  /** The full address as which a user is in a room now. */
  addressIn(chat: string, user: MatrixUserId): string | undefined {
    const seat = this.#rooms.get(chat)?.seat(user);
    return seat?.state === 'in' ? seat.owner.address : undefined;
  }

  /** Resolves once the rooms that the core remembers are known. */
  get loaded(): Promise<void> {
    return this.#loading;
  }

  /** Whether the rooms that the core remembers are known: until then, one that is not here is not yet here. */
  get known(): boolean {
    return this.#known;
  }

  /** The nickname that somebody had when they last spoke. */
  nameOf(user: RemoteUserId): string | undefined {
    return this.#names.get(user);
  }

  /** Takes a message that belongs to a room; answers whether it did. */
  takeMessage(stanza: Element): boolean {
    const from = parseAddress(attribute(stanza, 'from') ?? '');
    if (from === undefined) return false;
    const room = this.#rooms.get(from.bare);
    const type = attribute(stanza, 'type');
    if (room === undefined) return type === 'groupchat';
    const result = stanza.getChild('result', namespaces.mam);
    const nick = from.full.slice(from.bare.length + 1);
    if (result !== undefined && nick === '') this.#archives.take(result, from.bare);
    else if (type === 'groupchat') this.#heard(room, stanza, nick, attribute(stanza, 'to') ?? '');
    else if (type === 'error' && room.seatAt(attribute(stanza, 'to') ?? '') !== undefined) {
      // Occupants can write errors too, to one of ours alone: only the room refuses.
      if (nick === '') room.reflections.refused(attribute(stanza, 'id') ?? '', conditionOf(stanza));
    } else return false;
    return true;
  }

  /** Takes presence that comes from a room; answers whether it does. */
  takePresence(stanza: Element): boolean {
    const from = parseAddress(attribute(stanza, 'from') ?? '');
    const room = from === undefined ? undefined : this.#rooms.get(from.bare);
    if (from === undefined || room === undefined) return false;
    const nick = from.full.slice(from.bare.length + 1);
    const to = attribute(stanza, 'to') ?? '';
    // Most of what a large room sends goes to those who do not listen.
    if (to !== room.listener?.owner.address && !concernsItself(stanza)) return true;
    if (nick !== '') room.presence(readPresence(stanza, nick), to);
    else if (attribute(stanza, 'type') === 'error') room.presence(readPresence(stanza, ''), to);
    return true;
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
    return { ...group, size: group.size ?? this.#rooms.get(chat)?.ear.occupants.size };
  }

  async join(chat: RemoteChatId, user: MatrixUserId, nick: string): Promise<JoinedAs | Failed> {
    await this.#loading;
    if (!this.#up) return failedForNow('link-down');
    const known = this.#rooms.get(chat);
    const there = known?.seat(user);
    if (known !== undefined && there?.state === 'in') return this.#joined(known, user);
    const found = await askRoomInfo(this.#deps.link, this.#deps.addresses.bot, chat);
    if (found.kind === 'failed') return found;
    return this.#enter(chat, user, nick, 'existing');
  }

  async leave(chat: RemoteChatId, user: MatrixUserId): Promise<undefined | Failed> {
    await this.#loading;
    this.#remove(chat, user);
    return undefined;
  }

  async rename(chat: RemoteChatId, user: MatrixUserId, nick: string): Promise<JoinedAs | Failed> {
    await this.#loading;
    if (!this.#up) return failedForNow('link-down');
    return changeNick(this.#rooms.get(chat), user, nick, fallbackFor(user));
  }

  async create(
    chat: RemoteChatId,
    owner: MatrixUserId,
    about: { readonly nick: string; readonly name: string },
  ): Promise<JoinedAs | Failed> {
    await this.#loading;
    if (!this.#up) return failedForNow('link-down');
    return this.#enter(chat, owner, about.nick, { name: about.name });
  }

  async members(chat: RemoteChatId, limit: number): Promise<readonly RemoteMember[] | Failed> {
    const room = this.#rooms.get(chat);
    if (room === undefined) return failedForGood('no-such-group');
    const members = new Map<RemoteUserId, RemoteMember>();
    for (const { user, nick, role } of room.ear.occupants.list(Infinity)) {
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
    const room = this.#rooms.get(chat);
    if (room?.listener === undefined) return failedForNow('link-down');
    if (room.info?.archive !== true) return { kind: 'history', arrivals: [], before: undefined };
    return readHistory(this.#archives, room, limit, before);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#stop.abort();
    await this.#loading;
    await Promise.all([...this.#rooms.values()].map((room) => room.close()));
  }

  #heard(room: Room, stanza: Element, nick: string, to: string): void {
    const answer = to === room.listener?.owner.address ? answerIn(room, stanza, nick) : undefined;
    if (answer !== undefined)
      void task(this.#deps.log, 'xmpp-room-answer', async () => this.#deps.sink.answered?.(answer));
    room.message(stanza, nick, to);
  }

  async #enter(
    chat: RemoteChatId,
    user: MatrixUserId,
    nick: string,
    how: 'existing' | { readonly name: string },
  ): Promise<JoinedAs | Failed> {
    const room = this.#open(chat, undefined, this.#deps.now());
    const seat = room.place(user, nickFrom(nick, fallbackFor(user)), fallbackFor(user));
    const entered = await seat.enter({ kind: 'none' });
    const failed = entered.kind === 'failed' ? entered : await this.#settle(room, user, entered, how);
    if (failed !== undefined) {
      this.#remove(chat, user);
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
      new Promise((resolve) => setTimeout(resolve, this.#deps.times.enterMs).unref()),
    ]);
    const seat = room.seat(user);
    if (seat === undefined) return failedForGood('forbidden');
    return { kind: 'joined', nick: seat.nick };
  }

  #remove(chat: RemoteChatId, user: MatrixUserId): void {
    const room = this.#rooms.get(chat);
    room?.remove(user);
    if (room === undefined || room.users.length > 0) return;
    this.#rooms.delete(chat);
    void task(this.#deps.log, 'xmpp-room-close', () => room.close());
  }

  #open(chat: RemoteChatId, position: string | undefined, joinedAt?: number): Room {
    const known = this.#rooms.get(chat);
    if (known !== undefined) return known;
    const deps: RoomDeps = {
      ...this.#deps,
      archives: this.#archives,
      named: (user, nick) => this.#named(user, nick),
      joinedAt,
    };
    const room = new Room(deps, chat, position);
    this.#rooms.set(chat, room);
    return room;
  }

  #named(user: RemoteUserId, nick: string): boolean {
    if (this.#names.get(user) === nick) return false;
    this.#names.set(user, nick);
    return true;
  }

  async #load(): Promise<void> {
    const groups = await this.#deps.sink.groups();
    for (const { chat, members, position } of groups) {
      if (this.#stop.signal.aborted || members.length === 0) continue;
      const room = this.#open(chat, position);
      for (const { user, nick } of members)
        room.place(user, nickFrom(nick, fallbackFor(user)), fallbackFor(user));
    }
    this.#known = true;
    if (this.#up) for (const room of this.#rooms.values()) room.linkUp();
  }

  /** One room after the other, so that many rooms do not ask at once. */
  async #check(): Promise<void> {
    if (this.#up && !this.#known) await this.#load();
    for (const [chat, room] of [...this.#rooms]) {
      if (room.users.length === 0) this.#rooms.delete(chat);
      else if (this.#up) await room.check();
    }
  }
}

/** Whether presence is about its receiver, or refuses something. */
function concernsItself(stanza: Element): boolean {
  if (attribute(stanza, 'type') === 'error') return true;
  const codes = stanza.getChild('x', namespaces.mucUser)?.getChildren('status') ?? [];
  return codes.some(({ attrs }) => attrs['code'] === '110');
}

function fallbackFor(user: MatrixUserId): string {
  return nickFrom(localpartOf(user), 'matrix');
}
