/**
 * Sees from outside, in the bridge's process, when an event is received, kept, asked of the homeserver, answered and
 * recorded: through the diagnostics channels of undici and node:http, and around three methods of the bridge.
 */
import { subscribe } from 'node:diagnostics_channel';
import { Spine } from '../../src/core/spine.ts';
import type { Settlement } from '../../src/core/stores.ts';
import { SqlEventStore } from '../../src/storage/events.ts';

/** The moments of one event, by `performance.now()`; 0 where one has not come. */
export interface Moments {
  readonly received: number;
  kept: number;
  asked: number;
  answered: number;
  recorded: number;
  outcome: Settlement['outcome']['kind'] | undefined;
}

type Listener = (outerId: string, moments: Moments) => void;

/** Watches every event of this process. To be made once. */
export class Timings {
  readonly #moments = new Map<string, Moments>();
  readonly #outerIds = new Map<number, string>();
  readonly #requests = new Map<string, string>();
  readonly #transactions = new Map<string, number>();
  readonly #recorded: Listener;

  /** `recorded` is called for each event whose outcome has become durable. */
  constructor(recorded: Listener) {
    this.#recorded = recorded;
    this.#watchSpine();
    this.#watchStore();
    subscribe('undici:client:sendHeaders', (message) => this.#asked(message));
    subscribe('undici:request:trailers', (message) => this.#answered(message));
    subscribe('http.server.request.start', (message) => {
      const id = lastSegment(pathOf(message, 'url'));
      if (id !== undefined) this.#transactions.set(id, performance.now());
    });
  }

  /** Names the request that an event will make by the transaction id in its path. */
  expectRequest(transactionId: string, outerId: string): void {
    this.#requests.set(transactionId, outerId);
  }

  /** When the homeserver's transaction of that id arrived. */
  transaction(id: string): number | undefined {
    return this.#transactions.get(id);
  }

  #watchSpine(): void {
    const prototype: Pick<Spine, 'receiveRemote'> = Spine.prototype;
    const receive = prototype.receiveRemote;
    const moments = this.#moments;
    prototype.receiveRemote = function (this: Spine, network, arrival) {
      moments.set(arrival.outerId, {
        received: performance.now(),
        kept: 0,
        asked: 0,
        answered: 0,
        recorded: 0,
        outcome: undefined,
      });
      return receive.call(this, network, arrival);
    };
  }

  #watchStore(): void {
    const prototype: Pick<SqlEventStore, 'keep' | 'settle'> = SqlEventStore.prototype;
    const { keep, settle } = prototype;
    const seen = (seq: number, outerId: string): void => {
      this.#outerIds.set(seq, outerId);
      const moments = this.#moments.get(outerId);
      if (moments !== undefined) moments.kept = performance.now();
    };
    const ended = (settlement: Settlement): void => this.#ended(settlement);
    prototype.keep = async function (this: SqlEventStore, events) {
      const kept = await keep.call(this, events);
      for (const event of kept) if (event !== undefined) seen(event.seq, event.outerId);
      return kept;
    };
    prototype.settle = async function (this: SqlEventStore, settlement) {
      await settle.call(this, settlement);
      ended(settlement);
    };
  }

  #ended({ seq, outcome }: Settlement): void {
    const outerId = this.#outerIds.get(seq);
    this.#outerIds.delete(seq);
    if (outerId === undefined) return;
    const moments = this.#moments.get(outerId);
    this.#moments.delete(outerId);
    const now = performance.now();
    const all = moments ?? { received: 0, kept: 0, asked: 0, answered: 0 };
    this.#recorded(outerId, { ...all, recorded: now, outcome: outcome.kind });
  }

  #asked(message: unknown): void {
    const moments = this.#momentsOf(message);
    if (moments !== undefined) moments.asked = performance.now();
  }

  #answered(message: unknown): void {
    const moments = this.#momentsOf(message);
    if (moments === undefined) return;
    moments.answered = performance.now();
    this.#requests.delete(lastSegment(pathOf(message, 'path')) ?? '');
  }

  #momentsOf(message: unknown): Moments | undefined {
    const id = lastSegment(pathOf(message, 'path'));
    const outerId = id === undefined ? undefined : this.#requests.get(id);
    return outerId === undefined ? undefined : this.#moments.get(outerId);
  }
}

/** The path of the request that a diagnostics message is about. */
function pathOf(message: unknown, property: 'path' | 'url'): string | undefined {
  if (typeof message !== 'object' || message === null || !('request' in message)) return undefined;
  const request: unknown = message.request;
  if (typeof request !== 'object' || request === null) return undefined;
  const path: unknown = Reflect.get(request, property);
  return typeof path === 'string' ? path : undefined;
}

function lastSegment(path: string | undefined): string | undefined {
  const [whole] = path?.split('?', 1) ?? [];
  return whole === undefined ? undefined : decodeURIComponent(whole.slice(whole.lastIndexOf('/') + 1));
}
