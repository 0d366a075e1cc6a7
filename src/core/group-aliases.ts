/** The aliases of groups' rooms: put where they are missing, moved with the room, taken away when it is closed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { aliasMarkText, aliasStep, parseAliasMark, type AliasMark } from './alias-mark.ts';
import { withDeadline } from './deadline.ts';
import type { NetworkId, PortalId, RoomId } from './ids.ts';
import type { RunningNetwork } from './network.ts';
import { counting } from './pages.ts';
import type { Failed } from './outcome.ts';
import { isBorrowed, type GroupPortal, type Portal } from './portal.ts';
import type { GroupStore, PortalStore } from './stores.ts';
import { task, type Log } from './task.ts';
import { Turns } from './turns.ts';

/** The homeserver's directory of aliases; `matrix/` implements it. All may be repeated. */
export interface AliasDirectory {
  /**
   * Points the group's alias at its room and shows it there, as far as the bot may. `from` is a room that it may point at
   * still. `taken` where it cannot be had: another room has it, or the group's name is too long for one. `unavailable`
   * where the homeserver gives the bridge no aliases at all.
   */
  put(portal: GroupPortal, from: RoomId | undefined): Promise<'put' | 'taken' | 'unavailable' | Failed>;
  /** Takes the alias away; done too where it is not there. */
  remove(portal: GroupPortal): Promise<undefined | Failed>;
  /** Whether users come into the room without an invitation. */
  letIn(portal: GroupPortal, everybody: boolean): Promise<undefined | Failed>;
  /** Whether nobody but the bridge's own users is in the room or invited to it. */
  isEmpty(portal: GroupPortal): Promise<boolean | Failed>;
}

export interface GroupAliasesDeps {
  readonly stores: {
    readonly portals: Pick<PortalStore, 'byId' | 'list'>;
    readonly groups: Pick<GroupStore, 'mark' | 'putMark'>;
  };
  readonly directory: AliasDirectory;
  readonly network: (id: NetworkId) => RunningNetwork | undefined;
  /** Whether rooms have aliases at all. */
  readonly offered: boolean;
  /** Whether groups that the network calls open may be entered by their alias. */
  readonly mayEnter: () => boolean;
  /** Whether the bot was put out of a portal's room: nothing can be changed there until it is back. */
  readonly isOut: (portal: GroupPortal) => boolean;
  readonly log: Log;
  /** Between two rooms that are looked at, and before those that could not be done now are tried again; milliseconds. */
  readonly times?: { readonly each: number; readonly again: number };
}

const usual = { each: 50, again: 30_000 };
const page = 200;
/** What is under way is given so long when the bridge stops; the rest is done at the next start. */
const patience = 5_000;

export class GroupAliases implements AsyncDisposable {
  readonly #deps: GroupAliasesDeps;
  readonly #times: NonNullable<GroupAliasesDeps['times']>;
  readonly #turns = new Turns();
  readonly #due = new Set<PortalId>();
  readonly #stop = new AbortController();
  #working: Promise<void> | undefined;
  #sweeping: Promise<void> | undefined;
  #refused = false;

  constructor(deps: GroupAliasesDeps) {
    this.#deps = deps;
    this.#times = deps.times ?? usual;
  }

