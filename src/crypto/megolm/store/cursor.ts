/** https://w3c.github.io/IndexedDB/#cursor-interface */
import { type Direction, wholeNumber } from './arguments.ts';
import { freeze, thaw } from './clone.ts';
import { domError } from './errors.ts';
import { demand, type Span } from './key-range.ts';
import { after, type Key, requireKey, valueOf } from './keys.ts';
import { type Found, findFirst, type Source } from './records.ts';
import { IDBRequest } from './request.ts';
import type { StoreSchema } from './schema.ts';
import type { IDBTransaction } from './transaction.ts';
import { inlineKey, removeRecords, storeRecord } from './writing.ts';

interface Parts {
  readonly handle: { readonly isDeleted: boolean };
  readonly transaction: IDBTransaction;
  readonly store: StoreSchema;
  readonly source: () => Source;
  readonly span: Span;
  readonly direction: Direction;
  readonly request: IDBRequest;
}

interface Step {
  /** How many records on; 1 where it is not said. */
  readonly count?: number;
  /** Not before this key, and this primary key. */
  readonly key?: Key;
  readonly primaryKey?: Key;
}

/** Where a cursor is. */
export class CursorPlace {
  readonly parts: Parts;
  #found: Found | undefined;
  /** Whether there is a record that was not moved on from. */
  hasRecord = false;
  #shown: { readonly key: unknown; readonly primaryKey: unknown } = { key: undefined, primaryKey: undefined };

  constructor(parts: Parts) {
    this.parts = parts;
  }

  get found(): Found | undefined {
    return this.#found;
  }
  get shown(): { readonly key: unknown; readonly primaryKey: unknown } {
    return this.#shown;
  }

  /** Goes to the next record of the direction; false where there is none. */
  move({ count = 1, key, primaryKey }: Step): boolean {
    const source = this.parts.source();
    let target: Step = key === undefined ? {} : { key, ...(primaryKey === undefined ? {} : { primaryKey }) };
    for (let step = 0; step < count; step += 1) {
      const next = findFirst(source, this.#rest(target), this.parts.direction);
      target = {};
      this.#found = next;
      if (next === undefined) {
        this.#shown = { key: undefined, primaryKey: undefined };
        return false;
      }
    }
    const found = this.#found;
    if (found !== undefined) this.#shown = { key: valueOf(found.key), primaryKey: valueOf(found.primaryKey) };
    this.hasRecord = true;
    return true;
  }

  /** What is still to come. */
  #rest({ key, primaryKey }: Step): Span {
    const { span, direction } = this.parts;
    const at = this.#found;
    let { from, to } = span;
    const wanted =
      key === undefined ? undefined : primaryKey === undefined ? key : Buffer.concat([key, primaryKey]);
    if (direction === 'next' || direction === 'nextunique') {
      if (at !== undefined) from = later(from, after(direction === 'next' ? at.entry : at.key));
      if (wanted !== undefined) from = later(from, wanted);
    } else {
      if (at !== undefined) to = earlier(to, direction === 'prev' ? at.entry : at.key);
      if (wanted !== undefined) to = earlier(to, after(wanted));
    }
    return { from, to };
  }
}

function later(a: Buffer, b: Buffer): Buffer {
  return a.compare(b) < 0 ? b : a;
}

function earlier(a: Buffer, b: Buffer): Buffer {
  return a.compare(b) > 0 ? b : a;
}

export class IDBCursor {
  readonly #place: CursorPlace;

  constructor(place: CursorPlace) {
    this.#place = place;
  }

  get source(): unknown {
    return this.#place.parts.handle;
  }
  get direction(): Direction {
    return this.#place.parts.direction;
  }
  get request(): IDBRequest {
    return this.#place.parts.request;
  }
  get key(): unknown {
    return this.#place.shown.key;
  }
  get primaryKey(): unknown {
    return this.#place.shown.primaryKey;
  }

  advance(...given: readonly unknown[]): void {
    demand(given, 1);
    const count = wholeNumber(given[0], 0xffff_ffff);
    if (count === 0) throw new TypeError('a cursor advances by one or more');
    this.#demandRecord();
    this.#go({ count });
  }

