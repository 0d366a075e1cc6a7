/**
 * The way of an event, the same in both directions: receive, dedupe by the outer id, keep, acknowledge (the caller
 * does, once `receive…` resolved), open, find the portal, rules, translate, seal, send, record, report.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BotAbsences } from './bot-absence.ts';
import { withDeadline } from './deadline.ts';
import type { BridgeEventKind } from './event.ts';
import type { GroupPortals } from './groups.ts';
import type { Homeserver, MatrixArrival } from './homeserver.ts';
import { IdleMembership } from './idle-membership.ts';
import type { LaneId, MatrixEventId, MatrixUserId, NetworkId, RemoteChatId, RoomId } from './ids.ts';
import { historyLane, matrixLane, networkLane } from './lane-name.ts';
import type { Meter } from './meter.ts';
import type { Arrival, RunningNetwork } from './network.ts';
import { failedForNow, type Failed, type Outcome } from './outcome.ts';
import { noChanges, type Changes } from './crossing.ts';
import type { Direction, Policy } from './policy.ts';
import type { Portal } from './portal.ts';
import type { Portals } from './portals.ts';
import { Lanes, type Attempted } from './queue.ts';
import { Recorder, type EndedStep } from './recorder.ts';
import type { Reports } from './report.ts';
import type { KeptEvent, NewEvent, Source, Stores } from './stores.ts';
import { task, type Log } from './task.ts';
import type { Ties } from './ties.ts';
import { arrivalFromMatrix, arrivalFromNetwork, matrixPayload, networkPayload } from './payload.ts';
import { takeToMatrix } from './to-matrix.ts';
import { takeToNetwork } from './to-network.ts';

/** How long the spine waits and how much it carries at once. Times in milliseconds. */
export interface SpineLimits {
  /** One attempt of a handler; beyond it its outcome is unknown and it is tried again under the same id. */
  readonly attemptTimeout: number;
  /** After this time an event that could not be delivered ends as `expired`. */
  readonly giveUpAfter: number;
  /** Attempts that timed out or broke inside the bridge before an event ends; those that wait for a link are not counted. */
  readonly maxBrokenAttempts: number;
  readonly maxActiveLanes: number;
  readonly maxWaitingSize: number;
}

/** The bridge's own conversation with a user: commands in the management room. */
export interface CommandRunner {
  /** Runs a command and answers in the user's management room; a repeat under the same `cause` answers once. */
  run(command: {
    readonly user: MatrixUserId;
    readonly text: string;
    readonly cause: string;
    /** When it was sent, milliseconds since the epoch. */
    readonly at: number;
    /** Where the message lies. */
    readonly room: RoomId;
    readonly eventId: MatrixEventId | undefined;
  }): Promise<undefined | Failed>;
}

export interface SpineDeps {
  readonly log: Log;
  readonly meter: Meter;
  readonly stores: Stores;
  readonly homeserver: Homeserver;
  readonly portals: Portals;
  readonly groups: GroupPortals;
  readonly absences: BotAbsences;
  readonly policy: Policy;
  readonly commands: CommandRunner;
  readonly network: (id: NetworkId) => RunningNetwork | undefined;
  /** Whether a Matrix user may use the bridge. */
  readonly permits: (user: MatrixUserId) => boolean;
  readonly limits: SpineLimits;
  /** Whether an error of the store passes by itself (a database that is restarting). */
  readonly isTransient: (error: unknown) => boolean;
  readonly reports: Pick<Reports, 'isTold' | 'poke' | 'delayed'>;
  readonly ties?: Pick<Ties, 'invited'>;
}

/** An attempt's result, before it is recorded. */
export type Step =
  | {
      readonly kind: 'ended';
      readonly outcome: Outcome;
      readonly changes: Changes;
      readonly portal: Portal | undefined;
      readonly network: NetworkId | undefined;
      /** A person's message is told more of than other events. */
      readonly told: 'message' | 'other' | 'nobody';
      /** What kind of event it was, where it was opened. */
      readonly event?: BridgeEventKind;
    }
  | { readonly kind: 'again'; readonly failed: Failed; readonly waitsFor: string };