  /** Looks through all portals; to be called at the start, and when it changed who may use the bridge. */
  begin(): void {
    this.#sweeping ??= task(this.#deps.log, 'look after aliases', () => this.#sweep()).finally(() => {
      this.#sweeping = undefined;
    });
  }

  /** A portal was opened, or has another room: its alias follows, soon. A room that belongs to its people gets none. */
  portalChanged(portal: Portal): void {
    if (portal.kind !== 'group' || isBorrowed(portal) || this.#stop.signal.aborted) return;
    this.#due.add(portal.id);
    this.#working ??= task(this.#deps.log, 'aliases', () => this.#work()).finally(() => {
      this.#working = undefined;
    });
  }

  /** Puts the alias whatever is noted of it, since the homeserver asks for it. Whether it points at the room now. */
  async putNow(portal: GroupPortal): Promise<boolean> {
    if (!this.#deps.offered || isBorrowed(portal) || this.#deps.isOut(portal)) return false;
    return this.#turns.alone(portal.id, async () => {
      const there = await this.#deps.stores.portals.byId(portal.id);
      if (there?.room !== portal.room) return false;
      const mark = await this.#mark(portal.id);
      if (mark.kind === 'closing') return false;
      const step = aliasStep(mark, portal.room);
      await this.#put(portal, step.kind === 'put' ? step.from : undefined);
      const now = await this.#mark(portal.id);
      return now.kind === 'put' || now.kind === 'open';
    });
  }

  /** Takes the alias away before the portal is closed. Only a failure that passes is one. */
  async closing(portal: GroupPortal): Promise<undefined | Failed> {
    return this.#turns.alone(portal.id, async () => {
      const mark = await this.#mark(portal.id);
      const isOurs = mark.kind === 'putting' || mark.kind === 'put' || mark.kind === 'open';
      const failed = isOurs ? await this.#deps.directory.remove(portal) : undefined;
      if (failed?.retry.kind === 'later') return failed;
      // Also where there was none, so that none is put while the portal is being closed.
      await this.#note(portal.id, { kind: 'closing', room: portal.room });
      return undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await withDeadline(patience, () => Promise.all([this.#sweeping, this.#working]));
  }

  async #sweep(): Promise<void> {
    const { signal } = this.#stop;
    const { portals } = this.#deps.stores;
    for await (const portal of counting(page, (offset, limit) => portals.list(offset, limit))) {
      if (signal.aborted) return;
      this.portalChanged(portal);
    }
  }

  #isOver(): boolean {
    return this.#refused || this.#stop.signal.aborted;
  }

  async #work(): Promise<void> {
    while (this.#due.size > 0 && !this.#isOver()) {
      const batch = [...this.#due];
      this.#due.clear();
      for (const id of batch) {
        if (this.#isOver()) return;
        const failed = await this.#turns.alone(id, () => this.#bringInStep(id));
        if (failed?.retry.kind === 'later') this.#due.add(id);
        else if (failed !== undefined) this.#complain(id, failed);
        await this.#pause(this.#times.each);
      }
      if (this.#due.size > 0) await this.#pause(this.#times.again);
    }
  }

  async #bringInStep(id: PortalId): Promise<undefined | Failed> {
    const portal = await this.#deps.stores.portals.byId(id);
    if (portal?.kind !== 'group' || portal.room === undefined || this.#deps.isOut(portal)) return undefined;
    const step = aliasStep(await this.#mark(id), portal.room);
    switch (step.kind) {
      case 'put':
        return this.#deps.offered ? this.#put(portal, step.from) : undefined;
      case 'rule':
        return this.#rule(portal);
      case 'nothing':
        return undefined;
    }
  }

  /** Noted first; what the homeserver does not give is noted as that, and no failure of the portal. */
  async #put(portal: GroupPortal, from: RoomId | undefined): Promise<undefined | Failed> {
    const { room } = portal;
    await this.#note(portal.id, { kind: 'putting', room, from });
    const put = await this.#deps.directory.put(portal, from);
    if (typeof put === 'object') return put;
    switch (put) {
      case 'put':
        this.#refused = false;
        await this.#note(portal.id, { kind: 'put', room });
        return this.#rule(portal);
      case 'taken':
        this.#deps.log.warn({ portal: portal.id, room }, 'the alias of a group cannot be had');
        await this.#note(portal.id, { kind: 'taken', room });
        return undefined;
      case 'unavailable':
        await this.#note(portal.id, { kind: 'none' });
        this.#refused = true;
        this.#deps.log.info({}, 'groups get no aliases: the registration has no namespace for them');
        return undefined;
    }
  }

  /** Who may enter a group by its name there may enter its room by its alias. A rule that users set stays. */
  async #rule(portal: GroupPortal): Promise<undefined | Failed> {
    const { room } = portal;
    const isOpen = (await this.#mark(portal.id)).kind === 'open';
    const wanted = this.#deps.mayEnter() ? await this.#isOpen(portal) : false;
    if (typeof wanted === 'object') return wanted;
    if (wanted === isOpen) return undefined;
    const failed = await this.#deps.directory.letIn(portal, wanted);
    if (failed === undefined) await this.#note(portal.id, { kind: wanted ? 'open' : 'put', room });
    return failed;
  }

  async #isOpen({ key }: GroupPortal): Promise<boolean | Failed> {
    const info = await this.#deps.network(key.network)?.groups?.info(key.chat);
    if (info === undefined) return false;
    if (!('kind' in info)) return info.open;
    return info.retry.kind === 'later' ? info : false;
  }

  #complain(portal: PortalId, { reason, cause }: Failed): void {
    this.#deps.log.warn({ portal, reason, err: cause }, 'an alias could not be put');
  }

  async #mark(id: PortalId): Promise<AliasMark> {
    return parseAliasMark(await this.#deps.stores.groups.mark(id, 'alias'));
  }

  async #note(id: PortalId, mark: AliasMark): Promise<void> {
    await this.#deps.stores.groups.putMark(id, 'alias', aliasMarkText(mark));
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }
}
