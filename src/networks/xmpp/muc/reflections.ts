import type { RemoteMessageId } from '../../../core/ids.ts';
import { BoundedMap } from '../../../core/bounded-map.ts';

/** What became of a message to a room. */
export type Reflection =
  | { readonly kind: 'reflected'; readonly name: RemoteMessageId | undefined }
  | { readonly kind: 'refused'; readonly condition: string }
  | { readonly kind: 'late' };

/** Reflections that nobody waits for are remembered, so that a message is not sent again after a break. */
const remembered = 2000;

/**
 * A room sends every message to all of its occupants, the sender among them: only then has it been said, and only that
 * copy tells what the room calls it (https://xmpp.org/extensions/xep-0359.html). Here the senders wait for it.
 */
export class Reflections {
  readonly #seen = new BoundedMap<string, RemoteMessageId | undefined>(remembered);
  readonly #waiting = new Map<string, (reflection: Reflection) => void>();

  /** One of our own messages came back, live or in the archive. */
  seen(id: string, name: RemoteMessageId | undefined): void {
    if (!this.#seen.has(id) || name !== undefined) this.#seen.set(id, name);
    this.#waiting.get(id)?.({ kind: 'reflected', name });
  }

  /** The room or a server on the way does not take a message. */
  refused(id: string, condition: string): void {
    this.#waiting.get(id)?.({ kind: 'refused', condition });
  }

  /** Whether a message is known to have been said. */
  known(id: string): Extract<Reflection, { kind: 'reflected' }> | undefined {
    return this.#seen.has(id) ? { kind: 'reflected', name: this.#seen.get(id) } : undefined;
  }

  /** Waits for one. To be called before the message is written. */
  wait(id: string, patienceMs: number, signal: AbortSignal): Promise<Reflection> {
    const known = this.known(id);
    if (known !== undefined) return Promise.resolve(known);
    const { promise, resolve } = Promise.withResolvers<Reflection>();
    const late = (): void => settle({ kind: 'late' });
    const timer = setTimeout(late, patienceMs);
    const settle = (reflection: Reflection): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', late);
      if (this.#waiting.get(id) === settle) this.#waiting.delete(id);
      resolve(reflection);
    };
    signal.addEventListener('abort', late, { once: true });
    this.#waiting.get(id)?.({ kind: 'late' });
    this.#waiting.set(id, settle);
    if (signal.aborted) late();
    return promise;
  }

  /** The link is gone: what has not come back will not on this stream. */
  end(): void {
    for (const settle of [...this.#waiting.values()]) settle({ kind: 'late' });
  }
}
