/** The requests that object stores and indexes have in common: they read. */
import { type Direction, directionOf, listOptions, listQuery } from './arguments.ts';
import { CursorPlace, IDBCursor, IDBCursorWithValue } from './cursor.ts';
import { demand, IDBKeyRange } from './key-range.ts';
import { domError } from './errors.ts';
import { valueOf } from './keys.ts';
import { findAll, findFirst, IDBRecord, type Source } from './records.ts';
import { IDBRequest } from './request.ts';
import type { StoreSchema } from './schema.ts';
import type { IDBTransaction } from './transaction.ts';

export abstract class Readable {
  /** Where the entries are. */
  protected abstract source(): Source;
  protected abstract owner(): IDBTransaction;
  /** The store that a cursor writes to. */
  protected abstract storeSchema(): StoreSchema;
  abstract get isDeleted(): boolean;

  get(...given: readonly unknown[]): IDBRequest {
    return this.#one(given, (range) => findFirst(this.source(), range.span())?.value());
  }

  getKey(...given: readonly unknown[]): IDBRequest {
    return this.#one(given, (range) => {
      const found = findFirst(this.source(), range.span());
      return found === undefined ? undefined : valueOf(found.primaryKey);
    });
  }

  getAll(...given: readonly unknown[]): IDBRequest {
    this.demandReadable();
    const query = listQuery(given[0], given[1]);
    return this.ask(() => findAll(this.source(), query).map((found) => found.value()));
  }

  getAllKeys(...given: readonly unknown[]): IDBRequest {
    this.demandReadable();
    const query = listQuery(given[0], given[1]);
    return this.ask(() => findAll(this.source(), query).map((found) => valueOf(found.primaryKey)));
  }

  getAllRecords(...given: readonly unknown[]): IDBRequest {
    this.demandReadable();
    const query = listOptions(given[0]);
    return this.ask(() => findAll(this.source(), query).map((found) => new IDBRecord(found)));
  }

  count(...given: readonly unknown[]): IDBRequest {
    this.demandReadable();
    const range = IDBKeyRange.of(given[0]);
    return this.ask(() => this.source().table.count(range.span()));
  }

  openCursor(...given: readonly unknown[]): IDBRequest {
    return this.#open(given, (place) => new IDBCursorWithValue(place));
  }

  openKeyCursor(...given: readonly unknown[]): IDBRequest {
    return this.#open(given, (place) => new IDBCursor(place));
  }

  #open(given: readonly unknown[], make: (place: CursorPlace) => IDBCursor): IDBRequest {
    const direction: Direction = directionOf(given[1]);
    this.demandReadable();
    const range = IDBKeyRange.of(given[0]);
    const request = new IDBRequest(this, this.owner());
    const place = new CursorPlace({
      handle: this,
      transaction: this.owner(),
      store: this.storeSchema(),
      source: () => this.source(),
      span: range.span(),
      direction,
      request,
    });
    const cursor = make(place);
    this.owner().place(request, () => (place.move({}) ? cursor : null));
    return request;
  }

  #one(given: readonly unknown[], find: (range: IDBKeyRange) => unknown): IDBRequest {
    demand(given, 1);
    this.demandReadable();
    const [query] = given;
    const range = query instanceof IDBKeyRange ? query : IDBKeyRange.only(query);
    return this.ask(() => find(range));
  }

  protected ask(operation: () => unknown): IDBRequest {
    const request = new IDBRequest(this, this.owner());
    this.owner().place(request, operation);
    return request;
  }

  protected demandThere(): void {
    if (this.isDeleted) throw domError('InvalidStateError', 'it was deleted');
  }

  protected demandReadable(): void {
    this.demandThere();
    if (!this.owner().isActive) throw domError('TransactionInactiveError', 'the transaction is not active');
  }
}
