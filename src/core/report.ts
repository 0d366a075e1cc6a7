/**
 * Tells people how their events ended: the Matrix user by a message status and, where it did not go over, by a line in
 * the management room; the remote sender by their network. What is due is stored, so a crash forgets nobody.
 */
import { BoundedMap } from './bounded-map.ts';
import { withDeadline } from './deadline.ts';
import type { Homeserver, MatrixArrival, OpenedMatrixEvent } from './homeserver.ts';
import type { MatrixUserId, NetworkId, RoomId } from './ids.ts';
import type { RunningNetwork } from './network.ts';
import type { Failed, Outcome } from './outcome.ts';
import { arrivalFromMatrix, arrivalFromNetwork } from './payload.ts';
import type { Direction } from './policy.ts';
import type { Portal } from './portal.ts';
import type { DueReport, KeptEvent, Stores } from './stores.ts';
import { task, type Log } from './task.ts';

/** Whether it is something that clients show a status at. */
function isSaid({ kind }: OpenedMatrixEvent): boolean {
  return kind === 'event' || kind === 'unsupported' || kind === 'locked';
}

/** The Matrix user who did it. */
function authorOf(opened: OpenedMatrixEvent): MatrixUserId | undefined {
  switch (opened.kind) {
    case 'echo':
    case 'event':
      return opened.event.sender.in === 'matrix' ? opened.event.sender.userId : undefined;
    case 'left':
      return opened.by;
    case 'ignored':
    case 'bot-removed':
      return undefined;
    default:
      return opened.user;
  }
}

/** Which endings are told by a message status: also `sent`, only what was delivered or failed, only failures, none. */
export type StatusLevel = 'all' | 'delivery' | 'failures' | 'none';

/** Whether somebody is told of an ending. Pure. */
export function isTold(
  direction: Direction,
  outcome: Outcome,
  kind: 'message' | 'other',
  level: StatusLevel,
): boolean {
  if (outcome.kind === 'ignored') return false;
  if (outcome.kind !== 'sent') return true;
  if (outcome.converted !== undefined) return direction === 'to-network';
  return direction === 'to-network' && kind === 'message' && level === 'all';
}

/** What a line tells of. */
export type Told = Outcome | { readonly kind: 'waiting-for-key' };

export interface ReportsDeps {
  readonly log: Log;
  readonly stores: Stores;
  readonly homeserver: Pick<Homeserver, 'glance' | 'reporter'>;
  readonly network: (id: NetworkId) => RunningNetwork | undefined;
  readonly statusLevel: StatusLevel;
  /** Whether an error of the store passes by itself. */
  readonly isTransient: (error: unknown) => boolean;
  /** What could not be told for so long, in milliseconds, is not told any more. */
  readonly giveUpAfter: number;
  /** The line that tells a user of an outcome, in their language. */
  readonly line: (user: MatrixUserId, outcome: Told, portal: Portal | undefined) => Promise<Line>;
}
export interface Line {
  readonly plain: string;
  readonly html: string | undefined;
}

const atOnce = 8;
const page = 64;
const mostRemembered = 10_000;
const tellDelayAfter = 10_000;
/** How long a stop waits for what is being told. */
const stopGrace = 5_000;

export class Reports {
  readonly #deps: ReportsDeps;
  #due = false;
  #stopped = false;
  #working: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  /** The changes by rules that people were told of, by their rooms. */
  readonly #toldOfRules = new BoundedMap<string, true>(mostRemembered);

  constructor(deps: ReportsDeps) {
    this.#deps = deps;
  }

  /** Whether an ending is to be told, and so is recorded as due. */
  isTold(direction: Direction, outcome: Outcome, kind: 'message' | 'other'): boolean {
    return isTold(direction, outcome, kind, this.#deps.statusLevel);
  }

  /** Something is due, now or from before a restart: it is told in the background. */
  poke(): void {
    this.#due = true;
    this.#wake?.();
    this.#working ??= task(this.#deps.log, 'reports', () => this.#work()).finally(() => {
      this.#working = undefined;
      if (this.#due && !this.#stopped) this.poke();
    });
  }

