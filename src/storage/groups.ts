import type { Role } from '../core/event.ts';
import {
  type MatrixUserId,
  matrixUserId,
  type NetworkId,
  type PortalId,
  portalId,
  type RemoteUserId,
  remoteChatId,
  remoteUserId,
} from '../core/ids.ts';
import type {
  GroupMember,
  GroupOfNetwork,
  GroupPerson,
  GroupStore,
  PersonState,
  PortalMark,
} from '../core/stores.ts';
import { type Cipher, keyIdOf } from './cipher.ts';
import { CoherentCache } from './coherent-cache.ts';
import type { Database, Sql } from './database.ts';
import type { GroupCommit } from './group-commit.ts';
import { integer, optionalBytes, optionalText, type Row, text } from './rows.ts';
import { indexed } from './stored-text.ts';

const memberCacheSize = 8_000;
const personCacheSize = 20_000;
const markCacheSize = 10_000;

/** Who is in groups, on SQLite and PostgreSQL. */
export class SqlGroupStore implements GroupStore {
  readonly #database: Database;
  readonly #commit: GroupCommit;
  readonly #cipher: Cipher;
  readonly #members = new CoherentCache<GroupMember | undefined>(memberCacheSize);
  readonly #people = new CoherentCache<GroupPerson | undefined>(personCacheSize);
  /** Each message that goes to a network asks for the timer of its chat. */
  readonly #marks = new CoherentCache<string | undefined>(markCacheSize);

  constructor(database: Database, commit: GroupCommit, cipher: Cipher) {
    this.#database = database;
    this.#commit = commit;
    this.#cipher = cipher;
  }

