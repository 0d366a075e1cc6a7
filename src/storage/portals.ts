import {
  type MatrixUserId,
  matrixUserId,
  networkId,
  type PortalId,
  portalId,
  remoteChatId,
  remoteUserId,
  type RoomId,
  roomId,
} from '../core/ids.ts';
import { isBorrowed, type Portal, type PortalIntent, type PortalKey, portalKeyText } from '../core/portal.ts';
import type { PortalStore } from '../core/stores.ts';
import type { Activity } from './activity.ts';
import { CoherentCache } from './coherent-cache.ts';
import type { Database, Sql } from './database.ts';
import type { GroupCommit } from './group-commit.ts';
import { forgetExpiries } from './expiries.ts';
import { emptyRoom, forgetGroup } from './groups.ts';
import { forgetMessages } from './messages.ts';
import { integer, optionalText, type Row, text } from './rows.ts';
import { indexed } from './stored-text.ts';

const columns = 'id, network, chat, receiver, remote, room, borrowed';
const cacheSize = 12_000;
const forgetSize = 1_000;

/** The portals, on SQLite and PostgreSQL. */
export class SqlPortalStore implements PortalStore {
  readonly #database: Database;
  readonly #commit: GroupCommit;
  readonly #activity: Activity;
  /** What other stores have cached of a portal that is closed is dropped. */
  readonly #forget: () => void;
  readonly #cache = new CoherentCache<Portal | PortalIntent | undefined>(cacheSize);

  constructor(database: Database, commit: GroupCommit, activity: Activity, forget: () => void) {
    this.#database = database;
    this.#commit = commit;
    this.#activity = activity;
    this.#forget = forget;
  }

  async byRoom(room: RoomId): Promise<Portal | undefined> {
    const found = await this.#one(roomKey(room), 'room', room);
    return found?.room === undefined ? undefined : found;
  }

  byKey(key: PortalKey): Promise<Portal | PortalIntent | undefined> {
    const keyText = indexed(portalKeyText(key));
    return this.#one(`key ${keyText}`, 'key_text', keyText);
  }

  byId(id: PortalId): Promise<Portal | PortalIntent | undefined> {
    return this.#one(`id ${id}`, 'id', id);
  }

  intend(intent: PortalIntent): Promise<Portal | PortalIntent> {
    return this.#insert(intent);
  }

  adopted(portal: Portal): Promise<Portal | PortalIntent> {
    return this.#insert(portal);
  }

