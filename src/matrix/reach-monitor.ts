/** The ping: https://spec.matrix.org/v1.15/application-service-api/#pinging */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Failed } from '../core/outcome.ts';
import { task, type Log } from '../core/task.ts';
import type { PingResult } from '../core/watch.ts';
import { errcodeOf } from './request.ts';

export interface ReachOptions {
  readonly ping: () => Promise<unknown>;
  /** Whether there is a homeserver to be asked. */
  readonly isUp: () => boolean;
  /** Whether the last ping came through: where it did not, the next follows sooner. */
  readonly isReached: () => boolean;
  readonly intervalMs: number;
  readonly log: Log;
}

const soonerMs = 5_000;

/**
 * Asks the homeserver again and again to call the bridge, so that a wrong token or a broken way back is noticed also
 * while nobody writes.
 */
export class ReachMonitor implements AsyncDisposable {
  readonly #options: ReachOptions;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: ReachOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= task(this.#options.log, 'homeserver ping', () => this.#run());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { ping, isUp, isReached, intervalMs } = this.#options;
    const { signal } = this.#stop;
    for (;;) {
      const pause = isReached() ? intervalMs : Math.min(intervalMs, soonerMs);
      await sleep(pause, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      if (isUp()) await ping();
    }
  }
}

/** What a ping's answer says of the way from the homeserver to the bridge. */
export function pingResult(failed: Failed | undefined): PingResult {
  if (failed === undefined) return 'ok';
  switch (errcodeOf(failed)) {
    case 'M_BAD_STATUS':
      return 'bad-status';
    case 'M_CONNECTION_FAILED':
    case 'M_CONNECTION_TIMEOUT':
    case 'M_URL_NOT_SET':
      return 'no-connection';
    case 'M_UNRECOGNIZED':
      return 'no-such-request';
    default:
      return 'unknown';
  }
}
