/**
 * Bridges rooms that people have already with groups that are there already, when those who run either agree. What a
 * crash interrupts is taken up at the next start; what fails for now, at the next look.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { portalId, type MatrixUserId, type NetworkId, type PortalId, type RoomId } from './ids.ts';
import type { GroupAnswer } from './network.ts';
import type { Failed } from './outcome.ts';
import type { GroupPortal } from './portal.ts';
import { task, type Log } from './task.ts';
import { Tasks } from './tasks.ts';
import { TieBook, type TieBookDeps } from './tie-book.ts';
import { TieSteps, type TieStepsDeps } from './tie-steps.ts';
import { codeOf, type Tie, type TieProblem } from './tie.ts';
import { Turns } from './turns.ts';

export interface TiesDeps extends TieStepsDeps, TieBookDeps {
  readonly log: Log;
  /** How long an agreement may take, in milliseconds. */
  readonly patienceMs: number;
  /** How often what waits is looked at, in milliseconds. */
  readonly lookMs?: number;
  readonly now?: () => number;
}

export type TieBegun =
  { readonly kind: 'begun'; readonly tie: Tie } | { readonly kind: 'refused'; readonly why: TieProblem };

const usualLook = 15_000;
/** So many wishes of one user wait at once. */
const mostOfOne = 5;

