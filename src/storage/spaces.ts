import { matrixUserId, networkId, roomId, type MatrixUserId, type NetworkId } from '../core/ids.ts';
import type { Space, SpaceStore } from '../core/spaces.ts';
import type { Database } from './database.ts';
import type { GroupCommit } from './group-commit.ts';
import { integer, text } from './rows.ts';

/** The spaces of users, on SQLite and PostgreSQL. */
export class SqlSpaceStore implements SpaceStore {
  readonly #database: Database;
  readonly #commit: GroupCommit;

  constructor(database: Database, commit: GroupCommit) {
    this.#database = database;
    this.#commit = commit;
  }

  async list(user: MatrixUserId): Promise<readonly Space[]> {
    const rows = await this.#database.rows('select * from spaces where user_id = ? order by network', [user]);
    return rows.map((row) => ({
      user: matrixUserId(text(row, 'user_id')),
      network: networkId(text(row, 'network')),
      room: row['room'] === null ? undefined : roomId(text(row, 'room')),
    }));
  }

  async put({ user, network, room }: Space): Promise<void> {
    await this.#commit.write((sql) =>
      sql.run(
        `insert into spaces (user_id, network, room) values (?, ?, ?)
         on conflict (user_id, network) do update set room = excluded.room`,
        [user, network, room ?? null],
      ),
    );
  }

  async remove(user: MatrixUserId, network: NetworkId): Promise<void> {
    await this.#commit.write((sql) =>
      sql.run('delete from spaces where user_id = ? and network = ?', [user, network]),
    );
  }

  async wanted(user: MatrixUserId, network?: NetworkId): Promise<boolean> {
    const [own] =
      network === undefined
        ? []
        : await this.#database.rows(
            'select wanted from network_space_choices where user_id = ? and network = ?',
            [user, network],
          );
    if (own !== undefined) return integer(own, 'wanted') === 1;
    const [row] = await this.#database.rows('select wanted from space_choices where user_id = ?', [user]);
    return row === undefined || integer(row, 'wanted') === 1;
  }

  async choose(user: MatrixUserId, wanted: boolean, network?: NetworkId): Promise<void> {
    await this.#commit.write(async (sql) => {
      if (network !== undefined) {
        await sql.run(
          `insert into network_space_choices (user_id, network, wanted) values (?, ?, ?)
           on conflict (user_id, network) do update set wanted = excluded.wanted`,
          [user, network, wanted ? 1 : 0],
        );
        return;
      }
      await sql.run('delete from network_space_choices where user_id = ?', [user]);
      await sql.run(
        `insert into space_choices (user_id, wanted) values (?, ?)
         on conflict (user_id) do update set wanted = excluded.wanted`,
        [user, wanted ? 1 : 0],
      );
    });
  }
}
