/** Serves one's own public keys where the other side looks for them (overview v1.0.3, "Identity"). */
import { Router } from 'express';
import { identityProfile } from '../profile/identity-profile.ts';
import type { SigningKeys } from './signing-keys.ts';

/** `maxAgeMs`: for how long others may keep what they fetched; less than the lead of new keys. */
export function jwksRouter(keys: Pick<SigningKeys, 'served'>, maxAgeMs = 3_600_000): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const cacheControl = `public, max-age=${Math.floor(maxAgeMs / 1_000)}`;
  router
    .route(identityProfile.jwksPath)
    .get(async (_request, response) => {
      const served = await keys.served().catch(() => undefined);
      if (served === undefined) {
        response.set('Cache-Control', 'no-store').set('Retry-After', '30').status(503).end();
        return;
      }
      response.set('Cache-Control', cacheControl).json({ keys: served });
    })
    .all((_request, response) => {
      response.set('Allow', 'GET, HEAD').status(405).end();
    });
  return router;
}
