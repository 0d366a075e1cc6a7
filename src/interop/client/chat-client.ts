/** Keeps one connection up for as long as it is wanted. */
import type { Health } from '../../core/network.ts';
import type { Failed, ReasonCode } from '../../core/outcome.ts';
import { curveKeyPair, type CurveKeyPair } from '../noise/curve-key.ts';
import { clientTimes, closingTimes } from '../profile/client-profile.ts';
import type { Answer } from '../stanza/answer.ts';
import type { Asking } from '../stanza/asking.ts';
import { waitBefore } from './back-off.ts';
import type { ChatClient, ChatClientOptions, ChatClientTimes, Outgoing } from './client.ts';
import { createClientCounts, type ClientCounts } from './counts.ts';
import type { SessionEnd } from './ends.ts';
import { openSession } from './open-session.ts';
import { linkDown } from './pending.ts';
import type { Session } from './session.ts';
import { within } from './within.ts';

/** A user's end of the chat channel; it rests until `wake`. Throws for a static key that is none. It never logs: `options.troubles` counts what it meets. */
export function createChatClient(options: ChatClientOptions): ChatClient {
  return new Client(options);
}

/** How a connection ended, and whether it was good for something. */
interface Connected {
  readonly end: SessionEnd;
  readonly useful: boolean;
}

class Client implements ChatClient {
  readonly #options: ChatClientOptions;
  readonly #times: ChatClientTimes;
  readonly #counts: ClientCounts;
  readonly #now: () => number;
  readonly #keys: CurveKeyPair;
  #health: Health;
  #wanted = false;
  #disposed = false;
  #session: Session | undefined;
  #stop = new AbortController();
  #running: Promise<void> | undefined;
  #connection: Promise<Connected> | undefined;
  #hurry: () => void = () => undefined;

  constructor(options: ChatClientOptions) {
    this.#options = options;
    this.#keys = curveKeyPair(options.staticKey);
    this.#times = { ...clientTimes, ...options.times };
    this.#counts = options.troubles ?? createClientCounts();
    this.#now = options.now ?? Date.now;
    this.#health = { kind: 'down', since: this.#now(), reason: 'link-down' };
  }

  readonly health = (): Health => this.#health;

  wake(): void {
    if (this.#disposed) return;
    this.#wanted = true;
    this.#hurry();
    this.#running ??= this.#run();
  }

  async rest(): Promise<void> {
    this.#wanted = false;
    this.#stop.abort();
    const { underWay, farSide } = closingTimes;
    await within(underWay + 2 * farSide, Promise.all([this.#session?.close(), this.#connection]));
  }

  async ask(asking: Asking): Promise<Answer | Failed> {
    return (await this.#session?.ask(asking)) ?? linkDown();
  }

  async send(stanza: Outgoing): Promise<{ readonly kind: 'sent' } | Failed> {
    return (await this.#session?.send(stanza)) ?? linkDown();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    await this.rest();
  }

  async #run(): Promise<void> {
    let failures = 0;
    let why: 'dismissed' | 'replaced' | undefined;
    this.#become({ kind: 'connecting', since: this.#now(), reason: undefined });
    while (this.#wanted) {
      this.#stop = new AbortController();
      this.#connection = this.#connect(this.#stop.signal);
      const { end, useful } = await this.#connection;
      if (end.kind === 'dismissed' || end.kind === 'replaced') {
        this.#wanted = false;
        why = end.kind;
      }
      if (!this.#wanted) break;
      if (useful) failures = 0;
      // Who went to rest and woke again meanwhile has to be able to go to rest once more.
      this.#stop = new AbortController();
      this.#down(end.kind === 'lost' ? end.reason : 'link-down');
      await this.#pause(failures, end);
      failures += 1;
    }
    this.#running = undefined;
    this.#down(why === 'dismissed' ? 'network-refused' : 'link-down', why);
  }

  async #connect(stop: AbortSignal): Promise<Connected> {
    const needs = { options: this.#options, keys: this.#keys, times: this.#times, counts: this.#counts };
    const opened = await openSession(needs, stop);
    if (opened.kind === 'not-begun') return { end: opened.end, useful: false };
    const { session } = opened;
    this.#session = session;
    const began = performance.now();
    if (stop.aborted) void session.close();
    else this.#become({ kind: 'up', since: this.#now() });
    const end = await session.run();
    this.#session = undefined;
    if (end.kind === 'lost') this.#down(end.reason);
    // The next connection brings again what was not acknowledged: not while it is still being taken.
    await session.settled();
    return { end, useful: session.useful || performance.now() - began >= this.#times.again[1] };
  }

  /** The wait before the next connection; who wakes the client shortens it to the shortest. */
  async #pause(failures: number, end: SessionEnd): Promise<void> {
    const [shortest] = this.#times.again;
    const wait = waitBefore(failures, this.#times.again, Math.random());
    const named = end.kind === 'lost' ? (end.afterMs ?? 0) : 0;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const done = (): void => resolve(undefined);
    const timer = setTimeout(done, Math.max(wait, named));
    const earliest = performance.now() + Math.max(shortest, named);
    let hurried: NodeJS.Timeout | undefined;
    this.#hurry = () => (hurried ??= setTimeout(done, Math.max(0, earliest - performance.now())));
    this.#stop.signal.addEventListener('abort', done, { once: true });
    await promise;
    this.#hurry = () => undefined;
    clearTimeout(timer);
    clearTimeout(hurried);
  }

  #down(reason: ReasonCode, why?: 'dismissed' | 'replaced'): void {
    this.#become({ kind: 'down', since: this.#now(), reason }, why);
  }

  #become(health: Health, why?: 'dismissed' | 'replaced'): void {
    const { kind } = this.#health;
    const isSame = health.kind === 'down' && kind === 'down' && health.reason === this.#health.reason;
    if (isSame && why === undefined) return;
    this.#health = health;
    this.#options.events.changed(health, why);
  }
}
