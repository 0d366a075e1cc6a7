import { type LaneId, laneId } from '../core/ids.ts';
import type { ReasonCode } from '../core/outcome.ts';
import type {
  DueReport,
  EventRecord,
  EventStore,
  KeptEvent,
  NewEvent,
  Settlement,
  Source,
  SourceBacklog,
} from '../core/stores.ts';
import type { Cipher } from './cipher.ts';
import type { Database, Sql } from './database.ts';
import { isTransient } from './errors.ts';
import {
  keptOf,
  outerIdOf,
  contentOf,
  payloadPlace,
  recordColumns,
  recordOf,
  sourceOf,
} from './event-row.ts';
import type { GroupCommit } from './group-commit.ts';
import { integer, optionalInteger, text } from './rows.ts';
import { list, parts, placeholders, sized, typedPlaceholders } from './sql-values.ts';
import { indexed, storable } from './stored-text.ts';

/** What stands in a lane: the indexes of what has not ended serve it. */
const onTheWay = `ended_at is null and state not in ('waiting-for-key', 'held')`;
const sweepSize = 1_000;
/** How many events whose keeping ended in doubt are remembered. */
const maxDoubts = 10_000;

/** What an event store needs of the stores beside it. */
export interface EventNeeds {
  readonly database: Database;
  readonly commit: GroupCommit;
  readonly cipher: Cipher;
  /** Ends events in bulk and writes what ends with them. */
  readonly settle: (settlement: Settlement) => Promise<void>;
}

/** The events, on SQLite and PostgreSQL. */
export class SqlEventStore implements EventStore {
  readonly #database: Database;
  readonly #commit: GroupCommit;
  readonly #cipher: Cipher;
  readonly #settle: (settlement: Settlement) => Promise<void>;
  readonly #keep: (events: readonly SealedEvent[]) => Promise<readonly (KeptEvent | undefined)[]>;
  readonly #attempted: (attempt: Attempt) => Promise<void>;
  readonly #reported: (seqs: readonly number[]) => Promise<void>;
  /** Events whose keeping failed so that nobody knows whether they were kept. */
  readonly #doubts = new Set<string>();

  constructor(needs: EventNeeds) {
    this.#database = needs.database;
    this.#commit = needs.commit;
    this.#cipher = needs.cipher;
    this.#settle = needs.settle;
    this.#keep = needs.commit.batched(insertAll);
    this.#attempted = needs.commit.batched(countAttempts);
    this.#reported = needs.commit.batched(clearReports);
  }

  async keep(events: readonly NewEvent[]): Promise<readonly (KeptEvent | undefined)[]> {
    if (events.length === 0) return [];
    const receivedAt = Date.now();
    const sealed = events.map((event) => ({
      event,
      receivedAt,
      payload: this.#cipher.seal(event.payload, payloadPlace(event)),
    }));
    try {
      const kept = await this.#keep(sealed);
      return this.#doubts.size === 0 ? kept : await this.#settleDoubts(events, kept);
    } catch (error) {
      if (isTransient(error)) this.#doubt(events);
      throw error;
    }
  }

