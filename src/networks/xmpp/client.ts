/** The link to the server, kept up: https://xmpp.org/extensions/xep-0114.html, https://xmpp.org/extensions/xep-0199.html */
import { randomBytes } from 'node:crypto';
import xml, { type Element } from '@xmpp/xml';
import type { Health } from '../../core/network.ts';
import { task, type Log } from '../../core/task.ts';
import { pauseBefore, type BackOff } from './back-off.ts';
import { ComponentStream, type StreamEnd } from './component-stream.ts';
import { Fence } from './fence.ts';
import { Requests, type Answer, type Request } from './iq.ts';
import { namespaces } from './link-namespaces.ts';
import { attribute } from './stanza.ts';

/** The times that the link keeps, in milliseconds. */
export interface LinkTimes {
  readonly backOff: BackOff;
  /** The pause after a refusal that only a change of configuration mends, such as a wrong secret. */
  readonly hopelessMs: number;
  readonly connectMs: number;
  /** After so long a silence the server is asked for a sign of life. */
  readonly idleMs: number;
  /** For so long it may then stay silent. */
  readonly answerMs: number;
}

export const defaultTimes: LinkTimes = {
  backOff: { firstMs: 1000, longestMs: 30_000 },
  hopelessMs: 60_000,
  connectMs: 10_000,
  idleMs: 15_000,
  answerMs: 10_000,
};

export interface LinkOptions {
  readonly service: string;
  readonly domain: string;
  readonly secret: string;
  readonly log: Log;
  readonly times: LinkTimes;
  readonly now: () => number;
}

/** What the link hands over. Both are called in order and must not throw. */
export interface LinkEvents {
  /** Every message and presence, and every IQ that asks something. */
  readonly stanza: (stanza: Element) => void;
  readonly changed: (health: Health) => void;
}

/** What the parts of the network may do with the link. */
export interface Link {
  /** Writes stanzas in order; true once the server has handled them, false where the link went down first. */
  deliver(stanzas: readonly string[]): Promise<boolean>;
  /** Writes a stanza without waiting; it is lost where the link is down. */
  post(stanza: Element): void;
  /** Asks and resolves to what comes back; never rejects. */
  ask(request: Request, timeoutMs: number): Promise<Answer>;
}

interface Session {
  readonly stream: ComponentStream;
  readonly fence: Fence;
  readonly requests: Requests;
}

/** The one link of the network. It connects, and connects again with growing pauses, until it is disposed. */
export class XmppClient implements Link, AsyncDisposable {
  readonly #options: LinkOptions;
  readonly #events: LinkEvents;
  readonly #stop = new AbortController();
  #session: Session | undefined;
  #health: Health;
  #paused = false;
  #running: Promise<void> | undefined;

  constructor(options: LinkOptions, events: LinkEvents) {
    this.#options = options;
    this.#events = events;
    this.#health = { kind: 'connecting', since: options.now(), reason: undefined };
  }

  /** Begins to connect; ends with `signal` or by disposal. */
  start(signal: AbortSignal): void {
    const stop = (): void => this.#stop.abort();
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true, signal: this.#stop.signal });
    this.#running ??= task(this.#options.log, 'xmpp-link', () => this.#run());
  }

