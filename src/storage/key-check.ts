/** Finds out at start whether the configured keys are those that the database was written with. */
import { blobPrefix, type Cipher, prefixBytes } from './cipher.ts';
import type { Database, Sql } from './database.ts';
import { StorageError } from './errors.ts';
import { schemaVersion } from './migrations.ts';
import { puppets } from './migrations/0004-puppets.ts';
import { signal } from './migrations/0019-signal.ts';
import { networkRecords } from './migrations/0020-network-records.ts';
import { optionalBytes, text } from './rows.ts';

const place = (id: string): readonly string[] => ['cipher_keys', id];
const checked = 'causeway';

/**
 * Throws `StorageError` (`wrong-key`) where none of the keys was ever used with this database, or where a key is missing
 * that something is still encrypted under. A key that nothing needs any more is forgotten, a new one is recorded.
 */
export async function checkKeys(
  database: Database,
  cipher: Cipher,
  fenced: (sql: Sql) => Promise<void>,
): Promise<void> {
  await database.transaction(async (sql) => {
    await fenced(sql);
    const { known, unused } = await compareKeys(sql, cipher);
    for (const id of unused) await sql.run('delete from cipher_keys where key_id = ?', [id]);
    const [first] = cipher.keyIds;
    if (first !== undefined && !known.has(first)) {
      await sql.run('insert into cipher_keys (key_id, sealed) values (?, ?)', [
        first,
        cipher.seal(checked, place(first)),
      ]);
    }
  });
}

/** The keys that the database knows, and those of them that are not configured and that nothing needs. Throws like `checkKeys`. */
export async function compareKeys(
  sql: Pick<Sql, 'rows'>,
  cipher: Cipher,
): Promise<{ readonly known: ReadonlySet<string>; readonly unused: readonly string[] }> {
  const rows = await sql.rows('select key_id, sealed from cipher_keys');
  const stored = rows.map((row) => ({ id: text(row, 'key_id'), sealed: optionalBytes(row, 'sealed') }));
  const configured = new Set(cipher.keyIds);
  if (stored.length > 0 && !stored.some(({ id }) => configured.has(id))) {
    throw wrongKey('the database was written with another key', stored[0]?.id);
  }
  const unused: string[] = [];
  for (const { id, sealed } of stored) {
    if (configured.has(id)) verify(cipher, id, sealed);
    else if (await isNeeded(sql, id)) {
      throw wrongKey('a key is missing that kept events are still encrypted under', id);
    } else unused.push(id);
  }
  return { known: new Set(stored.map(({ id }) => id)), unused };
}

function verify(cipher: Cipher, id: string, sealed: Buffer | undefined): void {
  if (sealed !== undefined && cipher.open(sealed, place(id)) === checked) return;
  throw wrongKey('the check value of a key does not open', id);
}

/** What is encrypted in tables that later migrations made, with the version that each came with. */
const later: readonly (readonly [number, string])[] = [
  [puppets.version, 'puppets where token is not null and substr(token'],
  [signal.version, 'signal_records where substr(value'],
  [networkRecords.version, 'network_records where substr(value'],
];

async function isNeeded(sql: Pick<Sql, 'rows'>, id: string): Promise<boolean> {
  const prefix = blobPrefix(id);
  const [row] = await sql.rows(
    `select (select count(*) from events where payload is not null and substr(payload, 1, ${prefixBytes}) = ?)
       + (select count(*) from pending_logins where substr(state, 1, ${prefixBytes}) = ?) as uses`,
    [prefix, prefix],
  );
  if (row !== undefined && Number(row['uses']) > 0) return true;
  // The doctor looks at databases that are not up to date too.
  const schema = await schemaVersion(sql);
  for (const [version, where] of later) {
    if (schema < version) return false;
    const found = await sql.rows(`select 1 from ${where}, 1, ${prefixBytes}) = ? limit 1`, [prefix]);
    if (found.length > 0) return true;
  }
  return false;
}

function wrongKey(message: string, id: string | undefined): StorageError {
  return new StorageError('wrong-key', `${message} (key ${id ?? '?'})`);
}
