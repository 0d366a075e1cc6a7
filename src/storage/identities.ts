import {
  matrixUserId,
  networkId,
  parseFingerprint,
  remoteUserId,
  type Fingerprint,
  type MatrixUserId,
} from '../core/ids.ts';
import type { IdentityKey, IdentityState, IdentityStore, KnownIdentity } from '../core/identities.ts';
import { CoherentCache } from './coherent-cache.ts';
import type { Database } from './database.ts';
import type { GroupCommit } from './group-commit.ts';
import { integer, optionalText, text, type Row } from './rows.ts';
import { indexed } from './stored-text.ts';

const cacheSize = 20_000;

/** What is known of the encryption identities of people, on SQLite and PostgreSQL. */
export class SqlIdentityStore implements IdentityStore {
  readonly #database: Database;
  readonly #commit: GroupCommit;
  readonly #cache = new CoherentCache<KnownIdentity | undefined>(cacheSize);

  constructor(database: Database, commit: GroupCommit) {
    this.#database = database;
    this.#commit = commit;
  }

  find(key: IdentityKey): Promise<KnownIdentity | undefined> {
    const { user, network, remote } = key;
    return this.#cache.get(cacheKey(key), async () => {
      const [row] = await this.#database.rows(
        'select * from identities where user_id = ? and network = ? and remote_key = ?',
        [user, network, indexed(remote)],
      );
      return row === undefined ? undefined : knownOf(row);
    });
  }

  async put(known: KnownIdentity): Promise<void> {
    const { user, network, remote, identity, previous, state, since } = known;
    try {
      await this.#commit.write((sql) =>
        sql.run(
          `insert into identities (user_id, network, remote_key, remote, identity, previous, state, since)
           values (?, ?, ?, ?, ?, ?, ?, ?)
           on conflict (user_id, network, remote_key) do update
           set identity = excluded.identity, previous = excluded.previous, state = excluded.state, since = excluded.since`,
          [user, network, indexed(remote), remote, identity, previous ?? null, state, since],
        ),
      );
    } finally {
      this.#cache.drop([cacheKey(known)]);
    }
  }

  /** Nothing that was read is relied on any more: a user was erased. */
  refresh(): void {
    this.#cache.clear();
  }

  async list(user: MatrixUserId, state: IdentityState, limit: number): Promise<readonly KnownIdentity[]> {
    const rows = await this.#database.rows(
      'select * from identities where user_id = ? and state = ? order by since desc, network, remote_key limit ?',
      [user, state, limit],
    );
    return rows.map(knownOf);
  }
}

function cacheKey({ user, network, remote }: IdentityKey): string {
  return JSON.stringify([user, network, remote]);
}

function knownOf(row: Row): KnownIdentity {
  const previous = optionalText(row, 'previous');
  return {
    user: matrixUserId(text(row, 'user_id')),
    network: networkId(text(row, 'network')),
    remote: remoteUserId(text(row, 'remote')),
    identity: fingerprintOf(text(row, 'identity')),
    previous: previous === undefined ? undefined : fingerprintOf(previous),
    state: stateOf(text(row, 'state')),
    since: integer(row, 'since'),
  };
}

function fingerprintOf(written: string): Fingerprint {
  const parsed = parseFingerprint(written);
  if (parsed === undefined) throw new Error('an identity that is kept is none');
  return parsed;
}

/** What a later release wrote is not relied on. */
function stateOf(state: string): IdentityState {
  return state === 'unchanged' || state === 'verified' ? state : 'changed';
}
