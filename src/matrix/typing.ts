/** Typing of ghosts: https://spec.matrix.org/v1.15/client-server-api/#typing-notifications */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MatrixUserId, RoomId } from '../core/ids.ts';
import type { Failed } from '../core/outcome.ts';
import { task, type Log } from '../core/task.ts';
import type { Requester } from './client.ts';
import { path } from './path.ts';
import type { Masquerade } from './request.ts';

/** How long typing lasts at the homeserver, after how long it is renewed, and how long it is believed at most. */
export interface TypingTimes {
  readonly timeoutMs: number;
  readonly renewMs: number;
  readonly longestMs: number;
}

const usual: TypingTimes = { timeoutMs: 30_000, renewMs: 20_000, longestMs: 120_000 };
const most = 500;

/**
 * Who of the ghosts types where. A network tells that somebody began and that they stopped; a homeserver wants to hear
 * it again and again, so it is renewed in between, and ends by itself when the end was never told.
 */
export class Typing {
  readonly #client: Requester;
  readonly #as: (user: MatrixUserId) => Masquerade;
  readonly #log: Log;
  readonly #times: TypingTimes;
  /** The ghosts that type, each with what ends its renewing. */
  readonly #active = new Map<string, AbortController>();

  constructor(
    client: Requester,
    as: (user: MatrixUserId) => Masquerade,
    log: Log,
    times: TypingTimes = usual,
  ) {
    this.#client = client;
    this.#as = as;
    this.#log = log;
    this.#times = times;
  }

  async begin(room: RoomId, ghost: MatrixUserId): Promise<undefined | Failed> {
    const key = keyOf(room, ghost);
    this.#forget(key);
    const failed = await this.#tell(room, ghost, { typing: true, timeout: this.#times.timeoutMs });
    if (failed !== undefined || this.#active.size >= most) return failed;
    const stop = new AbortController();
    this.#forget(key);
    this.#active.set(key, stop);
    void task(this.#log, 'typing', () => this.#renew(room, ghost, stop));
    return undefined;
  }

  async end(room: RoomId, ghost: MatrixUserId): Promise<undefined | Failed> {
    this.#forget(keyOf(room, ghost));
    return this.#tell(room, ghost, { typing: false });
  }

  /** The ghost's message is there: what it typed. Asks nothing where the ghost did not type. */
  async spoke(room: RoomId, ghost: MatrixUserId): Promise<void> {
    if (this.#active.has(keyOf(room, ghost))) await this.end(room, ghost);
  }

  stop(): void {
    for (const key of [...this.#active.keys()]) this.#forget(key);
  }

  async #renew(room: RoomId, ghost: MatrixUserId, stop: AbortController): Promise<void> {
    const { renewMs, longestMs, timeoutMs } = this.#times;
    for (let passed = renewMs; passed < longestMs; passed += renewMs) {
      await sleep(renewMs, undefined, { signal: stop.signal, ref: false }).catch(() => undefined);
      if (stop.signal.aborted) return;
      await this.#tell(room, ghost, { typing: true, timeout: timeoutMs });
    }
    const key = keyOf(room, ghost);
    if (this.#active.get(key) === stop) this.#active.delete(key);
  }

  #forget(key: string): void {
    this.#active.get(key)?.abort();
    this.#active.delete(key);
  }

  async #tell(
    room: RoomId,
    ghost: MatrixUserId,
    body: { readonly typing: true; readonly timeout: number } | { readonly typing: false },
  ): Promise<undefined | Failed> {
    const answer = await this.#client.request({
      method: 'PUT',
      path: path`/_matrix/client/v3/rooms/${room}/typing/${ghost}`,
      as: this.#as(ghost),
      body: { ...body },
      attempts: 1,
      signal: AbortSignal.timeout(this.#times.renewMs),
    });
    return answer.kind === 'failed' ? answer : undefined;
  }
}

function keyOf(room: RoomId, ghost: MatrixUserId): string {
  return `${room} ${ghost}`;
}
