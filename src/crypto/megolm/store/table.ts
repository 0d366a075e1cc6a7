/** One store or index as a transaction sees it: what is in the file, under what the transaction has written. */
import type { Disk, Entry } from './disk.ts';
import type { Span } from './key-range.ts';

interface Change {
  readonly key: Buffer;
  /** Undefined: removed. */
  value: Buffer | undefined;
}

export class Table {
  readonly #disk: Disk;
  readonly #space: number;
  /** Whether nothing that is in the file counts. */
  #cleared = false;
  /** In the order of the keys. */
  #changes: Change[] = [];

  constructor(disk: Disk, space: number) {
    this.#disk = disk;
    this.#space = space;
  }

  get isChanged(): boolean {
    return this.#cleared || this.#changes.length > 0;
  }

  get(key: Buffer): Buffer | undefined {
    const { index, found } = this.#find(key);
    if (found) return this.#changes[index]?.value;
    return this.#cleared ? undefined : this.#disk.get(this.#space, key);
  }

  /** The first entry of the span, or the last one. */
  first(span: Span, backwards = false): Entry | undefined {
    if (this.#changes.length === 0 && !this.#cleared) return this.#disk.first(this.#space, span, backwards);
    return this.list(span, 1, backwards)[0];
  }

  /** The entries of the span, in their order or backwards. */
  list(span: Span, limit: number, backwards = false): readonly Entry[] {
    const changes = this.#changesIn(span);
    const base = this.#cleared
      ? []
      : this.#disk.list(
          this.#space,
          span,
          Math.min(limit + changes.length, Number.MAX_SAFE_INTEGER),
          backwards,
        );
    if (changes.length === 0) return base;
    const merged = merge(base, backwards ? changes.toReversed() : changes, backwards ? -1 : 1);
    return merged.length > limit ? merged.slice(0, limit) : merged;
  }

  count(span: Span): number {
    const changes = this.#changesIn(span);
    let count = this.#cleared ? 0 : this.#disk.count(this.#space, span);
    for (const { key, value } of changes) {
      const isInFile = !this.#cleared && this.#disk.get(this.#space, key) !== undefined;
      count += Number(value !== undefined) - Number(isInFile);
    }
    return count;
  }

  put(key: Buffer, value: Buffer): void {
    this.#change(key, value);
  }

  remove(key: Buffer): void {
    this.#change(key, undefined);
  }

  clear(): void {
    this.#cleared = true;
    this.#changes = [];
  }

  /** Writes the changes to the file, within a transaction of the file. */
  apply(): void {
    if (this.#cleared) this.#disk.clear(this.#space);
    for (const { key, value } of this.#changes) {
      if (value !== undefined) this.#disk.put(this.#space, key, value);
      else if (!this.#cleared) this.#disk.remove(this.#space, key);
    }
  }

  #change(key: Buffer, value: Buffer | undefined): void {
    const { index, found } = this.#find(key);
    this.#changes.splice(index, found ? 1 : 0, { key, value });
  }

  #changesIn({ from, to }: Span): readonly Change[] {
    if (this.#changes.length === 0) return this.#changes;
    return this.#changes.slice(this.#find(from).index, this.#find(to).index);
  }

  /** Where the key is among the changes, or would be. */
  #find(key: Buffer): { readonly index: number; readonly found: boolean } {
    let low = 0;
    let high = this.#changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = this.#changes[middle]?.key.compare(key) ?? 0;
      if (order === 0) return { index: middle, found: true };
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return { index: low, found: false };
  }
}

function merge(base: readonly Entry[], changes: readonly Change[], sign: 1 | -1): readonly Entry[] {
  const merged: Entry[] = [];
  let next = 0;
  for (const { key, value } of changes) {
    for (;;) {
      const entry = base[next];
      const order = entry === undefined ? 1 : entry.key.compare(key) * sign;
      if (order > 0 || entry === undefined) break;
      next += 1;
      if (order < 0) merged.push(entry);
    }
    if (value !== undefined) merged.push({ key, value });
  }
  for (; next < base.length; next += 1) {
    const entry = base[next];
    if (entry !== undefined) merged.push(entry);
  }
  return merged;
}
