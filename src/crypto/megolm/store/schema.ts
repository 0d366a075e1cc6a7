/** What a database consists of: https://w3c.github.io/IndexedDB/#object-store-construct, #index-construct */
import type { KeyPath } from './key-path.ts';

export interface IndexSchema {
  name: string;
  /** Where its entries are in the file; never used twice. */
  readonly space: number;
  readonly keyPath: KeyPath;
  readonly unique: boolean;
  readonly multiEntry: boolean;
  /** Whether the records that were there before it are in it; until then it does not take part. */
  filled: boolean;
  deleted: boolean;
}

export interface StoreSchema {
  name: string;
  readonly space: number;
  readonly keyPath: KeyPath | null;
  readonly autoIncrement: boolean;
  indexes: readonly IndexSchema[];
  deleted: boolean;
}

export interface Schema {
  version: number;
  stores: readonly StoreSchema[];
}

/** Remembers what a schema is now; the answer puts it back, into the same objects. */
export function remember(schema: Schema): () => void {
  const { version, stores } = schema;
  const kept = stores.map((store) => {
    const { name, indexes } = store;
    const names = indexes.map((index) => ({ index, name: index.name }));
    return { store, name, indexes, names };
  });
  return () => {
    for (const store of schema.stores) {
      store.deleted = true;
      for (const index of store.indexes) index.deleted = true;
      if (!stores.includes(store)) store.indexes = [];
    }
    Object.assign(schema, { version, stores });
    for (const { store, name, indexes, names } of kept) {
      Object.assign(store, { name, indexes, deleted: false });
      for (const { index, name: before } of names) Object.assign(index, { name: before, deleted: false });
    }
  };
}

export function byName<T extends { readonly name: string }>(
  things: readonly T[],
  name: string,
): T | undefined {
  return things.find((thing) => thing.name === name);
}

/** Names in the order of their code units. */
export function sortedNames(things: readonly { readonly name: string }[]): readonly string[] {
  return things.map(({ name }) => name).toSorted(byCodeUnits);
}

export function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