  async known(source: Source, outerIds: readonly string[]): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for (const part of parts(outerIds)) {
      const keys = part.map(indexed);
      const rows = await this.#database.rows(
        `select outer_key from events where source = ? and outer_key in (${list(keys)})`,
        [source, ...keys],
      );
      for (const row of rows) found.add(text(row, 'outer_key'));
    }
    return new Set(outerIds.filter((outerId) => found.has(indexed(outerId))));
  }

  async pendingLanes(): Promise<readonly LaneId[]> {
    const rows = await this.#database.rows(
      `select lane from events where ${onTheWay} group by lane order by min(seq)`,
    );
    return rows.map((row) => laneId(text(row, 'lane')));
  }

  async pending(lane: LaneId, after: number, limit: number): Promise<readonly KeptEvent[]> {
    const rows = await this.#database.rows(
      `select * from events where lane = ? and seq > ? and ${onTheWay} order by seq limit ?`,
      [lane, after, limit],
    );
    return rows.map((row) => keptOf(row, this.#cipher));
  }

  settle(settlement: Settlement): Promise<void> {
    return this.#settle(settlement);
  }

  attempted(seq: number, attempts: number): Promise<void> {
    return this.#attempted({ seq, attempts });
  }

  async find(outerId: string): Promise<EventRecord | undefined> {
    const [row] = await this.#database.rows(
      `select ${recordColumns} from events where outer_key = ? order by seq desc limit 1`,
      [indexed(outerId)],
    );
    return row === undefined ? undefined : recordOf(row);
  }

  async revive(outerId: string): Promise<KeptEvent | undefined> {
    const [row] = await this.#commit.write((sql) =>
      sql.rows(
        `update events set state = 'pending', reason = null, attempts = 0, received_at = ?, ended_at = null, report = 0
         where seq = (select max(seq) from events where outer_key = ?)
           and (ended_at is not null or state = 'waiting-for-key') and state <> 'sent' and payload is not null
         returning *`,
        [Date.now(), indexed(outerId)],
      ),
    );
    return row === undefined ? undefined : keptOf(row, this.#cipher);
  }

  async reviveAll(lanes: readonly LaneId[], reason: ReasonCode, since: number): Promise<number> {
    return this.#commit.write(async (sql) => {
      const rows = await sql.rows(
        `update events set state = 'pending', reason = null, attempts = 0, received_at = ?, ended_at = null, report = 0
         where ended_at >= ? and state = 'failed' and reason = ? and payload is not null
           and lane in (${lanes.map(() => '?').join(', ')})
         returning seq`,
        [Date.now(), since, reason, ...lanes],
      );
      return rows.length;
    });
  }

  async dueReports(after: number, limit: number): Promise<readonly DueReport[]> {
    const rows = await this.#database.rows(
      `select ${recordColumns}, payload, portal from events
       where report = 1 and seq > ? and payload is not null order by seq limit ?`,
      [after, limit],
    );
    return rows.map((row) => contentOf(row, this.#cipher));
  }

  async reported(seqs: readonly number[]): Promise<void> {
    if (seqs.length > 0) await this.#reported(seqs);
  }

  /** A payload that a report still needs stays until the report is given. */
  async erase(endedBefore: number): Promise<number> {
    const erased = await this.#sweep(
      `update events set payload = null where seq in (
         select seq from events where ended_at < ? and payload is not null and report = 0 limit ${sweepSize})`,
      endedBefore,
    );
    if (erased > 0) await this.#database.overwriteLog();
    return erased;
  }

  async forget(endedBefore: number): Promise<number> {
    const forgotten = await this.#sweep(
      `delete from events where seq in (
         select seq from events where ended_at is not null and ended_at < ? limit ${sweepSize})`,
      endedBefore,
    );
    if (forgotten > 0) await this.#database.overwriteLog();
    return forgotten;
  }

  async backlog(): Promise<{ readonly pending: number; readonly oldest: number | undefined }> {
    const [row] = await this.#database.rows(
      `select count(*) as pending, (select received_at from events where seq =
         (select min(seq) from events where ${onTheWay})) as oldest
       from events where ${onTheWay}`,
    );
    if (row === undefined) return { pending: 0, oldest: undefined };
    return { pending: integer(row, 'pending'), oldest: optionalInteger(row, 'oldest') };
  }

  async backlogs(): Promise<readonly SourceBacklog[]> {
    const rows = await this.#database.rows(
      `select source, count(*) as pending, min(received_at) as oldest
       from events where ${onTheWay} group by source`,
    );
    return rows.map((row) => ({
      source: sourceOf(row),
      pending: integer(row, 'pending'),
      oldest: integer(row, 'oldest'),
    }));
  }

  async #sweep(statement: string, endedBefore: number): Promise<number> {
    for (let total = 0; ;) {
      const count = await this.#commit.write((sql) => sql.run(statement, [endedBefore]));
      total += count;
      if (count < sweepSize) return total;
    }
  }

  #doubt(events: readonly NewEvent[]): void {
    for (const event of events) this.#doubts.add(identityOf(event));
    for (const oldest of this.#doubts) {
      if (this.#doubts.size <= maxDoubts) break;
      this.#doubts.delete(oldest);
    }
  }

  /** What an earlier call kept but could not say so is kept now, as far as its caller can know. */
  async #settleDoubts(
    events: readonly NewEvent[],
    kept: readonly (KeptEvent | undefined)[],
  ): Promise<readonly (KeptEvent | undefined)[]> {
    const settled: (KeptEvent | undefined)[] = [];
    for (const [index, event] of events.entries()) {
      const doubted = this.#doubts.has(identityOf(event));
      settled.push(kept[index] ?? (doubted ? await this.#pendingOf(event) : undefined));
      this.#doubts.delete(identityOf(event));
    }
    return settled;
  }

  async #pendingOf(event: NewEvent): Promise<KeptEvent | undefined> {
    const [row] = await this.#database.rows(
      'select * from events where outer_key = ? and source = ? and ended_at is null',
      [indexed(event.outerId), event.source],
    );
    return row === undefined ? undefined : keptOf(row, this.#cipher);
  }
}

