import { mostLookedThrough, type KeptContent, type KeptEvents } from '../core/kept-events.ts';
import type { Cipher } from './cipher.ts';
import type { Database } from './database.ts';
import { contentOf, recordColumns } from './event-row.ts';
import { indexed } from './stored-text.ts';

/** Of so many of the newest events one has to have its content still: else nothing older is looked at. */
const density = 20;

/** Events as they are looked at again, on SQLite and PostgreSQL. */
export class SqlKeptEvents implements KeptEvents {
  readonly #database: Database;
  readonly #cipher: Cipher;

  constructor(database: Database, cipher: Cipher) {
    this.#database = database;
    this.#cipher = cipher;
  }

  async get(outerId: string): Promise<KeptContent | undefined> {
    const [row] = await this.#database.rows(
      `select ${recordColumns}, payload, portal from events where outer_key = ? order by seq desc limit 1`,
      [indexed(outerId)],
    );
    return row === undefined ? undefined : contentOf(row, this.#cipher);
  }

  async recent(limit: number): Promise<readonly KeptContent[]> {
    const most = Math.max(0, Math.min(limit, mostLookedThrough));
    const rows = await this.#database.rows(
      `select ${recordColumns}, payload, portal from events
       where seq > (select coalesce(max(seq), 0) from events) - ? and ended_at is not null and payload is not null
       order by seq desc limit ?`,
      [most * density, most],
    );
    return rows.map((row) => contentOf(row, this.#cipher));
  }
}
