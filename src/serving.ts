/** The ports that the bridge listens on. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express, type Router } from 'express';
import type { BridgeConfig } from './config-schema.ts';
import { task, type Log } from './core/task.ts';
import { provisioningRouter, type Provisioned } from './http/provisioning/router.ts';
import { partOf } from './log.ts';
import type { Monitoring } from './monitoring.ts';

/** What is served. */
export interface Served {
  readonly log: Log;
  readonly monitoring: Pick<Monitoring, 'routers'>;
  readonly homeserver: { readonly router: Router };
  readonly rulebook: Provisioned;
}

/**
 * Serves the homeserver, health, metrics and the provisioning API; these apart from the homeserver where the configuration
 * says so.
 */
export async function listen(
  stack: AsyncDisposableStack,
  config: Pick<BridgeConfig, 'http' | 'matrix'>,
  served: Served,
): Promise<number> {
  const { bind, metrics } = config.http;
  const app = newApp();
  const watched = bind === undefined ? app : newApp();
  for (const router of served.monitoring.routers(metrics)) watched.use(router);
  provision(watched, config, served);
  app.use(served.homeserver.router);
  if (bind !== undefined) await serve(stack, served.log, watched, bind);
  return serve(stack, served.log, app, config.matrix.appservice.bind);
}

/** The API is off where it has no secret. */
function provision(
  app: Express,
  { http: { bind, provisioning } }: Pick<BridgeConfig, 'http'>,
  served: Served,
): void {
  if (provisioning === undefined) return;
  const log = partOf(served.log, 'provisioning');
  app.use(provisioningRouter(served.rulebook, { secret: provisioning.secret, log }));
  if (bind === undefined)
    log.warn({}, 'the provisioning API is served where the homeserver calls: set http.bind to keep it apart');
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
