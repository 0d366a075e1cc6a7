/** What has been seen so far, in order, with waiting for what has not. */
export class EventLog<T> {
  readonly #show: (item: T) => string;
  readonly #seen: T[] = [];
  readonly #watchers = new Set<(item: T) => void>();

  /** `show` prints an item for the error of a wait that was in vain. */
  constructor(show: (item: T) => string) {
    this.#show = show;
  }

  get all(): readonly T[] {
    return this.#seen;
  }

  push(item: T): void {
    this.#seen.push(item);
    this.changed(item);
  }

  /** Tells those who wait that an item that is already in the log looks different now. */
  changed(item: T): void {
    for (const watcher of [...this.#watchers]) watcher(item);
  }

  /**
   * The first item, seen already or to come, that the predicate accepts. Rejects after `timeoutMs` with
   * `wanted` and what was seen last.
   */
  waitFor(predicate: (item: T) => boolean, timeoutMs: number, wanted = 'the awaited event'): Promise<T> {
    const found = this.#seen.find((item) => predicate(item));
    if (found !== undefined) return Promise.resolve(found);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const finish = (): void => {
      clearTimeout(timer);
      this.#watchers.delete(watcher);
    };
    const watcher = (item: T): void => {
      let accepted: boolean;
      try {
        accepted = predicate(item);
      } catch (error) {
        finish();
        reject(error instanceof Error ? error : new Error(String(error)));
        return;
      }
      if (!accepted) return;
      finish();
      resolve(item);
    };
    const timer = setTimeout(() => {
      finish();
      reject(new Error(`No sign of ${wanted} in ${timeoutMs} ms. Seen last:\n${this.#tail()}`));
    }, timeoutMs);
    this.#watchers.add(watcher);
    return promise;
  }

  #tail(): string {
    return this.#seen
      .slice(-8)
      .map((item) => this.#show(item).slice(0, 600))
      .join('\n');
  }
}
