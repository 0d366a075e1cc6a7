/** One step after the other towards a tie, or back from it. Each is recorded before the next, and may be repeated. */
import type { GroupPortals } from './groups.ts';
import { aboutGroup } from './group-facts.ts';
import type { MatrixUserId, NetworkId, RoomId } from './ids.ts';
import type { RunningNetwork } from './network.ts';
import { failedForNow, type Failed } from './outcome.ts';
import type { GroupPortal } from './portal.ts';
import type { PortalStore, UserStore } from './stores.ts';
import type { TieBook, TieNews } from './tie-book.ts';
import { canPass, judgeRoom, type Tie, type TieProblem, type TieRooms } from './tie.ts';

export interface TieStepsDeps {
  readonly stores: {
    readonly portals: Pick<PortalStore, 'byRoom' | 'byKey' | 'byId'>;
    readonly users: Pick<UserStore, 'byManagementRoom'>;
  };
  readonly groups: Pick<GroupPortals, 'adopt' | 'close' | 'has'>;
  readonly rooms: TieRooms;
  readonly network: (id: NetworkId) => RunningNetwork | undefined;
  readonly permits: (user: MatrixUserId) => boolean;
  readonly nickOf: (user: MatrixUserId) => Promise<string>;
}

type Done = Promise<undefined | Failed>;

export class TieSteps {
  readonly #deps: TieStepsDeps;
  readonly #book: TieBook;
  readonly #now: () => number;

  constructor(deps: TieStepsDeps, book: TieBook, now: () => number) {
    this.#deps = deps;
    this.#book = book;
    this.#now = now;
  }

