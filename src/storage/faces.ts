import type { MatrixUserId } from '../core/ids.ts';
import type { FaceStore, GhostFace } from '../core/stores.ts';
import type { Database } from './database.ts';
import type { GroupCommit } from './group-commit.ts';
import { integer, optionalText } from './rows.ts';

/** What ghosts look like, on SQLite and PostgreSQL. */
export class SqlFaceStore implements FaceStore {
  readonly #database: Database;
  readonly #commit: GroupCommit;

  constructor(database: Database, commit: GroupCommit) {
    this.#database = database;
    this.#commit = commit;
  }

  async get(userId: MatrixUserId): Promise<GhostFace | undefined> {
    const [row] = await this.#database.rows('select * from ghost_faces where user_id = ?', [userId]);
    if (row === undefined) return undefined;
    return { avatar: optionalText(row, 'avatar'), comparedAt: integer(row, 'compared_at') };
  }

  async put(userId: MatrixUserId, { avatar, comparedAt }: GhostFace): Promise<void> {
    await this.#commit.write((sql) =>
      sql.run(
        `insert into ghost_faces (user_id, avatar, compared_at) values (?, ?, ?)
         on conflict (user_id) do update set avatar = excluded.avatar, compared_at = excluded.compared_at`,
        [userId, avatar ?? null, comparedAt],
      ),
    );
  }

  async forget(userId: MatrixUserId): Promise<void> {
    await this.#commit.write((sql) => sql.run('delete from ghost_faces where user_id = ?', [userId]));
  }
}