  get health(): Health {
    const unanswered = this.#paused ? undefined : this.#session?.fence.oldest;
    if (this.#health.kind !== 'up' || unanswered === undefined) return this.#health;
    return { ...this.#health, unanswered };
  }

  async deliver(stanzas: readonly string[]): Promise<boolean> {
    const session = this.#session;
    if (session === undefined) return false;
    for (const stanza of stanzas) session.stream.write(stanza);
    return session.fence.pass();
  }

  post(stanza: Element): void {
    this.#session?.stream.write(stanza.toString());
  }

  async ask(request: Request, timeoutMs: number): Promise<Answer> {
    return this.#session?.requests.ask(request, timeoutMs) ?? { kind: 'no-answer', why: 'link-down' };
  }

  /** Stops reading from the server, or goes on; a pause is not taken for a server's silence. */
  pause(paused: boolean): void {
    if (this.#paused === paused) return;
    this.#paused = paused;
    if (this.#session === undefined) return;
    if (paused) this.#session.stream.pause();
    else this.#session.stream.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { times, log } = this.#options;
    let attempt = 0;
    while (!this.#stopped()) {
      const { end, wasUp } = await this.#connect();
      if (this.#stopped()) break;
      if (wasUp) attempt = 0;
      const pause = end.hopeless ? times.hopelessMs : pauseBefore(attempt, times.backOff, Math.random());
      attempt += 1;
      log.warn({ reason: end.reason, err: end.cause, pauseMs: Math.round(pause) }, 'xmpp link down');
      this.#become({ kind: 'down', since: this.#options.now(), reason: end.reason });
      await sleep(pause, this.#stop.signal);
    }
    this.#become({ kind: 'down', since: this.#options.now(), reason: 'link-down' });
  }

  #stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** One stream from its first byte to its last. */
  async #connect(): Promise<{ readonly end: StreamEnd; readonly wasUp: boolean }> {
    const { service, domain, secret, times, now, log } = this.#options;
    const stream = new ComponentStream({
      ...{ service, domain, secret, now },
      timeoutMs: times.connectMs,
      onStanza: (stanza) => this.#receive(session, stanza),
    });
    const session = this.#sessionOn(stream);
    const stop = (): void => (this.#session === session ? stream.close() : stream.destroy(undefined));
    this.#stop.signal.addEventListener('abort', stop, { once: true });
    const wasUp = await stream.open();
    if (wasUp) {
      this.#session = session;
      if (this.#paused) stream.pause();
      this.#become({ kind: 'up', since: now() });
      log.info({ service, domain }, 'xmpp link up');
    }
    const watch = setInterval(() => this.#watch(session), Math.min(1000, times.idleMs / 4));
    const end = await stream.ended;
    clearInterval(watch);
    this.#stop.signal.removeEventListener('abort', stop);
    this.#session = undefined;
    session.fence.end();
    session.requests.end();
    return { end, wasUp };
  }

  #sessionOn(stream: ComponentStream): Session {
    const { domain, now } = this.#options;
    const write = (text: string): void => stream.write(text);
    // Addressed to the component itself: any server sends it back, whatever else it offers.
    const echo = (id: string): void =>
      write(
        xml('iq', { type: 'get', from: domain, to: domain, id }, xml('ping', namespaces.ping)).toString(),
      );
    const prefix = `fence-${randomBytes(9).toString('base64url')}-`;
    return { stream, fence: new Fence(prefix, echo, now), requests: new Requests(write) };
  }

  #receive(session: Session, stanza: Element): void {
    if (stanza.name === 'iq') {
      const own = attribute(stanza, 'from') === this.#options.domain;
      if (own && session.fence.answered(attribute(stanza, 'id') ?? '')) return;
      const type = attribute(stanza, 'type');
      if (type === 'result' || type === 'error') {
        session.requests.answered(stanza);
        return;
      }
    }
    this.#events.stanza(stanza);
  }

  /** A link whose other end is gone looks open: only an answer tells. */
  #watch({ stream, fence }: Session): void {
    const { times, now } = this.#options;
    if (this.#paused) {
      stream.heardAt = now();
      return;
    }
    const silentMs = now() - stream.heardAt;
    const waitingMs = now() - (fence.oldest ?? now());
    if (waitingMs > times.answerMs && silentMs > times.answerMs) stream.destroy(new Error('timeout'));
    else if (silentMs > times.idleMs && fence.oldest === undefined && this.#session?.stream === stream) {
      void fence.pass();
    }
  }

  #become(health: Health): void {
    if (health.kind === 'down' && this.#health.kind === 'down' && health.reason === this.#health.reason)
      return;
    this.#health = health;
    this.#events.changed(health);
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(done, ms);
  signal.addEventListener('abort', done, { once: true });
  if (signal.aborted) done();
  return promise;

  function done(): void {
    clearTimeout(timer);
    signal.removeEventListener('abort', done);
    resolve(undefined);
  }
}