  opened(id: PortalId, room: RoomId): Promise<Portal> {
    return this.#changing(async (sql) => {
      const [row] = await sql.rows(
        `update portals set room = ?, last_active = ? where id = ? returning ${columns}`,
        [room, Date.now(), id],
      );
      const portal = row === undefined ? undefined : portalOf(row);
      if (portal?.room === undefined) throw new Error('a room was opened for a portal that is not there');
      return portal;
    });
  }

  async moved(id: PortalId, room: RoomId): Promise<Portal> {
    try {
      return await this.#commit.write(async (sql) => {
        const [row] = await sql.rows(
          `update portals set room = ?, last_active = ? where id = ? returning ${columns}`,
          [room, Date.now(), id],
        );
        const portal = row === undefined ? undefined : portalOf(row);
        if (portal?.room === undefined) throw new Error('a portal was moved that is not there');
        await emptyRoom(sql, id);
        return portal;
      });
    } finally {
      // Which room it had before is not known here.
      this.#cache.clear();
      this.#forget();
    }
  }

  /** The messages go first, in parts, and the portal with the last of them, so that a crash between leaves it to be closed again. */
  async closed(id: PortalId): Promise<void> {
    try {
      for (let more = true; more;) {
        more = await this.#commit.write(async (sql) => {
          const forgotten = await forgetMessages(sql, id, forgetSize);
          if (forgotten === forgetSize) return true;
          await forgetGroup(sql, id);
          await forgetExpiries(sql, id);
          await sql.run('delete from portals where id = ?', [id]);
          await sql.run('delete from ties where id = ?', [id]);
          return false;
        });
      }
    } finally {
      this.#cache.clear();
      this.#forget();
    }
  }

  async intended(user: MatrixUserId): Promise<readonly PortalIntent[]> {
    const rows = await this.#database.rows(
      `select ${columns} from portals where receiver = ? and room is null limit 100`,
      [user],
    );
    return rows.map(portalOf).filter((portal) => portal.room === undefined);
  }

  async list(offset: number, limit: number): Promise<readonly Portal[]> {
    if (this.#activity.stale) await this.#commit.write((sql) => this.#activity.flush(sql));
    const rows = await this.#database.rows(
      `select ${columns} from portals where room is not null order by last_active desc, id desc limit ? offset ?`,
      [limit, offset],
    );
    return rows.flatMap(openPortalOf);
  }

  async ofUser(user: MatrixUserId): Promise<readonly Portal[]> {
    const rows = await this.#database.rows(
      `select ${columns} from portals
       where (receiver = ? or id in (select portal from group_members where user_id = ?)) and room is not null
       order by last_active desc, id desc`,
      [user, user],
    );
    return rows.flatMap(openPortalOf);
  }

  async count(): Promise<number> {
    const [row] = await this.#database.rows('select count(*) as count from portals where room is not null');
    return row === undefined ? 0 : integer(row, 'count');
  }

  #one(
    cacheKey: string,
    column: 'id' | 'room' | 'key_text',
    value: string,
  ): Promise<Portal | PortalIntent | undefined> {
    return this.#cache.get(cacheKey, async () => {
      const [row] = await this.#database.rows(`select ${columns} from portals where ${column} = ?`, [value]);
      return row === undefined ? undefined : portalOf(row);
    });
  }

  #insert(portal: Portal | PortalIntent): Promise<Portal | PortalIntent> {
    const keyText = indexed(portalKeyText(portal.key));
    return this.#changing(async (sql) => {
      const { key } = portal;
      await sql.run(
        `insert into portals (id, key_text, network, chat, receiver, remote, room, borrowed, last_active)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
        [
          portal.id,
          keyText,
          key.network,
          key.chat,
          key.receiver ?? '',
          portal.kind === 'direct' ? portal.remote : '',
          portal.room ?? null,
          isBorrowed(portal) ? 1 : 0,
          Date.now(),
        ],
      );
      // Where several rows stand in the way, the one with the key is the portal's own.
      const [row] = await sql.rows(
        `select ${columns} from portals where key_text = ? or room = ? or id = ?
         order by case when key_text = ? then 0 when room = ? then 1 else 2 end limit 1`,
        [keyText, portal.room ?? null, portal.id, keyText, portal.room ?? null],
      );
      if (row === undefined) throw new Error('a portal was neither inserted nor there');
      return portalOf(row);
    });
  }

  /** Writes; whatever comes of it, no look-up that the write may have changed stays cached. */
  async #changing<P extends Portal | PortalIntent>(work: (sql: Sql) => Promise<P>): Promise<P> {
    try {
      const portal = await this.#commit.write(work);
      this.#cache.drop([
        `id ${portal.id}`,
        `key ${indexed(portalKeyText(portal.key))}`,
        ...(portal.room === undefined ? [] : [roomKey(portal.room)]),
      ]);
      return portal;
    } catch (error) {
      this.#cache.clear();
      throw error;
    }
  }
}

function roomKey(room: RoomId): string {
  return `room ${room}`;
}

function portalOf(row: Row): Portal | PortalIntent {
  const room = optionalText(row, 'room');
  const id = portalId(text(row, 'id'));
  const chat = { network: networkId(text(row, 'network')), chat: remoteChatId(text(row, 'chat')) };
  const receiver = text(row, 'receiver');
  if (receiver === '') {
    const group = { kind: 'group', id, key: { ...chat, receiver: undefined } } as const;
    if (room === undefined) return { ...group, room: undefined };
    const borrowed = integer(row, 'borrowed') === 1 ? ({ borrowed: true } as const) : {};
    return { ...group, room: roomId(room), ...borrowed };
  }
  const named = {
    kind: 'direct',
    id,
    key: { ...chat, receiver: matrixUserId(receiver) },
    remote: remoteUserId(text(row, 'remote')),
  } as const;
  return room === undefined ? { ...named, room: undefined } : { ...named, room: roomId(room) };
}

function openPortalOf(row: Row): readonly Portal[] {
  const portal = portalOf(row);
  return portal.room === undefined ? [] : [portal];
}
