/** All rooms that Matrix users are in: https://xmpp.org/extensions/xep-0045.html */
import type { Element } from '@xmpp/xml';
import { BoundedMap } from '../../../core/bounded-map.ts';
import { localpartOf, type MatrixUserId, type RemoteChatId, type RemoteUserId } from '../../../core/ids.ts';
import type { EventSink, JoinedGroup } from '../../../core/network.ts';
import { task, type Log } from '../../../core/task.ts';
import type { Link } from '../client.ts';
import { parseAddress, type AddressBook } from '../ids.ts';
import { conditionOf } from '../iq.ts';
import { attribute } from '../stanza.ts';
import { answerIn } from './agreement.ts';
import { Archives } from './archive.ts';
import type { CatchUpLimits } from './catch-up.ts';
import { namespaces } from './namespaces.ts';
import { nickFrom } from './occupant-names.ts';
import type { OwnMarks } from './own-marks.ts';
import type { RoomDeps, RoomTimes } from './room-deps.ts';
import { readPresence } from './room-presence.ts';
import { Room } from './room.ts';
import type { Seat } from './seat.ts';

export interface RoomsDeps {
  readonly link: Link;
  readonly sink: EventSink;
  readonly addresses: AddressBook;
  readonly resource: string;
  readonly botNick: string;
  readonly counted: (work: () => Promise<void>) => Promise<void>;
  readonly marks: OwnMarks;
  readonly mostOccupants: number;
  readonly catchUp: CatchUpLimits;
  readonly times: RoomTimes;
  /** How often the rooms are asked whether one is still in. */
  readonly checkMs: number;
  readonly log: Log;
  readonly now: () => number;
}

type Member = JoinedGroup['members'][number];

/** So many nicknames of people who spoke are remembered, over all rooms. */
const mostNames = 20_000;

/** The rooms, and which of them what comes in belongs to. */
export class Rooms implements AsyncDisposable {
  readonly archives: Archives;
  readonly #deps: RoomsDeps;
  readonly #rooms = new Map<string, Room>();
  readonly #names = new BoundedMap<RemoteUserId, string>(mostNames);
  readonly #stop = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #loading: Promise<void> = Promise.resolve();
  #known = false;
  #up = false;

  constructor(deps: RoomsDeps) {
    this.#deps = deps;
    this.archives = new Archives(deps.link);
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

  /** Whether the link is up. */
  get up(): boolean {
    return this.#up;
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
    if (result !== undefined && nick === '') this.archives.take(result, from.bare);
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

  /** A place for a user who is about to enter. */
  place(chat: RemoteChatId, member: Member): { readonly room: Room; readonly seat: Seat } {
    const room = this.#open(chat, undefined, this.#deps.now());
    return { room, seat: placeIn(room, member) };
  }

  /** A user leaves, or never got in; with the last of them the room is forgotten. */
  remove(chat: RemoteChatId, user: MatrixUserId): void {
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
      archives: this.archives,
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
      for (const member of members) placeIn(room, member);
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

function placeIn(room: Room, { user, nick, password }: Member): Seat {
  const fallback = nickFrom(localpartOf(user), 'matrix');
  const seat = room.place(user, nickFrom(nick, fallback), fallback);
  if (password !== undefined) seat.password = password;
  return seat;
}
