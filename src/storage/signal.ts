import type { Change, KeptRecord, Own, RecordKind, RecordName, SignalStore } from '../crypto/signal/store.ts';
import { type Cipher, keyIdOf, prefixBytes } from './cipher.ts';
import type { Database, Sql, Value } from './database.ts';
import type { GroupCommit } from './group-commit.ts';
import { integer, optionalBytes, type Row, text } from './rows.ts';
import { list, parts, placeholders } from './sql-values.ts';

export interface SignalStoreNeeds {
  readonly database: Database;
  readonly commit: GroupCommit;
  readonly cipher: Cipher;
}

/** Rows that are encrypted anew in one transaction. */
const pageSize = 200;
/** Rows that are written in one statement. */
const writeSize = 50;
const own = 'user_id = ? and network = ?';
const row = `${own} and kind = ? and peer = ? and name = ?`;

/** Keys and sessions of Signal's protocol, on SQLite and PostgreSQL; their values are encrypted. */
export class SqlSignalStore implements SignalStore {
  readonly #needs: SignalStoreNeeds;

  constructor(needs: SignalStoreNeeds) {
    this.#needs = needs;
  }

  async get(whose: Own, of: RecordName): Promise<KeptRecord | undefined> {
    const [found] = await this.#needs.database.rows(
      `select * from signal_records where ${row}`,
      key(whose, of),
    );
    return found === undefined ? undefined : this.#recordOf(found);
  }

  async list(
    whose: Own,
    { kind, peer }: Omit<RecordName, 'name'>,
    limit: number,
  ): Promise<readonly KeptRecord[]> {
    const rows = await this.#needs.database.rows(
      `select * from signal_records where ${own} and kind = ? and peer = ? order by at, name limit ?`,
      [whose.user, whose.network, kind, peer, limit],
    );
    return rows.map((one) => this.#recordOf(one));
  }

  async names(
    whose: Own,
    { kind, peer }: Omit<RecordName, 'name'>,
    limit: number,
  ): Promise<readonly string[]> {
    const rows = await this.#needs.database.rows(
      `select name from signal_records where ${own} and kind = ? and peer = ? order by at, name limit ?`,
      [whose.user, whose.network, kind, peer, limit],
    );
    return rows.map((one) => text(one, 'name'));
  }

  commit(whose: Own, generation: string | undefined, changes: readonly Change[]): Promise<boolean> {
    return this.#needs.commit.write(async (sql) => {
      const [identity] = await sql.rows(
        `select name from signal_records where ${own} and kind = 'identity' and peer = ''`,
        [whose.user, whose.network],
      );
      if ((identity === undefined ? undefined : text(identity, 'name')) !== generation) return false;
      await this.#write(sql, whose, changes);
      return true;
    });
  }

  async forget({ user, network }: Own): Promise<void> {
    await this.#needs.commit.write((sql) =>
      sql.run(`delete from signal_records where ${own}`, [user, network]),
    );
    await this.#needs.database.overwriteLog();
  }

  sweep(kinds: readonly RecordKind[], before: number): Promise<number> {
    return this.#needs.commit.write((sql) =>
      sql.run(`delete from signal_records where kind in (${list(kinds)}) and at < ?`, [...kinds, before]),
    );
  }

  /** Encrypts every value anew under the first key, so that older keys can be taken away. To be called once at start. */
  async reseal(): Promise<void> {
    const { commit, cipher } = this.#needs;
    for (const id of await this.#oldKeyIds()) {
      for (let more = true; more;) {
        more = await commit.write(async (sql) => {
          const rows = await sql.rows(
            `select * from signal_records where substr(value, 1, ${prefixBytes}) = ? limit ${pageSize}`,
            [id],
          );
          for (const one of rows) {
            const [whose, of] = nameOf(one);
            const value = cipher.seal(this.#recordOf(one).value, place(whose, of));
            await sql.run(`update signal_records set value = ? where ${row}`, [value, ...key(whose, of)]);
          }
          return rows.length === pageSize;
        });
      }
    }
  }

  async #oldKeyIds(): Promise<readonly Buffer[]> {
    const rows = await this.#needs.database.rows(
      `select distinct substr(value, 1, ${prefixBytes}) as prefix from signal_records`,
    );
    const [first] = this.#needs.cipher.keyIds;
    return rows
      .map((one) => optionalBytes(one, 'prefix') ?? Buffer.alloc(0))
      .filter((prefix) => keyIdOf(prefix) !== first);
  }

  async #write(sql: Sql, whose: Own, changes: readonly Change[]): Promise<void> {
    for (const change of changes)
      if (change.kind === 'delete')
        await sql.run(`delete from signal_records where ${row}`, key(whose, change.of));
    for (const puts of parts(
      changes.filter((change) => change.kind === 'put'),
      writeSize,
    )) {
      await sql.run(
        `insert into signal_records (user_id, network, kind, peer, name, value, at)
         values ${placeholders(puts.length, 7)}
         on conflict (user_id, network, kind, peer, name) do update set value = excluded.value, at = excluded.at`,
        puts.flatMap(({ of, value, at }) => [
          ...key(whose, of),
          this.#needs.cipher.seal(value, place(whose, of)),
          at,
        ]),
      );
    }
  }

  #recordOf(found: Row): KeptRecord {
    const [whose, of] = nameOf(found);
    const value = this.#needs.cipher.open(optionalBytes(found, 'value') ?? Buffer.alloc(0), place(whose, of));
    return { name: of.name, value, at: integer(found, 'at') };
  }
}

/** The row's own name; its kind is not looked into. */
function nameOf(found: Row): readonly [Own, { kind: string; peer: string; name: string }] {
  return [
    { user: text(found, 'user_id'), network: text(found, 'network') },
    { kind: text(found, 'kind'), peer: text(found, 'peer'), name: text(found, 'name') },
  ];
}

type Named = Readonly<Record<'kind' | 'peer' | 'name', string>>;

function key({ user, network }: Own, { kind, peer, name }: Named): readonly Value[] {
  return [user, network, kind, peer, name];
}

function place({ user, network }: Own, { kind, peer, name }: Named): readonly string[] {
  return ['signal_records', user, network, kind, peer, name];
}
