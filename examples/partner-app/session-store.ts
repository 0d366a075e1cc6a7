import type {
  Change,
  KeptRecord,
  Own,
  RecordKind,
  RecordName,
  SignalStore,
} from '../../src/crypto/signal/store.ts';
import type { Database } from './database.ts';

type Values = (string | number)[];

const ofKind = 'user = ? and kind = ? and peer = ?';
const putOne = `insert into signal_records (user, kind, peer, name, value, at) values (?, ?, ?, ?, ?, ?)
  on conflict do update set value = excluded.value, at = excluded.at`;

/** Keys and sessions of Signal's protocol, as `src/crypto/signal` wants them kept: each `commit` is one transaction. */
export class SessionStore implements SignalStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async get({ user }: Own, { kind, peer, name }: RecordName): Promise<KeptRecord | undefined> {
    return this.#rows(`${ofKind} and name = ?`, [user, kind, peer, name])[0];
  }

  async list(
    { user }: Own,
    { kind, peer }: Omit<RecordName, 'name'>,
    limit: number,
  ): Promise<readonly KeptRecord[]> {
    return this.#rows(`${ofKind} order by at, name limit ?`, [user, kind, peer, limit]);
  }

  async names(own: Own, of: Omit<RecordName, 'name'>, limit: number): Promise<readonly string[]> {
    return (await this.list(own, of, limit)).map(({ name }) => name);
  }

  async commit(own: Own, generation: string | undefined, changes: readonly Change[]): Promise<boolean> {
    const write = this.#database.transaction((): boolean => {
      const [identity] = this.#rows(ofKind, [own.user, 'identity', '']);
      if (identity?.name !== generation) return false;
      for (const change of changes) {
        const { kind, peer, name } = change.of;
        if (change.kind === 'put')
          this.#database.prepare(putOne).run(own.user, kind, peer, name, change.value, change.at);
        else this.#delete(`${ofKind} and name = ?`, [own.user, kind, peer, name]);
      }
      return true;
    });
    return write.immediate();
  }

  async forget({ user }: Own): Promise<void> {
    this.#delete('user = ?', [user]);
  }

  async sweep(kinds: readonly RecordKind[], before: number): Promise<number> {
    return this.#delete(`kind in (${kinds.map(() => '?').join(', ')}) and at < ?`, [...kinds, before]);
  }

  #rows(where: string, values: Values): readonly KeptRecord[] {
    return this.#database
      .prepare<Values, KeptRecord>(`select name, value, at from signal_records where ${where}`)
      .all(...values);
  }

  #delete(where: string, values: Values): number {
    return this.#database.prepare(`delete from signal_records where ${where}`).run(...values).changes;
  }
}
