/** What was sent and waits for its answer: bounded in number and time, and ended together. */
import { failedForNow, type Failed } from '../../core/outcome.ts';

export interface Pending<Name, Result> {
  /**
   * Waits under a name. `sent` writes it, and says why it could not; what comes back settles it, and so does the time.
   */
  wait(name: Name, sent: () => Promise<Failed | undefined>): Promise<Result | Failed>;
  /** Settles the first that waits and is meant; false where none is. */
  settle(meant: (name: Name) => boolean, result: Result | Failed): boolean;
  /** The first that waits and is meant. */
  find(meant: (name: Name) => boolean): Name | undefined;
  readonly size: () => number;
  readonly count: (meant: (name: Name) => boolean) => number;
  /** Ends all that waits, and all that would. */
  end(): void;
  /** Resolves once nothing waits. */
  idle(): Promise<void>;
}

export interface PendingNeeds {
  readonly most: number;
  readonly timeout: number;
  /** Nothing came in time. */
  readonly late: () => void;
  /** How many wait is another number now. */
  readonly changed: () => void;
}

interface Waiting<Name, Result> {
  readonly name: Name;
  readonly resolve: (result: Result | Failed) => void;
}

export function createPending<Name, Result>(needs: PendingNeeds): Pending<Name, Result> {
  const waiting = new Set<Waiting<Name, Result>>();
  let ended = false;
  let idlers: (() => void)[] = [];

  const drop = (one: Waiting<Name, Result>): void => {
    waiting.delete(one);
    needs.changed();
    if (waiting.size > 0) return;
    const ready = idlers;
    idlers = [];
    for (const resolve of ready) resolve();
  };
  const first = (meant: (name: Name) => boolean): Waiting<Name, Result> | undefined => {
    for (const one of waiting) if (meant(one.name)) return one;
    return undefined;
  };

  return {
    async wait(name, sent) {
      if (ended) return linkDown();
      if (waiting.size >= needs.most) return failedForNow('rate-limited', 'too much is under way');
      const { promise, resolve } = Promise.withResolvers<Result | Failed>();
      const one = { name, resolve };
      waiting.add(one);
      needs.changed();
      const timer = setTimeout(() => {
        needs.late();
        resolve(failedForNow('timeout', 'no answer in time'));
      }, needs.timeout);
      try {
        const refused = await Promise.race([sent(), promise.then(() => undefined)]);
        return refused ?? (await promise);
      } finally {
        clearTimeout(timer);
        drop(one);
      }
    },
    settle(meant, result) {
      const one = first(meant);
      if (one === undefined) return false;
      waiting.delete(one);
      one.resolve(result);
      return true;
    },
    find: (meant) => first(meant)?.name,
    size: () => waiting.size,
    count: (meant) => [...waiting].filter(({ name }) => meant(name)).length,
    end() {
      ended = true;
      for (const { resolve } of waiting) resolve(linkDown());
    },
    idle: () => (waiting.size === 0 ? Promise.resolve() : new Promise((resolve) => idlers.push(resolve))),
  };
}

export function linkDown(cause?: unknown): Failed {
  return failedForNow('link-down', cause);
}
