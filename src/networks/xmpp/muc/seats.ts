import type { MatrixUserId } from '../../../core/ids.ts';
import type { Link } from '../client.ts';
import type { Sighting } from './room-people.ts';
import { Seat } from './seat.ts';

export interface SeatsDeps {
  readonly link: Link;
  readonly addresses: { readonly bot: string; readonly addressOf: (user: MatrixUserId) => string };
  readonly resource: string;
  readonly botNick: string;
  readonly times: { readonly enterMs: number };
}

/** All occupants of a room that are ours: one for each Matrix user, and the bridge's own. */
export class Seats {
  readonly bot: Seat;
  /** The occupant ids of our own (XEP-0421), of those who have left too. */
  readonly ourIds = new Set<string>();
  readonly #deps: SeatsDeps;
  readonly #room: string;
  readonly #ofUsers = new Map<MatrixUserId, Seat>();

  constructor(deps: SeatsDeps, room: string) {
    this.#deps = deps;
    this.#room = room;
    this.bot = this.#make(undefined, deps.addresses.bot, deps.botNick, 'bridge');
  }

  /** How many Matrix users have one. */
  get size(): number {
    return this.#ofUsers.size;
  }

  get users(): readonly MatrixUserId[] {
    return [...this.#ofUsers.keys()];
  }

  all(): readonly Seat[] {
    return [this.bot, ...this.#ofUsers.values()];
  }

  ofUsers(): readonly Seat[] {
    return [...this.#ofUsers.values()];
  }

  get(user: MatrixUserId): Seat | undefined {
    return this.#ofUsers.get(user);
  }

  /** The one with a full address. */
  at(address: string): Seat | undefined {
    return this.all().find(({ owner }) => owner.address === address);
  }

  /** The address of the Matrix user who has a nickname now. */
  addressAt(nick: string): string | undefined {
    const seat = this.ofUsers().find((one) => one.nick === nick && one.state === 'in');
    return seat?.owner.address.split('/', 1)[0];
  }

  /** The user's, made where there is none. */
  place(user: MatrixUserId, nick: string, fallback: string): Seat {
    const known = this.#ofUsers.get(user);
    if (known !== undefined) return known;
    const seat = this.#make(user, this.#deps.addresses.addressOf(user), nick, fallback);
    this.#ofUsers.set(user, seat);
    return seat;
  }

  /** The bridge listens for its users: it enters with what lets one of them in. */
  lendPassword(): void {
    this.bot.password = this.ofUsers().find(({ password }) => password !== undefined)?.password;
  }

  delete(user: MatrixUserId): void {
    this.#ofUsers.delete(user);
  }

  /** Whether somebody in the room is one of ours. */
  isOurs({ nick, occupantId, address, archived }: Sighting): boolean {
    const { bot } = this.#deps.addresses;
    if (address?.endsWith(`@${bot}`) === true || address === bot) return true;
    if (occupantId !== undefined && this.ourIds.has(occupantId)) return true;
    if (archived && occupantId !== undefined) return false;
    return this.all().some((seat) => seat.nick === nick && seat.state === 'in');
  }

  #make(user: MatrixUserId | undefined, bare: string, wanted: string, fallback: string): Seat {
    const { link, times, resource } = this.#deps;
    const owner = { user, address: `${bare}/${resource}`, wanted, fallback };
    return new Seat({ room: this.#room, link, patienceMs: times.enterMs }, owner);
  }
}
