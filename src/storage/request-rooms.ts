import { matrixEventId, matrixUserId, roomId, type MatrixUserId, type RoomId } from '../core/ids.ts';
import type { MessageRequest } from '../core/request.ts';
import type { RequestRoom, RequestRoomStore, RequestSpace } from '../core/request-room.ts';
import type { Database } from './database.ts';
import type { GroupCommit } from './group-commit.ts';
import { requestOf } from './request-row.ts';
import { integer, optionalText, text, type Row } from './rows.ts';

export interface RequestRoomNeeds {
  readonly database: Database;
  readonly commit: GroupCommit;
  /** Whose conversation a room is was changed. */
  readonly changed: () => void;
}

/** A room and the open request that it stands for. */
const joined = `request_rooms m join requests r on r.id = m.request and r.since = m.since and r.state = 'open'`;
const roomColumns = `m.request as m_request, m.since as m_since, m.user_id as m_user_id, m.room as m_room,
  m.line_event as m_line_event, m.line_held as m_line_held, m.line_dropped as m_line_dropped,
  m.line_edited_at as m_line_edited_at`;

/** Rooms of message requests, on SQLite and PostgreSQL. */
export class SqlRequestRoomStore implements RequestRoomStore {
  readonly #database: Database;
  readonly #commit: GroupCommit;
  readonly #changed: () => void;

  constructor({ database, commit, changed }: RequestRoomNeeds) {
    this.#database = database;
    this.#commit = commit;
    this.#changed = changed;
  }

  async lacking(most: number, after: number, limit: number): Promise<readonly MessageRequest[]> {
    const rows = await this.#database.rows(
      `select r.* from requests r
       where r.state = 'open' and r.notice_event is not null and r.grouped = 0 and r.id > ?
         and not exists (select 1 from request_rooms m where m.request = r.id and m.since = r.since)
         and (select count(*) from request_rooms m where m.user_id = r.user_id) < ?
       order by r.id limit ?`,
      [after, most, limit],
    );
    return rows.map(requestOf);
  }

  async intend({ id, since, user }: MessageRequest, most: number): Promise<boolean> {
    const made = await this.#commit.write((sql) =>
      sql.run(
        `insert into request_rooms (request, since, user_id, room, line_event, line_held, line_dropped, line_edited_at)
         select id, since, user_id, null, null, 0, 0, 0 from requests
         where id = ? and since = ? and state = 'open'
           and (select count(*) from request_rooms where user_id = ?) < ?
         on conflict (request, since) do nothing`,
        [id, since, user, most],
      ),
    );
    return made === 1;
  }

  async stale(
    after: number,
    limit: number,
  ): Promise<readonly { readonly room: RequestRoom; readonly request: MessageRequest }[]> {
    const rows = await this.#database.rows(
      `select r.*, ${roomColumns} from ${joined}
       where r.id > ? and (m.line_event is null or m.line_held <> r.held or m.line_dropped <> r.dropped)
       order by r.id limit ?`,
      [after, limit],
    );
    return rows.map((row) => ({ room: roomOf(row), request: requestOf(row) }));
  }

  async over(after: number, limit: number): Promise<readonly RequestRoom[]> {
    const rows = await this.#database.rows(
      `select ${roomColumns} from request_rooms m
       left join requests r on r.id = m.request and r.since = m.since and r.state = 'open'
       where r.id is null and m.request > ? order by m.request limit ?`,
      [after, limit],
    );
    return rows.map(roomOf);
  }

  async ofUser(user: MatrixUserId): Promise<readonly RequestRoom[]> {
    const rows = await this.#database.rows(
      `select ${roomColumns} from request_rooms m where m.user_id = ? order by m.request`,
      [user],
    );
    return rows.map(roomOf);
  }

  async byRoom(room: RoomId): Promise<MessageRequest | undefined> {
    const [row] = await this.#database.rows(`select r.* from ${joined} where m.room = ?`, [room]);
    return row && requestOf(row);
  }

  async put({ request, since, room, line }: RequestRoom): Promise<void> {
    try {
      await this.#commit.write((sql) =>
        sql.run(
          `update request_rooms set room = ?, line_event = ?, line_held = ?, line_dropped = ?, line_edited_at = ?
           where request = ? and since = ?`,
          [
            ...[
              room ?? null,
              line?.eventId ?? null,
              line?.held ?? 0,
              line?.dropped ?? 0,
              line?.editedAt ?? 0,
            ],
            ...[request, since],
          ],
        ),
      );
    } finally {
      this.#changed();
    }
  }

  async remove({ request, since }: RequestRoom): Promise<void> {
    try {
      await this.#commit.write((sql) =>
        sql.run('delete from request_rooms where request = ? and since = ?', [request, since]),
      );
    } finally {
      this.#changed();
    }
  }

  async rooms(
    after: number,
    limit: number,
  ): Promise<readonly { readonly request: number; readonly room: RoomId }[]> {
    const rows = await this.#database.rows(
      `select request, room from request_rooms where request > ? and room is not null order by request limit ?`,
      [after, limit],
    );
    return rows.map((row) => ({ request: integer(row, 'request'), room: roomId(text(row, 'room')) }));
  }

  async space(user: MatrixUserId): Promise<RequestSpace | undefined> {
    const [row] = await this.#database.rows('select room from request_spaces where user_id = ?', [user]);
    if (row === undefined) return undefined;
    const room = optionalText(row, 'room');
    return { user, room: room === undefined ? undefined : roomId(room) };
  }

  async putSpace({ user, room }: RequestSpace): Promise<void> {
    await this.#commit.write((sql) =>
      sql.run(
        `insert into request_spaces (user_id, room) values (?, ?)
         on conflict (user_id) do update set room = excluded.room`,
        [user, room ?? null],
      ),
    );
  }

  async removeSpace(user: MatrixUserId): Promise<void> {
    await this.#commit.write(async (sql) => {
      await sql.run('delete from request_spaces where user_id = ?', [user]);
      await sql.run('update request_rooms set line_event = null where user_id = ?', [user]);
    });
  }
}

function roomOf(row: Row): RequestRoom {
  const [room, event] = [optionalText(row, 'm_room'), optionalText(row, 'm_line_event')];
  return {
    request: integer(row, 'm_request'),
    since: integer(row, 'm_since'),
    user: matrixUserId(text(row, 'm_user_id')),
    room: room === undefined ? undefined : roomId(room),
    line:
      event === undefined
        ? undefined
        : {
            eventId: matrixEventId(event),
            held: integer(row, 'm_line_held'),
            dropped: integer(row, 'm_line_dropped'),
            editedAt: integer(row, 'm_line_edited_at'),
          },
  };
}
