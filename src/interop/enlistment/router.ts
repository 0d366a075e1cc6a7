/**
 * The host's side of enlistment: one endpoint, which answers 200 whatever comes (overview v1.0.3, "Enlistment"). What is
 * decided is the caller's: this reads the request strictly, bounds it, and writes the answer.
 */
import express, { Router, type ErrorRequestHandler, type Request, type Response } from 'express';
import { withDeadline } from '../../core/deadline.ts';
import type { Log } from '../../core/task.ts';
import { enlistmentProfile } from '../profile/identity-profile.ts';
import { renderAnswer, type HostAnswer } from './answer.ts';
import { checkKeys, type VerifySignature } from './check.ts';
import { parseEnlistment, type EnlistmentFault, type EnlistmentRequest } from './request.ts';

/** Enlists whom a request is about: verifies its token, gives the login, keeps the keys. The same user has one login. */
export type EnlistUser = (request: EnlistmentRequest, signal: AbortSignal) => Promise<HostAnswer>;

/** Says before a request is read whether its sender may ask: 0, or in how many milliseconds. */
export type EnlistmentLimits = (remoteAddress: string) => number;

export interface EnlistmentRouterOptions {
  readonly enlist: EnlistUser;
  readonly limits: EnlistmentLimits;
  /** The sender's address; where it is not given, that of the connection's other end. */
  readonly addressOf?: (request: Request) => string;
  /** The Signal library's check of a signature. */
  readonly verify: VerifySignature;
  readonly log: Log;
  /** Is told of each answer, and why a request was none. No identifiers. Must not throw. */
  readonly watch?: (answer: HostAnswer['kind'], why: EnlistmentWhy | undefined) => void;
  /** For one request, in milliseconds. */
  readonly patienceMs?: number;
  /** Requests that are worked on at once. */
  readonly maxActive?: number;
}
/** Why a request was refused here, before or in place of what `enlist` says. */
export type EnlistmentWhy =
  EnlistmentFault | 'limits' | 'busy' | 'timeout' | 'weak-key' | 'bad-signature' | 'mistake';

const type = 'application/x-www-form-urlencoded';

export function enlistmentRouter(options: EnlistmentRouterOptions): Router {
  const { limits, log, watch = () => undefined, maxActive = 64 } = options;
  const { addressOf = (request: Request): string => request.socket.remoteAddress ?? '' } = options;
  let active = 0;
  const answer = (response: Response, said: HostAnswer, why?: EnlistmentWhy): void => {
    watch(said.kind, why);
    response.status(200).set('Cache-Control', 'no-store').type('application/json').send(renderAnswer(said));
  };
  const router = Router({ caseSensitive: true, strict: true });
  router
    .route(enlistmentProfile.path)
    .post(
      (request, response, next) => {
        const wait = limits(addressOf(request));
        if (wait > 0) answer(response.set('Connection', 'close'), refused('too_many', wait), 'limits');
        else if (request.is(type) === type) next();
        else answer(response.set('Connection', 'close'), refused('bad_param'), 'not-a-form');
      },
      express.raw({ limit: enlistmentProfile.maxRequestBytes, inflate: false, type }),
      async (request, response) => {
        if (active >= maxActive) {
          answer(response, refused('temporarily_unavailable', 5_000), 'busy');
          return;
        }
        active += 1;
        try {
          answer(response, ...(await decided(bodyOf(request), options)));
        } finally {
          active -= 1;
        }
      },
    )
    .all((_request, response) => {
      response.set('Allow', 'POST').status(405).end();
    });
  const failed: ErrorRequestHandler = (error: unknown, _request, response: Response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const why = faultOf(error);
    if (why === 'mistake') log.error({ err: error }, 'an enlistment failed');
    const said = why === 'mistake' ? refused('temporarily_unavailable') : refused('bad_param');
    answer(response.set('Connection', 'close'), said, why);
  };
  router.use(enlistmentProfile.path, failed);
  return router;
}

type Decided = [said: HostAnswer, why?: EnlistmentWhy];

async function decided(body: Uint8Array, options: EnlistmentRouterOptions): Promise<Decided> {
  const { enlist, verify, patienceMs = 15_000 } = options;
  const parsed = parseEnlistment(body);
  if (parsed.kind === 'failed')
    return [refused(parsed.reason === 'missing-field' ? 'missing_param' : 'bad_param'), parsed.reason];
  const { request } = parsed;
  const done = await withDeadline(patienceMs, async (signal): Promise<Decided> => {
    const checked = await checkKeys(request, verify);
    if (checked.kind === 'failed') return [refused('bad_param'), checked.reason];
    return [await enlist(request, signal)];
  });
  return done.kind === 'done' ? done.value : [refused('temporarily_unavailable', 30_000), 'timeout'];
}

function bodyOf(request: Request): Uint8Array {
  const body: unknown = request.body;
  return body instanceof Uint8Array ? body : new Uint8Array(0);
}

function refused(
  reason: Extract<HostAnswer, { readonly kind: 'refused' }>['reason'],
  retryAfterMs?: number,
): HostAnswer {
  return { kind: 'refused', reason, retryAfterMs };
}

/** What express says about a body that it did not read; all else is a mistake of ours. */
function faultOf(error: unknown): EnlistmentWhy {
  const said = typeof error === 'object' && error !== null && 'type' in error ? error.type : undefined;
  switch (said) {
    case 'entity.too.large':
      return 'too-large';
    case 'charset.unsupported':
    case 'encoding.unsupported':
    case 'request.size.invalid':
    case 'request.aborted':
      return 'not-a-form';
    default:
      return 'mistake';
  }
}
