import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'undici';
import { task, type Log } from '../core/task.ts';
import type { HomeserverWatch } from '../core/watch.ts';
import { boundedText } from './bounded-text.ts';
import type { LinkState } from './link-state.ts';
import { resultOfError, timed } from './request-class.ts';

const maxAnswerBytes = 1024 * 1024;

export interface MonitorOptions {
  readonly url: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly log: Log;
  /** Is told of every question. */
  readonly watch?: Pick<HomeserverWatch, 'requested'>;
}

/**
 * Watches the homeserver over one idle connection of its own: `GET /versions` every few seconds. A homeserver that goes
 * away closes that connection at once, and so a gap is noticed even where it is back before the next question.
 */
export class LinkMonitor implements AsyncDisposable {
  readonly #options: MonitorOptions;
  readonly #state: LinkState;
  readonly #onGap: (since: number) => void;
  readonly #client: Client;
  readonly #stop = new AbortController();
  /** When the link broke, where it did; the start counts as a gap. */
  #brokenAt: number | undefined = Date.now();
  #running: Promise<void> | undefined;

  /** `onGap` is called when the homeserver is back after it may have forgotten what it was to send since then. */
  constructor(state: LinkState, options: MonitorOptions, onGap: (since: number) => void) {
    this.#options = options;
    this.#state = state;
    this.#onGap = onGap;
    this.#client = new Client(new URL(options.url).origin, {
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: options.intervalMs * 4,
      keepAliveMaxTimeout: 600_000,
      headersTimeout: options.timeoutMs,
      bodyTimeout: options.timeoutMs,
    });
    this.#client.on('disconnect', (_origin, _targets, error) => {
      if (this.#stop.signal.aborted || error.code === 'UND_ERR_INFO') return;
      this.#state.down('link-down');
    });
    state.onChange((health) => {
      if (health.kind === 'down') this.#brokenAt ??= health.since;
      if (health.kind !== 'up' || this.#brokenAt === undefined) return;
      const since = this.#brokenAt;
      this.#brokenAt = undefined;
      this.#onGap(since);
    });
  }

  start(): void {
    this.#running ??= task(this.#options.log, 'homeserver probe', () => this.#watch());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#client.destroy();
    await this.#running;
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#probe();
      const interval = this.#state.health.kind === 'up' ? this.#options.intervalMs : 1_000;
      await sleep(Math.min(interval, this.#options.intervalMs), undefined, { signal }).catch(() => undefined);
    }
  }

  async #probe(): Promise<void> {
    const base = new URL(this.#options.url).pathname.replace(/\/+$/, '');
    const ended = timed(this.#options.watch, '/_matrix/client/versions');
    try {
      const response = await this.#client.request({
        method: 'GET',
        path: `${base}/_matrix/client/versions`,
        signal: this.#stop.signal,
      });
      const body: unknown = JSON.parse(await boundedText(response.body, maxAnswerBytes));
      const there =
        response.statusCode === 200 && typeof body === 'object' && body !== null && 'versions' in body;
      ended(there ? 'ok' : 'not-matrix', response.headers['date']);
      if (there) this.#state.up();
      else this.#state.down('link-down');
    } catch (error) {
      ended(error instanceof SyntaxError ? 'not-matrix' : resultOfError(error, this.#stop.signal));
      if (!this.#stop.signal.aborted) this.#state.down('link-down');
    }
  }
}
