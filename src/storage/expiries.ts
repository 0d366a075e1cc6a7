import type { Expired, ExpiryStore } from '../core/expiries.ts';
import { matrixEventId, portalId, type MatrixEventId, type PortalId } from '../core/ids.ts';
import type { Settlement } from '../core/stores.ts';
import type { Database, Sql } from './database.ts';
import type { GroupCommit } from './group-commit.ts';
import { nameOf } from './parties.ts';
import { integer, optionalText, text } from './rows.ts';

/** What nobody reads goes all the same, so long after it would have gone had it been read at once. Milliseconds. */
const unreadFor = 7 * 86_400_000;

/** Messages that are to be gone after a while, on SQLite and PostgreSQL. They are written with the settlement of an event. */
export class SqlExpiryStore implements ExpiryStore {
  readonly #database: Database;
  readonly #commit: GroupCommit;

  constructor(database: Database, commit: GroupCommit) {
    this.#database = database;
    this.#commit = commit;
  }

  async due(now: number, limit: number): Promise<readonly Expired[]> {
    const rows = await this.#database.rows(
      `select e.message as message, e.portal as portal, m.event_ids as event_ids
       from expiries e left join messages m on m.id = e.message
       where e.due <= ? order by e.due, e.message limit ?`,
      [now, limit],
    );
    const due: Expired[] = [];
    for (const row of rows) {
      const message = integer(row, 'message');
      const edits = await this.#database.rows('select event_id from expiring_edits where message = ?', [
        message,
      ]);
      due.push({
        message,
        portal: portalId(text(row, 'portal')),
        eventIds: [
          ...eventIdsIn(optionalText(row, 'event_ids')),
          ...edits.map((edit) => matrixEventId(text(edit, 'event_id'))),
        ],
      });
    }
    return due;
  }

  async next(): Promise<number | undefined> {
    const [row] = await this.#database.rows('select due from expiries order by due limit 1');
    return row === undefined ? undefined : integer(row, 'due');
  }

  async gone(message: number): Promise<void> {
    await this.#commit.write(async (sql) => {
      await sql.run('delete from expiries where message = ?', [message]);
      await sql.run('delete from expiring_edits where message = ?', [message]);
      await sql.run(
        'update events set payload = null where seq = ? and ended_at is not null and report = 0',
        [message],
      );
    });
  }

  async later(message: number, at: number): Promise<void> {
    await this.#commit.write((sql) =>
      sql.run('update expiries set due = ?, unread = 0 where message = ?', [at, message]),
    );
  }

  async read(portal: PortalId, upTo: MatrixEventId, at: number): Promise<number> {
    const [row] = await this.#database.rows(
      'select message from expiries where portal = ? and unread = 1 limit 1',
      [portal],
    );
    if (row === undefined) return 0;
    const [read] = await this.#database.rows(
      'select message from message_names where portal = ? and side = ? and name = ?',
      [portal, ...nameOf({ in: 'matrix', eventId: upTo })],
    );
    // Clients read up to events that are no messages too; those come after what their user sees.
    const last = read === undefined ? Number.MAX_SAFE_INTEGER : integer(read, 'message');
    return this.#commit.write((sql) =>
      sql.run(
        'update expiries set due = ? + after_ms, unread = 0 where portal = ? and unread = 1 and message <= ?',
        [at, portal, last],
      ),
    );
  }
}

/** Writes down when messages are due; those whose settlement did not count are left out by the caller. */
export async function insertExpiries(
  sql: Sql,
  settlements: readonly Settlement[],
  now: number,
): Promise<void> {
  for (const { seq, expiry, message } of settlements) {
    if (expiry === undefined || message === undefined) continue;
    const { afterMs, untilRead } = expiry;
    await sql.run(
      `insert into expiries (message, portal, due, after_ms, unread) values (?, ?, ?, ?, ?)
       on conflict (message) do nothing`,
      [seq, message.portal, now + afterMs + (untilRead ? unreadFor : 0), afterMs, untilRead ? 1 : 0],
    );
  }
}

/** The edits of a message that is to be gone go with it. */
export async function insertExpiringEdits(
  sql: Sql,
  message: number,
  portal: PortalId,
  edits: readonly MatrixEventId[],
): Promise<void> {
  if (edits.length === 0) return;
  const [row] = await sql.rows('select message from expiries where message = ?', [message]);
  if (row === undefined) return;
  for (const edit of edits)
    await sql.run(
      'insert into expiring_edits (message, portal, event_id) values (?, ?, ?) on conflict do nothing',
      [message, portal, edit],
    );
}

/** A portal is forgotten: nothing is taken back there any more. */
export async function forgetExpiries(sql: Sql, portal: PortalId): Promise<void> {
  await sql.run('delete from expiries where portal = ?', [portal]);
  await sql.run('delete from expiring_edits where portal = ?', [portal]);
}

function eventIdsIn(written: string | undefined): readonly MatrixEventId[] {
  const parsed: unknown = written === undefined ? [] : JSON.parse(written);
  if (!Array.isArray(parsed)) return [];
  return parsed.filter((id) => typeof id === 'string').map((id) => matrixEventId(id));
}
