import type { ListEntry } from '../core/blocklist.ts';
import { remoteUserId, type MatrixUserId, type NetworkId, type RemoteUserId } from '../core/ids.ts';
import {
  unfollowed,
  unsureMark,
  type AgreedEntry,
  type LoginListStore,
  type Unfollowed,
} from '../core/login-list-store.ts';
import type { Login } from '../core/stores.ts';
import type { Database } from './database.ts';
import type { GroupCommit } from './group-commit.ts';
import { loginOf } from './logins.ts';
import { integer, text, type Row } from './rows.ts';
import { parts, placeholders } from './sql-values.ts';
import { indexed, storable } from './stored-text.ts';

/** What is agreed of the lists of linked accounts, on SQLite and PostgreSQL. */
export class SqlLoginListStore implements LoginListStore {
  readonly #database: Database;
  readonly #commit: GroupCommit;

  constructor(database: Database, commit: GroupCommit) {
    this.#database = database;
    this.#commit = commit;
  }

  async agreed(login: Login): Promise<readonly AgreedEntry[]> {
    const rows = await this.#database.rows(
      `select kind, name, block_mark from listed_names
       where network = ? and remote_key = ? and user_id = ? and linked_at = ?`,
      ownerOf(login),
    );
    return rows.map((row) => ({ entry: entryOf(row), mark: text(row, 'block_mark') }));
  }

  async change(login: Login, put: readonly AgreedEntry[], drop: readonly ListEntry[]): Promise<void> {
    const [network, remote, user, linkedAt] = ownerOf(login);
    await this.#commit.write(async (sql) => {
      for (const entry of drop)
        await sql.run(
          'delete from listed_names where network = ? and remote_key = ? and kind = ? and name_key = ?',
          [network, remote, entry.kind, indexed(nameOf(entry))],
        );
      for (const some of parts(put, 100))
        await sql.run(
          `insert into listed_names (network, remote_key, kind, name_key, name, user_id, linked_at, block_mark)
           values ${placeholders(some.length, 8)}
           on conflict (network, remote_key, kind, name_key) do update set user_id = excluded.user_id,
             linked_at = excluded.linked_at, block_mark = excluded.block_mark`,
          some.flatMap(({ entry, mark }) => [
            ...[network, remote, entry.kind, indexed(nameOf(entry)), storable(nameOf(entry))],
            ...[user, linkedAt, mark],
          ]),
        );
    });
  }

  async renew(user: MatrixUserId, network: NetworkId, entries: readonly ListEntry[]): Promise<void> {
    await this.#commit.write(async (sql) => {
      for (const entry of entries)
        await sql.run(
          `update listed_names set block_mark = ?
           where user_id = ? and network = ? and kind = ? and name_key = ?`,
          [unsureMark, user, network, entry.kind, indexed(nameOf(entry))],
        );
    });
  }

  async told(login: Login): Promise<Unfollowed | undefined> {
    const [row] = await this.#database.rows(
      `select why from unfollowed_lists
       where network = ? and remote_key = ? and user_id = ? and linked_at = ?`,
      ownerOf(login),
    );
    const why = row === undefined ? undefined : text(row, 'why');
    return unfollowed.find((known) => known === why);
  }

  async setTold(login: Login, why: Unfollowed | undefined): Promise<void> {
    const owner = ownerOf(login);
    await this.#commit.write(async (sql) => {
      await sql.run('delete from unfollowed_lists where network = ? and remote_key = ?', owner.slice(0, 2));
      if (why === undefined) return;
      await sql.run(
        'insert into unfollowed_lists (network, remote_key, user_id, linked_at, why) values (?, ?, ?, ?, ?)',
        [...owner, why],
      );
    });
  }

  async logins(
    network: NetworkId,
    after: RemoteUserId | undefined,
    limit: number,
  ): Promise<readonly Login[]> {
    const rows = await this.#database.rows(
      'select * from logins where network = ? and remote > ? order by remote limit ?',
      [network, after ?? '', limit],
    );
    return rows.map(loginOf);
  }

  /** An account is known here by when and by whom it was linked. */
  async prune(): Promise<void> {
    await this.#commit.write(async (sql) => {
      for (const table of ['listed_names', 'unfollowed_lists'])
        await sql.run(
          `delete from ${table} where not exists (
             select 1 from logins where logins.network = ${table}.network and logins.user_id = ${table}.user_id
               and logins.linked_at = ${table}.linked_at)`,
        );
    });
  }
}

/** How many accounts of each network have lists that are not followed, though they could be. */
export async function countUnfollowed(
  database: Pick<Database, 'rows'>,
): Promise<readonly { readonly network: string; readonly count: number }[]> {
  const rows = await database.rows(
    `select network, count(*) as many from unfollowed_lists where why = 'not-granted'
     group by network order by network`,
  );
  return rows.map((row) => ({ network: text(row, 'network'), count: integer(row, 'many') }));
}

function ownerOf({ network, remote, user, linkedAt }: Login): [string, string, string, number] {
  return [network, indexed(remote), user, linkedAt];
}

function nameOf(entry: ListEntry): string {
  return entry.kind === 'person' ? entry.remote : entry.domain;
}

function entryOf(row: Row): ListEntry {
  const name = text(row, 'name');
  return text(row, 'kind') === 'person'
    ? { kind: 'person', remote: remoteUserId(name) }
    : { kind: 'server', domain: name };
}
