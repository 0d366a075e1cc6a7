/** What the host serves over HTTP: enlistment, the keys of its push tokens, media, and the chat channel over WebSocket. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Router } from 'express';
import { isCurveSignature } from '../../crypto/signal/curve-signature.ts';
import type { Log } from '../../core/task.ts';
import { enlistmentRouter, type EnlistUser } from '../../interop/enlistment/router.ts';
import { jwksRouter } from '../../interop/identity/jwks-router.ts';
import type { SigningKeys } from '../../interop/identity/signing-keys.ts';
import { mediaRouter } from '../../interop/media/router.ts';
import type { FileFinder } from '../../interop/media/shelf/shelf.ts';
import { createUpgrade } from '../../interop/noise/websocket.ts';
import { webSocketPath } from '../../interop/profile/session-profile.ts';
import type { Door } from './door.ts';
import { enlistmentLimits } from './enlisting.ts';
import type { HostCounts } from './host-counts.ts';
import type { HostLimits } from './host-options.ts';
import type { HostWeb } from './host.ts';

export interface WebDeps {
  readonly addressOf: (request: IncomingMessage) => string;
  readonly files: FileFinder;
  readonly counts: HostCounts;
  readonly limits: HostLimits;
  readonly log: Log;
  readonly now: () => number;
}

/** What there is from the start of the host on. */
export interface OpenParts {
  readonly enlist: EnlistUser;
  readonly keys: Pick<SigningKeys, 'served'>;
  readonly door: Door;
}

export interface OpenableWeb extends HostWeb {
  open(parts: OpenParts): void;
  close(): void;
}

export function createHostWeb(deps: WebDeps): OpenableWeb {
  let open: (OpenParts & { readonly inner: Router }) | undefined;
  const router = Router({ caseSensitive: true, strict: true });
  router.use((request, response, next) => {
    if (open === undefined)
      response.set('Retry-After', '5').set('Cache-Control', 'no-store').status(503).end();
    else open.inner(request, response, next);
  });
  const takeUpgrade = createUpgrade();
  return {
    router,
    upgrade: (request, socket, head) => {
      const address = deps.addressOf(request);
      const refusal = refusalOf(request, address, open?.door);
      if (refusal !== undefined || open === undefined) {
        if (refusal === 503) deps.counts.add('handshake-turned-away');
        refuse(socket, refusal ?? 503);
        return;
      }
      const { door } = open;
      takeUpgrade(request, socket, head, (stream) => door.take(stream, address));
    },
    open: (parts) => void (open = { ...parts, inner: innerRouter(deps, parts) }),
    close: () => void (open = undefined),
  };
}

function innerRouter(
  { files, counts, limits, log, now, addressOf }: WebDeps,
  { enlist, keys }: OpenParts,
): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.use(
    enlistmentRouter({
      ...{ enlist, log, addressOf, verify: isCurveSignature, limits: enlistmentLimits(limits, now) },
      watch: (_answer, why) => why !== undefined && counts.add(`enlistment-${why}`),
    }),
  );
  router.use(jwksRouter(keys));
  const { downloadsAtOnce: mostAtOnce, longestDownloadMs: longestMs } = limits;
  router.use('/v', mediaRouter({ files, prefix: 't', mostAtOnce, longestMs, log, now }));
  return router;
}

function refusalOf(request: IncomingMessage, address: string, door: Door | undefined): 404 | 503 | undefined {
  if (request.url?.split('?', 1)[0] !== webSocketPath) return 404;
  return door?.hasRoom(address) === true ? undefined : 503;
}

function refuse(socket: Duplex, status: 404 | 503): void {
  socket.on('error', () => undefined);
  const text = status === 404 ? 'Not Found' : 'Service Unavailable';
  socket.end(`HTTP/1.1 ${status} ${text}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
