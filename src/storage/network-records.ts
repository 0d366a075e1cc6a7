import { createHash } from 'node:crypto';
import type { NetworkId } from '../core/ids.ts';
import {
  checkChanges,
  plainName,
  type Expectation,
  type NetworkRecord,
  type NetworkRecords,
  type RecordChange,
  type RecordName,
} from '../core/network-records.ts';
import { blobPrefix, type Cipher, prefixBytes } from './cipher.ts';
import type { Database, Sql, Value } from './database.ts';
import type { GroupCommit } from './group-commit.ts';
import { integer, optionalBytes, type Row, text } from './rows.ts';
import { parts, placeholders } from './sql-values.ts';

export interface NetworkRecordsNeeds {
  readonly database: Database;
  readonly commit: GroupCommit;
  readonly cipher: Cipher;
}

type Own = Omit<RecordName, 'name'>;
type Put = Extract<RecordChange, { readonly kind: 'put' }>;

/** Rows that are encrypted anew, or swept away, in one transaction. */
const pageSize = 200;
const sweepSize = 1_000;
/** Rows that are written in one statement. */
const writeSize = 50;
const own = 'network = ? and collection = ? and owner = ?';
const row = `${own} and name = ?`;

/** What networks keep, on SQLite and PostgreSQL; the values are encrypted. */
export class SqlNetworkRecords implements NetworkRecords {
  readonly #needs: NetworkRecordsNeeds;

  constructor(needs: NetworkRecordsNeeds) {
    this.#needs = needs;
  }

