/** https://w3c.github.io/IndexedDB/#index-interface */
import { domError } from './errors.ts';
import type { KeyPath } from './key-path.ts';
import type { IDBObjectStore } from './object-store.ts';
import { Readable } from './reading.ts';
import type { Source } from './records.ts';
import { byName, type IndexSchema, type StoreSchema } from './schema.ts';
import type { IDBTransaction } from './transaction.ts';

export class IDBIndex extends Readable {
  readonly objectStore: IDBObjectStore;
  readonly #schema: IndexSchema;
  readonly #keyPath: KeyPath;
  #name: string;

  constructor(objectStore: IDBObjectStore, schema: IndexSchema) {
    super();
    this.objectStore = objectStore;
    this.#schema = schema;
    this.#name = schema.name;
    this.#keyPath = typeof schema.keyPath === 'string' ? schema.keyPath : [...schema.keyPath];
  }

  get name(): string {
    return this.#name;
  }
  set name(given: unknown) {
    const name = String(given);
    this.objectStore.demandUpgrade();
    if (!this.owner().isActive) throw domError('TransactionInactiveError', 'the transaction is not active');
    this.demandThere();
    if (this.#schema.name === name) return;
    if (byName(this.storeSchema().indexes, name) !== undefined)
      throw domError('ConstraintError', 'there is an index of this name');
    this.#schema.name = name;
    this.#name = name;
  }

  get keyPath(): KeyPath {
    return this.#keyPath;
  }
  get multiEntry(): boolean {
    return this.#schema.multiEntry;
  }
  get unique(): boolean {
    return this.#schema.unique;
  }
  get isDeleted(): boolean {
    return this.#schema.deleted || this.objectStore.isDeleted;
  }

  readonly [Symbol.toStringTag]: string = 'IDBIndex';

  /** Part of the store: the upgrade was aborted. */
  reverted(): void {
    this.#name = this.#schema.name;
  }

  protected override source(): Source {
    return {
      table: this.owner().table(this.#schema.space),
      records: this.owner().table(this.storeSchema().space),
    };
  }
  protected override owner(): IDBTransaction {
    return this.objectStore.transaction;
  }
  protected override storeSchema(): StoreSchema {
    return this.objectStore.schema;
  }
}
