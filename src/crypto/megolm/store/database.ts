/** https://w3c.github.io/IndexedDB/#database-interface: a connection to a database. */
import { textOf } from './arguments.ts';
import type { Context } from './context.ts';
import type { DatabaseState } from './database-state.ts';
import { domError } from './errors.ts';
import { type Handler, StoreTarget } from './events.ts';
import { keyPathOf } from './key-path.ts';
import { demand } from './key-range.ts';
import type { IDBObjectStore } from './object-store.ts';
import { byName, type Schema, sortedNames, type StoreSchema } from './schema.ts';
import { DOMStringList } from './string-list.ts';
import { IDBTransaction, type Owner } from './transaction.ts';

export class IDBDatabase extends StoreTarget implements Owner {
  readonly context: Context;
  readonly #state: DatabaseState;
  #schema: Schema;
  #version: number;
  #upgrade: IDBTransaction | undefined;
  #closing = false;

  constructor(context: Context, state: DatabaseState, version: number) {
    super();
    this.context = context;
    this.#state = state;
    this.#schema = state.schema;
    this.#version = version;
  }

  get name(): string {
    return this.#state.name;
  }
  get version(): number {
    return this.#version;
  }
  get objectStoreNames(): DOMStringList {
    return DOMStringList.holding(sortedNames(this.#schema.stores));
  }

  transaction(...given: readonly unknown[]): IDBTransaction {
    demand(given, 1);
    const names = scopeOf(given[0]);
    const mode = given[1] === undefined ? 'readonly' : textOf(given[1]);
    const durability = durabilityOf(given[2]);
    if (mode !== 'readonly' && mode !== 'readwrite' && mode !== 'versionchange')
      throw new TypeError('there is no such mode');
    if (this.#upgrade !== undefined) throw domError('InvalidStateError', 'the database is being upgraded');
    if (this.#closing) throw domError('InvalidStateError', 'the connection is closed');
    for (const name of names)
      if (byName(this.#schema.stores, name) === undefined)
        throw domError('NotFoundError', 'there is no object store of this name');
    if (names.length === 0) throw domError('InvalidAccessError', 'the scope is empty');
    if (mode === 'versionchange') throw new TypeError('an upgrade is begun by opening');
    const transaction = new IDBTransaction(this, mode, names, { durability });
    this.#state.add(transaction);
    return transaction;
  }

  createObjectStore(...given: readonly unknown[]): IDBObjectStore {
    demand(given, 1);
    const name = String(given[0]);
    const { path, autoIncrement } = storeOptions(given[1]);
    const transaction = this.#demandUpgrade();
    const keyPath = path === null ? null : keyPathOf(path);
    if (byName(this.#schema.stores, name) !== undefined)
      throw domError('ConstraintError', 'there is an object store of this name');
    if (autoIncrement && (keyPath === '' || (typeof keyPath === 'object' && keyPath !== null)))
      throw domError('InvalidAccessError', 'keys cannot be generated for this key path');
    const space = this.context.newSpace();
    const schema: StoreSchema = { name, space, keyPath, autoIncrement, indexes: [], deleted: false };
    this.#schema.stores = [...this.#schema.stores, schema];
    return transaction.handleOf(schema);
  }

  deleteObjectStore(...given: readonly unknown[]): void {
    demand(given, 1);
    const name = String(given[0]);
    const transaction = this.#demandUpgrade();
    const schema = byName(this.#schema.stores, name);
    if (schema === undefined) throw domError('NotFoundError', 'there is no object store of this name');
    schema.deleted = true;
    this.#schema.stores = this.#schema.stores.filter((store) => store !== schema);
    const { indexes } = schema;
    schema.indexes = [];
    transaction.run(() => {
      for (const { space } of [schema, ...indexes]) transaction.table(space).clear();
    });
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    const { version, stores } = this.#schema;
    if (this.#upgrade === undefined) this.#schema = { version, stores };
    this.#state.settle();
  }

  get onabort(): Handler | null {
    return this.handler('abort');
  }
  set onabort(handler: unknown) {
    this.setHandler('abort', handler);
  }
  get onclose(): Handler | null {
    return this.handler('close');
  }
  set onclose(handler: unknown) {
    this.setHandler('close', handler);
  }
  get onerror(): Handler | null {
    return this.handler('error');
  }
  set onerror(handler: unknown) {
    this.setHandler('error', handler);
  }
  get onversionchange(): Handler | null {
    return this.handler('versionchange');
  }
  set onversionchange(handler: unknown) {
    this.setHandler('versionchange', handler);
  }

  readonly [Symbol.toStringTag]: string = 'IDBDatabase';

  // What follows is for the store's own files.

  get isClosing(): boolean {
    return this.#closing;
  }

  storeSchemas(): readonly StoreSchema[] {
    return this.#schema.stores;
  }

  ending(transaction: IDBTransaction): void {
    if (transaction === this.#upgrade) this.#upgrade = undefined;
  }

  release(transaction: IDBTransaction): void {
    this.#state.remove(transaction);
  }

  beginUpgrade(transaction: IDBTransaction, version: number): void {
    this.#upgrade = transaction;
    this.#version = version;
  }

  revertVersion(version: number): void {
    this.#version = version;
  }

  #demandUpgrade(): IDBTransaction {
    const upgrade = this.#upgrade;
    if (upgrade === undefined) throw domError('InvalidStateError', 'the database is not being upgraded');
    if (!upgrade.isActive) throw domError('TransactionInactiveError', 'the upgrade is not active');
    return upgrade;
  }
}

function scopeOf(given: unknown): readonly string[] {
  const names: unknown[] =
    typeof given === 'object' && given !== null && Symbol.iterator in given && isIterable(given)
      ? [...given]
      : [given];
  return [...new Set(names.map(String))];
}

function isIterable(value: object): value is Iterable<unknown> {
  return Symbol.iterator in value && typeof value[Symbol.iterator] === 'function';
}

function durabilityOf(options: unknown): string {
  const given: unknown =
    typeof options === 'object' && options !== null ? Reflect.get(options, 'durability') : undefined;
  const durability = given === undefined ? 'default' : textOf(given);
  if (!['default', 'strict', 'relaxed'].includes(durability))
    throw new TypeError('there is no such durability');
  return durability;
}

function storeOptions(options: unknown): { readonly path: unknown; readonly autoIncrement: boolean } {
  if (typeof options !== 'object' || options === null) return { path: null, autoIncrement: false };
  const path: unknown = Reflect.get(options, 'keyPath');
  return { path: path ?? null, autoIncrement: Boolean(Reflect.get(options, 'autoIncrement')) };
}
