import type { AppEvent, EventOf } from './event.ts';

type Listener = (event: AppEvent) => void;

/** What is waited for, and for how long. */
export interface Awaited<K extends AppEvent['kind']> {
  readonly kind: K;
  readonly matches: ((event: EventOf<K>) => boolean) | undefined;
  readonly patienceMs: number | undefined;
}

const usualPatienceMs = 20_000;

/** Tells whoever listens what is new. */
export class News {
  readonly #listeners = new Set<Listener>();

  tell(event: AppEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The first that is waited for, of what is known or of what comes from now on. Rejects where none comes in time. */
  async waitFor<K extends AppEvent['kind']>(
    known: readonly AppEvent[],
    { kind, matches = () => true, patienceMs = usualPatienceMs }: Awaited<K>,
  ): Promise<EventOf<K>> {
    const isIt = (event: AppEvent): event is EventOf<K> => isOf(event, kind) && matches(event);
    const there = known.find(isIt);
    if (there !== undefined) return there;
    const { promise, resolve, reject } = Promise.withResolvers<EventOf<K>>();
    const stop = this.listen((event) => {
      if (isIt(event)) resolve(event);
    });
    const late = (): void => reject(new Error(`No event "${kind}" of that sort came in time.`));
    const timer = setTimeout(late, patienceMs);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      stop();
    }
  }
}

function isOf<K extends AppEvent['kind']>(event: AppEvent, kind: K): event is EventOf<K> {
  return event.kind === kind;
}
