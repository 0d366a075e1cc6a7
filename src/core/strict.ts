/** How strict a user is about who may reach them, and with what. */
import type { MatrixUserId } from './ids.ts';

/** `unencrypted`: as strict as `on`, but chats may be without end-to-end encryption. */
export const strictLevels = ['off', 'on', 'unencrypted'] as const;
export type Strict = (typeof strictLevels)[number];

export interface StrictStore {
  /** All who are strict, with how much: whoever is not there is not. */
  stricts(): Promise<ReadonlyMap<MatrixUserId, Strict>>;
  setStrict(user: MatrixUserId, strict: Strict, at: number): Promise<void>;
}

/**
 * What users chose. All of it is in memory, so that nobody is taken for lax because they were forgotten: one process owns
 * the database.
 */
export class Strictness {
  readonly #store: StrictStore;
  readonly #now: () => number;
  #known: Map<MatrixUserId, Strict> | undefined;
  #reading: Promise<ReadonlyMap<MatrixUserId, Strict>> | undefined;
  /** Rises with every change, so that what was read before it is not kept. */
  #changes = 0;

  constructor(store: StrictStore, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  async of(user: MatrixUserId): Promise<Strict> {
    return (await this.#all()).get(user) ?? 'off';
  }

  /** Whether anybody is strict at all. */
  async any(): Promise<boolean> {
    return (await this.#all()).size > 0;
  }

  /** Durable when it resolves; holds from the next event on. */
  async choose(user: MatrixUserId, strict: Strict): Promise<void> {
    try {
      await this.#store.setStrict(user, strict, this.#now());
      this.#changes += 1;
      if (strict === 'off') this.#known?.delete(user);
      else this.#known?.set(user, strict);
    } catch (error) {
      // Whether or not it was written: what is read next is true.
      this.#changes += 1;
      this.#known = undefined;
      throw error;
    }
  }

  /** Nothing of the user's is kept any more. */
  forget(user: MatrixUserId): void {
    this.#changes += 1;
    this.#known?.delete(user);
  }

  async #all(): Promise<ReadonlyMap<MatrixUserId, Strict>> {
    while (this.#known === undefined) {
      const changes = this.#changes;
      this.#reading ??= this.#store.stricts().finally(() => {
        this.#reading = undefined;
      });
      const read = await this.#reading;
      if (changes === this.#changes) this.#known ??= new Map(read);
    }
    return this.#known;
  }
}