  continue(...given: readonly unknown[]): void {
    this.#demandRecord();
    if (given[0] === undefined) {
      this.#go({});
      return;
    }
    const key = requireKey(given[0]);
    const order = key.compare(this.#current().key);
    if (this.#isForward ? order <= 0 : order >= 0)
      throw domError('DataError', 'the key is not further on in the direction of the cursor');
    this.#go({ key });
  }

  continuePrimaryKey(...given: readonly unknown[]): void {
    demand(given, 2);
    const { direction, source } = this.#place.parts;
    this.#demandActive();
    if (source().records === undefined || direction === 'nextunique' || direction === 'prevunique')
      throw domError('InvalidAccessError', 'the cursor is not one of all entries of an index');
    this.#demandRecord();
    const [key, primaryKey] = [requireKey(given[0]), requireKey(given[1])];
    const order = Buffer.concat([key, primaryKey]).compare(this.#current().entry);
    if (this.#isForward ? order <= 0 : order >= 0)
      throw domError('DataError', 'the key is not further on in the direction of the cursor');
    this.#go({ key, primaryKey });
  }

  update(...given: readonly unknown[]): IDBRequest {
    demand(given, 1);
    const { store, transaction } = this.#place.parts;
    const key = this.#demandWritable();
    const value = transaction.suspended(() => freeze(given[0]));
    if (store.keyPath !== null) {
      const inline = inlineKey(thaw(value), store.keyPath);
      if (inline?.equals(key) !== true)
        throw domError('DataError', 'the value has another key than the record of the cursor');
    }
    return this.#ask(() => valueOf(storeRecord(transaction, store, { value, key, isNew: false })));
  }

  delete(): IDBRequest {
    const { store, transaction } = this.#place.parts;
    const key = this.#demandWritable();
    return this.#ask(() => removeRecords(transaction, store, { from: key, to: after(key) }));
  }

  readonly [Symbol.toStringTag]: string = 'IDBCursor';

  protected hasValue(): boolean {
    return false;
  }

  get #isForward(): boolean {
    return this.direction === 'next' || this.direction === 'nextunique';
  }

  #current(): Found {
    const { found } = this.#place;
    if (found === undefined) throw domError('InvalidStateError', 'the cursor is at its end');
    return found;
  }

  #demandActive(): void {
    const { transaction, handle, store } = this.#place.parts;
    if (!transaction.isActive) throw domError('TransactionInactiveError', 'the transaction is not active');
    if (handle.isDeleted || store.deleted) throw domError('InvalidStateError', 'the store was deleted');
  }

  #demandRecord(): void {
    this.#demandActive();
    if (!this.#place.hasRecord) throw domError('InvalidStateError', 'the cursor is moving, or at its end');
  }

  #demandWritable(): Key {
    const { transaction } = this.#place.parts;
    if (!transaction.isActive) throw domError('TransactionInactiveError', 'the transaction is not active');
    if (transaction.mode === 'readonly') throw domError('ReadOnlyError', 'the transaction only reads');
    this.#demandRecord();
    if (!this.hasValue()) throw domError('InvalidStateError', 'the cursor is one of keys');
    return this.#current().primaryKey;
  }

  #go(step: Step): void {
    const { request, transaction } = this.#place.parts;
    this.#place.hasRecord = false;
    request.reopen();
    transaction.place(request, () => (this.#place.move(step) ? this : null));
  }

  #ask(operation: () => unknown): IDBRequest {
    const { transaction } = this.#place.parts;
    const request = new IDBRequest(this, transaction);
    transaction.place(request, operation);
    return request;
  }
}

export class IDBCursorWithValue extends IDBCursor {
  readonly #place: CursorPlace;
  #shown: { readonly of: Found | undefined; readonly value: unknown } = { of: undefined, value: undefined };

  constructor(place: CursorPlace) {
    super(place);
    this.#place = place;
  }

  /** The same object until the cursor moves on. */
  get value(): unknown {
    const { found } = this.#place;
    if (this.#shown.of !== found) this.#shown = { of: found, value: found?.value() };
    return this.#shown.value;
  }

  protected override hasValue(): boolean {
    return true;
  }

  override readonly [Symbol.toStringTag]: string = 'IDBCursorWithValue';
}
