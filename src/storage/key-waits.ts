import type { LaneId } from '../core/ids.ts';
import type { KeyWaitStore, WaitingEvent } from '../core/key-wait-store.ts';
import type { KeptEvent } from '../core/stores.ts';
import type { Cipher } from './cipher.ts';
import type { Database } from './database.ts';
import { keptOf } from './event-row.ts';
import type { GroupCommit } from './group-commit.ts';
import { integer, type Row } from './rows.ts';
import { list } from './sql-values.ts';

const waiting = `state = 'waiting-for-key'`;

export interface KeyWaitNeeds {
  readonly database: Database;
  readonly commit: GroupCommit;
  readonly cipher: Cipher;
}

/** Events that wait for keys, on SQLite and PostgreSQL. */
export class SqlKeyWaits implements KeyWaitStore {
  readonly #needs: KeyWaitNeeds;

  constructor(needs: KeyWaitNeeds) {
    this.#needs = needs;
  }

  async wait({ seq, session, attempts, portal, report }: WaitingEvent): Promise<void> {
    await this.#needs.commit.write((sql) =>
      sql.run(
        `update events set state = 'waiting-for-key', attempts = ?, portal = coalesce(?, portal),
           report = case when waits_for_key is null then ? else report end, waits_for_key = ?
         where seq = ? and ended_at is null`,
        [attempts, portal ?? null, report ? 1 : 0, session, seq],
      ),
    );
  }

  async takeUp(lane: LaneId, sessions: readonly string[], limit: number): Promise<readonly KeptEvent[]> {
    if (sessions.length === 0) return [];
    return this.#takeUp(`lane = ? and waits_for_key in (${list(sessions)})`, [lane, ...sessions], limit);
  }

  takeUpAfter(after: number, limit: number): Promise<readonly KeptEvent[]> {
    return this.#takeUp('seq > ?', [after], limit);
  }

  async takeUpAll(): Promise<void> {
    await this.#needs.commit.write((sql) =>
      sql.run(`update events set state = 'pending' where ${waiting}`, []),
    );
  }

  async get(seq: number): Promise<KeptEvent | undefined> {
    const [row] = await this.#needs.database.rows('select * from events where seq = ? and ended_at is null', [
      seq,
    ]);
    return row === undefined ? undefined : keptOf(row, this.#needs.cipher);
  }

  count(): Promise<number> {
    return countWaiting(this.#needs.database);
  }

  async #takeUp(
    where: string,
    values: readonly (string | number)[],
    limit: number,
  ): Promise<readonly KeptEvent[]> {
    const rows: readonly Row[] = await this.#needs.commit.write((sql) =>
      sql.rows(
        `update events set state = 'pending' where seq in (
           select seq from events where ${waiting} and ${where} order by seq limit ?) returning *`,
        [...values, limit],
      ),
    );
    const taken = rows.map((row) => keptOf(row, this.#needs.cipher));
    return taken.sort((one, other) => one.seq - other.seq);
  }
}

/** How many events wait for keys. */
export async function countWaiting(database: Pick<Database, 'rows'>): Promise<number> {
  const [row] = await database.rows(`select count(*) as count from events where ${waiting}`);
  return row === undefined ? 0 : integer(row, 'count');
}
