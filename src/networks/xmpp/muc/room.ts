/** One room that Matrix users are in: https://xmpp.org/extensions/xep-0045.html */
import type { Element } from '@xmpp/xml';
import type { MembershipEvent } from '../../../core/event.ts';
import type { MatrixUserId, RemoteChatId, RemoteUserId } from '../../../core/ids.ts';
import { failedForGood, failedForNow, type Failed } from '../../../core/outcome.ts';
import { task } from '../../../core/task.ts';
import { parsePosition } from './catch-up.ts';
import { Listener } from './listener.ts';
import { Persistence } from './persistence.ts';
import { readOn } from './room-archive.ts';
import { roomUser } from './occupant-names.ts';
import { BoundedMap } from '../../../core/bounded-map.ts';
import type { RoomDeps } from './room-deps.ts';
import { Reflections } from './reflections.ts';
import { RoomEar } from './room-ear.ts';
import { askRoomInfo, type RoomInfo } from './room-info.ts';
import { RoomLooks } from './room-looks.ts';
import { RoomJournal } from './room-journal.ts';
import { departure, type RoomPresence } from './room-presence.ts';
import { inTurns } from './in-turns.ts';
import type { Entered, History, Seat } from './seat.ts';
import { Seats } from './seats.ts';

const mostBanned = 1000;

/**
 * The bridge listens in a room as an occupant of its own, as long as a Matrix user is in it; where that may not enter, one
 * of the users' occupants listens. Only what comes to the listener is heard.
 */
export class Room {
  readonly chat: RemoteChatId;
  readonly reflections = new Reflections();
  /** The real addresses of people whom Matrix users have banned. */
  readonly banned = new BoundedMap<string, string>(mostBanned);
  readonly ear: RoomEar;
  readonly journal: RoomJournal;
  readonly #deps: RoomDeps;
  readonly #persistence: Persistence;
  readonly #seats: Seats;
  readonly #listener: Listener;
  #info: RoomInfo | undefined;
  readonly #looks: RoomLooks;
  #up = false;
  #ready = Promise.withResolvers<undefined>();
  #caughtUp = false;
  /** When something was last heard. */
  heardAt: number;

  constructor(deps: RoomDeps, chat: RemoteChatId, position: string | undefined) {
    this.#deps = deps;
    this.chat = chat;
    const { sink, counted, log, now } = deps;
    this.heardAt = now();
    this.journal = new RoomJournal(
      { room: chat, sink, counted, log, gapped: () => this.#gapped() },
      parsePosition(position),
    );
    this.ear = new RoomEar({
      ...{ room: chat, sink, journal: this.journal, reflections: this.reflections, now, log },
      isOurs: (who) => this.#seats.isOurs(who),
      addressAt: (nick) => this.#seats.addressAt(nick),
      named: deps.named,
      marks: deps.marks,
      reconfigured: () => void task(log, 'xmpp-room-info', () => this.#lookAgain()),
      mostOccupants: deps.mostOccupants,
      joinedAt: deps.joinedAt,
    });
    this.#looks = new RoomLooks(this.chat, this.ear, { link: deps.link, from: deps.addresses.bot, now });
    this.#seats = new Seats(deps, chat);
    this.#listener = new Listener(now);
    this.#persistence = new Persistence({
      attempt: () => this.#open(),
      wanted: () => this.#up && this.#seats.size > 0,
      backOff: deps.times.backOff,
      log,
    });
  }

  get info(): RoomInfo | undefined {
    return this.#info;
  }

  get listener(): Seat | undefined {
    return this.#listener.seat;
  }

  get users(): readonly MatrixUserId[] {
    return this.#seats.users;
  }

  /** Resolves once the room is entered and its archive read, so that one can speak. */
  get ready(): Promise<undefined> {
    return this.#ready.promise;
  }

  seat(user: MatrixUserId): Seat | undefined {
    return this.#seats.get(user);
  }

  /** The bare address of a Matrix user. */
  addressOf(user: MatrixUserId): string {
    return this.#deps.addresses.addressOf(user);
  }

  seatAt(address: string): Seat | undefined {
    return this.#seats.at(address);
  }

