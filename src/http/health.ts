import { Router, type Response } from 'express';
import type { Part } from '../core/trouble.ts';
import { text } from '../texts/catalogue.ts';

/** What the endpoints ask. */
export interface HealthSource {
  /** How every part is; never rejects. */
  readonly parts: () => Promise<readonly Part[]>;
  readonly alive: () => Aliveness;
}

/** Whether the process itself works, both in milliseconds. A restart is what helps where it does not. */
export interface Aliveness {
  /** How long ago the event loop last came round. */
  readonly sinceTurn: number;
  /** How long the oldest call to the database has been waiting, without having failed either. */
  readonly databaseWaits: number;
}

/** The database's calls end within ten seconds one way or the other; one that does not is stuck in this process. */
const longest = 60_000;

/**
 * `/live`: 200 as long as the event loop turns and no call to the database is stuck: where it is not, a restart helps.
 * `/ready`: 200 where no part has failed, else 503. `checks` says yes or no for each part, `parts` its state (`ok`,
 * `degraded`, `failed`), since when, and where it is not well a code and what to do.
 */
export function healthRouter(source: HealthSource): Router {
  const router = Router();
  router.get('/live', (_request, response: Response) => {
    const { sinceTurn, databaseWaits } = source.alive();
    const parts = { 'event-loop': sinceTurn < longest, database: databaseWaits < longest };
    const live = Object.values(parts).every((part) => part);
    response
      .status(live ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json({ live, parts });
  });
  router.get('/ready', async (_request, response: Response) => {
    const parts = await source.parts();
    const ready = parts.every(({ assessment }) => assessment.state !== 'failed');
    response
      .status(ready ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json({
        ready,
        checks: Object.fromEntries(
          parts.map(({ name, assessment }) => [name, assessment.state !== 'failed']),
        ),
        parts: Object.fromEntries(parts.map((part) => [part.name, shown(part)])),
      });
  });
  return router;
}

function shown({ since, assessment }: Part): Readonly<Record<string, string>> {
  const at = new Date(since).toISOString();
  if (assessment.state === 'ok') return { state: 'ok', since: at };
  const { state, trouble } = assessment;
  return { state, since: at, code: trouble, what: text('en', `trouble.${trouble}`) };
}
