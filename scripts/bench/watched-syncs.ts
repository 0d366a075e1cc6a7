import { setTimeout as sleep } from 'node:timers/promises';
import type { Failed } from '../../src/core/outcome.ts';
import type { Requester } from '../../src/matrix/client.ts';
import type { Answer, MatrixRequest } from '../../src/matrix/request.ts';

/** A question of the watcher that was answered. */
export interface Sync {
  readonly ms: number;
  /** Processor time of the homeserver when it was asked, and until its answer. */
  readonly cpuAt: number;
  readonly cpuMs: number;
}

/** Takes the times of what a watcher asks. What fails ends the measurement. */
export class WatchedSyncs implements Requester {
  readonly syncs: Sync[] = [];
  readonly #client: Requester;
  readonly #cpuMs: () => number;
  #failed: Failed | undefined;
  #askedAt: number | undefined;

  constructor(client: Requester, cpuMs: () => number) {
    this.#client = client;
    this.#cpuMs = cpuMs;
  }

  async request(request: MatrixRequest): Promise<Answer | Failed> {
    if (!request.path.endsWith('/sync')) return this.#client.request(request);
    const [at, cpuAt] = [performance.now(), this.#cpuMs()];
    this.#askedAt = at;
    const answer = await this.#client.request(request);
    this.#askedAt = undefined;
    if (answer.kind === 'ok')
      this.syncs.push({ ms: performance.now() - at, cpuAt, cpuMs: this.#cpuMs() - cpuAt });
    else if (request.signal?.aborted !== true) this.#failed = answer;
    return answer;
  }

  /** Resolves once so many have been answered. */
  async answered(count: number): Promise<void> {
    while (this.syncs.length < count) await this.#beat();
  }

  /** Resolves once a question has waited so long for its answer. */
  async waits(ms: number): Promise<void> {
    while (this.#askedAt === undefined || performance.now() - this.#askedAt < ms) await this.#beat();
  }

  async #beat(): Promise<void> {
    if (this.#failed !== undefined)
      throw new Error('The watcher was refused.', { cause: this.#failed.cause });
    await sleep(5);
  }
}
