import type { MatrixEventId, MatrixUserId, NetworkId, RemoteUserId } from '../core/ids.ts';
import type {
  HeldEvent,
  Holding,
  MessageRequest,
  RequestEnd,
  RequestKey,
  RequestLimits,
  RequestLoad,
  RequestNoticeStore,
  RequestState,
  RequestStore,
  TakenUp,
} from '../core/request.ts';
import type { RequestRoomStore } from '../core/request-room.ts';
import type { KeptEvent } from '../core/stores.ts';
import type { Cipher } from './cipher.ts';
import type { Database } from './database.ts';
import { keptOf } from './event-row.ts';
import type { GroupCommit } from './group-commit.ts';
import { acceptRequest, endRequest, findRequest, holdEvent } from './request-holding.ts';
import { SqlRequestRoomStore } from './request-rooms.ts';
import { requestLoad } from './request-load.ts';
import { SqlRequestNotices } from './request-notices.ts';
import { remoteKeyText, requestOf } from './request-row.ts';
import type { Row } from './rows.ts';
import { list } from './sql-values.ts';

export interface RequestNeeds {
  readonly database: Database;
  readonly commit: GroupCommit;
  readonly cipher: Cipher;
  /** Whose conversation a room is was changed. */
  readonly changed: () => void;
}

/** Message requests, on SQLite and PostgreSQL. */
export class SqlRequestStore implements RequestStore {
  readonly #needs: RequestNeeds;
  readonly notices: RequestNoticeStore;
  readonly rooms: RequestRoomStore;

  constructor(needs: RequestNeeds) {
    this.#needs = needs;
    this.notices = new SqlRequestNotices(needs);
    this.rooms = new SqlRequestRoomStore(needs);
  }

  find(key: RequestKey): Promise<MessageRequest | undefined> {
    return findRequest(this.#needs.database, key);
  }

  async byNumber(user: MatrixUserId, number: number): Promise<MessageRequest | undefined> {
    return first(await this.#rows('user_id = ? and number = ?', [user, number]));
  }

  async byNotice(user: MatrixUserId, eventId: MatrixEventId): Promise<MessageRequest | undefined> {
    return first(await this.#rows('user_id = ? and notice_event = ?', [user, eventId]));
  }

  async ofUser(
    user: MatrixUserId,
    states: readonly RequestState[],
    after: number,
    limit: number,
  ): Promise<readonly MessageRequest[]> {
    const rows = await this.#rows(
      `user_id = ? and state in (${list(states)}) and number > ? order by number limit ?`,
      [user, ...states, after, limit],
    );
    return rows.map(requestOf);
  }

  async open(after: number, limit: number): Promise<readonly MessageRequest[]> {
    return (await this.#rows(`state = 'open' and id > ? order by id limit ?`, [after, limit])).map(requestOf);
  }

  async from(
    network: NetworkId,
    remote: RemoteUserId,
    user: MatrixUserId | undefined,
  ): Promise<readonly MessageRequest[]> {
    const rows = await this.#rows('remote_key = ? order by id', [remoteKeyText(network, remote)]);
    return rows.map(requestOf).filter((request) => user === undefined || request.user === user);
  }

  hold(event: HeldEvent, limits: RequestLimits, at: number): Promise<Holding> {
    return this.#needs.commit.write((sql) => holdEvent(sql, event, limits, at));
  }

  accept(key: RequestKey, at: number): Promise<TakenUp> {
    return this.#needs.commit.write((sql) => acceptRequest(sql, key, at));
  }

  async end(id: number, state: RequestEnd, rule: string, at: number): Promise<MessageRequest | undefined> {
    const ended = await this.#needs.commit.write((sql) => endRequest(sql, id, state, rule, at));
    if (ended !== undefined) await this.#needs.database.overwriteLog();
    return ended;
  }

  async restore(id: number): Promise<boolean> {
    const gone = await this.#needs.commit.write((sql) =>
      sql.run(`delete from requests where id = ? and state in ('declined', 'blocked')`, [id]),
    );
    return gone > 0;
  }

  async openedBefore(at: number, limit: number): Promise<readonly MessageRequest[]> {
    return (await this.#rows(`state = 'open' and since < ? order by since limit ?`, [at, limit])).map(
      requestOf,
    );
  }

  forget(expiredBefore: number): Promise<number> {
    return this.#needs.commit.write((sql) =>
      sql.run(`delete from requests where state = 'expired' and ended_at < ? and dirty = 0`, [expiredBefore]),
    );
  }

  async events(id: number, limit: number): Promise<readonly KeptEvent[]> {
    const rows = await this.#needs.database.rows(
      `select * from events where request = ? and state = 'held' order by seq limit ?`,
      [id, limit],
    );
    return rows.map((row) => keptOf(row, this.#needs.cipher));
  }

  load(user?: MatrixUserId): Promise<RequestLoad> {
    return requestLoad(this.#needs.database, user);
  }

  async wipe(seq: number): Promise<void> {
    await this.#needs.commit.write((sql) =>
      sql.run('update events set payload = null where seq = ? and ended_at is not null and report = 0', [
        seq,
      ]),
    );
  }

  async unanswered(
    portal: string,
    limit: number,
  ): Promise<{ readonly answered: boolean; readonly sent: number }> {
    const { database } = this.#needs;
    const by = (side: string, most: number): Promise<readonly Row[]> =>
      database.rows('select id from messages where portal = ? and author_side = ? limit ?', [
        portal,
        side,
        most,
      ]);
    if ((await by('remote', 1)).length > 0) return { answered: true, sent: 0 };
    return { answered: false, sent: (await by('matrix', limit)).length };
  }

  #rows(where: string, values: readonly (string | number)[]): Promise<readonly Row[]> {
    return this.#needs.database.rows(`select * from requests where ${where}`, values);
  }
}

function first(rows: readonly Row[]): MessageRequest | undefined {
  const [row] = rows;
  return row === undefined ? undefined : requestOf(row);
}
