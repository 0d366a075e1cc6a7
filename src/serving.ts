/** The ports that the bridge listens on. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express, type Router } from 'express';
import type { BridgeConfig } from './config-schema.ts';
import { task, type Log } from './core/task.ts';
import type { Monitoring } from './monitoring.ts';

/** What is served. */
export interface Served {
  readonly log: Log;
  readonly monitoring: Pick<Monitoring, 'routers'>;
  readonly homeserver: { readonly router: Router };
}

/** Serves the homeserver, health and metrics; health apart from the rest where the configuration says so. */
export async function listen(
  stack: AsyncDisposableStack,
  config: Pick<BridgeConfig, 'http' | 'matrix'>,
  served: Served,
): Promise<number> {
  const { bind, metrics } = config.http;
  const app = newApp();
  const watched = bind === undefined ? app : newApp();
  for (const router of served.monitoring.routers(metrics)) watched.use(router);
  app.use(served.homeserver.router);
  if (bind !== undefined) await serve(stack, served.log, watched, bind);
  return serve(stack, served.log, app, config.matrix.appservice.bind);
}

function newApp(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // Else express answers errors with a stack.
  app.set('env', 'production');
  return app;
}

async function serve(
  stack: AsyncDisposableStack,
  log: Log,
  app: Express,
  bind: { readonly host: string; readonly port: number },
): Promise<number> {
  const server: Server = createServer(app);
  // Longer than a homeserver keeps an idle connection, so that it is the one to end it.
  server.keepAliveTimeout = 120_000;
  server.listen(bind.port, bind.host);
  await once(server, 'listening');
  stack.defer(async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeIdleConnections();
    const impatience = setTimeout(() => {
      server.closeAllConnections();
    }, 2_000);
    await task(log, 'close', () => closed);
    clearTimeout(impatience);
  });
  return (server.address() as AddressInfo).port;
}
