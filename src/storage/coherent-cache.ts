/**
 * A bounded cache of what the database holds, the least recently used leaving first. One process owns the database, so
 * it is enough that each write, whether it succeeded or not, drops the keys that it may have changed.
 */
export class CoherentCache<V> {
  readonly #capacity: number;
  readonly #entries = new Map<string, { readonly value: V }>();
  readonly #loads = new Map<string, Promise<V>>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** The cached value, or what `load` answers; a load that a write overtook is answered but not cached. */
  async get(key: string, load: () => Promise<V>): Promise<V> {
    const hit = this.#entries.get(key);
    if (hit !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, hit);
      return hit.value;
    }
    const running = this.#loads.get(key);
    if (running !== undefined) return running;
    const started = load();
    this.#loads.set(key, started);
    try {
      const value = await started;
      if (this.#loads.get(key) === started) this.#store(key, value);
      return value;
    } finally {
      if (this.#loads.get(key) === started) this.#loads.delete(key);
    }
  }

  drop(keys: Iterable<string>): void {
    for (const key of keys) {
      this.#entries.delete(key);
      this.#loads.delete(key);
    }
  }

  clear(): void {
    this.#entries.clear();
    this.#loads.clear();
  }

  get size(): number {
    return this.#entries.size;
  }

  #store(key: string, value: V): void {
    this.#entries.set(key, { value });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#capacity) break;
      this.#entries.delete(oldest);
    }
  }
}
