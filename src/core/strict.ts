/** How strict a user is about who may reach them, and with what. */
import { BoundedMap } from './bounded-map.ts';
import type { MatrixUserId } from './ids.ts';

/** `unencrypted`: as strict as `on`, but chats may be without end-to-end encryption. */
export const strictLevels = ['off', 'on', 'unencrypted'] as const;
export type Strict = (typeof strictLevels)[number];

export interface StrictStore {
  /** `off` where nothing was chosen. */
  strict(user: MatrixUserId): Promise<Strict>;
  setStrict(user: MatrixUserId, strict: Strict, at: number): Promise<void>;
}

const mostKept = 20_000;

/** What users chose, remembered: one process owns the database. */
export class Strictness {
  readonly #store: StrictStore;
  readonly #now: () => number;
  readonly #known = new BoundedMap<MatrixUserId, Strict>(mostKept);
  #changes = 0;

  constructor(store: StrictStore, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  async of(user: MatrixUserId): Promise<Strict> {
    const known = this.#known.get(user);
    if (known !== undefined) return known;
    const changes = this.#changes;
    const strict = await this.#store.strict(user);
    if (changes === this.#changes) this.#known.set(user, strict);
    return strict;
  }

  /** What was last read or chosen, without asking; `off` where nothing was read yet. */
  known(user: MatrixUserId): Strict {
    return this.#known.get(user) ?? 'off';
  }

  /** Durable when it resolves; holds from the next event on. */
  async choose(user: MatrixUserId, strict: Strict): Promise<void> {
    try {
      await this.#store.setStrict(user, strict, this.#now());
    } finally {
      this.forget(user);
    }
  }

  forget(user: MatrixUserId): void {
    this.#changes += 1;
    this.#known.delete(user);
  }
}
