/** What the other side asks over HTTP: keys, push, and the files that users send. It answers 503 until the network runs. */
import { Router, type RequestHandler } from 'express';

/** What the composition root listens for. */
export interface PublicWeb {
  readonly bind: { readonly host: string; readonly port: number };
  readonly router: Router;
}

/** A router whose inside comes later, and goes again. */
export class LateRouter {
  readonly router = Router({ caseSensitive: true, strict: true });
  #inside: RequestHandler | undefined;

  constructor() {
    this.router.use((request, response, next) => {
      if (this.#inside === undefined) response.set('Retry-After', '30').status(503).end();
      else this.#inside(request, response, next);
    });
  }

  open(inside: RequestHandler): void {
    this.#inside = inside;
  }

  close(): void {
    this.#inside = undefined;
  }
}

/** Keys at the root; below the base path push, and the files. */
export function insideRouter(parts: {
  readonly basePath: string;
  readonly jwks: RequestHandler;
  readonly push: RequestHandler;
  readonly media: RequestHandler;
}): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.use(parts.jwks);
  router.use(`${parts.basePath}/media`, parts.media);
  router.use(parts.basePath, parts.push);
  return router;
}
