import type { Device } from './engine.ts';
import { deviceKey } from './ledger.ts';

/** Something that is open and can be closed. */
export interface Closable {
  close(): void;
  /** It is not to be used again once nobody uses it. */
  readonly doubtful: boolean;
}

interface Place<T> {
  readonly opening: Promise<T>;
  /** Set once it is open. */
  item: T | undefined;
  users: number;
  usedAt: number;
  /** Called when nobody uses it any more. */
  readonly left: (() => void)[];
}

/**
 * Opens things on demand and closes those that were not used for a while, or the one longest unused where there are too
 * many; never one in use. Who comes when all places are in use waits.
 */
export class Pool<T extends Closable> {
  readonly #open: (device: Device) => Promise<T>;
  readonly #maxOpen: number;
  readonly #changed: (open: number) => void;
  readonly #places = new Map<string, Place<T>>();
  readonly #waiting: (() => void)[] = [];

  constructor(maxOpen: number, open: (device: Device) => Promise<T>, changed: (open: number) => void) {
    this.#maxOpen = Math.max(1, maxOpen);
    this.#open = open;
    this.#changed = changed;
  }

  get size(): number {
    return this.#places.size;
  }

  isOpen(device: Device): boolean {
    return this.#places.has(deviceKey(device));
  }

  /** Those that are open now. They may be used as long as nothing is awaited; `use` keeps them open for longer. */
  items(): readonly T[] {
    return [...this.#places.values()].flatMap(({ item }) => item ?? []);
  }

  /** Does work with a device's thing, which is open as long as it takes. */
  async use<R>(device: Device, work: (item: T) => Promise<R>): Promise<R> {
    const key = deviceKey(device);
    const place = await this.#enter(device, key);
    try {
      return await work(await place.opening);
    } finally {
      this.#leave(key, place);
    }
  }

  /** Closes what has not been used since the time. */
  closeUnused(since: number): void {
    for (const [key, place] of this.#places)
      if (place.users === 0 && place.usedAt <= since) this.#close(key, place);
  }

  /** Closes a device's thing as soon as nobody uses it. */
  async end(device: Device): Promise<void> {
    const key = deviceKey(device);
    for (;;) {
      const place = this.#places.get(key);
      if (place === undefined) return;
      if (place.users === 0) {
        this.#close(key, place);
        return;
      }
      await new Promise<void>((resolve) => place.left.push(resolve));
    }
  }

  /** Closes all of them, each when nobody uses it any more. */
  async close(): Promise<void> {
    for (const [key, place] of this.#places) {
      while (place.users > 0) await new Promise<void>((resolve) => place.left.push(resolve));
      this.#close(key, place);
    }
  }

  async #enter(device: Device, key: string): Promise<Place<T>> {
    for (;;) {
      const known = this.#places.get(key);
      if (known !== undefined) {
        known.users += 1;
        return known;
      }
      if (this.#places.size < this.#maxOpen || this.#closeOldest()) break;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    const place: Place<T> = {
      opening: this.#open(device),
      item: undefined,
      users: 1,
      usedAt: Date.now(),
      left: [],
    };
    this.#places.set(key, place);
    this.#changed(this.#places.size);
    place.opening.then(
      (item) => (place.item = item),
      () => this.#places.get(key) === place && this.#places.delete(key),
    );
    return place;
  }

  #leave(key: string, place: Place<T>): void {
    place.users -= 1;
    place.usedAt = Date.now();
    if (place.users > 0) return;
    if (place.item?.doubtful === true) this.#close(key, place);
    for (const told of place.left.splice(0)) told();
    this.#waiting.shift()?.();
  }

  #closeOldest(): boolean {
    let oldest: readonly [string, Place<T>] | undefined;
    for (const [key, place] of this.#places)
      if (place.users === 0 && (oldest === undefined || place.usedAt < oldest[1].usedAt))
        oldest = [key, place];
    if (oldest === undefined) return false;
    this.#close(...oldest);
    return true;
  }

  #close(key: string, place: Place<T>): void {
    if (this.#places.get(key) !== place) return;
    this.#places.delete(key);
    place.item?.close();
    this.#changed(this.#places.size);
  }
}
