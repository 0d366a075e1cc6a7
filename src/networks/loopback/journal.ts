/** What has come so far, in order, and waiting for what has not. */
export class Journal<T> {
  readonly #entries: T[] = [];
  readonly #watchers = new Set<(entry: T) => void>();

  get all(): readonly T[] {
    return this.#entries;
  }

  add(entry: T): void {
    this.#entries.push(entry);
    for (const watcher of this.#watchers) watcher(entry);
  }

  /** The first entry, there already or to come, that passes the test; rejects after `timeoutMs`. */
  waitFor(test: (entry: T) => boolean, timeoutMs: number): Promise<T> {
    const found = this.#entries.find(test);
    if (found !== undefined) return Promise.resolve(found);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const finish = (): void => {
      clearTimeout(timer);
      this.#watchers.delete(watcher);
    };
    const watcher = (entry: T): void => {
      if (!test(entry)) return;
      finish();
      resolve(entry);
    };
    const timer = setTimeout(() => {
      finish();
      const last = this.#entries.slice(-5).map((entry) => JSON.stringify(entry));
      reject(new Error(`nothing such came within ${timeoutMs} ms; last came:\n${last.join('\n')}`));
    }, timeoutMs);
    this.#watchers.add(watcher);
    return promise;
  }
}
