/** Storing and removing records: https://w3c.github.io/IndexedDB/#object-store-storage-operation */
import { freeze, thaw } from './clone.ts';
import { domError } from './errors.ts';
import { everything, type Span } from './key-range.ts';
import { evaluate, inject, type KeyPath } from './key-path.ts';
import { after, type Key, keyOf, keysOf, numberOf, requireKey } from './keys.ts';
import type { IndexSchema, StoreSchema } from './schema.ts';
import type { Table } from './table.ts';

/** What a transaction lends to those who write in it. */
export interface Writer {
  table(space: number): Table;
}

const highestNumber = 2 ** 53;
/** Where the next number of a store with a key generator is kept: beside its records, before all keys. */
const generatorKey = Buffer.from([0x00]);

export interface NewRecord {
  readonly value: Buffer;
  /** None where it is to be generated. */
  readonly key: Key | undefined;
  readonly isNew: boolean;
}

/** Stores a record; answers its key. Where it throws nothing has changed. */
export function storeRecord(writer: Writer, store: StoreSchema, record: NewRecord): Key {
  const table = writer.table(store.space);
  const { key, value, number } = keyed(table, store, record);
  const before = table.get(key);
  if (record.isNew && before !== undefined)
    throw domError('ConstraintError', 'there is a record with this key');
  const indexes = store.indexes.filter(({ filled }) => filled);
  const content = indexes.length === 0 ? undefined : thaw(value);
  const entries = indexes.map((index) => ({ index, keys: indexKeys(index, content) }));
  for (const { index, keys } of entries)
    if (index.unique) for (const found of keys) demandFree(writer.table(index.space), found, key);
  if (number !== undefined) consume(table, number);
  if (before !== undefined && indexes.length > 0) removeFromIndexes(writer, store, key, before);
  table.put(key, value);
  for (const { index, keys } of entries)
    for (const found of keys) writer.table(index.space).put(Buffer.concat([found, key]), key);
  return key;
}

export function removeRecords(writer: Writer, store: StoreSchema, span: Span): void {
  const table = writer.table(store.space);
  for (const { key, value } of table.list(span, Number.MAX_SAFE_INTEGER)) {
    if (store.indexes.length > 0) removeFromIndexes(writer, store, key, value);
    table.remove(key);
  }
}

/** Removes all records. The key generator goes on where it was. */
export function clearRecords(writer: Writer, store: StoreSchema): void {
  const table = writer.table(store.space);
  const generator = table.get(generatorKey);
  table.clear();
  if (generator !== undefined) table.put(generatorKey, generator);
  for (const index of store.indexes) writer.table(index.space).clear();
}

/** Fills a new index from the records that are there; throws a `ConstraintError` where they do not allow it. */
export function fillIndex(writer: Writer, store: StoreSchema, index: IndexSchema): void {
  const table = writer.table(index.space);
  for (const { key, value } of writer.table(store.space).list(everything, Number.MAX_SAFE_INTEGER)) {
    for (const found of indexKeys(index, thaw(value))) {
      if (index.unique) demandFree(table, found, key);
      table.put(Buffer.concat([found, key]), key);
    }
  }
}

/** The key that stands in a value, undefined where there is none; throws a `DataError` where it is no key. */
export function inlineKey(value: unknown, path: KeyPath): Key | undefined {
  const found = evaluate(value, path);
  return found === undefined ? undefined : requireKey(found.value);
}

interface Keyed {
  readonly key: Key;
  readonly value: Buffer;
  /** The number of the key generator that this takes. */
  readonly number?: number;
}

function keyed(table: Table, store: StoreSchema, { key, value }: NewRecord): Keyed {
  if (!store.autoIncrement) {
    if (key === undefined) throw domError('DataError', 'the record has no key');
    return { key, value };
  }
  const current = nextNumber(table);
  if (key !== undefined) {
    const number = numberOf(key) ?? -Infinity;
    return number >= current ? { key, value, number: Math.floor(number) } : { key, value };
  }
  if (current > highestNumber) throw domError('ConstraintError', 'the key generator has no more numbers');
  const generated = requireKey(current);
  if (typeof store.keyPath !== 'string') return { key: generated, value, number: current };
  const content = thaw(value);
  inject(content, store.keyPath, current);
  return { key: generated, value: freeze(content), number: current };
}

function nextNumber(table: Table): number {
  return table.get(generatorKey)?.readDoubleBE(0) ?? 1;
}

function consume(table: Table, number: number): void {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeDoubleBE(number >= highestNumber ? Infinity : number + 1);
  table.put(generatorKey, bytes);
}

function indexKeys(index: IndexSchema, content: unknown): readonly Key[] {
  const found = evaluate(content, index.keyPath);
  if (found === undefined) return [];
  if (index.multiEntry && Array.isArray(found.value)) return keysOf(found.value);
  const key = keyOf(found.value);
  return key === undefined ? [] : [key];
}

function demandFree(table: Table, key: Key, primaryKey: Key): void {
  const taken = table.list({ from: key, to: after(key) }, 2).some(({ value }) => !value.equals(primaryKey));
  if (taken) throw domError('ConstraintError', 'a unique index has this key for another record');
}

function removeFromIndexes(writer: Writer, store: StoreSchema, key: Key, value: Buffer): void {
  const content = thaw(value);
  for (const index of store.indexes)
    for (const found of indexKeys(index, content))
      writer.table(index.space).remove(Buffer.concat([found, key]));
}
