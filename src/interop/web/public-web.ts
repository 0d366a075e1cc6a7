/** What a network shows to the world: web pages and WebSockets. Whoever starts the network listens for it. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Router } from 'express';

/** Where to listen. */
export interface Bind {
  readonly host: string;
  readonly port: number;
}

/** Takes WebSockets at one path (RFC 6455): exactly that path, with any query. */
export interface PublicUpgrade {
  readonly path: string;
  /** Has to end the socket some day. What is sent on it may be late or never: times are the taker's. Must not throw. */
  readonly take: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/**
 * Networks with the same `bind` share one server; the router has its base path in it, and leaves what is not its own to
 * the next. Nothing is asked before the network runs or once its disposal has begun, but for what is under way.
 */
export interface PublicWeb {
  readonly bind: Bind;
  readonly router: Router;
  readonly upgrade?: PublicUpgrade;
}
