import type { Health } from '../core/network.ts';
import type { ReasonCode } from '../core/outcome.ts';
import type { Log } from '../core/task.ts';

/** Whether the homeserver is there, as the last answers say; tells listeners when that changes. */
export class LinkState {
  readonly #log: Log;
  readonly #now: () => number;
  readonly #listeners = new Set<(health: Health) => void>();
  #health: Health;

  constructor(log: Log, now: () => number) {
    this.#log = log;
    this.#now = now;
    this.#health = { kind: 'connecting', since: now(), reason: undefined };
  }

  get health(): Health {
    return this.#health;
  }

  /** Calls back at each change; answers how to stop that. */
  onChange(listener: (health: Health) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  up(): void {
    if (this.#health.kind !== 'up') this.#set({ kind: 'up', since: this.#now() });
  }

  down(reason: ReasonCode): void {
    if (this.#health.kind === 'down' && this.#health.reason === reason) return;
    this.#set({ kind: 'down', since: this.#now(), reason });
  }

  #set(health: Health): void {
    const fields = {
      state: health.kind,
      before: this.#health.kind,
      reason: 'reason' in health ? health.reason : undefined,
    };
    if (health.kind === 'down') this.#log.warn(fields, 'homeserver link');
    else this.#log.info(fields, 'homeserver link');
    this.#health = health;
    for (const listener of [...this.#listeners]) listener(health);
  }
}
