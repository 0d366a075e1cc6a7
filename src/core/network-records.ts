/** What a network keeps of its own between starts: accounts, keys, mailboxes. `storage/` implements it in SQL. */
import type { NetworkId } from './ids.ts';

/**
 * Names one record. `collection` is the network's own word for a kind of record; `owner` is whose it is (a user, an
 * account), or empty; both are short plain text (`plainName`). `name` is any text, unique among those. Owner and name
 * stand in the clear in the database: an e-mail address or a phone number is put there as a keyed digest only. Records
 * whose owner is a Matrix user go when that user is erased, after the network's own `forget`.
 */
export interface RecordName {
  readonly collection: string;
  readonly owner: string;
  readonly name: string;
}

/** `seq` grows with each record that is put anew, over all of them; one that is replaced keeps it. */
export interface NetworkRecord {
  readonly name: string;
  readonly seq: number;
  /** When it was last put, in milliseconds since the epoch. */
  readonly at: number;
  /** Encrypted at rest. */
  readonly value: string;
}

export type RecordChange =
  | { readonly kind: 'put'; readonly of: RecordName; readonly value: string; readonly at: number }
  | { readonly kind: 'delete'; readonly of: RecordName }
  /** All of an owner, in one collection. */
  | { readonly kind: 'delete-all'; readonly of: Omit<RecordName, 'name'> };

/** What must still hold for a commit to be made: a record is not there, or is there with this `seq` and `at`. */
export interface Expectation {
  readonly of: RecordName;
  readonly is: 'absent' | Pick<NetworkRecord, 'seq' | 'at'>;
}

export interface NetworkRecords {
  get(network: NetworkId, of: RecordName): Promise<NetworkRecord | undefined>;
  /** In the order of `seq`, those after `after`; at most `limit`. */
  list(
    network: NetworkId,
    of: Omit<RecordName, 'name'>,
    page: { readonly after?: number; readonly limit: number },
  ): Promise<readonly NetworkRecord[]>;
  count(network: NetworkId, of: Omit<RecordName, 'name'>): Promise<number>;
  /** The owners of a collection, in the order of their names, those after `after`; at most `limit`. */
  owners(
    network: NetworkId,
    collection: string,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<readonly string[]>;
  /**
   * Makes all changes in one transaction, durable when it resolves; they name each record once, and what is deleted goes
   * before anything is put. Answers `false`, and changes nothing, where an expectation does not hold. What it throws
   * leaves in doubt whether it was written, but for a `RangeError`: such changes are never written.
   */
  commit(
    network: NetworkId,
    changes: readonly RecordChange[],
    expected?: readonly Expectation[],
  ): Promise<boolean>;
  /** Deletes the records of a collection that were last put before; answers how many. */
  sweep(network: NetworkId, collection: string, before: number): Promise<number>;
}

const longest = 255;

/** Whether a text can be a collection or an owner: at most 255 bytes, well-formed and without NUL. */
export function plainName(text: string): boolean {
  return Buffer.byteLength(text) <= longest && !text.includes('\0') && text.isWellFormed();
}

/** Throws a `RangeError` where changes do not keep to what `RecordName` and `commit` ask for. */
export function checkChanges(changes: readonly RecordChange[]): void {
  const named = new Set<string>();
  for (const { kind, of } of changes) {
    if (!plainName(of.collection) || !plainName(of.owner))
      throw new RangeError('this cannot be the collection or owner of a record');
    const name = kind === 'delete-all' ? [] : [of.name];
    named.add(JSON.stringify([of.collection, of.owner, ...name]));
  }
  if (named.size !== changes.length) throw new RangeError('a record is changed once in a commit');
}
