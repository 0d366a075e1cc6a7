import { Router, type Response } from 'express';

/** Something without which the bridge is not ready. `name` is shown; it holds no identifier. */
export interface ReadinessCheck {
  readonly name: string;
  /** Whether it is there. A rejection, or no answer in time, counts as no. */
  readonly ready: () => boolean | Promise<boolean>;
}

/** How long a check may take, milliseconds. */
const patience = 2000;

/**
 * `/live`: 200 as long as the process answers. `/ready`: 200 where every check says so, else 503; the body names each
 * check: `{"ready":false,"checks":{"database":true,"xmpp":false}}`.
 */
export function healthRouter(checks: readonly ReadinessCheck[]): Router {
  const router = Router();
  router.get('/live', (_request, response: Response) => {
    response.json({ live: true });
  });
  router.get('/ready', async (_request, response: Response) => {
    const results = await Promise.all(
      checks.map(async (check) => [check.name, await answerOf(check)] as const),
    );
    const ready = results.every(([, answer]) => answer);
    response
      .status(ready ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json({ ready, checks: Object.fromEntries(results) });
  });
  return router;
}

async function answerOf(check: ReadinessCheck): Promise<boolean> {
  const tooLate = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => tooLate.resolve(false), patience);
  try {
    return await Promise.race([Promise.resolve(check.ready()), tooLate.promise]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
