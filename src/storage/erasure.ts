import type { Erasure, ErasureStore } from '../core/erasures.ts';
import { type LaneId, type MatrixUserId, matrixUserId } from '../core/ids.ts';
import { concerns } from '../core/payload.ts';
import type { Cipher } from './cipher.ts';
import type { Database, Sql } from './database.ts';
import { outerIdOf, payloadOf, sourceOf } from './event-row.ts';
import type { GroupCommit } from './group-commit.ts';
import { integer, type Row, text } from './rows.ts';
import { list, parts } from './sql-values.ts';

const pageSize = 200;
const deleteSize = 1_000;
/** Tables whose `user_id` is not a user's, or is needed to the end. */
const spared = new Set(['erasures', 'ghosts', 'users']);

export interface ErasureNeeds {
  readonly database: Database;
  readonly commit: GroupCommit;
  readonly cipher: Cipher;
  /** Nothing that was read before may be answered any more. */
  readonly forget: () => void;
  /** What the user set for others stays, and is nobody's. */
  readonly disown: (user: MatrixUserId) => Promise<void>;
}

/** What an event that names the user comes to. */
interface Verdicts {
  /** Rows that go: they are the user's own, and their senders do not send them again. */
  readonly gone: number[];
  /** Rows of which the content goes: the record stays, so that the homeserver's repeat is known. */
  readonly emptied: number[];
  /** Those of them that have not ended, and may wait in memory. */
  readonly pending: number[];
}

/** Erasing a user, on SQLite and PostgreSQL. */
export class SqlErasureStore implements ErasureStore {
  readonly #needs: ErasureNeeds;

  constructor(needs: ErasureNeeds) {
    this.#needs = needs;
  }