  async get(network: NetworkId, of: RecordName): Promise<NetworkRecord | undefined> {
    if (!canBe(of)) return undefined;
    const [found] = await this.#needs.database.rows(
      `select * from network_records where ${row}`,
      key(network, of),
    );
    return found === undefined ? undefined : this.#recordOf(found);
  }

  async list(
    network: NetworkId,
    of: Own,
    { after = 0, limit }: { readonly after?: number; readonly limit: number },
  ): Promise<readonly NetworkRecord[]> {
    if (!canBe(of)) return [];
    const rows = await this.#needs.database.rows(
      `select * from network_records where ${own} and seq > ? order by seq limit ?`,
      [network, of.collection, of.owner, after, limit],
    );
    return rows.map((one) => this.#recordOf(one));
  }

  async count(network: NetworkId, of: Own): Promise<number> {
    if (!canBe(of)) return 0;
    const [found] = await this.#needs.database.rows(
      `select count(*) as many from network_records where ${own}`,
      [network, of.collection, of.owner],
    );
    return found === undefined ? 0 : integer(found, 'many');
  }

  async owners(
    network: NetworkId,
    collection: string,
    { after, limit }: { readonly after?: string; readonly limit: number },
  ): Promise<readonly string[]> {
    const rows = await this.#needs.database.rows(
      `select distinct owner from network_records
       where network = ? and collection = ? ${after === undefined ? '' : 'and owner > ?'} order by owner limit ?`,
      [network, collection, ...(after === undefined ? [] : [after]), limit],
    );
    return rows.map((one) => text(one, 'owner'));
  }

  async commit(
    network: NetworkId,
    changes: readonly RecordChange[],
    expected: readonly Expectation[] = [],
  ): Promise<boolean> {
    checkChanges(changes);
    return this.#needs.commit.write(async (sql) => {
      for (const one of expected) if (!(await holds(sql, network, one))) return false;
      await this.#write(sql, network, changes);
      return true;
    });
  }

  async sweep(network: NetworkId, collection: string, before: number): Promise<number> {
    let gone = 0;
    for (let last = sweepSize; last === sweepSize;) {
      last = await this.#needs.commit.write((sql) =>
        sql.run(
          `delete from network_records where seq in (
             select seq from network_records where network = ? and collection = ? and at < ? order by at limit ?)`,
          [network, collection, before, sweepSize],
        ),
      );
      gone += last;
    }
    return gone;
  }

  /**
   * Encrypts every value anew under the first key, so that older keys can be taken away. To be called once at start, after
   * the keys were checked: while the database knows of no other key there is nothing to look through.
   */
  async reseal(): Promise<void> {
    const { database, commit, cipher } = this.#needs;
    const [first = ''] = cipher.keyIds;
    const others = await database.rows('select 1 from cipher_keys where key_id <> ? limit 1', [first]);
    for (let after: number | undefined = others.length > 0 ? 0 : undefined; after !== undefined;) {
      const from: number = after;
      after = await commit.write(async (sql) => {
        const rows = await sql.rows(
          `select * from network_records where seq > ? and substr(value, 1, ${prefixBytes}) <> ?
           order by seq limit ${pageSize}`,
          [from, blobPrefix(first)],
        );
        for (const one of rows) {
          const seq = integer(one, 'seq');
          const value = cipher.seal(this.#open(one), placeOf(one));
          await sql.run('update network_records set value = ? where seq = ?', [value, seq]);
        }
        const last = rows.at(-1);
        return last === undefined ? undefined : integer(last, 'seq');
      });
    }
  }

  async #write(sql: Sql, network: NetworkId, changes: readonly RecordChange[]): Promise<void> {
    for (const change of changes) {
      if (change.kind === 'delete')
        await sql.run(`delete from network_records where ${row}`, key(network, change.of));
      if (change.kind === 'delete-all') {
        const { collection, owner } = change.of;
        await sql.run(`delete from network_records where ${own}`, [network, collection, owner]);
      }
    }
    const puts = changes.filter((change) => change.kind === 'put');
    for (const some of parts(puts, writeSize))
      await sql.run(
        `insert into network_records (network, collection, owner, name, value, at)
         values ${placeholders(some.length, 6)}
         on conflict (owner, network, collection, name) do update set value = excluded.value, at = excluded.at`,
        some.flatMap((put) => this.#valuesOf(network, put)),
      );
  }

  #valuesOf(network: NetworkId, { of, value, at }: Put): readonly Value[] {
    const [, , , name] = key(network, of);
    const plain = name === of.name ? value : JSON.stringify([of.name, value]);
    const place = ['network_records', network, of.collection, of.owner, name];
    return [network, of.collection, of.owner, name, this.#needs.cipher.seal(plain, place), at];
  }

  #open(found: Row): string {
    return this.#needs.cipher.open(optionalBytes(found, 'value') ?? Buffer.alloc(0), placeOf(found));
  }

  #recordOf(found: Row): NetworkRecord {
    const named = { seq: integer(found, 'seq'), at: integer(found, 'at') };
    const name = text(found, 'name');
    const plain = this.#open(found);
    if (!name.startsWith(hashed)) return { name, value: plain, ...named };
    const [own, value] = pairIn(plain);
    return { name: own, value, ...named };
  }
}

const hashed = '#';

/** A name that no index takes, or that looks like a hash, is kept by its hash; it stands in the value then. */
function key(network: NetworkId, { collection, owner, name }: RecordName): [string, string, string, string] {
  const kept =
    plainName(name) && !name.startsWith(hashed)
      ? name
      : hashed + createHash('sha256').update(JSON.stringify(name)).digest('base64url');
  return [network, collection, owner, kept];
}

/** Nothing was ever put under another name than these. */
function canBe({ collection, owner }: Own): boolean {
  return plainName(collection) && plainName(owner);
}

function placeOf(found: Row): readonly string[] {
  const columns = ['network', 'collection', 'owner', 'name'].map((column) => text(found, column));
  return ['network_records', ...columns];
}

function pairIn(plain: string): readonly [string, string] {
  const parsed: unknown = JSON.parse(plain);
  if (Array.isArray(parsed)) {
    const [name, value] = parsed.map((one: unknown) => (typeof one === 'string' ? one : undefined));
    if (name !== undefined && value !== undefined) return [name, value];
  }
  throw new Error('a record of a network is not what was put there');
}

async function holds(sql: Sql, network: NetworkId, { of, is }: Expectation): Promise<boolean> {
  const [found] = canBe(of)
    ? await sql.rows(`select seq, at from network_records where ${row}`, key(network, of))
    : [];
  if (is === 'absent') return found === undefined;
  return found !== undefined && integer(found, 'seq') === is.seq && integer(found, 'at') === is.at;
}
