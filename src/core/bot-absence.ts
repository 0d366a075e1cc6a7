/**
 * The bot was put out of the room of a group. The portal waits for it: the users are told who did it and how to heal it;
 * what is said meanwhile ends as `bot-removed`, and what the network said is taken up when the bot is back. Where nobody
 * invites it in time the portal is closed. A room that belongs to its people is not waited for: there it ends at once.
 */
import type { GroupPortals } from './groups.ts';
import type { GroupRooms, PortalRooms, Reporter } from './homeserver.ts';
import { parseMatrixUserId, type LaneId, type MatrixUserId, type NetworkId, type PortalId } from './ids.ts';
import { historyLane, networkLane } from './lane-name.ts';
import type { RunningNetwork } from './network.ts';
import type { Failed } from './outcome.ts';
import { isBorrowed, portalKeyText, type GroupPortal } from './portal.ts';
import type { Line } from './report.ts';
import type { EventStore, GroupStore, PortalStore } from './stores.ts';
import type { Log } from './task.ts';
import { Tasks } from './tasks.ts';
import type { Turns } from './turns.ts';

/** What users are told of it. `by` is who put the bot out, where that is known. */
export type AbsenceNews =
  | { readonly kind: 'removed'; readonly by: MatrixUserId | undefined; readonly hours: number }
  | { readonly kind: 'back' | 'closed' };

export interface BotAbsencesDeps {
  readonly stores: {
    readonly portals: Pick<PortalStore, 'byId'>;
    readonly groups: Pick<GroupStore, 'members' | 'marked' | 'mark' | 'putMark' | 'dropMark'>;
    readonly events: Pick<EventStore, 'reviveAll'>;
  };
  readonly rooms: Pick<GroupRooms, 'botIsIn' | 'enter'>;
  /** The bot is in the room again: what was said there meanwhile is fetched, in the background. */
  readonly entered: PortalRooms['followed'];
  readonly reporter: Pick<Reporter, 'notice'>;
  readonly line: (user: MatrixUserId, portal: GroupPortal, news: AbsenceNews) => Promise<Line>;
  readonly network: (id: NetworkId) => RunningNetwork | undefined;
  /** Whether a network is configured, though it may not run yet. */
  readonly configured: (id: NetworkId) => boolean;
  readonly groups: Pick<GroupPortals, 'close'>;
  /** The turns of portals, shared with all that opens, moves or closes them. */
  readonly turns: Turns;
  /** Events of these lanes are pending again in the store. */
  readonly takeUp: (lanes: readonly LaneId[]) => void;
  /** How long a portal waits for the bot, in milliseconds. */
  readonly waitMs: number;
  /** How often it is looked whether that is over. */
  readonly lookMs?: number;
  readonly log: Log;
  readonly now?: () => number;
}

/** `back`: the bot is in the room, but what waited is not taken up yet. */
interface Absence {
  readonly state: 'out' | 'back';
  readonly by: MatrixUserId | undefined;
  /** When it was noticed, milliseconds since the epoch. */
  readonly at: number;
}

const hourMs = 3_600_000;
const usualLookMs = 60_000;

