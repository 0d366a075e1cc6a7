import {
  matrixUserId,
  networkId,
  parseRoomAlias,
  roomId,
  type MatrixUserId,
  type RoomId,
} from '../core/ids.ts';
import {
  listKinds,
  type FollowedList,
  type ListExemption,
  type ListKind,
  type ListName,
  type ListRule,
  type ListTrouble,
  type PolicyListStore,
} from '../core/policy-list.ts';
import type { Database } from './database.ts';
import type { GroupCommit } from './group-commit.ts';
import { integer, optionalInteger, optionalText, text, texts, type Row } from './rows.ts';
import { parts, placeholders } from './sql-values.ts';
import { indexed, storable } from './stored-text.ts';

/** Rules that are written in one transaction: others are not to wait long for the lists. */
const together = 1_000;
const columns = 9;
const troubles: readonly ListTrouble[] = ['shut-out', 'away', 'too-large'];

/** Policy lists on SQLite and PostgreSQL. */
export class SqlPolicyListStore implements PolicyListStore {
  readonly #database: Database;
  readonly #commit: GroupCommit;

  constructor(database: Database, commit: GroupCommit) {
    this.#database = database;
    this.#commit = commit;
  }

  async lists(): Promise<readonly FollowedList[]> {
    const rows = await this.#database.rows('select * from policy_lists order by since, room');
    return rows.map(listOf);
  }

  async putList({ room, name, networks, by, since, readAt, trouble, told }: FollowedList): Promise<void> {
    await this.#commit.write((sql) =>
      sql.run(
        `insert into policy_lists (room, name, networks, author, since, read_at, trouble, told)
         values (?, ?, ?, ?, ?, ?, ?, ?)
         on conflict (room) do update set name = excluded.name, networks = excluded.networks,
           author = excluded.author, since = excluded.since, read_at = excluded.read_at,
           trouble = excluded.trouble, told = excluded.told`,
        [
          ...[room, name, JSON.stringify(networks), by === 'config' ? '' : by, since, readAt ?? null],
          ...[trouble ?? null, told ?? null],
        ],
      ),
    );
  }

  async removeList(room: RoomId): Promise<void> {
    await this.#commit.write(async (sql) => {
      await sql.run('delete from policy_lists where room = ?', [room]);
      await sql.run('delete from policy_rules where room = ?', [room]);
    });
  }

  async rules(room: RoomId): Promise<readonly ListRule[]> {
    const rows = await this.#database.rows(
      'select * from policy_rules where room = ? order by kind, key_indexed',
      [room],
    );
    // The same text for all of an author's rules: there may be many.
    const senders = new Map<string, MatrixUserId>();
    return rows.map((row) => {
      const id = text(row, 'sender');
      const sender = senders.get(id) ?? matrixUserId(id);
      senders.set(id, sender);
      return ruleOf(row, room, sender);
    });
  }

  async putRules(rules: readonly ListRule[]): Promise<void> {
    for (const some of parts(rules, together))
      await this.#commit.write(async (sql) => {
        for (const few of parts(some, 100))
          await sql.run(
            `insert into policy_rules (room, kind, key_indexed, state_key, entity, hashed, reason, sender, at)
             values ${placeholders(few.length, columns)}
             on conflict (room, kind, key_indexed) do update set state_key = excluded.state_key,
               entity = excluded.entity, hashed = excluded.hashed, reason = excluded.reason,
               sender = excluded.sender, at = excluded.at`,
            few.flatMap(valuesOf),
          );
      });
  }

  async removeRules(room: RoomId, rules: readonly Pick<ListRule, 'kind' | 'key'>[]): Promise<void> {
    for (const some of parts(rules, together))
      await this.#commit.write(async (sql) => {
        for (const { kind, key } of some)
          await sql.run('delete from policy_rules where room = ? and kind = ? and key_indexed = ?', [
            ...[room, kind, indexed(key)],
          ]);
      });
  }

  async exemptions(): Promise<readonly ListExemption[]> {
    const rows = await this.#database.rows(
      'select * from policy_exemptions order by at desc, kind, name_key',
    );
    return rows.map((row) => ({
      kind: kindOf(text(row, 'kind')),
      name: text(row, 'name'),
      by: matrixUserId(text(row, 'author')),
      at: integer(row, 'at'),
      reason: optionalText(row, 'reason'),
    }));
  }

  putExemption({ kind, name, by, at, reason }: ListExemption): Promise<boolean> {
    return this.#commit.write(async (sql) => {
      const added = await sql.run(
        `insert into policy_exemptions (kind, name_key, name, author, at, reason) values (?, ?, ?, ?, ?, ?)
         on conflict do nothing`,
        [kind, indexed(name), storable(name), by, at, reason === undefined ? null : storable(reason)],
      );
      return added > 0;
    });
  }

  removeExemption(kind: ListKind, name: string): Promise<boolean> {
    return this.#commit.write(
      async (sql) =>
        (await sql.run('delete from policy_exemptions where kind = ? and name_key = ?', [
          ...[kind, indexed(name)],
        ])) > 0,
    );
  }

  async forgetAuthor(user: MatrixUserId, other: MatrixUserId): Promise<void> {
    await this.#commit.write(async (sql) => {
      for (const table of ['policy_lists', 'policy_exemptions'])
        await sql.run(`update ${table} set author = ? where author = ?`, [other, user]);
    });
  }
}

function valuesOf(rule: ListRule): readonly (string | number | null)[] {
  const { list, kind, key, entity, reason, sender, at } = rule;
  const isHashed = entity.kind === 'hashed';
  return [
    ...[list, kind, indexed(key), key, isHashed ? entity.sha256 : entity.name, isHashed ? 1 : 0],
    ...[reason ?? null, sender, at],
  ];
}

function ruleOf(row: Row, list: RoomId, sender: MatrixUserId): ListRule {
  const entity = text(row, 'entity');
  const isHashed = integer(row, 'hashed') === 1;
  return {
    ...{ list, sender, kind: kindOf(text(row, 'kind')), key: text(row, 'state_key'), at: integer(row, 'at') },
    entity: isHashed ? { kind: 'hashed', sha256: entity } : { kind: 'named', name: entity },
    reason: optionalText(row, 'reason'),
  };
}

function listOf(row: Row): FollowedList {
  const author = text(row, 'author');
  const trouble = optionalText(row, 'trouble');
  return {
    room: roomId(text(row, 'room')),
    name: nameOf(text(row, 'name')),
    networks: texts(row, 'networks').map(networkId),
    by: author === '' ? 'config' : matrixUserId(author),
    since: integer(row, 'since'),
    readAt: optionalInteger(row, 'read_at'),
    trouble: troubles.find((known) => known === trouble),
    told: optionalText(row, 'told'),
  };
}

function nameOf(name: string): ListName {
  return parseRoomAlias(name) ?? roomId(name);
}

function kindOf(kind: string): ListKind {
  const found = listKinds.find((known) => known === kind);
  if (found === undefined) throw new Error('the database holds a rule of a kind that is not known');
  return found;
}
