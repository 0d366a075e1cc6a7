/**
 * The partner's side of push: `POST {base}/push` with `{"to": …}` and a token of the host (overview v1.0.3, "Push").
 *
 * A token does not say whom it wakes, and may be used again while it lives. That is harmless: being woken opens the user's
 * own connection and shows nothing to the caller, who learns no more than whether the user exists. What it costs is
 * bounded: a token lives for minutes, a user is woken once at a time, and so many times in a while.
 */
import express, { Router, type ErrorRequestHandler, type Request, type Response } from 'express';
import { BoundedMap } from '../../core/bounded-map.ts';
import { withDeadline } from '../../core/deadline.ts';
import { task, type Log } from '../../core/task.ts';
import { TokenBucket } from '../../core/token-bucket.ts';
import { identityProfile } from '../profile/identity-profile.ts';
import { normaliseIdentifier, type IdentifierType } from './identifier.ts';
import { verifyToken, type TokenKeys } from './token.ts';

/** What came of waking a user. `unavailable` passes. */
export type Woken = 'woken' | 'unknown-user' | 'unavailable';
/** What a push asked for, as it ended; for counting. No identifiers. */
export type PushAnswer = Woken | keyof typeof identityProfile.pushStatus;

export interface PushReceiverOptions {
  /** The keys that the host publishes. */
  readonly keys: TokenKeys;
  /** One's own base URL as the host knows it: the audience of its tokens. */
  readonly baseUrl: string;
  readonly identifierType: IdentifierType;
  /** Opens the user's connection; the identifier is in its normalised form. Resolves when that has begun. */
  readonly wake: (user: string) => Promise<Woken>;
  readonly log: Log;
  readonly watch?: (answer: PushAnswer) => void;
  readonly now?: () => number;
}

const maxBodyBytes = 4_096;
const rate = { burst: 10, perSecond: 0.5, maxUsers: 10_000 };
const maxWaking = 256;
const patienceMs = 10_000;

/** Answers an empty 200, or an empty answer with one of the profile's statuses. Mounted at the path of the base URL. */
export function pushReceiver(options: PushReceiverOptions): Router {
  const { log, watch = () => undefined } = options;
  const { pushStatus, pushPath } = identityProfile;
  const wakeUser = boundedWaking(options);
  const answer = (response: Response, said: PushAnswer, retryAfterMs?: number): void => {
    watch(said);
    if (retryAfterMs !== undefined) response.set('Retry-After', String(Math.ceil(retryAfterMs / 1_000)));
    response.status(statusOf(said)).end();
  };
  const router = Router({ caseSensitive: true, strict: true });
  router
    .route(pushPath)
    .post(
      async (request, response, next) => {
        const refused = await refusal(request, options);
        if (refused === undefined) next();
        else answer(response, refused, refused === 'unavailable' ? 30_000 : undefined);
      },
      express.json({ limit: maxBodyBytes, inflate: false, type: 'application/json' }),
      async (request, response) => {
        const user = userIn(request.body, options.identifierType);
        if (user === undefined) answer(response, 'badBody');
        else answer(response, ...(await wakeUser(user)));
      },
    )
    .all((_request, response) => {
      response.set('Allow', 'POST').status(405).end();
    });
  const failed: ErrorRequestHandler = (error: unknown, _request, response: Response, next) => {
    if (response.headersSent) next(error);
    else answer(response, faultOf(error) ?? unexpected(error, log));
  };
  router.use(pushPath, failed);
  return router;

  function statusOf(said: PushAnswer): number {
    if (said === 'woken') return 200;
    return said === 'unknown-user' ? pushStatus.unknownUser : pushStatus[said];
  }
}

/** The audiences that a host may name for a base URL; whether it ends with a slash, or is that of the request, is not said [G]. */
export function pushAudiences(baseUrl: string): readonly string[] {
  const bare = baseUrl.replace(/\/+$/, '');
  return [bare, `${bare}/`, `${bare}${identityProfile.pushPath}`];
}

/** Before the body is read: who it is, and whether it is JSON. */
async function refusal(
  request: Request,
  { keys, baseUrl, now = Date.now }: PushReceiverOptions,
): Promise<'badToken' | 'notJson' | 'unavailable' | undefined> {
  const [, token] = /^Bearer ([!-~]+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (token === undefined) return 'badToken';
  const verified = await verifyToken(token, {
    keys,
    issuer: identityProfile.pushIssuer,
    audience: pushAudiences(baseUrl),
    longestLifeMs: identityProfile.pushTokenLifeMs,
    skewMs: identityProfile.clockSkewMs,
    now,
  });
  if (verified.kind === 'failed') return verified.reason === 'keys-unavailable' ? 'unavailable' : 'badToken';
  return request.is('application/json') === 'application/json' ? undefined : 'notJson';
}

type Waking = (user: string) => Promise<[PushAnswer, number | undefined]>;

/** One at a time for a user: who comes meanwhile makes it happen once more, so that no message is waited for in vain. */
function boundedWaking({ wake, log, now = Date.now }: PushReceiverOptions): Waking {
  const buckets = new BoundedMap<string, TokenBucket>(rate.maxUsers);
  const waking = new Map<string, { again: boolean; readonly first: Promise<Woken> }>();
  const once = async (user: string): Promise<Woken> => {
    try {
      const done = await withDeadline(patienceMs, () => wake(user));
      return done.kind === 'done' ? done.value : 'unavailable';
    } catch (error) {
      log.error({ err: error }, 'a user could not be woken');
      return 'unavailable';
    }
  };
  return async (user) => {
    const bucket = buckets.get(user) ?? new TokenBucket(rate.perSecond, rate.burst, now);
    buckets.set(user, bucket);
    const wait = bucket.take();
    if (wait > 0) return ['tooMany', wait];
    const current = waking.get(user);
    if (current !== undefined) {
      current.again = true;
      return [await current.first, undefined];
    }
    if (waking.size >= maxWaking) return ['unavailable', 5_000];
    const begun = { again: false, first: once(user) };
    waking.set(user, begun);
    const woken = await begun.first;
    void task(log, 'wake again', async () => {
      while (begun.again) {
        begun.again = false;
        await once(user);
      }
      waking.delete(user);
    });
    return [woken, woken === 'unavailable' ? 30_000 : undefined];
  };
}

/** The user that a body names; other members are passed over. */
function userIn(body: unknown, type: IdentifierType): string | undefined {
  if (typeof body !== 'object' || body === null || !('to' in body) || typeof body.to !== 'string')
    return undefined;
  return normaliseIdentifier(type, body.to);
}

function unexpected(error: unknown, log: Log): PushAnswer {
  log.error({ err: error }, 'a push failed');
  return 'unavailable';
}

/** What express says about a body that it did not read. */
function faultOf(error: unknown): PushAnswer | undefined {
  const type = typeof error === 'object' && error !== null && 'type' in error ? error.type : undefined;
  switch (type) {
    case 'entity.too.large':
      return 'tooLarge';
    case 'entity.parse.failed':
    case 'charset.unsupported':
    case 'encoding.unsupported':
    case 'request.size.invalid':
    case 'request.aborted':
      return 'badBody';
    default:
      return undefined;
  }
}
