/** Changes of other people's devices: https://spec.matrix.org/v1.16/client-server-api/#tracking-the-device-list-for-a-user */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../../crypto/megolm/engine.ts';
import type { MatrixUserId } from '../../core/ids.ts';
import { failedForNow, type Failed } from '../../core/outcome.ts';
import { task, type Log } from '../../core/task.ts';
import type { Requester } from '../client.ts';
import { objectIn, textsIn } from '../json-object.ts';
import type { Masquerade } from '../request.ts';
import { passing } from './failures.ts';

export interface WatcherDeps {
  readonly client: Requester;
  readonly engine: Pick<Engine, 'devicesChanged'>;
  /** The bot, under a device without keys: what waits for the one with keys is the engine's to fetch. */
  readonly as: Masquerade;
  /** Makes the bot and that device where they are not there. */
  readonly ensureBot: () => Promise<undefined | Failed>;
  readonly log: Log;
  /** How long the homeserver may let a question wait, in milliseconds. */
  readonly pollMs: number;
  readonly pauses?: { readonly first: number; readonly most: number };
  readonly now?: () => number;
}

const usualPauses = { first: 500, most: 30_000 };
const mostUnseen = 50_000;
const filter = JSON.stringify({
  room: { rooms: [] },
  presence: { not_types: ['*'] },
  account_data: { not_types: ['*'] },
  event_fields: [],
});

/**
 * Asks the homeserver, without end, whose devices changed, as the bot, and hands that to the engine. Homeservers tell it
 * of users who share a room with the bot.
 */
export class Watcher implements AsyncDisposable {
  readonly #deps: WatcherDeps;
  readonly #stop = new AbortController();
  /** Whose devices somebody looked at before the first answer: what changed since then nobody has seen. */
  readonly #unseen = new Set<MatrixUserId>();
  #running: Promise<void> = Promise.resolve();
  #since: string | undefined;
  #up = false;
  #isMade = false;
  #changedAt: number;

  constructor(deps: WatcherDeps) {
    this.#deps = deps;
    this.#changedAt = this.#now;
  }

  /** Whether changes are seen now. */
  get up(): boolean {
    return this.#up;
  }

  /** Since when it is as it is, milliseconds since the epoch. */
  get changedAt(): number {
    return this.#changedAt;
  }

  /** Begins, or goes on after it was told to stop; to be called once. */
  start(): void {
    this.#running = task(this.#deps.log, 'watch devices', () => this.#watch());
  }

  /** Somebody is about to look at these users' devices. */
  looking(users: readonly MatrixUserId[]): void {
    if (this.#since !== undefined) return;
    for (const user of users) if (this.#unseen.size < mostUnseen) this.#unseen.add(user);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#is(false);
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stop;
    const { first, most } = this.#deps.pauses ?? usualPauses;
    let pause = first;
    while (!signal.aborted) {
      const failed = await this.#carefully();
      this.#is(failed === undefined);
      if (failed === undefined) {
        pause = first;
        continue;
      }
      const asked = failed.retry.kind === 'later' ? failed.retry.afterMs : undefined;
      await sleep(Math.min(asked ?? pause, most), undefined, { signal }).catch(() => undefined);
      pause = Math.min(pause * 2, most);
    }
  }

  async #carefully(): Promise<undefined | Failed> {
    try {
      return await this.#look();
    } catch (error) {
      this.#deps.log.error({ err: error }, 'a look for changes of devices broke');
      return failedForNow('internal', error);
    }
  }

  async #look(): Promise<undefined | Failed> {
    const missing = this.#isMade ? undefined : await this.#deps.ensureBot();
    if (missing !== undefined) return missing;
    this.#isMade = true;
    const answer = await this.#deps.client.request({
      method: 'GET',
      path: '/_matrix/client/v3/sync',
      query: {
        ...{ filter, set_presence: 'offline', since: this.#since },
        timeout: this.#since === undefined ? 0 : this.#deps.pollMs,
      },
      as: this.#deps.as,
      attempts: 1,
      signal: this.#stop.signal,
    });
    if (answer.kind === 'failed') return this.#mended(answer);
    const next = answer.body['next_batch'];
    if (typeof next !== 'string') return failedForNow('link-down', new Error('a sync without a token'));
    const lists = objectIn(answer.body, 'device_lists') ?? {};
    const changed = [...(textsIn(lists, 'changed') ?? []), ...this.#unseen];
    const left = textsIn(lists, 'left') ?? [];
    const trouble =
      changed.length > 0 || left.length > 0
        ? await this.#deps.engine.devicesChanged(changed, left)
        : undefined;
    if (trouble !== undefined) return passing(trouble);
    this.#since = next;
    this.#unseen.clear();
    return undefined;
  }

  /** A bot or device that the homeserver has lost is made again before the next look. */
  #mended(failed: Failed): Failed {
    if (failed.retry.kind === 'later' || this.#stop.signal.aborted) return failed;
    this.#isMade = false;
    this.#deps.log.warn({ err: failed.cause }, 'changes of devices cannot be seen');
    return failed;
  }

  #is(up: boolean): void {
    if (up === this.#up) return;
    this.#up = up;
    this.#changedAt = this.#now;
  }

  get #now(): number {
    return (this.#deps.now ?? Date.now)();
  }
}
