/** Finding records in stores and indexes: https://w3c.github.io/IndexedDB/#record-interface */
import type { Direction, ListQuery } from './arguments.ts';
import { thaw } from './clone.ts';
import type { Entry } from './disk.ts';
import type { Span } from './key-range.ts';
import { after, type Key, valueOf } from './keys.ts';
import type { Table } from './table.ts';

/** A store, or an index of one. The entries of an index are its key and the primary key, and have the primary key as value. */
export interface Source {
  readonly table: Table;
  /** The table of the store, where the source is an index. */
  readonly records: Table | undefined;
}

export class Found {
  readonly entry: Buffer;
  readonly key: Key;
  readonly primaryKey: Key;
  readonly #bytes: Buffer | undefined;

  constructor(source: Source, { key, value }: Entry) {
    this.entry = key;
    if (source.records === undefined) {
      this.key = key;
      this.primaryKey = key;
      this.#bytes = value;
    } else {
      this.key = key.subarray(0, key.length - value.length);
      this.primaryKey = value;
      this.#bytes = source.records.get(value);
    }
  }

  /** The record's value, made anew each time. */
  value(): unknown {
    return this.#bytes === undefined ? undefined : thaw(this.#bytes);
  }
}

/** https://w3c.github.io/IndexedDB/#dom-idbrecord-key */
export class IDBRecord {
  readonly #key: unknown;
  readonly #primaryKey: unknown;
  readonly #value: unknown;
  constructor(found: Found) {
    this.#key = valueOf(found.key);
    this.#primaryKey = valueOf(found.primaryKey);
    this.#value = found.value();
  }

  get key(): unknown {
    return this.#key;
  }
  get primaryKey(): unknown {
    return this.#primaryKey;
  }
  get value(): unknown {
    return this.#value;
  }

  readonly [Symbol.toStringTag]: string = 'IDBRecord';
}

/** The first record in a direction. */
export function findFirst(source: Source, span: Span, direction: Direction = 'next'): Found | undefined {
  const isBackwards = direction === 'prev' || direction === 'prevunique';
  const entry = source.table.first(span, isBackwards);
  if (entry === undefined) return undefined;
  const found = new Found(source, entry);
  if (direction !== 'prevunique' || source.records === undefined) return found;
  // The first of those that have the last key.
  const first = source.table.first({ from: found.key, to: after(found.key) });
  return first === undefined ? found : new Found(source, first);
}

export function findAll(source: Source, { range, limit, direction }: ListQuery): readonly Found[] {
  const span = range.span();
  const isUnique = direction === 'nextunique' || direction === 'prevunique';
  if (source.records === undefined || !isUnique) {
    const isBackwards = direction === 'prev' || direction === 'prevunique';
    return source.table.list(span, limit, isBackwards).map((entry) => new Found(source, entry));
  }
  const found: Found[] = [];
  let rest = span;
  while (found.length < limit) {
    const next = findFirst(source, rest, direction);
    if (next === undefined) break;
    found.push(next);
    rest = direction === 'nextunique' ? { ...rest, from: after(next.key) } : { ...rest, to: next.key };
  }
  return found;
}
