import { type MatrixUserId, matrixUserId } from '../core/ids.ts';
import type { PuppetChoice, PuppetRecord, PuppetStore } from '../core/puppet.ts';
import { type Cipher, keyIdOf } from './cipher.ts';
import { CoherentCache } from './coherent-cache.ts';
import type { Database } from './database.ts';
import type { GroupCommit } from './group-commit.ts';
import { integer, optionalBytes, type Row, text } from './rows.ts';

/** Records in memory hold tokens in the clear; they are few, and the process has the key anyway. */
const cacheSize = 1_000;

/** What users chose about double puppeting, on SQLite and PostgreSQL; their tokens are encrypted. */
export class SqlPuppetStore implements PuppetStore {
  readonly #database: Database;
  readonly #commit: GroupCommit;
  readonly #cipher: Cipher;
  readonly #cache = new CoherentCache<PuppetRecord | undefined>(cacheSize);

  constructor(database: Database, commit: GroupCommit, cipher: Cipher) {
    this.#database = database;
    this.#commit = commit;
    this.#cipher = cipher;
  }

  get(user: MatrixUserId): Promise<PuppetRecord | undefined> {
    return this.#cache.get(user, async () => {
      const [row] = await this.#database.rows('select * from puppets where user_id = ?', [user]);
      return row === undefined ? undefined : this.#recordOf(row);
    });
  }

  async put({ user, choice, told, copies, since }: PuppetRecord): Promise<void> {
    const token = choice.kind === 'token' ? this.#cipher.seal(choice.token, tokenPlace(user)) : null;
    try {
      await this.#commit.write((sql) =>
        sql.run(
          `insert into puppets (user_id, choice, token, told, copies, since) values (?, ?, ?, ?, ?, ?)
           on conflict (user_id) do update set choice = excluded.choice, token = excluded.token,
             told = excluded.told, copies = excluded.copies, since = excluded.since`,
          [user, choice.kind, token, told ? 1 : 0, copies ? 1 : 0, since],
        ),
      );
    } finally {
      this.#cache.drop([user]);
    }
  }

  /** Encrypts every token anew under the first key, so that older keys can be taken away. To be called once at start. */
  async reseal(): Promise<void> {
    const rows = await this.#database.rows('select * from puppets where token is not null');
    for (const row of rows) {
      if (keyIdOf(optionalBytes(row, 'token') ?? Buffer.alloc(0)) !== this.#cipher.keyIds[0])
        await this.put(this.#recordOf(row));
    }
  }

  /** What was read before may have been changed by others than this store. */
  refresh(): void {
    this.#cache.clear();
  }

  #recordOf(row: Row): PuppetRecord {
    const user = matrixUserId(text(row, 'user_id'));
    return {
      user,
      choice: this.#choiceOf(user, row),
      told: integer(row, 'told') === 1,
      copies: integer(row, 'copies') === 1,
      since: integer(row, 'since'),
    };
  }

  #choiceOf(user: MatrixUserId, row: Row): PuppetChoice {
    const kind = text(row, 'choice');
    const sealed = optionalBytes(row, 'token');
    if (kind === 'token' && sealed !== undefined)
      return { kind, token: this.#cipher.open(sealed, tokenPlace(user)) };
    return kind === 'off' || kind === 'lost' ? { kind } : { kind: 'default' };
  }
}

function tokenPlace(user: MatrixUserId): readonly string[] {
  return ['puppets', user];
}
