/** https://w3c.github.io/IndexedDB/#object-store-interface */
import { freeze, thaw } from './clone.ts';
import { domError } from './errors.ts';
import { IDBIndex } from './index-handle.ts';
import { canInject, type KeyPath, keyPathOf } from './key-path.ts';
import { demand, IDBKeyRange } from './key-range.ts';
import { type Key, requireKey, valueOf } from './keys.ts';
import { Readable } from './reading.ts';
import type { Source } from './records.ts';
import type { IDBRequest } from './request.ts';
import { byName, type IndexSchema, sortedNames, type StoreSchema } from './schema.ts';
import { DOMStringList } from './string-list.ts';
import type { IDBTransaction } from './transaction.ts';
import { clearRecords, fillIndex, inlineKey, removeRecords, storeRecord } from './writing.ts';

export class IDBObjectStore extends Readable {
  readonly transaction: IDBTransaction;
  readonly #schema: StoreSchema;
  /** As this handle knows it: a later upgrade may rename the store. */
  #name: string;
  readonly #indexes = new Map<IndexSchema, IDBIndex>();
  readonly #keyPath: KeyPath | null;

  constructor(transaction: IDBTransaction, schema: StoreSchema) {
    super();
    this.transaction = transaction;
    this.#schema = schema;
    this.#name = schema.name;
    this.#keyPath =
      typeof schema.keyPath === 'object' && schema.keyPath !== null ? [...schema.keyPath] : schema.keyPath;
  }

  get name(): string {
    return this.#name;
  }
  set name(given: unknown) {
    const name = String(given);
    this.demandThere();
    this.demandUpgrade();
    this.#demandActive();
    if (this.#schema.name === name) return;
    if (byName(this.transaction.storeSchemas(), name) !== undefined)
      throw domError('ConstraintError', 'there is an object store of this name');
    this.#schema.name = name;
    this.#name = name;
  }

  get keyPath(): KeyPath | null {
    return this.#keyPath;
  }
  get autoIncrement(): boolean {
    return this.#schema.autoIncrement;
  }
  get indexNames(): DOMStringList {
    return DOMStringList.holding(sortedNames(this.#schema.indexes));
  }
  get isDeleted(): boolean {
    return this.#schema.deleted;
  }

  put(...given: readonly unknown[]): IDBRequest {
    return this.#store(given, false);
  }

  add(...given: readonly unknown[]): IDBRequest {
    return this.#store(given, true);
  }

  delete(...given: readonly unknown[]): IDBRequest {
    demand(given, 1);
    this.#demandWritable();
    const [query] = given;
    const range = query instanceof IDBKeyRange ? query : IDBKeyRange.only(query);
    return this.ask(() => removeRecords(this.transaction, this.#schema, range.span()));
  }

  clear(): IDBRequest {
    this.#demandWritable();
    return this.ask(() => clearRecords(this.transaction, this.#schema));
  }

  index(...given: readonly unknown[]): IDBIndex {
    demand(given, 1);
    const name = String(given[0]);
    this.demandThere();
    if (this.transaction.isFinished) throw domError('InvalidStateError', 'the transaction has ended');
    const schema = byName(this.#schema.indexes, name);
    if (schema === undefined) throw domError('NotFoundError', 'there is no index of this name');
    return this.#handleOf(schema);
  }

  createIndex(...given: readonly unknown[]): IDBIndex {
    demand(given, 2);
    const name = String(given[0]);
    const path: unknown = Array.isArray(given[1]) ? given[1].map(String) : String(given[1]);
    const [unique, multiEntry] = [flag(given[2], 'unique'), flag(given[2], 'multiEntry')];
    this.demandUpgrade();
    this.demandThere();
    this.#demandActive();
    if (byName(this.#schema.indexes, name) !== undefined)
      throw domError('ConstraintError', 'there is an index of this name');
    const keyPath = keyPathOf(path);
    if (multiEntry && typeof keyPath !== 'string')
      throw domError('InvalidAccessError', 'a multi-entry index has one key path');
    const space = this.transaction.context.newSpace();
    const schema: IndexSchema = { name, space, keyPath, unique, multiEntry, filled: false, deleted: false };
    this.#schema.indexes = [...this.#schema.indexes, schema];
    this.transaction.run(() => {
      if (!schema.deleted) fillIndex(this.transaction, this.#schema, schema);
      schema.filled = true;
    });
    return this.#handleOf(schema);
  }

  deleteIndex(...given: readonly unknown[]): void {
    demand(given, 1);
    const name = String(given[0]);
    this.demandUpgrade();
    this.demandThere();
    this.#demandActive();
    const schema = byName(this.#schema.indexes, name);
    if (schema === undefined) throw domError('NotFoundError', 'there is no index of this name');
    schema.deleted = true;
    this.#schema.indexes = this.#schema.indexes.filter((index) => index !== schema);
    this.transaction.run(() => this.transaction.table(schema.space).clear());
  }

  readonly [Symbol.toStringTag]: string = 'IDBObjectStore';

  /** Part of the store: throws unless the transaction is an upgrade. */
  demandUpgrade(): void {
    if (this.transaction.mode !== 'versionchange')
      throw domError('InvalidStateError', 'only an upgrade changes stores and indexes');
  }
  /** The upgrade was aborted: names are again what they were. */
  reverted(): void {
    this.#name = this.#schema.name;
    for (const index of this.#indexes.values()) index.reverted();
  }
  get schema(): StoreSchema {
    return this.#schema;
  }

  protected override source(): Source {
    return { table: this.transaction.table(this.#schema.space), records: undefined };
  }
  protected override owner(): IDBTransaction {
    return this.transaction;
  }
  protected override storeSchema(): StoreSchema {
    return this.#schema;
  }

  #store(given: readonly unknown[], isNew: boolean): IDBRequest {
    demand(given, 1);
    this.#demandWritable();
    const { keyPath, autoIncrement } = this.#schema;
    if (keyPath !== null && given[1] !== undefined)
      throw domError('DataError', 'the key stands in the value');
    if (keyPath === null && given[1] === undefined && !autoIncrement)
      throw domError('DataError', 'there is no key');
    const outer = given[1] === undefined ? undefined : requireKey(given[1]);
    const value = this.transaction.suspended(() => freeze(given[0]));
    const key = keyPath === null ? outer : this.#inline(value, keyPath);
    return this.ask(() => valueOf(storeRecord(this.transaction, this.#schema, { value, key, isNew })));
  }

  #inline(value: Buffer, keyPath: KeyPath): Key | undefined {
    const content = thaw(value);
    const key = inlineKey(content, keyPath);
    if (key !== undefined) return key;
    const canBeMade =
      this.#schema.autoIncrement && typeof keyPath === 'string' && canInject(content, keyPath);
    if (!canBeMade) throw domError('DataError', 'the value has no key and none can be put into it');
    return undefined;
  }

  #handleOf(schema: IndexSchema): IDBIndex {
    let handle = this.#indexes.get(schema);
    if (handle === undefined) this.#indexes.set(schema, (handle = new IDBIndex(this, schema)));
    return handle;
  }

  #demandActive(): void {
    if (!this.transaction.isActive)
      throw domError('TransactionInactiveError', 'the transaction is not active');
  }

  #demandWritable(): void {
    this.demandReadable();
    if (this.transaction.mode === 'readonly') throw domError('ReadOnlyError', 'the transaction only reads');
  }
}

function flag(options: unknown, name: string): boolean {
  return typeof options === 'object' && options !== null && Boolean(Reflect.get(options, name));
}
