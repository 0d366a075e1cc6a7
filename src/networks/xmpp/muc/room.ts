/** One room that Matrix users are in: https://xmpp.org/extensions/xep-0045.html */
import type { Element } from '@xmpp/xml';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MembershipEvent } from '../../../core/event.ts';
import type { MatrixUserId, RemoteChatId, RemoteUserId } from '../../../core/ids.ts';
import { failedForGood, failedForNow, type Failed } from '../../../core/outcome.ts';
import { task } from '../../../core/task.ts';
import { pauseBefore } from '../back-off.ts';
import { parsePosition } from './catch-up.ts';
import { readArchive } from './room-archive.ts';
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
/** So long the bridge does not enter as itself after it was put out. */
const barredMs = 60 * 60_000;

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
  readonly #stop = new AbortController();
  readonly #seats: Seats;
  #listener: Seat | undefined;
  #barredUntil = 0;
  #info: RoomInfo | undefined;
  readonly #looks: RoomLooks;
  #up = false;
  #ready = Promise.withResolvers<undefined>();
  #opening: Promise<void> | undefined;
  /** How often it was asked to enter: what is asked meanwhile is done afterwards. */
  #asked = 0;
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
      ...{ room: chat, sink, journal: this.journal, reflections: this.reflections, now },
      isOurs: (who) => this.#seats.isOurs(who),
      named: deps.named,
      reconfigured: () => void task(log, 'xmpp-room-info', () => this.#lookAgain()),
      mostOccupants: deps.mostOccupants,
      joinedAt: deps.joinedAt,
    });
    this.#looks = new RoomLooks(this.chat, this.ear, { link: deps.link, from: deps.addresses.bot, now });
    this.#seats = new Seats(deps, chat);
  }

  get info(): RoomInfo | undefined {
    return this.#info;
  }

  get listener(): Seat | undefined {
    return this.#listener;
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
    if (this.#listener === seat) this.#listener = undefined;
    if (this.#seats.size === 0) this.#seats.bot.leave();
    else if (this.#listener === undefined) this.reopen();
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
    this.#asked += 1;
    this.#opening ??= task(this.#deps.log, 'xmpp-room', () => this.#keepOpen()).finally(() => {
      this.#opening = undefined;
    });
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.reflections.end();
    for (const seat of this.#seats.all()) seat.lost('link');
    await this.#opening;
  }

  /** A groupchat message, addressed to one of ours. */
  message(stanza: Element, nick: string, to: string): void {
    this.heardAt = this.#deps.now();
    if (to === this.#listener?.owner.address) this.ear.hear(stanza, nick);
  }

  /** Presence from an occupant's address, to one of ours. */
  presence(presence: RoomPresence, to: string): void {
    this.heardAt = this.#deps.now();
    const seat = this.seatAt(to);
    if (seat === undefined) return;
    if (presence.own || presence.type === 'error') {
      if (presence.own) this.#know(seat, presence);
      if (seat.take(presence) === 'went-out') this.#putOut(seat, presence);
    } else if (seat === this.#listener) this.ear.see(presence);
  }

  /** One of ours is there: whoever listens may have been told so before. */
  #know(seat: Seat, { nick, occupantId, type, role }: RoomPresence): void {
    if (occupantId !== undefined) this.#seats.ourIds.add(occupantId);
    if (type === 'available' && this.ear.occupants.get(nick) !== undefined) this.ear.occupants.remove(nick);
    const { user } = seat.owner;
    if (user !== undefined && type === 'available' && role !== (seat.role ?? 'member')) {
      const mark = seat.role === undefined ? 'first' : `${this.#deps.now()}`;
      this.#tell(user, { kind: 'role', role }, roomUser(this.chat), mark);
    }
    if (type === 'available') seat.role = role;
  }

  /** Asks for every place whether it is still in (XEP-0410). */
  async check(): Promise<void> {
    if (!this.#up || this.#opening !== undefined) return;
    const seats = this.#seats.all().filter(({ state }) => state === 'in');
    await inTurns(seats, async (seat) => {
      if ((await seat.ping()) === 'out' && seat.state === 'in') seat.lost('room');
    });
    const out = this.#seats.ofUsers().some(({ state }) => state === 'out');
    if (out || this.#listener?.state !== 'in' || this.journal.gap) this.reopen();
  }

  #unready(): void {
    this.#ready.resolve(undefined);
    this.#ready = Promise.withResolvers<undefined>();
  }

  async #keepOpen(): Promise<void> {
    for (let attempt = 0; this.#wanted(); attempt += 1) {
      const asked = this.#asked;
      const failed = await this.#open();
      if (failed === undefined) {
        attempt = -1;
        if (asked === this.#asked) return;
        continue;
      }
      const { log, times } = this.#deps;
      log.warn({ reason: failed.reason, err: failed.cause }, 'xmpp room not entered');
      const pause = pauseBefore(attempt, times.backOff, Math.random());
      await sleep(pause, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  #wanted(): boolean {
    return this.#up && this.#seats.size > 0 && !this.#stop.signal.aborted;
  }

  /** One attempt to be in the room with all places, and to hear all that was said. */
  async #open(): Promise<Failed | undefined> {
    const { link, addresses } = this.#deps;
    const info = await askRoomInfo(link, addresses.bot, this.chat);
    if (info.kind === 'failed') return info;
    this.#info = info;
    this.ear.learn(info);
    if (this.#listener?.state !== 'in') {
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
    this.ear.blind();
    this.#caughtUp = false;
    this.ear.hold();
    let refused: Failed = failedForGood('forbidden');
    const bot = this.#deps.now() < this.#barredUntil ? [] : [this.#seats.bot];
    for (const seat of [...bot, ...this.#seats.ofUsers()]) {
      this.#listener = seat;
      const entered = await this.#enter(seat, history);
      if (entered === undefined) {
        this.ear.entered();
        return undefined;
      }
      refused = entered;
      if (entered.retry.kind === 'later') break;
    }
    this.#listener = undefined;
    return refused;
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
    if (entered.reason === 'forbidden' && user !== undefined && this.#seats.get(user) === seat) {
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
      if (byForce) this.#barredUntil = this.#deps.now() + barredMs;
    } else if (byForce || destroyed) {
      const change = departure(codes, reason);
      const told: MembershipEvent['change'] = change.kind === 'leave' ? { kind: 'kick', reason } : change;
      this.#dismiss(user, told, this.ear.actor(presence));
    }
    if (seat === this.#listener) {
      this.#listener = undefined;
      this.#unready();
    }
    this.reopen();
  }

  #dismiss(user: MatrixUserId, change: MembershipEvent['change'], sender: RemoteUserId): void {
    this.#seats.delete(user);
    if (this.#seats.size === 0) this.#seats.bot.leave();
    this.#tell(user, change, sender, `${this.#deps.now()}`);
  }

  #tell(user: MatrixUserId, change: MembershipEvent['change'], sender: RemoteUserId, mark: string): void {
    const member = { in: 'matrix', userId: user } as const;
    this.ear.happen({ kind: 'membership', member, change }, sender, mark);
  }

  /** What is said from now on waits until what could not be kept is read again: else it would come before it. */
  #gapped(): void {
    if (this.#info?.archive === true) {
      this.ear.hold();
      this.#unready();
    }
    this.reopen();
  }

  async #readArchive(info: RoomInfo): Promise<Failed | undefined> {
    const { archives, catchUp, log, now } = this.#deps;
    const from = this.#listener?.owner.address;
    if (from === undefined) return failedForNow('link-down');
    if (this.journal.gap) {
      if (info.archive) this.ear.hold();
      this.ear.forget();
      this.journal.mend();
    }
    const { ear, journal, chat: room } = this;
    const where = { archives, from, room, ear, journal, limits: catchUp, log, now };
    const failed = info.archive ? await readArchive(where) : undefined;
    if (failed?.retry.kind === 'later') return failed;
    if (failed !== undefined) {
      // What the room does not let us read is not there for us; what is said from now on is.
      log.warn({ reason: failed.reason, err: failed.cause }, 'xmpp room archive refused');
    }
    if (failed !== undefined || !info.archive) ear.release(false);
    this.#caughtUp = true;
    return undefined;
  }

  async #lookAgain(): Promise<void> {
    const info = await askRoomInfo(this.#deps.link, this.#deps.addresses.bot, this.chat);
    if (info.kind === 'failed') return;
    this.#info = info;
    this.ear.learn(info);
    await this.#looks.announce(info);
  }
}
