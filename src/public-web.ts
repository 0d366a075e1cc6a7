/** Listens for what networks show to the world, where anybody may connect. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import express, { type ErrorRequestHandler, type Express } from 'express';
import { task, type Log } from './core/task.ts';
import type { Bind, PublicUpgrade, PublicWeb } from './interop/web/public-web.ts';

/** What one connection may cost before it is cut. */
export interface PublicLimits {
  /** Connections of one server, those that became WebSockets included. */
  readonly connections: number;
  /** Bytes of a request's head, and how many fields it may have. */
  readonly headBytes: number;
  readonly headFields: number;
  /** In milliseconds: for the head of a request, for the whole of it, and how long nothing at all may move. */
  readonly headMs: number;
  readonly requestMs: number;
  readonly idleMs: number;
  /** How often these times are looked at. */
  readonly lookMs: number;
  /** How long requests that are under way may take when the bridge stops. */
  readonly endMs: number;
}

export const publicLimits: PublicLimits = {
  connections: 16_384,
  headBytes: 16_384,
  headFields: 64,
  headMs: 10_000,
  requestMs: 60_000,
  idleMs: 60_000,
  lookMs: 2_000,
  endMs: 2_000,
};

/** The servers of all networks. `close` before the networks stop, disposal afterwards. */
export class PublicServers implements AsyncDisposable {
  readonly #log: Log;
  readonly #limits: PublicLimits;
  readonly #http: Server[] = [];
  /** Connections on which requests come. */
  readonly #pages = new Set<Socket>();
  /** WebSockets: whoever took them ends them. */
  readonly #channels = new Set<Duplex>();

  constructor(log: Log, limits: Partial<PublicLimits> = {}) {
    this.#log = log;
    this.#limits = { ...publicLimits, ...limits };
  }

  /** Listens, once for each distinct `bind`; answers where. Rejects where that cannot be done. */
  async listen(webs: readonly PublicWeb[]): Promise<readonly AddressInfo[]> {
    const listening: AddressInfo[] = [];
    for (const group of Map.groupBy(webs, ({ bind }) => JSON.stringify([bind.host, bind.port])).values()) {
      const [first] = group;
      if (first !== undefined) listening.push(await begun(this.#webServer(group), first.bind));
    }
    return listening;
  }

  /** Lets nobody in any more, and waits for a while for the requests that are under way. */
  async close(): Promise<void> {
    for (const server of this.#http) {
      if (server.listening) server.close();
      server.closeIdleConnections();
    }
    const impatience = setTimeout(() => {
      for (const socket of this.#pages) socket.destroy();
    }, this.#limits.endMs);
    await Promise.all([...this.#pages].map((socket) => closed(socket)));
    clearTimeout(impatience);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    const left = [...this.#channels];
    for (const socket of left) socket.destroy();
    await task(this.#log, 'close', async () => {
      await Promise.all(left.map((socket) => closed(socket)));
    });
  }

  #webServer(webs: readonly PublicWeb[]): Server {
    const { headBytes, headFields, headMs, requestMs, idleMs, lookMs, connections } = this.#limits;
    const upgrades = new Map(webs.flatMap(({ upgrade }) => (upgrade ? [[upgrade.path, upgrade]] : [])));
    const server = createServer(
      {
        ...{ maxHeaderSize: headBytes, headersTimeout: headMs, requestTimeout: requestMs },
        connectionsCheckingInterval: lookMs,
        keepAliveTimeout: idleMs,
        // Whatever else asks for an upgrade is answered as if it had not.
        shouldUpgradeCallback: (request) => upgradeOf(request, upgrades) !== undefined,
      },
      this.#app(webs),
    );
    server.maxHeadersCount = headFields;
    server.maxConnections = connections;
    server.setTimeout(idleMs);
    server.on('connection', (socket) => {
      this.#pages.add(socket);
      socket.once('close', () => this.#pages.delete(socket));
    });
    server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      this.#pages.delete(socket);
      socket.setTimeout(0);
      this.#take(socket, () => upgradeOf(request, upgrades)?.take(request, socket, head));
    });
    this.#http.push(server);
    return server;
  }

  #take(socket: Socket, take: () => void): void {
    this.#channels.add(socket);
    socket.once('close', () => this.#channels.delete(socket));
    socket.on('error', () => undefined);
    try {
      take();
    } catch (error) {
      this.#log.error({ err: error }, 'a connection broke in the one who took it');
      socket.destroy();
    }
  }

  #app(webs: readonly PublicWeb[]): Express {
    const app = express();
    app.disable('x-powered-by');
    app.disable('etag');
    app.set('env', 'production');
    app.use((_request, response, next) => {
      response.set('X-Content-Type-Options', 'nosniff');
      next();
    });
    for (const { router } of webs) app.use(router);
    app.use((_request, response) => void response.status(404).end());
    app.use(broken(this.#log));
    return app;
  }
}

/** What went wrong says nothing to strangers; what they sent wrongly is not logged, for it may stand in the error. */
function broken(log: Log): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    const status = statusOf(error);
    if (status >= 500) log.error({ err: error }, 'a request from outside broke');
    if (!response.headersSent) {
      response.status(status).end();
      return;
    }
    request.socket.destroy();
    // Not the error: Express would write it to the console.
    next();
  };
}

function statusOf(error: unknown): number {
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}

function upgradeOf(
  { url = '', headers }: IncomingMessage,
  upgrades: ReadonlyMap<string, PublicUpgrade>,
): PublicUpgrade | undefined {
  return headers.upgrade?.toLowerCase() === 'websocket' ? upgrades.get(url.split('?')[0] ?? '') : undefined;
}

async function begun(server: Server, bind: Bind): Promise<AddressInfo> {
  server.listen(bind.port, bind.host);
  await once(server, 'listening');
  return server.address() as AddressInfo;
}

async function closed(socket: Duplex): Promise<void> {
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
}