const firstBackOff = 500;
const longestBackOff = 30_000;
const patience = 2_000;
/** How long a stop waits for attempts under way; one that it breaks off is repeated under the same id at the next start. */
const stopGrace = 5_000;
const recordBackOff = 5_000;
const historyPatience = 60_000;

export class Spine {
  readonly #deps: SpineDeps;
  readonly #lanes: Lanes;
  readonly #recorder: Recorder;
  readonly #idle: IdleMembership;
  /** How often the heads of lanes timed out or broke, by `seq`. */
  readonly #broken = new Map<number, number>();
  /** The heads of lanes whose senders were told that they are on their way. */
  readonly #delayed = new Set<number>();
  /** Events that were erased while they waited in memory. */
  readonly #dropped = new Set<number>();
  readonly #stopping = new AbortController();
  /** Aborted when nothing more is to be begun. */
  readonly #closing = new AbortController();

  constructor(deps: SpineDeps) {
    this.#deps = deps;
    this.#idle = new IdleMembership(deps.stores);
    this.#recorder = new Recorder({ ...deps, write: (event, step) => this.#settle(event, step) });
    this.#lanes = new Lanes({
      log: deps.log,
      maxActive: deps.limits.maxActiveLanes,
      patience,
      maxWaitingSize: deps.limits.maxWaitingSize,
      pending: (lane, after, limit) => deps.stores.events.pending(lane, after, limit),
      attempt: (event, before) => this.#attempt(event, before),
    });
  }

  /** Takes up what an earlier run left. To be called once, before anything is received. */
  async start(): Promise<void> {
    this.#lanes.resume(await this.#deps.stores.events.pendingLanes());
  }

  /** Begins nothing more and waits, for at most `grace` milliseconds, for what is under way; all else stays kept. */
  async stop(grace = stopGrace): Promise<void> {
    this.#closing.abort();
    const timer = setTimeout(() => this.#stopping.abort(), grace);
    await this.#lanes.stop();
    clearTimeout(timer);
  }

  /** Room events of the homeserver, in their order. Resolves when they are durable: only then is 200 answered. */
  async receiveMatrix(arrivals: readonly MatrixArrival[]): Promise<void> {
    await this.#receive(
      'matrix',
      arrivals.map((arrival) => ({
        source: 'matrix',
        outerId: arrival.eventId,
        lane: matrixLane(arrival.room),
        payload: matrixPayload(arrival),
      })),
    );
  }

  /** An arrival of a network. Resolves when it is durable, or is known to change nothing: only then is it acknowledged. */
  async receiveRemote(network: NetworkId, arrival: Arrival): Promise<'kept' | 'known'> {
    const { outerId } = arrival;
    const lane = networkLane(network, arrival.chat, arrival.receiver);
    const running = this.#deps.network(network);
    const idle = running && this.#idle.look(running, arrival);
    if (idle !== undefined && (await idle)) {
      this.#deps.meter.bounded(network, 'membership');
      return 'known';
    }
    const payload = networkPayload(arrival);
    const kept = await this.#receive(network, [{ source: network, outerId, lane, payload }]);
    return kept.length > 0 ? 'kept' : 'known';
  }

  /** What was said in a group before, in its order. Resolves when it is durable, to how much of it was not known yet. */
  async receiveHistory(network: NetworkId, arrivals: readonly Arrival[]): Promise<number> {
    const events = arrivals.map((arrival) => ({
      ...{
        source: network,
        outerId: arrival.history?.as ?? arrival.outerId,
        payload: networkPayload(arrival),
      },
      lane: historyLane(network, arrival.chat),
    }));
    return (await this.#receive(network, events)).length;
  }

  /** Resolves when all that was brought in of a group's archive has ended: true, or false where the spine stops before. */
  async historyEnded(network: NetworkId, chat: RemoteChatId): Promise<boolean> {
    while (!this.#closing.signal.aborted) {
      if (!this.#lanes.isBusy(historyLane(network, chat))) return true;
      await sleep(200, undefined, { ref: false });
    }
    return false;
  }

  /** The homeserver (`matrix`) or a network is there again: what waits for it is tried at once. */
  wake(what: Source): void {
    this.#lanes.wake(what);
  }

  /** Tries an event again that had ended without being sent; false where that cannot be. */
  async retry(outerId: string): Promise<boolean> {
    const event = await this.#deps.stores.events.revive(outerId);
    if (event === undefined) return false;
    this.#lanes.again(event);
    return true;
  }

  /** Events of lanes that had ended are pending again in the store: they are read from there, before what is newer. */
  takeUp(lanes: readonly LaneId[]): void {
    for (const lane of lanes) this.#lanes.readAgain(lane);
  }

  /** Forgets events that were erased: what of them waits in memory is passed over. */
  drop(seqs: readonly number[]): void {
    for (const seq of seqs) this.#dropped.add(seq);
  }

  load(): ReturnType<Lanes['load']> {
    return this.#lanes.load();
  }

  async #receive(source: Source, events: readonly NewEvent[]): Promise<readonly KeptEvent[]> {
    if (events.length === 0) return [];
    const kept = (await this.#keep(events)).filter((event) => event !== undefined);
    this.#lanes.add(kept);
    this.#deps.meter.kept(source, kept.length);
    if (kept.length < events.length) this.#deps.meter.duplicate(source, events.length - kept.length);
    return kept;
  }

  /** Where the store cannot say whether it kept them, their lanes look for them before they take anything newer. */
  async #keep(events: readonly NewEvent[]): ReturnType<Stores['events']['keep']> {
    try {
      return await this.#deps.stores.events.keep(events);
    } catch (error) {
      this.#lanes.doubt(events.map((event) => event.lane));
      throw error;
    }
  }

  async #attempt(event: KeptEvent, before: Promise<void>): Promise<Attempted> {
    if (this.#dropped.delete(event.seq)) return { kind: 'ended' };
    const step = this.#recorder.held(event.seq) ?? (await this.#step(event, before));
    if (step.kind === 'again' && !this.#isOver(event, step.failed)) return this.#later(event, step);
    const ended = step.kind === 'ended' ? step : expired(event, step.failed);
    // The homeserver knows a repeat by its name, so nothing is doubled where a crash forgets what was not recorded yet.
    if (event.source !== 'matrix' && ended.outcome.kind === 'sent') {
      this.#forgetTrouble(event);
      return { kind: 'ended', recorded: this.#recorder.insist(event, ended, this.#closing.signal) };
    }
    if (!(await this.#recorder.record(event, ended)))
      return { kind: 'again', afterMs: Math.min(recordBackOff, backOff(event.attempts)), waitsFor: 'store' };
    this.#forgetTrouble(event);
    return { kind: 'ended' };
  }

  #forgetTrouble({ seq }: KeptEvent): void {
    this.#broken.delete(seq);
    this.#delayed.delete(seq);
  }

  async #step(event: KeptEvent, before: Promise<void>): Promise<Step> {
    try {
      const stopping = this.#stopping.signal;
      const timed = await withDeadline(
        this.#deps.limits.attemptTimeout,
        (signal) => this.#take(event, signal, before),
        stopping,
      );
      if (timed.kind === 'done') return timed.value;
      const reason = stopping.aborted ? 'link-down' : 'timeout';
      return { kind: 'again', failed: failedForNow(reason), waitsFor: 'time' };
    } catch (error) {
      if (this.#deps.isTransient(error)) {
        return { kind: 'again', failed: failedForNow('internal', error), waitsFor: 'store' };
      }
      this.#deps.log.error({ err: error, seq: event.seq, source: event.source }, 'attempt broke');
      return { kind: 'again', failed: failedForNow('internal', error), waitsFor: 'time' };
    }
  }

  #take(event: KeptEvent, signal: AbortSignal, before: Promise<void>): Promise<Step> {
    const cause = `${event.source}/${event.outerId}`;
    const context = { ...this.#deps, otherWay: this.#otherWay, afterHistory: this.#afterHistory, before };
    return event.source === 'matrix'
      ? takeToNetwork(context, arrivalFromMatrix(event), cause, signal)
      : takeToMatrix(context, event.source, arrivalFromNetwork(event), cause, signal);
  }

  readonly #otherWay = (portal: Portal, direction: Direction): Promise<void> => {
    const { network, chat, receiver } = portal.key;
    const lane = direction === 'to-matrix' ? matrixLane(portal.room) : networkLane(network, chat, receiver);
    return this.#lanes.settled(lane, 5_000);
  };

  /** What comes live stands behind what was said before, unless that waits for something itself. */
  readonly #afterHistory = ({ key }: Portal): Promise<void> =>
    this.#lanes.settled(historyLane(key.network, key.chat), historyPatience);

  #isOver(event: KeptEvent, failed: Failed): boolean {
    if (Date.now() - event.receivedAt > this.#deps.limits.giveUpAfter) return true;
    const isBroken =
      failed.reason === 'timeout' || (failed.reason === 'internal' && !this.#deps.isTransient(failed.cause));
    if (!isBroken) return false;
    const broken = (this.#broken.get(event.seq) ?? 0) + 1;
    this.#broken.set(event.seq, broken);
    return broken >= this.#deps.limits.maxBrokenAttempts;
  }

  #later(event: KeptEvent, step: Extract<Step, { kind: 'again' }>): Attempted {
    const { failed } = step;
    const asked = failed.retry.kind === 'later' ? failed.retry.afterMs : undefined;
    const direction = directionOf(event.source);
    this.#deps.meter.retried(event.source, direction);
    this.#deps.log.info(
      { err: failed.cause, seq: event.seq, reason: failed.reason, attempts: event.attempts },
      'try again',
    );
    if (!this.#delayed.has(event.seq) && this.#deps.reports.delayed(event, failed))
      this.#delayed.add(event.seq);
    void task(this.#deps.log, 'count attempt', () =>
      this.#deps.stores.events.attempted(event.seq, event.attempts + 1),
    );
    return { kind: 'again', afterMs: asked ?? backOff(event.attempts), waitsFor: step.waitsFor };
  }

  async #settle(event: KeptEvent, step: EndedStep): Promise<void> {
    const direction = directionOf(event.source);
    const report = step.told !== 'nobody' && this.#deps.reports.isTold(direction, step.outcome, step.told);
    await this.#deps.stores.events.settle({
      seq: event.seq,
      outcome: step.outcome,
      attempts: event.attempts + 1,
      portal: step.portal?.id,
      report,
      ...step.changes,
    });
    const network = step.network ?? step.portal?.key.network ?? 'none';
    const kind = step.event ?? 'other';
    this.#deps.meter.ended(network, direction, step.outcome.kind, Date.now() - event.receivedAt, kind);
    if (report) this.#deps.reports.poke();
  }
}

/** Which way an event goes, by where it came from. */
export function directionOf(source: Source): Direction {
  return source === 'matrix' ? 'to-network' : 'to-matrix';
}

function expired(event: KeptEvent, failed: Failed): EndedStep {
  const reason = failed.reason === 'timeout' || failed.reason === 'internal' ? failed.reason : 'expired';
  const network = event.source === 'matrix' ? undefined : event.source;
  return {
    kind: 'ended',
    outcome: { kind: 'failed', reason },
    changes: noChanges,
    portal: undefined,
    network,
    told: 'message',
  };
}

/** Doubles from half a second to half a minute, with a quarter of jitter so that lanes do not come back in step. */
function backOff(attempts: number): number {
  return Math.min(longestBackOff, firstBackOff * 2 ** Math.min(attempts, 10)) * (0.75 + Math.random() / 4);
}
