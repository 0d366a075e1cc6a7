/** What a store owes the sessions of Signal's protocol: reads, and one atomic write. `storage/` implements it in SQL. */

/** Whose keys: a Matrix user, on one network. */
export interface Own {
  readonly network: string;
  readonly user: string;
}

/**
 * The kinds of records. Without a peer: `identity` (one, named for its generation), `counter`, `signed-prekey`,
 * `new-prekey` (not yet known to be at the server), `prekey`. Of a peer: `peer`, `session`, `sealed` and `opened` (messages
 * by id), `retry`, `sender-key`.
 */
export type RecordKind =
  | 'identity'
  | 'counter'
  | 'signed-prekey'
  | 'new-prekey'
  | 'prekey'
  | 'peer'
  | 'session'
  | 'sealed'
  | 'opened'
  | 'retry'
  | 'sender-key';

/** Names a record of one's own; `peer` is empty where it is of none. */
export interface RecordName {
  readonly kind: RecordKind;
  readonly peer: string;
  readonly name: string;
}

/** `value` is secret. `at` is when it was last written, in milliseconds since the epoch. */
export interface KeptRecord {
  readonly name: string;
  readonly value: string;
  readonly at: number;
}

export type Change =
  | { readonly kind: 'put'; readonly of: RecordName; readonly value: string; readonly at: number }
  | { readonly kind: 'delete'; readonly of: RecordName };

export interface SignalStore {
  get(own: Own, of: RecordName): Promise<KeptRecord | undefined>;
  /** The records of a kind and peer, the oldest first and then by name. */
  list(own: Own, of: Omit<RecordName, 'name'>, limit: number): Promise<readonly KeptRecord[]>;
  /** The same without their values. */
  names(own: Own, of: Omit<RecordName, 'name'>, limit: number): Promise<readonly string[]>;
  /**
   * Writes all changes in one transaction, durable when it resolves; they name each record once. Answers `false`, and writes nothing, where the
   * identity of this generation is not there; without a generation: where there is an identity already. What it throws
   * leaves in doubt whether it was written.
   */
  commit(own: Own, generation: string | undefined, changes: readonly Change[]): Promise<boolean>;
  /** Deletes all that is kept of one's own. */
  forget(own: Own): Promise<void>;
  /** Deletes the records of these kinds that were written before; answers how many. */
  sweep(kinds: readonly RecordKind[], before: number): Promise<number>;
}
