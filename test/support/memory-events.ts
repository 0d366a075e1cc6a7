import type { LaneId } from '../../src/core/ids.ts';
import type { KeyWaitStore, WaitingEvent } from '../../src/core/key-wait-store.ts';
import type { EventState, Outcome, ReasonCode } from '../../src/core/outcome.ts';
import type {
  DueReport,
  EventRecord,
  EventStore,
  KeptEvent,
  NewEvent,
  Settlement,
  Source,
  SourceBacklog,
} from '../../src/core/stores.ts';

interface Row {
  readonly event: NewEvent;
  readonly seq: number;
  receivedAt: number;
  state: EventState;
  outcome: Outcome | undefined;
  attempts: number;
  endedAt: number | undefined;
  payload: string | undefined;
  portal: Settlement['portal'];
  report: boolean;
  waitsFor: string | undefined;
}

/** Events in memory, with the semantics that the real store has, for tests that need no database. */
export class MemoryEvents implements EventStore, KeyWaitStore {
  readonly #rows: Row[] = [];
  #last = 0;
  readonly #settled: (settlement: Settlement) => void;

  /** `settled` gets everything that a settlement says of messages and reactions. */
  constructor(settled: (settlement: Settlement) => void) {
    this.#settled = settled;
  }

  async keep(events: readonly NewEvent[]): Promise<readonly (KeptEvent | undefined)[]> {
    return events.map((event) => {
      if (this.#named(event.source, event.outerId) !== undefined) return undefined;
      const row: Row = {
        event,
        seq: (this.#last += 1),
        receivedAt: Date.now(),
        state: 'pending',
        outcome: undefined,
        attempts: 0,
        endedAt: undefined,
        payload: event.payload,
        portal: undefined,
        report: false,
        waitsFor: undefined,
      };
      this.#rows.push(row);
      return kept(row);
    });
  }

  async known(source: Source, outerIds: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set(outerIds.filter((id) => this.#named(source, id) !== undefined));
  }

  async pendingLanes(): Promise<readonly LaneId[]> {
    return [...new Set(this.#rows.filter((row) => row.state === 'pending').map((row) => row.event.lane))];
  }

  async pending(lane: LaneId, after: number, limit: number): Promise<readonly KeptEvent[]> {
    return this.#rows
      .filter((row) => row.state === 'pending' && row.event.lane === lane && row.seq > after)
      .slice(0, limit)
      .map(kept);
  }

  async settle(settlement: Settlement): Promise<void> {
    const row = this.#bySeq(settlement.seq);
    Object.assign(row, {
      state: settlement.outcome.kind,
      outcome: settlement.outcome,
      attempts: settlement.attempts,
      portal: settlement.portal,
      report: settlement.report,
      endedAt: Date.now(),
    });
    this.#settled(settlement);
  }

  async attempted(seq: number, attempts: number): Promise<void> {
    this.#bySeq(seq).attempts = attempts;
  }

  async find(outerId: string): Promise<EventRecord | undefined> {
    const row = this.#rows.find((candidate) => candidate.event.outerId === outerId);
    return row === undefined ? undefined : record(row);
  }

  async revive(outerId: string): Promise<KeptEvent | undefined> {
    const row = this.#rows.find((candidate) => candidate.event.outerId === outerId);
    if (row?.payload === undefined || row.state === 'sent') return undefined;
    if (row.endedAt === undefined && row.state !== 'waiting-for-key') return undefined;
    Object.assign(row, {
      state: 'pending',
      outcome: undefined,
      endedAt: undefined,
      attempts: 0,
      report: false,
      receivedAt: Date.now(),
    });
    return kept(row);
  }

  async reviveAll(lanes: readonly LaneId[], reason: ReasonCode, since: number): Promise<number> {
    const there = this.#rows.filter(
      ({ event, outcome, endedAt = -1, payload }) =>
        lanes.includes(event.lane) &&
        outcome?.kind === 'failed' &&
        outcome.reason === reason &&
        endedAt >= since &&
        payload !== undefined,
    );
    for (const { event } of there) await this.revive(event.outerId);
    return there.length;
  }

  async dueReports(after: number, limit: number): Promise<readonly DueReport[]> {
    return this.#rows
      .filter((row) => row.report && row.payload !== undefined && row.seq > after)
      .slice(0, limit)
      .map((row) => ({ record: record(row), payload: row.payload ?? '', portal: row.portal }));
  }

  async reported(seqs: readonly number[]): Promise<void> {
    for (const seq of seqs) this.#bySeq(seq).report = false;
  }

  async erase(endedBefore: number): Promise<number> {
    const due = this.#rows.filter((row) => row.payload !== undefined && endedAt(row) < endedBefore);
    for (const row of due) row.payload = undefined;
    return due.length;
  }

  async forget(endedBefore: number): Promise<number> {
    const before = this.#rows.length;
    const rest = this.#rows.filter((row) => endedAt(row) >= endedBefore);
    this.#rows.splice(0, before, ...rest);
    return before - rest.length;
  }

  async backlog(): Promise<{ readonly pending: number; readonly oldest: number | undefined }> {
    const waiting = this.#rows.filter((row) => row.state === 'pending');
    return { pending: waiting.length, oldest: waiting[0]?.receivedAt };
  }

  async backlogs(): Promise<readonly SourceBacklog[]> {
    const waiting = this.#rows.filter((row) => row.state === 'pending');
    return [...new Set(waiting.map((row) => row.event.source))].map((source) => {
      const own = waiting.filter((row) => row.event.source === source);
      return { source, pending: own.length, oldest: Math.min(...own.map((row) => row.receivedAt)) };
    });
  }

  async wait({ seq, session, attempts, portal, report }: WaitingEvent): Promise<void> {
    const row = this.#bySeq(seq);
    if (row.endedAt !== undefined) return;
    if (row.waitsFor === undefined) row.report = report;
    row.portal = portal ?? row.portal;
    Object.assign(row, { state: 'waiting-for-key', waitsFor: session, attempts });
  }

  async takeUp(lane: LaneId, sessions: readonly string[], limit: number): Promise<readonly KeptEvent[]> {
    return this.#takeUp(
      ({ event, waitsFor }) => event.lane === lane && sessions.includes(waitsFor ?? ''),
      limit,
    );
  }

  async takeUpAfter(after: number, limit: number): Promise<readonly KeptEvent[]> {
    return this.#takeUp(({ seq }) => seq > after, limit);
  }

  async takeUpAll(): Promise<void> {
    this.#takeUp(() => true, Number.POSITIVE_INFINITY);
  }

  async get(seq: number): Promise<KeptEvent | undefined> {
    const row = this.#bySeq(seq);
    return row.endedAt === undefined ? kept(row) : undefined;
  }

  async count(): Promise<number> {
    return this.#rows.filter((row) => row.state === 'waiting-for-key').length;
  }

  #takeUp(test: (row: Row) => boolean, limit: number): readonly KeptEvent[] {
    const rows = this.#rows.filter((row) => row.state === 'waiting-for-key' && test(row)).slice(0, limit);
    for (const row of rows) row.state = 'pending';
    return rows.map(kept);
  }

  #named(source: Source, outerId: string): Row | undefined {
    return this.#rows.find((row) => row.event.source === source && row.event.outerId === outerId);
  }

  #bySeq(seq: number): Row {
    const row = this.#rows.find((candidate) => candidate.seq === seq);
    if (row === undefined) throw new Error(`no event ${seq}`);
    return row;
  }
}

function endedAt(row: Row): number {
  return row.endedAt ?? Number.POSITIVE_INFINITY;
}

function kept(row: Row): KeptEvent {
  const waited = row.waitsFor === undefined ? {} : { waitedFor: row.waitsFor };
  return { ...row.event, ...waited, seq: row.seq, receivedAt: row.receivedAt, attempts: row.attempts };
}

function record(row: Row): EventRecord {
  return {
    seq: row.seq,
    source: row.event.source,
    outerId: row.event.outerId,
    lane: row.event.lane,
    state: row.state,
    outcome: row.outcome,
    attempts: row.attempts,
    receivedAt: row.receivedAt,
    endedAt: row.endedAt,
    retryable: row.payload !== undefined,
    ...(row.waitsFor === undefined ? {} : { waitsFor: row.waitsFor }),
  };
}
