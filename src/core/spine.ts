/**
 * The way of an event, the same in both directions: receive, dedupe by the outer id, keep, acknowledge (the caller
 * does, once `receive…` resolved), open, find the portal, rules, translate, seal, send, record, report.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BotAbsences } from './bot-absence.ts';
import { withDeadline } from './deadline.ts';
import type { Door } from './door.ts';
import type { GroupPortals } from './groups.ts';
import type { Homeserver, MatrixArrival } from './homeserver.ts';
import { IdleMembership } from './idle-membership.ts';
import { KeyWaits, type KeyPatience, type KeySession } from './key-waits.ts';
import type { LaneId, MatrixUserId, NetworkId, RemoteChatId } from './ids.ts';
import { historyLane, matrixLane, networkLane } from './lane-name.ts';
import { openingResult, type Meter } from './meter.ts';
import type { Arrival, RunningNetwork } from './network.ts';
import { failedForNow } from './outcome.ts';
import type { Direction, Policy } from './policy.ts';
import type { Portal } from './portal.ts';
import type { Portals } from './portals.ts';
import { Lanes, type Attempted } from './queue.ts';
import type { CommandRunner } from './command-runner.ts';
import { Recorder, type EndedStep } from './recorder.ts';
import { holdBack, wipeSilenced, type HeldStep, type OutOfLane } from './held-events.ts';
import type { RequestBook } from './requests.ts';
import type { Reports } from './report.ts';
import type { KeptEvent, NewEvent, Source, Stores } from './stores.ts';
import type { Log } from './task.ts';
import type { Ties } from './ties.ts';
import { arrivalFromMatrix, arrivalFromNetwork, matrixPayload, networkPayload } from './payload.ts';
import { backOff, expired } from './retries.ts';
import type { Step } from './steps.ts';
import { takeToMatrix } from './to-matrix.ts';
import { takeToNetwork, type ToNetworkContext } from './to-network.ts';
import { Trials } from './trials.ts';
import { withdraw } from './withdrawal.ts';

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

export interface SpineDeps {
  readonly log: Log;
  readonly meter: Meter;
  readonly stores: Stores;
  readonly homeserver: Homeserver;
  readonly portals: Portals;
  readonly groups: GroupPortals;
  readonly absences: BotAbsences;
  readonly policy: Policy;
  readonly door: Door;
  /** The same, blocks aside: what is blocked is to look from outside like what is not. */
  readonly unblocked?: Door | undefined;
  readonly commands: CommandRunner;
  readonly network: (id: NetworkId) => RunningNetwork | undefined;
  /** Whether a Matrix user may use the bridge. */
  readonly permits: (user: MatrixUserId) => boolean;
  readonly limits: SpineLimits;
  /** Whether an error of the store passes by itself (a database that is restarting). */
  readonly isTransient: (error: unknown) => boolean;
  readonly reports: Pick<Reports, 'isTold' | 'poke' | 'delayed'>;
  /** How long keys are waited for; as usual where absent. */
  readonly keyPatience?: KeyPatience;
  readonly ties?: Pick<Ties, 'invited'>;
  /** Where first contacts are held; where absent, none can be. */
  readonly requests?: Pick<RequestBook, 'hold' | 'overtakes' | 'wipe' | 'wrote'>;
  readonly asides?: NonNullable<ToNetworkContext['asides']>;
}

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
  readonly #keys: KeyWaits;
  readonly #trials: Trials;
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
    this.#trials = new Trials(deps);
    this.#keys = new KeyWaits({
      ...{ ...deps, store: deps.stores.keyWaits, lanes: this.#lanes },
      isOld: (event) => this.#trials.isOld(event),
    });
  }

  /** Takes up what an earlier run left. To be called once, before anything is received. */
  async start(): Promise<void> {
    await this.#keys.start();
    this.#lanes.resume(await this.#deps.stores.events.pendingLanes());
    this.#keys.sweep(this.#closing.signal);
  }

  /** Begins nothing more and waits, for at most `grace` milliseconds, for what is under way; all else stays kept. */
  async stop(grace = stopGrace): Promise<void> {
    this.#closing.abort();
    const timer = setTimeout(() => this.#stopping.abort(), grace);
    await this.#lanes.stop();
    await this.#keys.stop();
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

  /** Keys came: what waits for them is tried again. Never throws. */
  keysArrived(sessions: readonly KeySession[]): void {
    if (!this.#closing.signal.aborted) this.#keys.arrived(sessions);
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
    const begun = Date.now();
    const known = this.#recorder.held(event.seq) ?? this.#keys.stillLocked(event);
    const step = known ?? (await this.#step(event, before));
    if (step.kind === 'behind') return { kind: 'ended' };
    if (step.kind === 'held') return this.#hold(event, step);
    if (step.kind === 'locked') {
      const locked = await this.#keys.take(event, step, begun);
      return 'outcome' in locked ? this.#end(event, locked) : locked;
    }
    if (step.kind === 'again' && !this.#trials.isOver(event, step.failed))
      return this.#trials.later(event, step);
    return this.#end(event, step.kind === 'ended' ? step : expired(event, step.failed));
  }

  async #end(event: KeptEvent, ended: EndedStep): Promise<Attempted> {
    // The homeserver knows a repeat by its name, so nothing is doubled where a crash forgets what was not recorded yet.
    if (event.source !== 'matrix' && ended.outcome.kind === 'sent') {
      this.#trials.forget(event);
      return { kind: 'ended', recorded: this.#recorder.insist(event, ended, this.#closing.signal) };
    }
    if (!(await this.#recorder.record(event, ended)))
      return { kind: 'again', afterMs: Math.min(recordBackOff, backOff(event.attempts)), waitsFor: 'store' };
    this.#trials.forget(event);
    this.#keys.ended(event, ended.outcome);
    await wipeSilenced(this.#deps.requests, event, ended);
    return { kind: 'ended' };
  }

  async #hold(event: KeptEvent, step: HeldStep): Promise<Attempted> {
    const held = await holdBack(this.#deps, event, step);
    if (held.kind === 'ended') this.#trials.forget(event);
    return held;
  }

  async #step(event: KeptEvent, before: Promise<void>): Promise<Step | OutOfLane> {
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

  #take(event: KeptEvent, signal: AbortSignal, before: Promise<void>): Promise<Step | OutOfLane> {
    const cause = `${event.source}/${event.outerId}`;
    const context = {
      ...{ ...this.#deps, otherWay: this.#otherWay, afterHistory: this.#afterHistory, before },
      ...{ late: event.waitedFor !== undefined, withdraw: this.#withdraw },
      overtakes: async () => (await this.#deps.requests?.overtakes(event)) ?? false,
    };
    return event.source === 'matrix'
      ? takeToNetwork(context, arrivalFromMatrix(event), cause, signal)
      : takeToMatrix(context, event.source, arrivalFromNetwork(event), cause, signal);
  }

  readonly #withdraw: ToNetworkContext['withdraw'] = async (waiting, user) => {
    if (!(await withdraw(this.#deps.stores, waiting, user))) return false;
    if (waiting.state === 'pending') this.#dropped.add(waiting.seq);
    return true;
  };

  readonly #otherWay = (portal: Portal, direction: Direction): Promise<void> => {
    const { network, chat, receiver } = portal.key;
    const lane = direction === 'to-matrix' ? matrixLane(portal.room) : networkLane(network, chat, receiver);
    return this.#lanes.settled(lane, 5_000);
  };

  /** What comes live stands behind what was said before, unless that waits for something itself. */
  readonly #afterHistory = ({ key }: Portal): Promise<void> =>
    this.#lanes.settled(historyLane(key.network, key.chat), historyPatience);

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
    const opening = openingResult(event.waitedFor !== undefined, step.outcome);
    if (opening !== undefined) this.#deps.meter.opened(opening);
    if (report) this.#deps.reports.poke();
    this.#deps.asides?.recorded(step);
  }
}

/** Which way an event goes, by where it came from. */
export function directionOf(source: Source): Direction {
  return source === 'matrix' ? 'to-network' : 'to-matrix';
}
