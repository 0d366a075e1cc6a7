import type { EncryptionResult, EncryptionWatch } from '../core/watch.ts';

/** Results that say that the engine itself works. */
const works: ReadonlySet<EncryptionResult> = new Set<EncryptionResult>([
  'ok',
  'locked',
  'tampered',
  'replayed',
  'mismatched-sender',
  'untrusted-device',
  'malformed',
]);
/** Results that say that it does not. */
const fails: ReadonlySet<EncryptionResult> = new Set<EncryptionResult>(['restarted', 'store']);

/** What was last seen of the crypto engine. Times are milliseconds since the epoch. */
export class EncryptionVitals implements EncryptionWatch {
  readonly #now: () => number;
  readonly #open = new Map<number, number>();
  #count = 0;
  lastWell: number | undefined;
  lastFailure: { readonly at: number; readonly result: EncryptionResult } | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  begin(): (result: EncryptionResult) => void {
    const id = (this.#count += 1);
    this.#open.set(id, this.#now());
    return (result) => {
      this.#open.delete(id);
      if (works.has(result)) this.lastWell = this.#now();
      else if (fails.has(result)) this.lastFailure = { at: this.#now(), result };
    };
  }

  /** How long the oldest call has been waiting for its answer, in milliseconds. */
  get waiting(): number {
    const [oldest] = this.#open.values();
    return oldest === undefined ? 0 : Math.max(0, this.#now() - oldest);
  }
}
