import { setTimeout as sleep } from 'node:timers/promises';
import type { Failed } from './outcome.ts';
import type { Log } from './task.ts';

export interface Insisting {
  readonly signal: AbortSignal;
  /** Milliseconds between two attempts. */
  readonly pause: number;
  readonly log: Log;
  /** What the log says, with these fields, where it has to wait. */
  readonly message: string;
  readonly about?: Readonly<Record<string, unknown>>;
}

/**
 * Does work again and again until nothing fails, or it is to stop: what fails for now, and a database that is away, come
 * back. Never rejects.
 */
export async function insist(
  work: () => Promise<undefined | Failed>,
  { signal, pause, log, message, about = {} }: Insisting,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const failed = await work();
      if (failed === undefined) return;
      log.warn({ ...about, reason: failed.reason, err: failed.cause }, message);
    } catch (error) {
      log.warn({ ...about, err: error }, message);
    }
    await sleep(pause, undefined, { signal }).catch(() => undefined);
  }
}
