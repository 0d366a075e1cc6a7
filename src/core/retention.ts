import type { EventStore } from './stores.ts';
import { task, type Log } from './task.ts';

/** How long what has ended is kept, in milliseconds: its payload (to be tried again), and the record of it (to know it again). */
export interface RetentionTimes {
  readonly keepPayloads: number;
  readonly keepRecords: number;
}

/** Erases on schedule, from now on and every `every` milliseconds, until it is disposed of. */
export function scheduleErasure(
  log: Log,
  events: EventStore,
  times: RetentionTimes,
  every = 60_000,
): AsyncDisposable {
  let running = Promise.resolve();
  const sweep = (): void => {
    running = task(log, 'erase', async () => {
      const payloads = await events.erase(Date.now() - times.keepPayloads);
      const records = await events.forget(Date.now() - times.keepRecords);
      if (payloads + records > 0) log.debug({ payloads, records }, 'erased');
    });
  };
  sweep();
  const timer = setInterval(sweep, every);
  timer.unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await running;
    },
  };
}
