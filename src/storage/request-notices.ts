import { type MatrixUserId, matrixUserId, type NetworkId } from '../core/ids.ts';
import type { MessageRequest, RequestCrowd, RequestNotice, RequestNoticeStore } from '../core/request.ts';
import type { Database, Value } from './database.ts';
import type { GroupCommit } from './group-commit.ts';
import { noticeOf, requestOf } from './request-row.ts';
import { integer, text } from './rows.ts';
import { indexed } from './stored-text.ts';

/** How many servers the line for many names. */
const serversNamed = 3;
const inCrowd = `state = 'open' and grouped = 1`;

/** What users were told of their requests, on SQLite and PostgreSQL. */
export class SqlRequestNotices implements RequestNoticeStore {
  readonly #database: Database;
  readonly #commit: GroupCommit;

  constructor({ database, commit }: { readonly database: Database; readonly commit: GroupCommit }) {
    this.#database = database;
    this.#commit = commit;
  }

  async untold(after: number, limit: number): Promise<readonly MessageRequest[]> {
    const rows = await this.#database.rows(
      'select * from requests where dirty = 1 and id > ? order by id limit ?',
      [after, limit],
    );
    return rows.map(requestOf);
  }

  async untoldCrowds(): Promise<readonly MatrixUserId[]> {
    const rows = await this.#database.rows(
      'select user_id from request_crowds where dirty = 1 order by user_id limit 100',
    );
    return rows.map((row) => matrixUserId(text(row, 'user_id')));
  }

  async crowd(user: MatrixUserId): Promise<RequestCrowd> {
    const servers = await this.#database.rows(
      `select network, server, count(*) as count from requests where user_id = ? and ${inCrowd}
       group by network, server order by count(*) desc, server`,
      [user],
    );
    const [row] = await this.#database.rows('select * from request_crowds where user_id = ?', [user]);
    const named = servers.map((found) => {
      const server = text(found, 'server');
      return { server: server === '' ? text(found, 'network') : server, count: integer(found, 'count') };
    });
    return {
      count: named.reduce((sum, { count }) => sum + count, 0),
      servers: named.slice(0, serversNamed),
      notice: row && noticeOf(row),
    };
  }

  async lines(
    user: MatrixUserId,
    network: NetworkId,
    server: string,
    since: number,
  ): Promise<{ readonly ofServer: number; readonly ofAll: number }> {
    const [row] = await this.#database.rows(
      `select count(*) as of_all,
         coalesce(sum(case when network = ? and server = ? then 1 else 0 end), 0) as of_server
       from requests where user_id = ? and notice_event is not null and (state = 'open' or notice_at > ?)`,
      [network, indexed(server), user, since],
    );
    if (row === undefined) return { ofServer: 0, ofAll: 0 };
    return { ofServer: integer(row, 'of_server'), ofAll: integer(row, 'of_all') };
  }

  async told(request: MessageRequest, notice: RequestNotice | undefined): Promise<void> {
    const { id, state, held, dropped, name, verified } = request;
    await this.#commit.write((sql) =>
      sql.run(
        `update requests set notice_room = ?, notice_event = ?, notice_at = ?, notice_edited_at = ?, name = ?,
           verified = ?, dirty = case when state = ? and held = ? and dropped = ? then 0 else 1 end
         where id = ?`,
        [...noticeValues(notice), name ?? null, verified ? 1 : 0, state, held, dropped, id],
      ),
    );
  }

  async group({ id, user, state }: MessageRequest): Promise<void> {
    await this.#commit.write(async (sql) => {
      await sql.run(
        `update requests set grouped = 1, dirty = case when state = ? then 0 else 1 end where id = ?`,
        [state, id],
      );
      await sql.run('update request_crowds set dirty = 1 where user_id = ?', [user]);
    });
  }

  async toldCrowd(user: MatrixUserId, count: number, notice: RequestNotice | undefined): Promise<void> {
    await this.#commit.write((sql) =>
      sql.run(
        `update request_crowds set notice_room = ?, notice_event = ?, notice_at = ?, notice_edited_at = ?,
           dirty = case when (select count(*) from requests where user_id = ? and ${inCrowd}) = ? then 0 else 1 end
         where user_id = ?`,
        [...noticeValues(notice), user, count, user],
      ),
    );
  }
}

function noticeValues(notice: RequestNotice | undefined): readonly Value[] {
  if (notice === undefined) return [null, null, null, null];
  return [notice.room, notice.eventId, notice.at, notice.editedAt];
}