  /** Makes a place for a user, who enters with the next opening of the room. */
  place(user: MatrixUserId, nick: string, fallback: string): Seat {
    return this.#seats.place(user, nick, fallback);
  }

  /** A user leaves, or never got in. The listener leaves with the last of them. */
  remove(user: MatrixUserId): void {
    const seat = this.#seats.get(user);
    this.#seats.delete(user);
    seat?.leave();
    this.#listener.out(seat);
    if (this.#seats.size === 0) this.#seats.bot.leave();
    else if (this.listener === undefined) this.reopen();
  }

  linkUp(): void {
    this.#up = true;
    this.reopen();
  }

  linkDown(): void {
    this.#up = false;
    for (const seat of this.#seats.all()) seat.lost('link');
    this.reflections.end();
    this.#unready();
  }

  /** Enters with every place that is not in the room; to be called whenever one may have been put out. */
  reopen(): void {
    this.#persistence.ask();
  }

  async close(): Promise<void> {
    const ended = this.#persistence[Symbol.asyncDispose]();
    this.reflections.end();
    for (const seat of this.#seats.all()) seat.lost('link');
    await ended;
  }

  /** A groupchat message, addressed to one of ours. */
  message(stanza: Element, nick: string, to: string): void {
    this.heardAt = this.#deps.now();
    if (to === this.listener?.owner.address) this.ear.hear(stanza, nick);
  }

  /** Presence from an occupant's address, to one of ours. */
  presence(presence: RoomPresence, to: string): void {
    this.heardAt = this.#deps.now();
    const seat = this.seatAt(to);
    if (seat === undefined) return;
    if (presence.own || presence.type === 'error') {
      if (presence.own) this.#know(seat, presence);
      if (seat.take(presence) === 'went-out') this.#putOut(seat, presence);
    } else if (seat === this.listener) this.ear.people.see(presence);
  }

  /** One of ours is there: whoever listens may have been told so before. */
  #know(seat: Seat, { nick, occupantId, type, role }: RoomPresence): void {
    if (occupantId !== undefined) this.#seats.ourIds.add(occupantId);
    if (type === 'available' && this.ear.people.occupants.get(nick) !== undefined)
      this.ear.people.occupants.remove(nick);
    const { user } = seat.owner;
    if (user !== undefined && type === 'available' && role !== (seat.role ?? 'member')) {
      const mark = seat.role === undefined ? 'first' : `${this.#deps.now()}`;
      this.#tell(user, { kind: 'role', role }, roomUser(this.chat), mark);
    }
    if (type === 'available') seat.role = role;
  }

  /** Asks for every place whether it is still in (XEP-0410). */
  async check(): Promise<void> {
    if (!this.#up || this.#persistence.busy) return;
    const seats = this.#seats.all().filter(({ state }) => state === 'in');
    await inTurns(seats, async (seat) => {
      if ((await seat.ping()) === 'out' && seat.state === 'in') seat.lost('room');
    });
    const out = this.#seats.ofUsers().some(({ state }) => state === 'out');
    if (out || this.listener?.state !== 'in' || this.journal.gap) this.reopen();
  }

  #unready(): void {
    this.#ready.resolve(undefined);
    this.#ready = Promise.withResolvers<undefined>();
  }

  /** One attempt to be in the room with all places, and to hear all that was said. */
  async #open(): Promise<Failed | undefined> {
    const { link, addresses } = this.#deps;
    const info = await askRoomInfo(link, addresses.bot, this.chat);
    if (info.kind === 'failed') return info;
    this.#info = info;
    this.ear.learn(info);
    if (this.listener?.state !== 'in') {
      const failed = await this.#listen(info);
      if (failed !== undefined) return failed;
    }
    const failed = await this.#enterAll();
    if (!this.#caughtUp || this.journal.gap) {
      const unread = await this.#readArchive(info);
      if (unread !== undefined) return unread;
      await this.#looks.announce(info);
    }
    if (failed === undefined) this.#ready.resolve(undefined);
    return failed;
  }

  /** Somebody listens: the bridge itself, or else the first user who may enter. */
  async #listen(info: RoomInfo): Promise<Failed | undefined> {
    const { position } = this.journal;
    const history: History =
      info.archive || position === undefined ? { kind: 'none' } : { kind: 'since', at: position.at };
    this.#seats.lendPassword();
    this.ear.people.blind();
    this.#caughtUp = false;
    this.ear.held.hold();
    const failed = await this.#listener.choose(this.#seats, (seat) => this.#enter(seat, history));
    if (failed === undefined) this.ear.people.entered();
    return failed;
  }

