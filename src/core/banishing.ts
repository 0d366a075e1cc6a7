/**
 * Takes the ghosts of whom the administrators have shut out out of rooms: direct chats end, and their users are told why;
 * of groups the ghost leaves. A ban that ends brings nobody back; who speaks again then comes as at first. All of it may be
 * repeated: it is looked through after each ban, and at each start while there are bans.
 */
import type { Blocks } from './blocks.ts';
import type { GroupRooms } from './homeserver.ts';
import type { PortalId } from './ids.ts';
import type { Failed } from './outcome.ts';
import { counting } from './pages.ts';
import type { DirectPortal, GroupPortal, Portal } from './portal.ts';
import type { Portals } from './portals.ts';
import type { GroupPerson, GroupStore, PortalStore } from './stores.ts';
import { Rounds } from './rounds.ts';
import { task, type Log } from './task.ts';

export interface BanishingDeps {
  readonly blocks: Pick<Blocks, 'standing' | 'onBanned' | 'count'>;
  readonly portals: Pick<PortalStore, 'list'>;
  readonly groups: Pick<GroupStore, 'people' | 'putPerson'>;
  readonly close: Portals['close'];
  readonly rooms: Pick<GroupRooms, 'decline'>;
  /** Tells the user whose chat it is that it ends, and why; the same shows once. */
  readonly tell: (portal: DirectPortal) => Promise<undefined | Failed>;
  readonly log: Log;
  /** Milliseconds between two attempts. */
  readonly pause?: number;
}

const page = 500;
const mostPeople = 100_000;
const usualPause = 5_000;

export class Banishing implements AsyncDisposable {
  readonly #deps: BanishingDeps;
  readonly #rounds: Rounds;

  constructor(deps: BanishingDeps) {
    this.#deps = deps;
    const { log, pause = usualPause } = deps;
    this.#rounds = new Rounds({ log, name: 'banishing', pause, round: (stop) => this.#look(stop) });
    deps.blocks.onBanned(() => this.#rounds.poke());
  }

  /** Goes on with what an earlier run left. */
  begin(): void {
    void task(this.#deps.log, 'banishing', async () => {
      if ((await this.#deps.blocks.count('homeserver')) > 0) this.#rounds.poke();
    });
  }

  /** Resolves when nothing is under way. */
  done(): Promise<void> {
    return this.#rounds.done();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rounds[Symbol.asyncDispose]();
  }

  async #look(stop: AbortSignal): Promise<number | undefined> {
    const { log, pause = usualPause } = this.#deps;
    const waits = await this.#all(stop);
    if (waits === undefined) return undefined;
    log.warn({ reason: waits.reason, err: waits.cause }, 'shutting out has to wait');
    return pause;
  }

  /** One chat that fails does not keep the others. */
  async #all(stop: AbortSignal): Promise<undefined | Failed> {
    let waits: undefined | Failed;
    for (const portal of await this.#portals()) {
      if (stop.aborted) return undefined;
      const failed = portal.kind === 'direct' ? await this.#direct(portal) : await this.#group(portal);
      if (failed?.retry.kind === 'later') waits = failed;
    }
    return waits;
  }

  /** Read as a whole first: what is closed on the way would move the pages. */
  async #portals(): Promise<Iterable<Portal>> {
    const found = new Map<PortalId, Portal>();
    for await (const portal of counting(page, (offset, limit) => this.#deps.portals.list(offset, limit)))
      if (portal.kind === 'group' || this.#isOut(portal, portal.remote)) found.set(portal.id, portal);
    return found.values();
  }

  async #direct(portal: DirectPortal): Promise<undefined | Failed> {
    const { tell, close } = this.#deps;
    // They may have been let in again meanwhile.
    if (!this.#isOut(portal, portal.remote)) return undefined;
    const untold = await tell(portal);
    return untold?.retry.kind === 'later' ? untold : close(portal);
  }

  async #group(portal: GroupPortal): Promise<undefined | Failed> {
    for (const state of ['in', 'invited'] as const)
      for (const person of await this.#deps.groups.people(portal.id, state, mostPeople)) {
        const failed = this.#isOut(portal, person.remote) ? await this.#leave(portal, person) : undefined;
        if (failed?.retry.kind === 'later') return failed;
      }
    return undefined;
  }

  async #leave(portal: GroupPortal, person: GroupPerson): Promise<undefined | Failed> {
    const failed = await this.#deps.rooms.decline(portal, person.remote);
    if (failed?.retry.kind === 'later') return failed;
    await this.#deps.groups.putPerson(portal.id, { ...person, state: 'out' });
    return undefined;
  }

  #isOut({ key: { network, chat } }: Portal, remote: GroupPerson['remote']): boolean {
    return this.#deps.blocks.standing({ network, chat, user: undefined, remote }).kind === 'homeserver';
  }
}