interface SealedEvent {
  readonly event: NewEvent;
  readonly receivedAt: number;
  readonly payload: Buffer;
}
interface Attempt {
  readonly seq: number;
  readonly attempts: number;
}

function identityOf(event: Pick<NewEvent, 'source' | 'outerId'>): string {
  return `${event.source} ${storable(event.outerId)}`;
}

const insertEvents = sized(
  (rows) =>
    `insert into events (source, outer_key, long_outer_id, lane, state, attempts, received_at, report, payload)
     values ${placeholders(rows, 9)}
     on conflict (outer_key, source) do nothing returning seq, source, outer_key, long_outer_id`,
);

/** Inserts all events of all batches at once; of two with one identity the first is the one that is kept. */
async function insertAll(
  sql: Sql,
  batches: readonly (readonly SealedEvent[])[],
): Promise<readonly (readonly (KeptEvent | undefined)[])[]> {
  const seqs = new Map<string, number>();
  for (const part of parts(batches.flat())) {
    const values = part.flatMap(({ event, receivedAt, payload }) => {
      const key = indexed(event.outerId);
      const long = key === event.outerId ? null : event.outerId;
      return [event.source, key, long, event.lane, 'pending', 0, receivedAt, 0, payload];
    });
    const rows = await sql.rows(insertEvents(part.length), values);
    for (const row of rows) {
      seqs.set(identityOf({ source: sourceOf(row), outerId: outerIdOf(row) }), integer(row, 'seq'));
    }
  }
  return batches.map((batch) =>
    batch.map(({ event, receivedAt }) => {
      const identity = identityOf(event);
      const seq = seqs.get(identity);
      seqs.delete(identity);
      return seq === undefined ? undefined : { ...event, seq, receivedAt, attempts: 0 };
    }),
  );
}

async function countAttempts(sql: Sql, attempts: readonly Attempt[]): Promise<readonly undefined[]> {
  const latest = new Map(attempts.map(({ seq, attempts: count }) => [seq, count]));
  await sql.run(
    `update events set attempts = counted.column2
     from (values ${typedPlaceholders(latest.size, ['bigint', 'integer'])}) as counted
     where events.seq = counted.column1 and events.ended_at is null`,
    [...latest].flat(),
  );
  return attempts.map(() => undefined);
}

async function clearReports(sql: Sql, groups: readonly (readonly number[])[]): Promise<readonly undefined[]> {
  for (const seqs of parts(groups.flat())) {
    await sql.run(`update events set report = 0 where seq in (${list(seqs)})`, seqs);
  }
  return groups.map(() => undefined);
}
