import {
  type MatrixUserId,
  matrixUserId,
  type NetworkId,
  networkId,
  type RemoteUserId,
  remoteUserId,
} from '../core/ids.ts';
import type { Login, LoginStore, PendingLogin } from '../core/stores.ts';
import type { Cipher } from './cipher.ts';
import type { Database } from './database.ts';
import type { GroupCommit } from './group-commit.ts';
import { CoherentCache } from './coherent-cache.ts';
import { integer, optionalBytes, type Row, text } from './rows.ts';

const cacheSize = 4_000;

/** The linked accounts and the links under way, on SQLite and PostgreSQL. */
export class SqlLoginStore implements LoginStore {
  readonly #database: Database;
  readonly #commit: GroupCommit;
  readonly #cipher: Cipher;
  /** Who owns a remote user: asked for everything that comes from a network. */
  readonly #owners = new CoherentCache<MatrixUserId | undefined>(cacheSize);

  constructor(database: Database, commit: GroupCommit, cipher: Cipher) {
    this.#database = database;
    this.#commit = commit;
    this.#cipher = cipher;
  }

  async list(user: MatrixUserId): Promise<readonly Login[]> {
    const rows = await this.#database.rows(
      'select * from logins where user_id = ? order by linked_at, network, remote',
      [user],
    );
    return rows.map(loginOf);
  }

  owner(network: NetworkId, remote: RemoteUserId): Promise<MatrixUserId | undefined> {
    return this.#owners.get(ownerKey(network, remote), async () => {
      const [row] = await this.#database.rows('select user_id from logins where network = ? and remote = ?', [
        network,
        remote,
      ]);
      return row === undefined ? undefined : matrixUserId(text(row, 'user_id'));
    });
  }

  async put(login: Login): Promise<void> {
    try {
      await this.#commit.write((sql) =>
        sql.run(
          `insert into logins (network, remote, user_id, linked_at) values (?, ?, ?, ?)
           on conflict (network, remote) do update
           set user_id = excluded.user_id, linked_at = excluded.linked_at`,
          [login.network, login.remote, login.user, login.linkedAt],
        ),
      );
    } finally {
      this.#owners.drop([ownerKey(login.network, login.remote)]);
    }
  }

  async remove(user: MatrixUserId, network: NetworkId, remote: RemoteUserId): Promise<boolean> {
    try {
      return await this.#commit.write(async (sql) => {
        const removed = await sql.run('delete from logins where user_id = ? and network = ? and remote = ?', [
          user,
          network,
          remote,
        ]);
        return removed > 0;
      });
    } finally {
      this.#owners.drop([ownerKey(network, remote)]);
    }
  }

  /** What was read before may have been changed by others than this store. */
  refresh(): void {
    this.#owners.clear();
  }

  async pending(user: MatrixUserId, network: NetworkId): Promise<PendingLogin | undefined> {
    const [row] = await this.#database.rows(
      'select * from pending_logins where user_id = ? and network = ?',
      [user, network],
    );
    return row === undefined ? undefined : this.#pendingOf(row);
  }

  async putPending(pending: PendingLogin): Promise<void> {
    const state = this.#cipher.seal(pending.state, statePlace(pending));
    await this.#commit.write((sql) =>
      sql.run(
        `insert into pending_logins (user_id, network, state, expires_at, wrong_answers) values (?, ?, ?, ?, ?)
         on conflict (user_id, network) do update set state = excluded.state,
           expires_at = excluded.expires_at, wrong_answers = excluded.wrong_answers`,
        [pending.user, pending.network, state, pending.expiresAt, pending.wrongAnswers],
      ),
    );
  }

  async removePending(user: MatrixUserId, network: NetworkId): Promise<void> {
    await this.#commit.write((sql) =>
      sql.run('delete from pending_logins where user_id = ? and network = ?', [user, network]),
    );
  }

  #pendingOf(row: Row): PendingLogin {
    const whose = { user: matrixUserId(text(row, 'user_id')), network: networkId(text(row, 'network')) };
    const state = optionalBytes(row, 'state');
    if (state === undefined) throw new Error('a pending login has no state');
    return {
      ...whose,
      state: this.#cipher.open(state, statePlace(whose)),
      expiresAt: integer(row, 'expires_at'),
      wrongAnswers: integer(row, 'wrong_answers'),
    };
  }
}

function ownerKey(network: NetworkId, remote: RemoteUserId): string {
  return JSON.stringify([network, remote]);
}

function statePlace(of: Pick<PendingLogin, 'user' | 'network'>): readonly string[] {
  return ['pending_logins', of.user, of.network];
}

export function loginOf(row: Row): Login {
  return {
    user: matrixUserId(text(row, 'user_id')),
    network: networkId(text(row, 'network')),
    remote: remoteUserId(text(row, 'remote')),
    linkedAt: integer(row, 'linked_at'),
  };
}