  /** As far as it goes now. To be called for one tie at a time. */
  async advance(tie: Tie): Done {
    if (tie.state === 'ending') return this.#end(tie);
    // What was agreed in time is carried out, however long that takes.
    const isDue = tie.state === 'agreed';
    if (!isDue && !this.#deps.permits(tie.user)) return this.refuse(tie, 'not-permitted');
    if (!isDue && tie.expiresAt <= this.#now()) return this.refuse(tie, 'expired');
    const seen = tie.state === 'asked' ? 'agreed' : await this.#matrixSide(tie);
    if (seen !== 'agreed') return seen === 'waits' ? undefined : seen;
    return tie.state === 'agreed' ? this.#open(tie) : this.#networkSide(tie);
  }

  refuse(tie: Tie, why: TieProblem): Done {
    return this.giveUp(tie, { kind: 'refused', why });
  }

  /** Out of the group and the room again, unless these have become a portal otherwise; then it is told and forgotten. */
  async giveUp(tie: Tie, news: TieNews | undefined): Done {
    const { stores, groups, rooms } = this.#deps;
    if (this.#book.get(tie.id) === undefined) return undefined;
    const network = this.#deps.network(tie.network);
    if (tie.state === 'asked') await this.#book.say(tie, 'off');
    const there = await stores.portals.byKey(keyOf(tie));
    const stays = there !== undefined && (await groups.has(there.id, tie.user));
    if (!stays && network !== undefined) {
      const failed = await network.groups?.leave(tie.chat, tie.user);
      if (failed?.retry.kind === 'later') return failed;
    }
    if (!(await this.#isInUse(tie.room))) {
      const failed = await rooms.leave(tie.room);
      if (failed?.retry.kind === 'later') return failed;
    }
    const unsaid = news === undefined ? undefined : await this.#book.tell(tie, news);
    if (unsaid !== undefined) return unsaid;
    await this.#book.remove(tie);
    return undefined;
  }

  /** Those who run the room are asked by their power in it; again before anything is recorded for good. */
  async #matrixSide(tie: Tie): Promise<'agreed' | 'waits' | undefined | Failed> {
    const { rooms, stores } = this.#deps;
    const portal = await stores.portals.byRoom(tie.room);
    if (portal?.id === tie.id) return 'agreed';
    if (portal !== undefined) return this.refuse(tie, 'room-taken');
    const isIn = await rooms.isBotIn(tie.room);
    if (typeof isIn !== 'boolean') return isIn;
    if (!isIn) return (await this.#book.tell(tie, { kind: 'invite-bot' })) ?? 'waits';
    const look = await rooms.look(tie.room, tie.user);
    if (look.kind === 'failed') return this.#afterFailure(tie, look);
    const problem = judgeRoom(look);
    if (problem === undefined) return 'agreed';
    if (!canPass(problem) || tie.expiresAt <= this.#now()) return this.refuse(tie, problem);
    return (await this.#book.tell(tie, { kind: 'waits', why: problem })) ?? 'waits';
  }

  /** Those who run the group: the user may be one of them, else they are asked. */
  async #networkSide(tie: Tie): Done {
    const network = this.#deps.network(tie.network);
    if (network === undefined) return failedForNow('link-down');
    const { groups } = network;
    if (groups?.agreement === undefined) return this.refuse(tie, 'no-agreement');
    const joined = await groups.join(tie.chat, tie.user, await this.#deps.nickOf(tie.user));
    if (joined.kind === 'failed') return this.#afterFailure(tie, joined);
    const administers = await groups.agreement.administers(tie.chat, tie.user);
    if (typeof administers !== 'boolean') return this.#afterFailure(tie, administers);
    if (!administers) return tie.state === 'asked' ? undefined : this.#ask(tie);
    return this.#agreed(tie);
  }

  async #ask(tie: Tie): Done {
    const unasked = await this.#book.say(tie, 'ask');
    if (unasked?.retry.kind === 'later') return unasked;
    if (unasked !== undefined) return this.refuse(tie, 'cannot-ask');
    await this.#book.put({ ...tie, state: 'asked' });
    return this.#book.tell(tie, { kind: 'asked' });
  }

  async #agreed(tie: Tie): Done {
    const agreed: Tie = { ...tie, state: 'agreed' };
    await this.#book.put(agreed);
    return this.advance(agreed);
  }

  async #open(tie: Tie): Done {
    const { groups, rooms } = this.#deps;
    const network = this.#deps.network(tie.network);
    if (network === undefined) return failedForNow('link-down');
    const { id, room } = tie;
    const portal: GroupPortal = { kind: 'group', id, key: keyOf(tie), room, borrowed: true };
    const kept = await groups.adopt(network, portal, tie.user);
    if (kept.kind === 'failed') return this.#afterFailure(tie, kept);
    if (kept.portal.id !== id)
      return this.refuse(tie, kept.portal.room === room ? 'room-taken' : 'group-taken');
    await rooms.opened(portal, await aboutGroup(network, tie.chat));
    const unsaid = await this.#book.tell(tie, { kind: 'open' });
    if (unsaid !== undefined) return unsaid;
    await this.#book.say(tie, 'open');
    await this.#book.put({ ...tie, state: 'open' });
    return undefined;
  }

  async #end(tie: Tie): Done {
    const portal = await this.#deps.stores.portals.byId(tie.id);
    if (portal?.kind === 'group' && portal.room !== undefined) {
      const network = this.#deps.network(tie.network);
      if (network === undefined) return failedForNow('link-down');
      await this.#book.say(tie, 'ended');
      const failed = await this.#deps.groups.close(network, portal);
      if (failed !== undefined) return failed;
    }
    await this.#book.remove(tie);
    return undefined;
  }

  #afterFailure(tie: Tie, failed: Failed): Done {
    if (failed.retry.kind === 'later') return Promise.resolve(failed);
    return this.giveUp(tie, { kind: 'failed', reason: failed.reason });
  }

  async #isInUse(room: RoomId): Promise<boolean> {
    const { portals, users } = this.#deps.stores;
    return (await portals.byRoom(room)) !== undefined || (await users.byManagementRoom(room)) !== undefined;
  }
}

function keyOf({ network, chat }: Tie): GroupPortal['key'] {
  return { network, chat, receiver: undefined };
}
