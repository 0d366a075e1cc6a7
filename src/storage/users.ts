import { type MatrixUserId, matrixUserId, type RoomId, roomId } from '../core/ids.ts';
import type { UserRecord, UserStore } from '../core/stores.ts';
import { CoherentCache } from './coherent-cache.ts';
import type { Database } from './database.ts';
import type { GroupCommit } from './group-commit.ts';
import { integer, optionalText, type Row, text } from './rows.ts';

const cacheSize = 4_000;

/** The Matrix users, on SQLite and PostgreSQL. */
export class SqlUserStore implements UserStore {
  readonly #database: Database;
  readonly #commit: GroupCommit;
  /** By user id, and by management room. */
  readonly #cache = new CoherentCache<UserRecord | undefined>(cacheSize);

  constructor(database: Database, commit: GroupCommit) {
    this.#database = database;
    this.#commit = commit;
  }

  get(userId: MatrixUserId): Promise<UserRecord | undefined> {
    return this.#cache.get(userId, async () => {
      const [row] = await this.#database.rows('select * from users where user_id = ?', [userId]);
      return row === undefined ? undefined : userOf(row);
    });
  }

  byManagementRoom(room: RoomId): Promise<UserRecord | undefined> {
    return this.#cache.get(room, async () => {
      const [row] = await this.#database.rows(
        `select * from users where management_room = ?
           or user_id in (select user_id from request_rooms where room = ?) order by user_id limit 1`,
        [room, room],
      );
      return row === undefined ? undefined : userOf(row);
    });
  }

  async put(user: UserRecord): Promise<void> {
    try {
      await this.#commit.write((sql) =>
        sql.run(
          `insert into users (user_id, management_room, language) values (?, ?, ?)
           on conflict (user_id) do update
           set management_room = excluded.management_room, language = excluded.language`,
          [user.userId, user.managementRoom ?? null, user.language ?? null],
        ),
      );
    } finally {
      // Which room the user had before is not known here.
      this.#cache.clear();
    }
  }

  async list(offset: number, limit: number): Promise<readonly UserRecord[]> {
    const rows = await this.#database.rows('select * from users order by user_id limit ? offset ?', [
      limit,
      offset,
    ]);
    return rows.map(userOf);
  }

  /** What was read before may have been changed by others than this store. */
  refresh(): void {
    this.#cache.clear();
  }

  async count(): Promise<number> {
    const [row] = await this.#database.rows('select count(*) as count from users');
    return row === undefined ? 0 : integer(row, 'count');
  }
}

function userOf(row: Row): UserRecord {
  const room = optionalText(row, 'management_room');
  const language = optionalText(row, 'language');
  return {
    userId: matrixUserId(text(row, 'user_id')),
    managementRoom: room === undefined ? undefined : roomId(room),
    language: language === 'en' || language === 'ar' ? language : undefined,
  };
}