export class Ties implements AsyncDisposable {
  readonly #deps: TiesDeps;
  readonly #book: TieBook;
  readonly #steps: TieSteps;
  readonly #turns = new Turns();
  readonly #stop = new AbortController();
  readonly #tasks: Tasks;
  #loaded: Promise<void> | undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(deps: TiesDeps) {
    this.#deps = deps;
    this.#tasks = new Tasks(deps.log);
    this.#book = new TieBook(deps);
    this.#steps = new TieSteps(deps, this.#book, () => this.#now());
  }

  /** Takes up what an earlier run left, and looks again and again at what waits. */
  start(): void {
    this.#looking = task(this.#deps.log, 'ties', () => this.#keepLooking());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#looking;
    await this.#tasks.done();
  }

  /**
   * A user wants a room to be bridged with a group. Asking again for what waits looks at it again. `round` names what is
   * told from now on, so that it is told once for each time of asking.
   */
  async begin(
    user: MatrixUserId,
    group: Pick<Tie, 'network' | 'chat'>,
    room: RoomId,
    round: string,
  ): Promise<TieBegun> {
    await this.#load();
    const wanted = { user, network: group.network, chat: group.chat, room };
    const same = this.#book.all().find((tie) => isSame(tie, wanted));
    const problem = same === undefined ? await this.#taken(wanted) : undefined;
    if (problem !== undefined) return { kind: 'refused', why: problem };
    const tie =
      same ??
      (await this.#book.intend({
        ...{ id: portalId(randomUUID()), ...wanted, state: 'wanted', code: codeOf(randomBytes(8)) },
        expiresAt: this.#now() + this.#deps.patienceMs,
      }));
    if (!isSame(tie, wanted)) return { kind: 'refused', why: 'other-wish' };
    this.#book.asked(tie, round);
    this.#background(tie.id);
    return { kind: 'begun', tie };
  }

  /** Somebody invited the bot to a room; answers whether it was for this. */
  async invited(room: RoomId, direct: boolean): Promise<boolean | Failed> {
    await this.#load();
    const tie = this.#book.all().find((one) => one.room === room && one.state !== 'ending');
    if (tie === undefined) return false;
    if (direct) return (await this.#alone(tie.id, () => this.#steps.refuse(tie, 'direct'))) ?? true;
    const failed = await this.#deps.rooms.enter(room);
    if (failed?.retry.kind === 'later') return failed;
    this.#background(tie.id);
    return true;
  }

  /** Somebody in a group answered with a code. Resolves once it is durable that they agreed. */
  async answered(network: NetworkId, { chat, code, administers }: GroupAnswer): Promise<void> {
    await this.#load();
    const isMeant = (tie: Tie): boolean =>
      tie.network === network && tie.chat === chat && tie.code === code && tie.state === 'asked';
    const asked = this.#book.all().find(isMeant);
    if (asked === undefined) return;
    await this.#alone(asked.id, async () => {
      const tie = this.#book.get(asked.id);
      if (tie === undefined || !isMeant(tie) || tie.expiresAt <= this.#now()) return;
      if (administers) await this.#book.put({ ...tie, state: 'agreed' });
      else await this.#book.refuse(tie);
    });
    if (administers) this.#background(asked.id);
  }

  /** Whether the user may end what bridges the room: who asked for it may, and who rules the room. */
  async mayEnd(user: MatrixUserId, portal: GroupPortal): Promise<boolean | Failed> {
    const tie = await this.#deps.store.get(portal.id);
    return tie?.user === user || this.#deps.rooms.mayRule(portal.room, user);
  }

  /** The bridge leaves the room and the group. Recorded first; what fails for now goes on by itself. */
  async end(user: MatrixUserId, portal: GroupPortal): Promise<undefined | Failed> {
    await this.#load();
    const { network, chat } = portal.key;
    const fresh = { id: portal.id, user, network, chat, room: portal.room, code: '', expiresAt: this.#now() };
    const known = await this.#deps.store.get(portal.id);
    await this.#book.put({ ...(known ?? fresh), state: 'ending' });
    return this.#advance(portal.id);
  }

  /** The wish of a user for a room, or for a group of that name. */
  async wishOf(user: MatrixUserId, named: string): Promise<Tie | undefined> {
    await this.#load();
    const wanted = named.toLowerCase();
    return this.#book
      .ofUser(user)
      .find((tie) => tie.state !== 'ending' && (tie.room === named || tie.chat.toLowerCase() === wanted));
  }

  /** Nobody wants it any more; who withdraws it is told otherwise. */
  async withdraw(tie: Tie): Promise<undefined | Failed> {
    return this.#alone(tie.id, () => this.#steps.giveUp(this.#book.get(tie.id) ?? tie, undefined));
  }

  /**
   * All that a user asked for and that waits is given up, without a word to them: they are being erased, or cannot be reached
   * on that network any more.
   */
  async forget(user: MatrixUserId, network?: NetworkId): Promise<undefined | Failed> {
    await this.#load();
    for (const tie of this.#book.ofUser(user)) {
      if (network !== undefined && tie.network !== network) continue;
      const failed = tie.state === 'ending' ? await this.#advance(tie.id) : await this.withdraw(tie);
      if (failed?.retry.kind === 'later') return failed;
    }
    return undefined;
  }

  /** Looks at everything that waits, once. */
  async look(): Promise<void> {
    await this.#load();
    for (const { id } of this.#book.all()) {
      if (this.#stop.signal.aborted) return;
      await task(this.#deps.log, 'tie', () => this.#advance(id));
    }
  }

  async #keepLooking(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await task(this.#deps.log, 'ties', () => this.look());
      await sleep(this.#deps.lookMs ?? usualLook, undefined, { signal }).catch(() => undefined);
    }
  }

  #background(id: PortalId): void {
    void this.#tasks.run('tie', () => this.#advance(id));
  }

  /** What can be known before anything is asked. */
  async #taken({
    user,
    network,
    chat,
    room,
  }: Pick<Tie, 'user' | 'network' | 'chat' | 'room'>): Promise<TieProblem | undefined> {
    const { portals, users } = this.#deps.stores;
    if ((await portals.byRoom(room)) !== undefined) return 'room-taken';
    if ((await users.byManagementRoom(room)) !== undefined) return 'management';
    const there = await portals.byKey({ network, chat, receiver: undefined });
    if (there !== undefined)
      return (await this.#deps.groups.has(there.id, user)) ? 'group-yours' : 'group-taken';
    return this.#book.ofUser(user).length >= mostOfOne ? 'too-many' : undefined;
  }

  #advance(id: PortalId): Promise<undefined | Failed> {
    return this.#alone(id, async () => {
      const tie = this.#book.get(id);
      const failed = tie === undefined ? undefined : await this.#steps.advance(tie);
      if (failed !== undefined)
        this.#deps.log.info({ reason: failed.reason, err: failed.cause }, 'a tie has to wait');
      return failed;
    });
  }

  /** Until it has succeeded once. */
  async #load(): Promise<void> {
    this.#loaded ??= this.#book.load();
    try {
      await this.#loaded;
    } catch (error) {
      this.#loaded = undefined;
      throw error;
    }
  }

  #alone<T>(id: PortalId, work: () => Promise<T>): Promise<T> {
    return this.#turns.alone(id, work);
  }

  #now(): number {
    return (this.#deps.now ?? Date.now)();
  }
}

function isSame(tie: Tie, other: Pick<Tie, 'user' | 'network' | 'chat' | 'room'>): boolean {
  const { user, network, chat, room } = other;
  const same = tie.user === user && tie.network === network && tie.chat === chat && tie.room === room;
  return same && tie.state !== 'ending';
}
