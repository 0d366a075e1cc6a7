/** The versions of the schema: each migration runs once, in order, forward only. */
import type { Database, Dialect, Sql } from './database.ts';
import { StorageError } from './errors.ts';
import { spine } from './migrations/0001-spine.ts';
import { groups } from './migrations/0002-groups.ts';
import { faces } from './migrations/0003-faces.ts';
import { puppets } from './migrations/0004-puppets.ts';
import { erasures } from './migrations/0005-erasures.ts';
import { spaces } from './migrations/0006-spaces.ts';
import { ties } from './migrations/0007-ties.ts';
import { passwords } from './migrations/0008-passwords.ts';
import { keyWaits } from './migrations/0009-key-waits.ts';
import { rules } from './migrations/0011-rules.ts';
import { blocks } from './migrations/0012-blocks.ts';
import { requests } from './migrations/0013-requests.ts';
import { reach } from './migrations/0014-reach.ts';
import { loginLists } from './migrations/0015-login-lists.ts';
import { policyLists } from './migrations/0016-policy-lists.ts';
import { requestRooms } from './migrations/0017-request-rooms.ts';
import { beside } from './migrations/0018-beside.ts';
import { signal } from './migrations/0019-signal.ts';
import { networkRecords } from './migrations/0020-network-records.ts';
import { integer } from './rows.ts';

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly statements: (dialect: Dialect) => readonly string[];
}

/** All migrations, oldest first. A released one is never changed. */
export const migrations: readonly Migration[] = [
  ...[spine, groups, faces, puppets, erasures, spaces],
  ...[ties, passwords, keyWaits, rules, blocks, requests, reach, loginLists, policyLists],
  ...[requestRooms, beside, signal, networkRecords],
];

const migrationTimeoutMs = 600_000;
/** The number of PostgreSQL's advisory lock: 'cway'. */
const advisoryLock = 0x63776179;

/**
 * Makes the tables that are there before any migration (the schema's versions, the lease), so that the lease can be
 * taken before the schema is touched. Throws `StorageError` (`newer-database`) where a newer program was here.
 */
export async function prepare(database: Database, known = migrations): Promise<void> {
  await database.transaction(async (sql) => {
    await lock(sql);
    await sql.run(
      'create table if not exists schema_versions (version integer primary key, name text not null, applied_at bigint not null)',
    );
    await sql.run(
      `create table if not exists lease (
         id integer primary key,
         fence bigint not null,
         renewals bigint not null,
         instance text not null,
         host text not null,
         pid integer not null,
         machine text not null,
         started text not null,
         since bigint not null,
         expires_at bigint not null
       )`,
    );
    await sql.run(
      `insert into lease (id, fence, renewals, instance, host, pid, machine, started, since, expires_at)
       values (1, 0, 0, '', '', 0, '', '', 0, 0) on conflict (id) do nothing`,
    );
    refuseNewer(await schemaVersion(sql), known);
  }, migrationTimeoutMs);
}

/** Brings the schema up to date. To be called by the holder of the lease. */
export async function migrate(
  database: Database,
  fenced: (sql: Sql) => Promise<void>,
  known = migrations,
): Promise<void> {
  for (const migration of known) {
    await database.transaction(async (sql) => {
      await lock(sql);
      await fenced(sql);
      const version = await schemaVersion(sql);
      refuseNewer(version, known);
      if (version >= migration.version) return;
      for (const statement of migration.statements(sql.dialect)) await sql.run(statement);
      await sql.run('insert into schema_versions (version, name, applied_at) values (?, ?, ?)', [
        migration.version,
        migration.name,
        Date.now(),
      ]);
    }, migrationTimeoutMs);
  }
}

/** The version that the schema has; 0 where it has none yet. */
export async function schemaVersion(sql: Pick<Sql, 'rows'>): Promise<number> {
  const [row] = await sql.rows('select coalesce(max(version), 0) as version from schema_versions');
  return row === undefined ? 0 : integer(row, 'version');
}

function refuseNewer(version: number, known: readonly Migration[]): void {
  const newest = known.at(-1)?.version ?? 0;
  if (version <= newest) return;
  throw new StorageError(
    'newer-database',
    `the database has schema version ${version}, written by a newer release; this one knows ${newest}`,
  );
}

async function lock(sql: Sql): Promise<void> {
  if (sql.dialect === 'postgres') await sql.rows('select pg_advisory_xact_lock(?)', [advisoryLock]);
}
