/** Going through what a store has, a page at a time: the next page is read when all of the one before is done with. */

/** In the order of the store, each page behind the key of the last of the one before; `first` is before all keys. */
export async function* following<T, K>(
  size: number,
  first: K,
  read: (after: K, limit: number) => Promise<readonly T[]>,
  keyOf: (last: T) => K,
): AsyncGenerator<T, void, undefined> {
  for (let after = first; ;) {
    const page = await read(after, size);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < size) return;
    after = keyOf(last);
  }
}

/** Each page behind as many as were read before: for what neither comes nor goes while it is gone through, or may be missed. */
export async function* counting<T>(
  size: number,
  read: (offset: number, limit: number) => Promise<readonly T[]>,
): AsyncGenerator<T, void, undefined> {
  for (let offset = 0; ; offset += size) {
    const page = await read(offset, size);
    yield* page;
    if (page.length < size) return;
  }
}
