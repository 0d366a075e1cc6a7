import { type MatrixUserId, matrixUserId, networkId, remoteUserId } from '../core/ids.ts';
import type { GhostRecord, GhostStore } from '../core/stores.ts';
import { CoherentCache } from './coherent-cache.ts';
import type { Database } from './database.ts';
import type { GroupCommit } from './group-commit.ts';
import { integer, optionalText, type Row, text } from './rows.ts';

const cacheSize = 4_000;

/** The ghosts, on SQLite and PostgreSQL. */
export class SqlGhostStore implements GhostStore {
  readonly #database: Database;
  readonly #commit: GroupCommit;
  readonly #cache = new CoherentCache<GhostRecord | undefined>(cacheSize);

  constructor(database: Database, commit: GroupCommit) {
    this.#database = database;
    this.#commit = commit;
  }

  get(userId: MatrixUserId): Promise<GhostRecord | undefined> {
    return this.#cache.get(userId, async () => {
      const [row] = await this.#database.rows('select * from ghosts where user_id = ?', [userId]);
      return row === undefined ? undefined : ghostOf(row);
    });
  }

  async put(ghost: GhostRecord): Promise<void> {
    try {
      await this.#commit.write((sql) =>
        sql.run(
          `insert into ghosts (user_id, network, remote, name) values (?, ?, ?, ?)
           on conflict (user_id) do update
           set network = excluded.network, remote = excluded.remote, name = excluded.name`,
          [ghost.userId, ghost.network, ghost.remote, ghost.name ?? null],
        ),
      );
    } finally {
      this.#cache.drop([ghost.userId]);
    }
  }

  async count(): Promise<number> {
    const [row] = await this.#database.rows('select count(*) as count from ghosts');
    return row === undefined ? 0 : integer(row, 'count');
  }
}

function ghostOf(row: Row): GhostRecord {
  return {
    userId: matrixUserId(text(row, 'user_id')),
    network: networkId(text(row, 'network')),
    remote: remoteUserId(text(row, 'remote')),
    name: optionalText(row, 'name'),
  };
}
