/** One stream to the server as an external component: https://xmpp.org/extensions/xep-0114.html */
import { Socket } from 'node:net';
import { Component } from '@xmpp/component-core';
import type { Element } from '@xmpp/xml';
import type { ReasonCode } from '../../core/outcome.ts';
import { xmlText } from './characters.ts';
import { attribute } from './stanza.ts';

export interface StreamOptions {
  readonly service: string;
  readonly domain: string;
  readonly secret: string;
  /** How long each step of connecting may take. */
  readonly timeoutMs: number;
  /** Called for each stanza in the order of the stream, from the handshake on. */
  readonly onStanza: (stanza: Element) => void;
  readonly now: () => number;
}

/** Why a stream is over. `hopeless`: only a change of configuration helps, so there is no hurry to try again. */
export interface StreamEnd {
  readonly reason: ReasonCode;
  readonly hopeless: boolean;
  readonly cause: unknown;
}

/** A stream that is being opened or open. It is over for good once `ended` has resolved; then make another. */
export class ComponentStream {
  readonly #options: StreamOptions;
  readonly #connection: Connection;
  readonly #over = Promise.withResolvers<StreamEnd>();
  #failure: unknown;
  #outgoing: string[] = [];
  #closed = false;
  /** When something last came in. */
  heardAt: number;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.heardAt = options.now();
    this.#connection = new Connection({ service: options.service, domain: options.domain });
    this.#connection.timeout = options.timeoutMs;
    this.#connection.on('error', (error) => (this.#failure ??= error));
    this.#connection.on('stanza', options.onStanza);
    this.#connection.heard = () => (this.heardAt = options.now());
    this.#connection.on('close', () => this.close());
    this.#connection.on('disconnect', () => this.#end());
  }

  /** Connects, opens the stream and shakes hands. Resolves to true where the stream is open, to false where it ended. */
  async open(): Promise<boolean> {
    const { service, domain, secret, timeoutMs } = this.#options;
    const late = setTimeout(() => this.destroy(new Error('timeout')), timeoutMs * 2);
    try {
      await Promise.race([this.#connection.connect(service), this.#lost()]);
      const header = await Promise.race([
        this.#connection.open({ domain, timeout: timeoutMs }),
        this.#lost(),
      ]);
      await Promise.race([
        this.#connection.authenticate(attribute(header, 'id') ?? '', secret),
        this.#lost(),
      ]);
      return !this.#closed;
    } catch (error) {
      this.destroy(error);
      return false;
    } finally {
      clearTimeout(late);
    }
  }

  /** Resolves once the stream is over. */
  get ended(): Promise<StreamEnd> {
    return this.#over.promise;
  }

  /**
   * Writes XML after all that was written before, without the characters that would end the stream; what is written in
   * one turn of the event loop goes out together.
   */
  write(xml: string): void {
    if (this.#closed) return;
    this.#outgoing.push(xmlText(xml));
    if (this.#outgoing.length === 1) setImmediate(() => this.#flush());
  }

  /** Stops reading: the server then holds back what it has for the bridge. */
  pause(): void {
    this.#connection.socket?.pause();
  }

  resume(): void {
    this.#connection.socket?.resume();
  }

  /** Says goodbye to the server and closes the socket. */
  close(): void {
    this.#flush();
    this.#connection.socket?.end('</stream:stream>');
    setTimeout(() => this.destroy(undefined), 1000).unref();
  }

  /** Ends the stream at once. */
  destroy(cause: unknown): void {
    this.#failure ??= cause;
    this.#connection.socket?.destroy();
    if (this.#connection.socket === null) this.#end();
  }

  #flush(): void {
    const xml = this.#outgoing.join('');
    this.#outgoing = [];
    if (xml !== '') this.#connection.socket?.write(xml);
  }

  #end(): void {
    this.#closed = true;
    this.#outgoing = [];
    this.#over.resolve(endFor(this.#failure));
  }

  async #lost(): Promise<never> {
    const end = await this.ended;
    throw end.cause instanceof Error ? end.cause : new Error(end.reason);
  }
}

/**
 * The library's connection, with three differences: text is decoded across the borders of packets, what the parser
 * cannot read ends this stream and not the process, and it tells when something came in.
 */
class Connection extends Component {
  heard: () => void = () => undefined;
  override Socket = TextSocket;

  override _onData(data: Buffer | string): void {
    this.heard();
    try {
      super._onData(data);
    } catch (error) {
      this.socket?.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

class TextSocket extends Socket {
  constructor() {
    super();
    this.setEncoding('utf8');
    this.setNoDelay(true);
    this.setKeepAlive(true, 30_000);
  }
}

function endFor(cause: unknown): StreamEnd {
  const condition = wordIn(cause, 'condition');
  if (condition === 'not-authorized') return { reason: 'forbidden', hopeless: true, cause };
  if (condition === 'host-unknown') return { reason: 'network-refused', hopeless: true, cause };
  if (condition !== undefined) return { reason: 'network-refused', hopeless: false, cause };
  if (wordIn(cause, 'name') === 'TimeoutError' || wordIn(cause, 'message') === 'timeout') {
    return { reason: 'timeout', hopeless: false, cause };
  }
  if (wordIn(cause, 'syscall') === 'connect' || wordIn(cause, 'syscall') === 'getaddrinfo') {
    return { reason: 'unreachable', hopeless: false, cause };
  }
  return { reason: 'link-down', hopeless: false, cause };
}

function wordIn(error: unknown, key: string): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const value: unknown = Reflect.get(error, key);
  return typeof value === 'string' ? value : undefined;
}