  /** Where an event has been waiting for a while its sender is told that it is on its way; whether they are. */
  delayed(event: KeptEvent, failed: Failed): boolean {
    const waits = Date.now() - event.receivedAt;
    if (event.source !== 'matrix' || waits < tellDelayAfter || this.#deps.statusLevel === 'none')
      return false;
    void task(this.#deps.log, 'tell delay', async () => {
      const arrival = arrivalFromMatrix(event);
      const portal = await this.#deps.stores.portals.byRoom(arrival.room);
      if (portal === undefined) return;
      await this.#deps.homeserver.reporter.status(portal, arrival.eventId, {
        kind: 'retrying',
        reason: failed.reason,
        since: event.receivedAt,
      });
    });
    return true;
  }

  /** Begins nothing more and waits, for at most `grace` milliseconds, for what is being told; all else stays due. */
  async stop(grace = stopGrace): Promise<void> {
    this.#stopped = true;
    this.#wake?.();
    await withDeadline(grace, () => this.#working ?? Promise.resolve());
  }

  async #work(): Promise<void> {
    let pause = 1_000;
    while (this.#due && !this.#stopped) {
      this.#due = false;
      const left = await this.#sweep().catch((error: unknown) => {
        this.#deps.log.warn({ err: error }, 'reports could not be read');
        return true;
      });
      if (!left) {
        pause = 1_000;
        continue;
      }
      await this.#sleep(pause);
      pause = Math.min(pause * 2, 30_000);
      this.#due = true;
    }
  }

  /** Tells everything that is due once; true where something is left for later. */
  async #sweep(): Promise<boolean> {
    let after = 0;
    let left = false;
    while (!this.#stopped) {
      const due = await this.#deps.stores.events.dueReports(after, page);
      for (let i = 0; i < due.length; i += atOnce) {
        const told = await Promise.all(due.slice(i, i + atOnce).map((report) => this.#tellOnce(report)));
        const done = told.filter((seq) => seq !== undefined);
        if (done.length > 0) await this.#deps.stores.events.reported(done);
        left ||= done.length < told.length;
        if (this.#isStopped()) return left;
      }
      const last = due.at(-1);
      if (last === undefined || due.length < page) return left;
      after = last.record.seq;
    }
    return left;
  }

  async #tellOnce(report: DueReport): Promise<number | undefined> {
    const { seq, endedAt } = report.record;
    try {
      if (await this.#tell(report)) return seq;
    } catch (error) {
      if (!this.#deps.isTransient(error)) {
        this.#deps.log.error({ err: error, seq }, 'outcome could not be told');
        return seq;
      }
    }
    if (Date.now() - (endedAt ?? 0) <= this.#deps.giveUpAfter) return undefined;
    this.#deps.log.warn({ seq }, 'outcome could not be told for too long');
    return seq;
  }

  /** False where it is to be tried again later. */
  async #tell(report: DueReport): Promise<boolean> {
    const { record } = report;
    if (record.state === 'waiting-for-key') return this.#tellWaiting(report);
    if (record.outcome === undefined) return true;
    if (record.source !== 'matrix') {
      const arrival = arrivalFromNetwork({ outerId: record.outerId, payload: report.payload });
      // Nobody waits for what becomes of what they said long ago.
      if (arrival.history !== undefined) return true;
      const network = this.#deps.network(record.source);
      if (network === undefined) return false;
      const failed = await network.refuse?.(arrival, record.outcome);
      return failed?.retry.kind !== 'later';
    }
    const arrival = arrivalFromMatrix({ outerId: record.outerId, payload: report.payload });
    return this.#tellMatrix(arrival, report, record.outcome);
  }

  async #tellMatrix(arrival: MatrixArrival, report: DueReport, outcome: Outcome): Promise<boolean> {
    const endedAt = report.record.endedAt ?? 0;
    const opened = this.#deps.homeserver.glance(arrival);
    const here = await this.#deps.stores.portals.byRoom(arrival.room);
    const { reporter } = this.#deps.homeserver;
    if (here !== undefined && isSaid(opened) && this.#deps.statusLevel !== 'none') {
      const failed = await reporter.status(here, arrival.eventId, { kind: 'outcome', outcome, endedAt });
      if (failed?.retry.kind === 'later') return false;
    }
    if (outcome.kind === 'sent' && !this.#isNews(arrival.room, outcome)) return true;
    const known = here?.key.receiver ?? authorOf(opened);
    const user = known ?? (await this.#deps.stores.users.byManagementRoom(arrival.room))?.userId;
    if (user === undefined) return true;
    const there = report.portal === undefined ? here : await this.#deps.stores.portals.byId(report.portal);
    const line = await this.#deps.line(user, outcome, there?.room === undefined ? undefined : there);
    const id = `outcome/${arrival.eventId}/${endedAt}`;
    const failed = await reporter.notice(user, id, line);
    return failed?.retry.kind !== 'later';
  }

  /** Whether something was changed by rules that were not told of in this room, since the start. */
  #isNews(room: RoomId, { converted }: Extract<Outcome, { readonly kind: 'sent' }>): boolean {
    if (converted === undefined) return false;
    const what = `${room} ${converted.map(({ rule, feature }) => `${rule} ${feature}`).join(' ')}`;
    if (this.#toldOfRules.has(what)) return false;
    this.#toldOfRules.set(what, true);
    return true;
  }

  /** Whoever sent what cannot be opened is asked to send it again: once for each key, however much waits for it. */
  async #tellWaiting({ record, payload }: DueReport): Promise<boolean> {
    const arrival = arrivalFromMatrix({ outerId: record.outerId, payload });
    const { reporter } = this.#deps.homeserver;
    const portal = await this.#deps.stores.portals.byRoom(arrival.room);
    if (portal !== undefined && this.#deps.statusLevel !== 'none') {
      const since = record.receivedAt;
      const failed = await reporter.status(portal, arrival.eventId, { kind: 'waiting-for-key', since });
      if (failed?.retry.kind === 'later') return false;
    }
    const user = authorOf(this.#deps.homeserver.glance(arrival));
    if (user === undefined) return true;
    const line = await this.#deps.line(user, { kind: 'waiting-for-key' }, portal);
    const id = `waiting/${arrival.room}/${record.waitsFor ?? ''}`;
    const failed = await reporter.notice(user, id, line);
    return failed?.retry.kind !== 'later';
  }

  #isStopped(): boolean {
    return this.#stopped;
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake?.(), ms);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      if (this.#stopped) this.#wake();
    });
  }
}
