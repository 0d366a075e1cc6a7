import { matrixUserId, networkId, type MatrixUserId, type NetworkId } from '../core/ids.ts';
import { optStates, type OptIn, type OptState, type ReachStore } from '../core/reach.ts';
import { strictLevels, type Strict, type StrictStore } from '../core/strict.ts';
import type { Database } from './database.ts';
import type { GroupCommit } from './group-commit.ts';
import { integer, text, type Row } from './rows.ts';

/** Who wants to be reached where, and how strictly, on SQLite and PostgreSQL. */
export class SqlReachStore implements ReachStore, StrictStore {
  readonly #database: Database;
  readonly #commit: GroupCommit;

  constructor(database: Database, commit: GroupCommit) {
    this.#database = database;
    this.#commit = commit;
  }

  async get(user: MatrixUserId, network: NetworkId): Promise<OptIn | undefined> {
    const [row] = await this.#database.rows('select * from opt_ins where user_id = ? and network = ?', [
      user,
      network,
    ]);
    return row === undefined ? undefined : optInOf(row);
  }

  async put({ user, network, state, since }: OptIn): Promise<void> {
    await this.#commit.write((sql) =>
      sql.run(
        `insert into opt_ins (user_id, network, state, since) values (?, ?, ?, ?)
         on conflict (user_id, network) do update set state = excluded.state, since = excluded.since`,
        [user, network, state, since],
      ),
    );
  }

  async enabled(after: OptIn | undefined, limit: number): Promise<readonly OptIn[]> {
    const [user, network] = [after?.user ?? '', after?.network ?? ''];
    const rows = await this.#database.rows(
      `select * from opt_ins where state in ('enabled', 'barred') and (user_id > ? or (user_id = ? and network > ?))
       order by user_id, network limit ?`,
      [user, user, network, limit],
    );
    return rows.map(optInOf);
  }

  async disabling(): Promise<readonly OptIn[]> {
    const rows = await this.#database.rows(
      `select * from opt_ins where state = 'disabling' order by since, user_id, network`,
    );
    return rows.map(optInOf);
  }

  async region(user: MatrixUserId): Promise<string | undefined> {
    const [row] = await this.#database.rows('select region from user_regions where user_id = ?', [user]);
    return row === undefined ? undefined : text(row, 'region');
  }

  async setRegion(user: MatrixUserId, region: string | undefined, at: number): Promise<void> {
    await this.#commit.write((sql) =>
      region === undefined
        ? sql.run('delete from user_regions where user_id = ?', [user])
        : sql.run(
            `insert into user_regions (user_id, region, since) values (?, ?, ?)
             on conflict (user_id) do update set region = excluded.region, since = excluded.since`,
            [user, region, at],
          ),
    );
  }

  async forget(user: MatrixUserId): Promise<void> {
    await this.#commit.write(async (sql) => {
      for (const table of ['opt_ins', 'user_regions', 'strict_choices'])
        await sql.run(`delete from ${table} where user_id = ?`, [user]);
    });
  }

  async stricts(): Promise<ReadonlyMap<MatrixUserId, Strict>> {
    const rows = await this.#database.rows(
      `select user_id, strict from strict_choices where strict <> 'off'`,
    );
    // What a later release wrote is taken for the strictest.
    return new Map(
      rows.map((row) => {
        const said = text(row, 'strict');
        return [matrixUserId(text(row, 'user_id')), strictLevels.find((level) => level === said) ?? 'on'];
      }),
    );
  }

  /** When a user last chose how strict they are, milliseconds since the epoch. */
  async strictSince(user: MatrixUserId): Promise<number | undefined> {
    const [row] = await this.#database.rows('select since from strict_choices where user_id = ?', [user]);
    return row === undefined ? undefined : integer(row, 'since');
  }

  async setStrict(user: MatrixUserId, strict: Strict, at: number): Promise<void> {
    await this.#commit.write((sql) =>
      sql.run(
        `insert into strict_choices (user_id, strict, since) values (?, ?, ?)
         on conflict (user_id) do update set strict = excluded.strict, since = excluded.since`,
        [user, strict, at],
      ),
    );
  }
}

function optInOf(row: Row): OptIn {
  return {
    user: matrixUserId(text(row, 'user_id')),
    network: networkId(text(row, 'network')),
    state: stateOf(text(row, 'state')),
    since: integer(row, 'since'),
  };
}

/** What is not known counts as no. */
function stateOf(state: string): OptState {
  return optStates.find((known) => known === state) ?? 'disabled';
}
