import type { Block, Blocked, BlockOwner, BlockStore, IndexedBlock } from '../core/block-store.ts';
import { matrixUserId, networkId, type MatrixUserId } from '../core/ids.ts';
import {
  type Identity,
  nameOf,
  storedName,
  userRealm,
  type StoredName,
  type StoredPerson,
  type Union,
} from '../core/persons.ts';
import type { Database, Sql } from './database.ts';
import type { GroupCommit } from './group-commit.ts';
import { integer, optionalText, text, type Row } from './rows.ts';
import { parts, placeholders } from './sql-values.ts';
import { indexed, storable } from './stored-text.ts';

/** Persons and blocks, on SQLite and PostgreSQL. */
export class SqlBlockStore implements BlockStore {
  readonly #database: Database;
  readonly #commit: GroupCommit;

  constructor(database: Database, commit: GroupCommit) {
    this.#database = database;
    this.#commit = commit;
  }

  async persons(): Promise<readonly StoredPerson[]> {
    const persons = new Map<string, StoredName[]>();
    for (const row of await this.#database.rows('select realm, name, person from person_names')) {
      const id = text(row, 'person');
      const names = persons.get(id);
      if (names === undefined) persons.set(id, [storedNameOf(row)]);
      else names.push(storedNameOf(row));
    }
    return [...persons].map(([id, names]) => ({ id, names }));
  }

  async linked(): ReturnType<BlockStore['linked']> {
    const rows = await this.#database.rows('select network, remote, user_id from logins order by linked_at');
    return rows.map((row) => ({
      user: storedName({ kind: 'user', user: matrixUserId(text(row, 'user_id')) }),
      account: { realm: text(row, 'network'), name: text(row, 'remote') },
    }));
  }

  async unite({ id, moved }: Union): Promise<void> {
    await this.#commit.write(async (sql) => {
      for (const some of parts(moved.map(nameOf), 100))
        await sql.run(
          `insert into person_names (realm, name_key, name, person) values ${placeholders(some.length, 4)}
           on conflict (realm, name_key) do update set person = excluded.person`,
          some.flatMap((name) => [...keyColumns(name), name.name, id]),
        );
    });
  }

  async index(): Promise<readonly IndexedBlock[]> {
    const rows = await this.#database.rows('select user_id, kind, realm, name, subdomains from blocks');
    const owners = new Map<string, BlockOwner>();
    return rows.map((row) => {
      const id = text(row, 'user_id');
      // The same text for all blocks of an owner: there may be many.
      const owner = owners.get(id) ?? ownerOf(id);
      owners.set(id, owner);
      return { owner, blocked: blockedOf(row) };
    });
  }

  async list(owner: BlockOwner, offset: number, limit: number): Promise<readonly Block[]> {
    const rows = await this.#database.rows(
      `select * from blocks where user_id = ? order by made_at desc, kind, realm, name_key limit ? offset ?`,
      [columnOf(owner), limit, offset],
    );
    return rows.map((row) => blockOf(row, owner));
  }

  async find(owner: BlockOwner, blocked: Blocked): Promise<Block | undefined> {
    const { kind, name } = columnsOf(blocked);
    const [row] = await this.#database.rows(
      'select * from blocks where user_id = ? and kind = ? and realm = ? and name_key = ?',
      [columnOf(owner), kind, ...keyColumns(name)],
    );
    return row === undefined ? undefined : blockOf(row, owner);
  }

  async count(owner: BlockOwner): Promise<number> {
    const [row] = await this.#database.rows('select count(*) as many from blocks where user_id = ?', [
      columnOf(owner),
    ]);
    return row === undefined ? 0 : integer(row, 'many');
  }

  put({ owner, blocked, author, at, reason }: Block): Promise<boolean> {
    const { kind, name, subdomains } = columnsOf(blocked);
    return this.#commit.write(async (sql) => {
      const added = await sql.run(
        `insert into blocks (user_id, kind, realm, name_key, name, subdomains, author, made_at, reason)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?)
         on conflict (user_id, kind, realm, name_key) do update set subdomains = excluded.subdomains
         where excluded.subdomains > blocks.subdomains`,
        [
          ...[columnOf(owner), kind, ...keyColumns(name), name.name, subdomains, author, at],
          reason === undefined ? null : storable(reason),
        ],
      );
      return added > 0;
    });
  }

  async remove(owner: BlockOwner, blocked: readonly Blocked[]): Promise<void> {
    await this.#commit.write(async (sql) => {
      for (const { kind, name } of blocked.map(columnsOf))
        await sql.run('delete from blocks where user_id = ? and kind = ? and realm = ? and name_key = ?', [
          columnOf(owner),
          kind,
          ...keyColumns(name),
        ]);
    });
  }

  async listed(user: MatrixUserId): Promise<readonly StoredName[]> {
    const rows = await this.#database.rows('select realm, name from ignored_names where user_id = ?', [user]);
    return rows.map(storedNameOf);
  }

  async setListed(user: MatrixUserId, names: readonly StoredName[]): Promise<void> {
    await this.#commit.write(async (sql) => {
      await sql.run('delete from ignored_names where user_id = ?', [user]);
      await insertListed(sql, user, names);
    });
  }

  async sharers({ network, remote }: Identity, limit: number): Promise<readonly MatrixUserId[]> {
    const rows = await this.#database.rows(
      `select receiver as user_id from portals
       where network = ? and remote = ? and receiver <> '' and room is not null
       union
       select members.user_id as user_id from group_people people
       join portals on portals.id = people.portal and portals.network = ?
       join group_members members on members.portal = people.portal
       where people.remote_key = ? and people.state in ('in', 'invited')
       limit ?`,
      [network, remote, network, indexed(remote), limit],
    );
    return rows.map((row) => matrixUserId(text(row, 'user_id')));
  }

  async forget(user: MatrixUserId, what: 'all' | 'keep-name'): Promise<void> {
    await this.#commit.write(async (sql) => {
      await sql.run('delete from blocks where user_id = ?', [user]);
      await sql.run('delete from ignored_names where user_id = ?', [user]);
      await sql.run(`update blocks set author = ? where author = ?`, [nobody(user), user]);
      if (what === 'keep-name') return;
      await sql.run('delete from person_names where realm = ? and name_key = ?', [userRealm, indexed(user)]);
    });
  }
}