  async intend(user: MatrixUserId, at: number): Promise<void> {
    await this.#needs.commit.write((sql) =>
      sql.run(
        'insert into erasures (user_id, asked_at, told) values (?, ?, 0) on conflict (user_id) do nothing',
        [user, at],
      ),
    );
  }

  async list(): Promise<readonly Erasure[]> {
    const rows = await this.#needs.database.rows('select * from erasures order by asked_at, user_id');
    return rows.map((row) => ({
      user: matrixUserId(text(row, 'user_id')),
      askedAt: integer(row, 'asked_at'),
      told: integer(row, 'told') === 1,
    }));
  }

  async told(user: MatrixUserId): Promise<void> {
    await this.#needs.commit.write((sql) =>
      sql.run('update erasures set told = 1 where user_id = ?', [user]),
    );
  }

  async purgeLanes(lanes: readonly LaneId[]): Promise<readonly number[]> {
    return this.#deleteEvents(`lane in (${list(lanes)})`, lanes);
  }

  async purge(user: MatrixUserId): Promise<readonly number[]> {
    // The lane of a direct chat ends with its receiver.
    const ending = `${JSON.stringify(user)}]`;
    const dropped = [
      ...(await this.#deleteEvents('substr(lane, length(lane) - ? + 1) = ?', [ending.length, ending])),
      ...(await this.#eraseByContent(user)),
    ];
    for (const table of await this.#tablesOfUsers()) {
      await this.#needs.commit.write((sql) => sql.run(`delete from "${table}" where user_id = ?`, [user]));
    }
    await this.#needs.commit.write((sql) => sql.run('delete from network_records where owner = ?', [user]));
    await this.#forgetAuthor(user);
    await this.#needs.disown(user);
    return dropped;
  }

  async finish(user: MatrixUserId): Promise<void> {
    try {
      await this.#needs.commit.write(async (sql) => {
        await sql.run('delete from users where user_id = ?', [user]);
        await sql.run('delete from erasures where user_id = ?', [user]);
      });
    } finally {
      this.#needs.forget();
    }
    await this.#needs.database.overwriteLog();
  }

  async #deleteEvents(where: string, values: readonly (string | number)[]): Promise<readonly number[]> {
    const seqs: number[] = [];
    for (;;) {
      const rows = await this.#needs.commit.write((sql) =>
        sql.rows(
          `delete from events where seq in (select seq from events where ${where} limit ${deleteSize})
           returning seq, ended_at`,
          values,
        ),
      );
      seqs.push(...rows.filter(isPending).map((row) => integer(row, 'seq')));
      if (rows.length < deleteSize) return seqs;
    }
  }

  /** Reads through the content that is still kept: only there it says who sent an event into a room of many. */
  async #eraseByContent(user: MatrixUserId): Promise<readonly number[]> {
    const dropped: number[] = [];
    for (let after = 0; ;) {
      const rows = await this.#needs.database.rows(
        `select seq, source, outer_key, long_outer_id, ended_at, report, payload from events
         where payload is not null and seq > ? order by seq limit ${pageSize}`,
        [after],
      );
      const verdicts = this.#judge(rows, user);
      await this.#needs.commit.write((sql) => carryOut(sql, verdicts));
      dropped.push(...verdicts.pending);
      const last = rows.at(-1);
      if (last === undefined || rows.length < pageSize) return dropped;
      after = integer(last, 'seq');
    }
  }

  #judge(rows: readonly Row[], user: MatrixUserId): Verdicts {
    const verdicts: Verdicts = { gone: [], emptied: [], pending: [] };
    for (const row of rows) {
      const event = { source: sourceOf(row), outerId: outerIdOf(row) };
      const payload = payloadOf(row, event, this.#needs.cipher);
      const how = concerns({ ...event, payload }, user);
      if (how === 'nothing') continue;
      const seq = integer(row, 'seq');
      if (how === 'own' && isPending(row)) verdicts.pending.push(seq);
      if (how === 'own') verdicts[event.source === 'matrix' ? 'emptied' : 'gone'].push(seq);
      // What somebody else wrote is theirs until it has ended and they have been told.
      else if (!isPending(row) && integer(row, 'report') === 0) verdicts.emptied.push(seq);
    }
    return verdicts;
  }

  /** Every table that has a column `user_id`, those of later releases included. */
  async #tablesOfUsers(): Promise<readonly string[]> {
    const { database } = this.#needs;
    const rows = await database.rows(
      database.dialect === 'sqlite'
        ? `select tables.name as name from sqlite_master as tables, pragma_table_info(tables.name) as columns
           where tables.type = 'table' and columns.name = 'user_id'`
        : `select table_name as name from information_schema.columns
           where table_schema = current_schema() and column_name = 'user_id'`,
    );
    return rows.map((row) => text(row, 'name')).filter((name) => !spared.has(name));
  }

  /** What the user wrote and did in rooms that go on. */
  async #forgetAuthor(user: MatrixUserId): Promise<void> {
    const own = `author_side = 'matrix' and author = ?`;
    try {
      for (let more = true; more;) {
        more = await this.#needs.commit.write(async (sql) => {
          const rows = await sql.rows(`select id from messages where ${own} limit 500`, [user]);
          const ids = rows.map((row) => integer(row, 'id'));
          if (ids.length > 0) {
            await sql.run(`delete from message_names where message in (${list(ids)})`, ids);
            await sql.run(`delete from messages where id in (${list(ids)})`, ids);
          }
          return ids.length === 500;
        });
      }
      await this.#needs.commit.write((sql) => sql.run(`delete from reactions where ${own}`, [user]));
    } finally {
      this.#needs.forget();
    }
  }
}

function isPending(row: Row): boolean {
  return row['ended_at'] === null;
}

async function carryOut(sql: Sql, { gone, emptied }: Verdicts): Promise<void> {
  for (const seqs of parts(gone)) await sql.run(`delete from events where seq in (${list(seqs)})`, seqs);
  for (const seqs of parts(emptied)) {
    await sql.run(
      `update events set payload = null, report = 0,
         state = case when ended_at is null then 'ignored' else state end,
         reason = case when ended_at is null then 'portal-closed' else reason end,
         ended_at = coalesce(ended_at, ?)
       where seq in (${list(seqs)})`,
      [Date.now(), ...seqs],
    );
  }
}
