/** What the other side asks over HTTP: keys, push, and the files that users send. It answers 503 until the network runs. */
import { Router, type RequestHandler } from 'express';
import { identityProfile } from '../../interop/profile/identity-profile.ts';

/** What stands at each place. */
export interface WebParts {
  readonly jwks: RequestHandler;
  readonly push: RequestHandler;
  readonly media: RequestHandler;
}

/** A router whose inside comes later, and goes again. What is not below its paths is left to others. */
export class LateRouter {
  readonly router = Router({ caseSensitive: true, strict: true });
  #parts: WebParts | undefined;

  constructor(basePath: string) {
    this.router.use(identityProfile.jwksPath, this.#at('jwks', identityProfile.jwksPath));
    this.router.use(`${basePath}/media`, this.#at('media', ''));
    this.router.use(basePath, this.#at('push', ''));
  }

  open(parts: WebParts): void {
    this.#parts = parts;
  }

  close(): void {
    this.#parts = undefined;
  }

  /** `stripped` is what of the path the part wants to see again. */
  #at(name: keyof WebParts, stripped: string): RequestHandler {
    return (request, response, next) => {
      const part = this.#parts?.[name];
      if (part === undefined) {
        response.set('Retry-After', '30').set('Cache-Control', 'no-store').status(503).end();
        return;
      }
      if (stripped !== '') request.url = request.url === '/' ? stripped : `${stripped}${request.url}`;
      part(request, response, next);
    };
  }
}