export class BotAbsences implements AsyncDisposable {
  readonly #deps: BotAbsencesDeps;
  readonly #out = new Map<PortalId, Absence>();
  readonly #tasks: Tasks;
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: BotAbsencesDeps) {
    this.#deps = deps;
    this.#tasks = new Tasks(deps.log);
  }

  /** Reads what an earlier run left; to be called before anything is carried. */
  async start(): Promise<void> {
    for (const { portal, value } of await this.#deps.stores.groups.marked('bot-out')) {
      const absence = read(value);
      if (absence?.state === 'out') this.#out.set(portal, absence);
    }
  }

  /** Begins to look for portals that have waited long enough; to be called when the networks run. */
  begin(): void {
    const { lookMs = usualLookMs } = this.#deps;
    this.#timer ??= setInterval(
      () => this.#background('close groups without the bot', () => this.look()),
      lookMs,
    );
    this.#timer.unref();
  }

  isOut({ id }: Pick<GroupPortal, 'id'>): boolean {
    return this.#out.has(id);
  }

  /** Something does not let the bot read a portal's room: it may have been put out without being told. */
  suspected(portal: GroupPortal): void {
    if (!isBorrowed(portal) && !this.isOut(portal))
      this.#background('look for the bot', async () => {
        await this.removed(portal, undefined);
      });
  }

  /** The bot was put out, as an event says that may be old. Recorded first; then the users are told, each once. */
  async removed(portal: GroupPortal, by: MatrixUserId | undefined): Promise<undefined | Failed> {
    if (isBorrowed(portal)) return undefined;
    const isIn = await this.#deps.rooms.botIsIn(portal);
    if (typeof isIn !== 'boolean') return isIn;
    if (isIn) return undefined;
    const absence = await this.#alone(portal, async () => {
      const known = this.#out.get(portal.id);
      if (known !== undefined) return known;
      if ((await this.#deps.stores.portals.byId(portal.id)) === undefined) return undefined;
      const fresh: Absence = { state: 'out', by, at: this.#now() };
      await this.#note(portal, fresh);
      this.#out.set(portal.id, fresh);
      return fresh;
    });
    if (absence === undefined) return undefined;
    const hours = Math.max(1, Math.round(this.#deps.waitMs / hourMs));
    return this.#tell(portal, absence.at, { kind: 'removed', by: absence.by, hours });
  }

  /**
   * A user who may invites the bot into a portal's room: the portal goes on there. May be repeated, also after a crash;
   * `portal-closed` where the invitation is gone.
   */
  async invited(portal: GroupPortal): Promise<undefined | Failed> {
    const { stores, rooms, takeUp } = this.#deps;
    return this.#alone(portal, async () => {
      const absence = this.#out.get(portal.id) ?? read(await stores.groups.mark(portal.id, 'bot-out'));
      const failed = await rooms.enter(portal);
      if (failed !== undefined) return failed;
      if (absence === undefined) {
        this.#deps.entered(portal);
        return undefined;
      }
      await this.#note(portal, { ...absence, state: 'back' });
      this.#out.delete(portal.id);
      this.#deps.entered(portal);
      const { network, chat } = portal.key;
      const lanes = [historyLane(network, chat), networkLane(network, chat, undefined)];
      await stores.events.reviveAll(lanes, 'bot-removed', absence.at);
      takeUp(lanes);
      const untold = await this.#tell(portal, absence.at, { kind: 'back' });
      if (untold !== undefined) return untold;
      await stores.groups.dropMark(portal.id, 'bot-out');
      return undefined;
    });
  }

  /** Closes the portals that have waited for long enough, once. What cannot be closed now is at the next look. */
  async look(): Promise<void> {
    for (const [id, { at }] of this.#out) {
      if (this.#now() - at < this.#deps.waitMs) continue;
      const portal = await this.#deps.stores.portals.byId(id);
      if (portal?.kind === 'group' && portal.room !== undefined) await this.#close(portal);
      else this.#out.delete(id);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#tasks.done();
  }

  /** The users are told before the portal goes: afterwards nobody knows any more who they were. */
  async #close(portal: GroupPortal): Promise<void> {
    const network = this.#deps.network(portal.key.network);
    if (network === undefined && this.#deps.configured(portal.key.network)) return;
    const stillOut = async (): Promise<boolean | Failed> => {
      const absence = this.#out.get(portal.id);
      if (absence === undefined) return false;
      return (await this.#tell(portal, absence.at, { kind: 'closed' })) ?? true;
    };
    const failed = await this.#deps.groups.close(network, portal, stillOut);
    if (failed !== undefined) {
      this.#deps.log.info(
        { reason: failed.reason, err: failed.cause },
        'a group without the bot stays for now',
      );
    } else this.#out.delete(portal.id);
  }

  async #tell(portal: GroupPortal, at: number, news: AbsenceNews): Promise<undefined | Failed> {
    for (const { user, state } of await this.#deps.stores.groups.members(portal.id)) {
      if (state !== 'joined') continue;
      const id = `bot-${news.kind}/${portal.id}/${at}`;
      const failed = await this.#deps.reporter.notice(user, id, await this.#deps.line(user, portal, news));
      if (failed?.retry.kind === 'later') return failed;
    }
    return undefined;
  }

  async #note({ id }: GroupPortal, absence: Absence): Promise<void> {
    await this.#deps.stores.groups.putMark(id, 'bot-out', JSON.stringify(absence));
  }

  #now(): number {
    return (this.#deps.now ?? Date.now)();
  }

  #alone<T>(portal: GroupPortal, work: () => Promise<T>): Promise<T> {
    return this.#deps.turns.alone(portalKeyText(portal.key), work);
  }

  #background(name: string, work: () => Promise<void>): void {
    void this.#tasks.run(name, work);
  }
}

/** A mark as it was noted; one that cannot be read counts from now on, so that it ends some day. */
function read(value: string | undefined): Absence | undefined {
  if (value === undefined) return undefined;
  const fallback: Absence = { state: 'out', by: undefined, at: Date.now() };
  try {
    const noted: unknown = JSON.parse(value);
    if (typeof noted !== 'object' || noted === null) return fallback;
    const { state, by, at }: { state?: unknown; by?: unknown; at?: unknown } = noted;
    return {
      state: state === 'back' ? 'back' : 'out',
      by: typeof by === 'string' ? parseMatrixUserId(by) : undefined,
      at: typeof at === 'number' ? at : fallback.at,
    };
  } catch {
    return fallback;
  }
}
