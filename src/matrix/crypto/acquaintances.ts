import { BoundedMap } from '../../core/bounded-map.ts';
import type { MatrixUserId, RoomId } from '../../core/ids.ts';
import type { UserStore } from '../../core/stores.ts';
import type { Membership } from '../membership.ts';
import type { Masquerade } from '../request.ts';
import type { RoomFacts } from './room-facts.ts';
import type { Watcher } from './watcher.ts';

export interface AcquaintancesDeps {
  readonly watcher: Pick<Watcher, 'up' | 'looking'>;
  readonly users: Pick<UserStore, 'get'>;
  readonly membership: Pick<Membership, 'membershipOf'>;
  readonly bot: Masquerade;
  /** How long it is believed that a user is in their management room, in milliseconds. */
  readonly believedMs: number;
  readonly now?: () => number;
}

const mostUsers = 50_000;

/** Tells whose changes of devices the watcher sees: those who have joined a room that the bot has joined. */
export class Acquaintances {
  readonly #deps: AcquaintancesDeps;
  readonly #managed = new BoundedMap<MatrixUserId, { readonly is: boolean; readonly until: number }>(
    mostUsers,
  );

  constructor(deps: AcquaintancesDeps) {
    this.#deps = deps;
  }

  /** Whether the watcher is up and sees all of them. Where that cannot be told, it does not. */
  async watches(_room: RoomId, { members }: RoomFacts, readers: readonly MatrixUserId[]): Promise<boolean> {
    const { watcher, bot } = this.#deps;
    watcher.looking(readers);
    if (!watcher.up) return false;
    const isBotHere = members.get(bot.userId) === 'join';
    for (const reader of readers) {
      const isTogether = reader === bot.userId || (isBotHere && members.get(reader) === 'join');
      if (!isTogether && !(await this.#isManaged(reader))) return false;
    }
    return true;
  }

  async #isManaged(user: MatrixUserId): Promise<boolean> {
    const now = (this.#deps.now ?? Date.now)();
    const known = this.#managed.get(user);
    if (known !== undefined && now < known.until) return known.is;
    const is = await this.#look(user).catch(() => false);
    this.#managed.set(user, { is, until: now + this.#deps.believedMs });
    return is;
  }

  async #look(user: MatrixUserId): Promise<boolean> {
    const room = (await this.#deps.users.get(user))?.managementRoom;
    if (room === undefined) return false;
    const there = await this.#deps.membership.membershipOf(room, user, this.#deps.bot);
    return there.kind === 'membership' && there.membership === 'join';
  }
}
