/** What the app keeps of one user besides keys and sessions: who it is, what was said, and what is still to be sent. */
import { parseLogin, renderLogin, type Login } from '../../src/interop/enlistment/login.ts';
import { newCurveKeyPair } from '../../src/interop/noise/curve-key.ts';
import type { Database } from './database.ts';

/**
 * A line of the timeline. `said`: a message, its protobuf; the id says whose (`me …`, `them …`). `receipt`: what became of
 * one's own message. `trouble`: a message that could not be sent or opened. `identity`: the person has other keys now.
 */
export interface Line {
  readonly seq: number;
  readonly chat: string;
  readonly kind: 'said' | 'receipt' | 'trouble' | 'identity';
  readonly id: string;
  readonly value: string;
  readonly at: number;
}
export type NewLine = Omit<Line, 'seq'>;

/** To be sent, in the order of `seq` in each chat: a `message` is still to be sealed, a `stanza` goes as it is. */
export interface Parcel {
  readonly seq: number;
  readonly chat: string;
  readonly kind: 'message' | 'stanza';
  readonly id: string;
  readonly value: Uint8Array;
}
export type NewParcel = Omit<Parcel, 'seq'>;

/** What is written together. */
export interface Kept {
  readonly lines?: readonly NewLine[];
  readonly parcels?: readonly NewParcel[];
  /** A parcel that has been sent. */
  readonly sent?: number;
}

/** Somebody to chat with. A name is whatever the person says: nobody is found by it. */
export interface Person {
  readonly address: string;
  readonly foundBy: string | undefined;
  readonly name: string | undefined;
}

interface UserRow {
  readonly name: string;
  readonly staticKey: Uint8Array;
  readonly login: string | null;
}

const lineColumns = 'seq, chat, kind, id, value, at';

/** Everything of one user. Each method is one transaction; a line or an address that is there already is not doubled. */
export class UserStore {
  readonly identifier: string;
  readonly #database: Database;
  /** Is told of each new line, once it is kept. */
  added: (line: Line) => void = () => undefined;

  /** Makes the user where there is none. */
  constructor(database: Database, identifier: string) {
    this.#database = database;
    this.identifier = identifier;
    database
      .prepare('insert into users (identifier, name, static_key) values (?, ?, ?) on conflict do nothing')
      .run(identifier, identifier.split('@', 1)[0], newCurveKeyPair().privateKey);
  }

  /** The users whom the database knows. */
  static identifiers(database: Database): readonly string[] {
    return database
      .prepare<[], { readonly identifier: string }>('select identifier from users order by identifier')
      .all()
      .map(({ identifier }) => identifier);
  }

  get #row(): UserRow {
    const row = this.#database
      .prepare<[string], UserRow>(
        'select name, static_key as staticKey, login from users where identifier = ?',
      )
      .get(this.identifier);
    if (row === undefined) throw new Error('The account is deleted.');
    return row;
  }

  get name(): string {
    return this.#row.name;
  }

  set name(name: string) {
    this.#database.prepare('update users set name = ? where identifier = ?').run(name, this.identifier);
  }

  /** The private key of the handshake with which the user was enlisted. */
  get staticKey(): Uint8Array {
    return Uint8Array.from(this.#row.staticKey);
  }

  get login(): Login | undefined {
    const { login } = this.#row;
    return login === null ? undefined : parseLogin(login);
  }

  set login(login: Login | undefined) {
    this.#database
      .prepare('update users set login = ? where identifier = ?')
      .run(login === undefined ? null : renderLogin(login), this.identifier);
  }

  /** Keeps lines and parcels together. Answers the lines that are new; the parcels are kept only where all lines are. */
  keep({ lines = [], parcels = [], sent }: Kept): readonly Line[] {
    const write = this.#database.transaction(() => {
      const added = lines.flatMap((line) => this.#add(line) ?? []);
      if (added.length === lines.length) for (const parcel of parcels) this.#post(parcel);
      if (sent !== undefined) this.#database.prepare('delete from outbox where seq = ?').run(sent);
      return added;
    });
    const added = write.immediate();
    for (const line of added) this.added(line);
    return added;
  }

  #add({ chat, kind, id, value, at }: NewLine): Line | undefined {
    return this.#database
      .prepare<(string | number)[], Line>(
        `insert into timeline (user, chat, kind, id, value, at) values (?, ?, ?, ?, ?, ?)
         on conflict do nothing returning ${lineColumns}`,
      )
      .get(this.identifier, chat, kind, id, value, at);
  }

  #post({ chat, kind, id, value }: NewParcel): void {
    this.#database
      .prepare('insert into outbox (user, chat, kind, id, value) values (?, ?, ?, ?, ?)')
      .run(this.identifier, chat, kind, id, value);
  }

  lines(after = 0): readonly Line[] {
    return this.#database
      .prepare<[string, number], Line>(
        `select ${lineColumns} from timeline where user = ? and seq > ? order by seq`,
      )
      .all(this.identifier, after);
  }

  line(seq: number): Line | undefined {
    return this.#database
      .prepare<[string, number], Line>(`select ${lineColumns} from timeline where user = ? and seq = ?`)
      .get(this.identifier, seq);
  }

  find(chat: string, kind: Line['kind'], id: string): Line | undefined {
    return this.#database
      .prepare<[string, string, string, string], Line>(
        `select ${lineColumns} from timeline where user = ? and chat = ? and kind = ? and id = ?`,
      )
      .get(this.identifier, chat, kind, id);
  }

  /** The first that is to be sent in a chat. */
  firstParcel(chat: string): Parcel | undefined {
    return this.#database
      .prepare<[string, string], Parcel>(
        `select seq, chat, kind, id, value from outbox where user = ? and chat = ? order by seq limit 1`,
      )
      .get(this.identifier, chat);
  }

  /** The chats in which something is to be sent. */
  waitingChats(): readonly string[] {
    return this.#database
      .prepare<[string], { readonly chat: string }>('select distinct chat from outbox where user = ?')
      .all(this.identifier)
      .map(({ chat }) => chat);
  }

  /** What is known of an address: what it was found by, and what the person there calls itself. */
  person(address: string): Person {
    const found = this.#database
      .prepare<[string, string], { readonly foundBy: string | null; readonly name: string | null }>(
        'select found_by as foundBy, name from people where user = ? and address = ?',
      )
      .get(this.identifier, address);
    return { address, foundBy: found?.foundBy ?? undefined, name: found?.name ?? undefined };
  }

  people(): readonly Person[] {
    return this.#database
      .prepare<[string], { readonly address: string }>(
        'select address from people where user = ? order by address',
      )
      .all(this.identifier)
      .map(({ address }) => this.person(address));
  }

  /** Keeps what is new of a person. */
  know({ address, foundBy, name }: Partial<Person> & Pick<Person, 'address'>): void {
    this.#database
      .prepare(
        `insert into people (user, address, found_by, name) values (?, ?, ?, ?)
         on conflict do update set found_by = coalesce(excluded.found_by, found_by),
           name = coalesce(excluded.name, name)`,
      )
      .run(this.identifier, address, foundBy ?? null, name ?? null);
  }

  /** Deletes all of it, the user included. */
  forget(): void {
    this.#database
      .transaction(() => {
        for (const table of ['people', 'timeline', 'outbox', 'signal_records'])
          this.#database.prepare(`delete from ${table} where user = ?`).run(this.identifier);
        this.#database.prepare('delete from users where identifier = ?').run(this.identifier);
      })
      .immediate();
  }
}
