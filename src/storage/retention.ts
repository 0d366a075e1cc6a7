/** Erases and forgets on schedule. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Log, task } from '../core/task.ts';
import type { EventStore } from '../core/stores.ts';
import type { StorageConfig } from './config.ts';
import { isTransient } from './errors.ts';

const everyMs = 5 * 60_000;

/** Sweeps at once and then every five minutes, until it is disposed of. */
export class Retention implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(
    events: Pick<EventStore, 'erase' | 'forget'>,
    config: Pick<StorageConfig, 'keepPayloads' | 'keepRecords'>,
    log: Log,
    interval: number = everyMs,
  ) {
    this.#running = task(log, 'retention', async () => {
      while (!this.#stop.signal.aborted) {
        await sweep(events, config, log);
        await sleep(interval, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}

async function sweep(
  events: Pick<EventStore, 'erase' | 'forget'>,
  config: Pick<StorageConfig, 'keepPayloads' | 'keepRecords'>,
  log: Log,
): Promise<void> {
  try {
    const erased = await events.erase(Date.now() - config.keepPayloads);
    const forgotten = await events.forget(Date.now() - config.keepRecords);
    if (erased + forgotten > 0) log.debug({ erased, forgotten }, 'retention');
  } catch (error) {
    log[isTransient(error) ? 'warn' : 'error']({ err: error }, 'retention failed; trying again later');
  }
}