async function insertListed(sql: Sql, user: MatrixUserId, names: readonly StoredName[]): Promise<void> {
  for (const some of parts(names, 100))
    await sql.run(
      `insert into ignored_names (user_id, realm, name_key, name) values ${placeholders(some.length, 4)}
       on conflict do nothing`,
      some.flatMap((name) => [user, ...keyColumns(name), name.name]),
    );
}

/** Who is erased has made nothing any more. */
function nobody(user: MatrixUserId): MatrixUserId {
  return matrixUserId(`@:${user.slice(user.indexOf(':') + 1)}`);
}

function keyColumns({ realm, name }: StoredName): readonly [string, string] {
  return [realm, indexed(name)];
}

function columnOf(owner: BlockOwner): string {
  return owner === 'homeserver' ? '' : owner;
}

function ownerOf(column: string): BlockOwner {
  return column === '' ? 'homeserver' : matrixUserId(column);
}

function storedNameOf(row: Row): StoredName {
  return { realm: text(row, 'realm'), name: text(row, 'name') };
}

interface Columns {
  readonly kind: string;
  readonly name: StoredName;
  readonly subdomains: number;
}

function columnsOf(blocked: Blocked): Columns {
  switch (blocked.kind) {
    case 'person':
      return { kind: 'person', name: blocked.name, subdomains: 0 };
    case 'server': {
      const { network: realm, domain: name, subdomains } = blocked;
      return { kind: 'server', name: { realm, name }, subdomains: subdomains ? 1 : 0 };
    }
    case 'network':
      return { kind: 'network', name: { realm: blocked.network, name: '' }, subdomains: 0 };
  }
}

function blockOf(row: Row, owner: BlockOwner): Block {
  return {
    owner,
    blocked: blockedOf(row),
    author: matrixUserId(text(row, 'author')),
    at: integer(row, 'made_at'),
    reason: optionalText(row, 'reason'),
  };
}

function blockedOf(row: Row): Blocked {
  const name = storedNameOf(row);
  const kind = text(row, 'kind');
  if (kind === 'person') return { kind, name };
  const network = networkId(name.realm);
  if (kind === 'network') return { kind, network };
  return { kind: 'server', network, domain: name.name, subdomains: integer(row, 'subdomains') === 1 };
}