  async #enterAll(): Promise<Failed | undefined> {
    const failures: Failed[] = [];
    const seats = this.#seats.ofUsers().filter(({ state }) => state === 'out');
    await inTurns(seats, async (seat) => {
      const failed = (await this.#stillIn(seat)) ? undefined : await this.#enter(seat, { kind: 'none' });
      if (failed?.retry.kind === 'later') failures.push(failed);
    });
    return failures[0];
  }

  /** A room outlives a break of the link: who is still in need not be told of everybody there again. */
  async #stillIn(seat: Seat): Promise<boolean> {
    if (!seat.wasIn || (await seat.ping()) !== 'in') return false;
    seat.resumed();
    return true;
  }

  async #enter(seat: Seat, history: History): Promise<Failed | undefined> {
    const entered: Entered | Failed = await seat.enter(history);
    if (entered.kind === 'entered') {
      if (!entered.created) return undefined;
      // Nobody asked for a new room: leaving ends it again.
      seat.leave();
      return failedForGood('no-such-group');
    }
    const { user } = seat.owner;
    if (isShutOut(entered) && user !== undefined && this.#seats.get(user) === seat) {
      this.#dismiss(user, { kind: 'kick', reason: undefined }, roomUser(this.chat));
    }
    return entered;
  }

  /** The room has put one of ours out, or has gone. */
  #putOut(seat: Seat, presence: RoomPresence): void {
    const { user } = seat.owner;
    const { codes, destroyed, reason } = presence;
    const byForce = [301, 307, 321, 322].some((code) => codes.has(code)) && !codes.has(332);
    if (user === undefined) {
      if (byForce) this.#listener.bar();
    } else if (byForce || destroyed) {
      const change = departure(codes, reason);
      const told: MembershipEvent['change'] = change.kind === 'leave' ? { kind: 'kick', reason } : change;
      this.#dismiss(user, told, this.ear.people.actor(presence));
    }
    if (this.#listener.out(seat)) this.#unready();
    this.reopen();
  }

  #dismiss(user: MatrixUserId, change: MembershipEvent['change'], sender: RemoteUserId): void {
    this.#seats.delete(user);
    this.#tell(user, change, sender, `${this.#deps.now()}`);
    if (this.#seats.size > 0) return;
    this.#seats.bot.leave();
    // Nobody enters any more: nothing else would let go what waits for it, this with it.
    this.ear.held.release(false);
  }

  #tell(user: MatrixUserId, change: MembershipEvent['change'], sender: RemoteUserId, mark: string): void {
    const member = { in: 'matrix', userId: user } as const;
    this.ear.happen({ kind: 'membership', member, change }, sender, mark);
  }

  /** What is said from now on waits until what could not be kept is read again: else it would come before it. */
  #gapped(): void {
    if (this.#info?.archive === true) {
      this.ear.held.hold();
      this.#unready();
    }
    this.reopen();
  }

  /** From now on what the archive holds is known to have been heard. */
  async #readArchive(info: RoomInfo): Promise<Failed | undefined> {
    const { archives, catchUp, log, now } = this.#deps;
    const from = this.listener?.owner.address;
    if (from === undefined) return failedForNow('link-down');
    const { ear, journal, chat: room } = this;
    const reading = { archives, from, room, ear, journal, limits: catchUp, log, now };
    const failed = await readOn(reading, info.archive);
    this.#caughtUp = failed === undefined;
    return failed;
  }

  async #lookAgain(): Promise<void> {
    const info = await askRoomInfo(this.#deps.link, this.#deps.addresses.bot, this.chat);
    if (info.kind === 'failed') return;
    this.#info = info;
    this.ear.learn(info);
    await this.#looks.announce(info);
  }
}

/** Whoever is refused so is not in the room, whatever is remembered of them. */
function isShutOut({ reason }: Failed): boolean {
  return reason === 'forbidden' || reason === 'wrong-password';
}
