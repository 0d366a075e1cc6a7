import { matrixUserId, networkId, portalId, remoteChatId, roomId, type PortalId } from '../core/ids.ts';
import { tieStates, type Tie, type TieState, type TieStore } from '../core/tie.ts';
import type { Database, Sql } from './database.ts';
import type { GroupCommit } from './group-commit.ts';
import { integer, text, type Row } from './rows.ts';
import { indexed } from './stored-text.ts';

const waiting = `state in ('wanted', 'asked', 'agreed')`;

/** The ties between rooms and groups, on SQLite and PostgreSQL. */
export class SqlTieStore implements TieStore {
  readonly #database: Database;
  readonly #commit: GroupCommit;

  constructor(database: Database, commit: GroupCommit) {
    this.#database = database;
    this.#commit = commit;
  }

  intend(tie: Tie): Promise<Tie> {
    const { network, chat, room, id } = tie;
    return this.#commit.write(async (sql) => {
      await insert(sql, tie, 'on conflict do nothing');
      const [row] = await sql.rows(
        `select * from ties where id = ? or ((room = ? or (network = ? and chat_key = ?)) and ${waiting})
         order by case when id = ? then 0 else 1 end limit 1`,
        [id, room, network, indexed(chat), id],
      );
      if (row === undefined) throw new Error('a tie was neither inserted nor there');
      return tieOf(row);
    });
  }

  async get(id: PortalId): Promise<Tie | undefined> {
    const [row] = await this.#database.rows('select * from ties where id = ?', [id]);
    return row === undefined ? undefined : tieOf(row);
  }

  async pending(): Promise<readonly Tie[]> {
    const rows = await this.#database.rows(
      `select * from ties where state <> 'open' order by expires_at, id`,
    );
    return rows.map(tieOf);
  }

  async put(tie: Tie): Promise<void> {
    await this.#commit.write((sql) =>
      insert(sql, tie, 'on conflict (id) do update set state = excluded.state'),
    );
  }

  async remove(id: PortalId): Promise<void> {
    await this.#commit.write((sql) => sql.run('delete from ties where id = ?', [id]));
  }
}

async function insert(sql: Sql, tie: Tie, conflict: string): Promise<void> {
  const { id, user, network, chat, room, state, code, expiresAt } = tie;
  await sql.run(
    `insert into ties (id, user_id, network, chat, chat_key, room, state, code, expires_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?) ${conflict}`,
    [id, user, network, chat, indexed(chat), room, state, code, expiresAt],
  );
}

function tieOf(row: Row): Tie {
  return {
    id: portalId(text(row, 'id')),
    user: matrixUserId(text(row, 'user_id')),
    network: networkId(text(row, 'network')),
    chat: remoteChatId(text(row, 'chat')),
    room: roomId(text(row, 'room')),
    state: stateOf(text(row, 'state')),
    code: text(row, 'code'),
    expiresAt: integer(row, 'expires_at'),
  };
}

function stateOf(state: string): TieState {
  return tieStates.find((known) => known === state) ?? 'wanted';
}