  member(portal: PortalId, user: MatrixUserId): Promise<GroupMember | undefined> {
    return this.#members.get(`${portal} ${user}`, async () => {
      const [row] = await this.#database.rows(
        'select user_id, nick, state, role, password from group_members where portal = ? and user_id = ?',
        [portal, user],
      );
      return row === undefined ? undefined : this.#memberOf(portal, row);
    });
  }

  async members(portal: PortalId): Promise<readonly GroupMember[]> {
    const rows = await this.#database.rows(
      'select user_id, nick, state, role, password from group_members where portal = ? order by user_id',
      [portal],
    );
    return rows.map((row) => this.#memberOf(portal, row));
  }

  async putMember(portal: PortalId, member: GroupMember): Promise<void> {
    const { user, nick, state, role, password } = member;
    const sealed = password === undefined ? null : this.#cipher.seal(password, passwordPlace(portal, user));
    await this.#changing(this.#members, `${portal} ${user}`, (sql) =>
      sql.run(
        `insert into group_members (portal, user_id, nick, state, role, password) values (?, ?, ?, ?, ?, ?)
         on conflict (portal, user_id) do update set nick = excluded.nick, state = excluded.state,
           role = excluded.role, password = excluded.password`,
        [portal, user, nick, state, role, sealed],
      ),
    );
  }

  async removeMember(portal: PortalId, user: MatrixUserId): Promise<number> {
    return this.#changing(this.#members, `${portal} ${user}`, async (sql) => {
      await sql.run('delete from group_members where portal = ? and user_id = ?', [portal, user]);
      const [row] = await sql.rows('select count(*) as count from group_members where portal = ?', [portal]);
      return row === undefined ? 0 : integer(row, 'count');
    });
  }

  person(portal: PortalId, remote: RemoteUserId): Promise<GroupPerson | undefined> {
    const key = indexed(remote);
    return this.#people.get(`${portal} ${key}`, async () => {
      const [row] = await this.#database.rows(
        'select remote, state, role, likeness from group_people where portal = ? and remote_key = ?',
        [portal, key],
      );
      return row === undefined ? undefined : personOf(row);
    });
  }

  async people(portal: PortalId, state: PersonState, limit: number): Promise<readonly GroupPerson[]> {
    const rows = await this.#database.rows(
      `select remote, state, role, likeness from group_people
       where portal = ? and state = ? order by since, remote_key limit ?`,
      [portal, state, limit],
    );
    return rows.map(personOf);
  }

  async countPeople(portal: PortalId, state: PersonState): Promise<number> {
    const [row] = await this.#database.rows(
      'select count(*) as count from group_people where portal = ? and state = ?',
      [portal, state],
    );
    return row === undefined ? 0 : integer(row, 'count');
  }

  async alike(portal: PortalId, likeness: string): Promise<readonly RemoteUserId[]> {
    const rows = await this.#database.rows(
      `select remote from group_people where portal = ? and likeness = ? and state = 'in'
       order by since, remote_key limit 10`,
      [portal, indexed(likeness)],
    );
    return rows.map((row) => remoteUserId(text(row, 'remote')));
  }

  async putPerson(portal: PortalId, person: GroupPerson): Promise<void> {
    const key = indexed(person.remote);
    await this.#changing(this.#people, `${portal} ${key}`, (sql) =>
      sql.run(
        `insert into group_people (portal, remote_key, remote, state, role, likeness, since)
         values (?, ?, ?, ?, ?, ?, ?)
         on conflict (portal, remote_key) do update
         set state = excluded.state, role = excluded.role, likeness = excluded.likeness, since = excluded.since`,
        [portal, key, person.remote, person.state, person.role, indexed(person.likeness), Date.now()],
      ),
    );
  }

  async joined(network: NetworkId): Promise<readonly GroupOfNetwork[]> {
    const rows = await this.#database.rows(
      `select p.id as id, p.chat as chat, m.user_id as user_id, m.nick as nick, m.password as password, k.value as position
       from portals p join group_members m on m.portal = p.id
       left join portal_marks k on k.portal = p.id and k.mark = 'position'
       where p.network = ? and m.state = 'joined' order by p.id, m.user_id`,
      [network],
    );
    const groups = new Map<string, GroupOfNetwork>();
    for (const row of rows) {
      const id = portalId(text(row, 'id'));
      const user = matrixUserId(text(row, 'user_id'));
      const member = { user, nick: text(row, 'nick'), ...this.#passwordOf(id, user, row) };
      groups.set(id, {
        portal: id,
        chat: remoteChatId(text(row, 'chat')),
        position: optionalText(row, 'position'),
        members: [...(groups.get(id)?.members ?? []), member],
      });
    }
    return [...groups.values()];
  }

  mark(portal: PortalId, mark: PortalMark): Promise<string | undefined> {
    return this.#marks.get(markKey(portal, mark), async () => {
      const [row] = await this.#database.rows(
        'select value from portal_marks where portal = ? and mark = ?',
        [portal, mark],
      );
      return row === undefined ? undefined : text(row, 'value');
    });
  }

  async putMark(portal: PortalId, mark: PortalMark, value: string): Promise<void> {
    await this.#changing(this.#marks, markKey(portal, mark), (sql) =>
      sql.run(
        `insert into portal_marks (portal, mark, value) values (?, ?, ?)
         on conflict (portal, mark) do update set value = excluded.value`,
        [portal, mark, value],
      ),
    );
  }

  async dropMark(portal: PortalId, mark: PortalMark): Promise<void> {
    await this.#changing(this.#marks, markKey(portal, mark), (sql) =>
      sql.run('delete from portal_marks where portal = ? and mark = ?', [portal, mark]),
    );
  }

  async marked(
    mark: PortalMark,
    limit = Number.MAX_SAFE_INTEGER,
  ): Promise<readonly { readonly portal: PortalId; readonly value: string }[]> {
    const rows = await this.#database.rows(
      `select portal, value from portal_marks where mark = ? and value <> '' order by portal limit ?`,
      [mark, limit],
    );
    return rows.map((row) => ({ portal: portalId(text(row, 'portal')), value: text(row, 'value') }));
  }

  /** Encrypts every password anew under the first key, so that older keys can be taken away. To be called once at start. */
  async reseal(): Promise<void> {
    const rows = await this.#database.rows(
      'select portal, user_id, nick, state, role, password from group_members where password is not null',
    );
    for (const row of rows) {
      if (keyIdOf(optionalBytes(row, 'password') ?? Buffer.alloc(0)) === this.#cipher.keyIds[0]) continue;
      const portal = portalId(text(row, 'portal'));
      await this.putMember(portal, this.#memberOf(portal, row));
    }
  }

  #memberOf(portal: PortalId, row: Row): GroupMember {
    const user = matrixUserId(text(row, 'user_id'));
    return {
      user,
      nick: text(row, 'nick'),
      state: text(row, 'state') === 'invited' ? 'invited' : 'joined',
      role: roleOf(row),
      ...this.#passwordOf(portal, user, row),
    };
  }

  #passwordOf(portal: PortalId, user: MatrixUserId, row: Row): Pick<GroupMember, 'password'> {
    const sealed = optionalBytes(row, 'password');
    return sealed === undefined ? {} : { password: this.#cipher.open(sealed, passwordPlace(portal, user)) };
  }

  /** What a portal that was closed or moved leaves in the caches is dropped. */
  forget(): void {
    this.#members.clear();
    this.#people.clear();
    this.#marks.clear();
  }

  async #changing<V, T>(cache: CoherentCache<V>, key: string, work: (sql: Sql) => Promise<T>): Promise<T> {
    try {
      return await this.#commit.write(work);
    } finally {
      cache.drop([key]);
    }
  }
}

/** No ghost is in a portal's new room yet. */
export async function emptyRoom(sql: Sql, portal: PortalId): Promise<void> {
  await sql.run(`update group_people set state = 'absent' where portal = ? and state in ('in', 'invited')`, [
    portal,
  ]);
}

/** Forgets all that is kept of a portal beside its messages. */
export async function forgetGroup(sql: Sql, portal: PortalId): Promise<void> {
  for (const table of ['group_members', 'group_people', 'portal_marks']) {
    await sql.run(`delete from ${table} where portal = ?`, [portal]);
  }
}

function markKey(portal: PortalId, mark: PortalMark): string {
  return `${portal} ${mark}`;
}

function passwordPlace(portal: PortalId, user: MatrixUserId): readonly string[] {
  return ['group_members', portal, user];
}

function personOf(row: Row): GroupPerson {
  return {
    remote: remoteUserId(text(row, 'remote')),
    state: stateOf(row),
    role: roleOf(row),
    likeness: text(row, 'likeness'),
  };
}

function stateOf(row: Row): PersonState {
  const state = text(row, 'state');
  return state === 'in' || state === 'invited' || state === 'out' ? state : 'absent';
}

function roleOf(row: Row): Role {
  const role = text(row, 'role');
  return role === 'owner' || role === 'admin' || role === 'moderator' || role === 'visitor' ? role : 'member';
}
