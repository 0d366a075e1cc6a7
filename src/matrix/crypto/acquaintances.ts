import type { Engine } from '../../crypto/megolm/engine.ts';
import { BoundedMap } from '../../core/bounded-map.ts';
import type { MatrixUserId } from '../../core/ids.ts';
import type { UserStore } from '../../core/stores.ts';
import type { Membership } from '../membership.ts';
import type { Masquerade } from '../request.ts';
import type { RoomFacts } from './room-facts.ts';
import type { Watcher } from './watcher.ts';

export interface AcquaintancesDeps {
  readonly engine: Pick<Engine, 'devicesChanged'>;
  readonly watcher: Pick<Watcher, 'up' | 'looking'>;
  readonly users: Pick<UserStore, 'get'>;
  readonly membership: Pick<Membership, 'membershipOf'>;
  readonly bot: Masquerade;
  /** How long it is believed who is in a management room, and which devices somebody has, in milliseconds. */
  readonly believedMs: number;
  readonly now?: () => number;
}

const mostUsers = 50_000;
const mostBelievedOfInvited = 2_000;

/**
 * Tells whose changes of devices the watcher sees: those who have joined a room that the bot has joined. Of those who are
 * only invited, homeservers tell nobody: their devices are to be asked for anew, so that one which comes before they join
 * reads what was said meanwhile.
 */
export class Acquaintances {
  readonly #deps: AcquaintancesDeps;
  readonly #managed = new BoundedMap<MatrixUserId, { readonly is: boolean; readonly until: number }>(
    mostUsers,
  );

  /** Until when the devices of somebody who is invited need not be asked for again. */
  readonly #asked = new BoundedMap<MatrixUserId, number>(mostUsers);

  constructor(deps: AcquaintancesDeps) {
    this.#deps = deps;
  }

  /** Whether the watcher is up and sees all of them. Where that cannot be told, it does not. */
  async watches({ members }: RoomFacts, readers: readonly MatrixUserId[]): Promise<boolean> {
    const { watcher, bot } = this.#deps;
    watcher.looking(readers);
    const isBotHere = members.get(bot.userId) === 'join';
    const unseen: MatrixUserId[] = [];
    for (const reader of readers) {
      const isTogether = reader === bot.userId || (isBotHere && members.get(reader) === 'join');
      if (!isTogether && !(watcher.up && (await this.#isManaged(reader)))) unseen.push(reader);
    }
    await this.#askAnew(unseen.filter((user) => members.get(user) === 'invite'));
    return watcher.up && unseen.length === 0;
  }

  /** The engine asks for their devices before it seals. Should it not, it seals for those that it knows. */
  async #askAnew(invited: readonly MatrixUserId[]): Promise<void> {
    const now = this.#now;
    const due = invited.filter((user) => now >= (this.#asked.get(user) ?? 0));
    if (due.length === 0) return;
    await this.#deps.engine.devicesChanged(due, []);
    const until = now + Math.min(this.#deps.believedMs, mostBelievedOfInvited);
    for (const user of due) this.#asked.set(user, until);
  }

  async #isManaged(user: MatrixUserId): Promise<boolean> {
    const now = this.#now;
    const known = this.#managed.get(user);
    if (known !== undefined && now < known.until) return known.is;
    const is = await this.#look(user).catch(() => false);
    this.#managed.set(user, { is, until: now + this.#deps.believedMs });
    return is;
  }

  get #now(): number {
    return (this.#deps.now ?? Date.now)();
  }

  async #look(user: MatrixUserId): Promise<boolean> {
    const room = (await this.#deps.users.get(user))?.managementRoom;
    if (room === undefined) return false;
    const there = await this.#deps.membership.membershipOf(room, user, this.#deps.bot);
    return there.kind === 'membership' && there.membership === 'join';
  }
}
