/** The partner's side of enlistment: asks until there is an answer that stands. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../core/task.ts';
import type { Asker, NoAnswerReason } from '../identity/bounded-request.ts';
import { enlistmentProfile, enlistmentReasons } from '../profile/identity-profile.ts';
import { parseAnswer, type EnlistmentAnswer, type EnlistmentReason } from './answer.ts';
import type { Login } from './login.ts';
import { renderEnlistment, type EnlistmentRequest } from './request.ts';

/** How enlisting ended. */
export type Enlisted =
  | { readonly kind: 'enlisted'; readonly login: Login }
  /** The host said no, for good or for longer than it was waited for. */
  | {
      readonly kind: 'refused';
      readonly reason: EnlistmentReason | 'unknown';
      readonly retryAfterMs: number | undefined;
    }
  /** No answer that could be understood came. */
  | {
      readonly kind: 'failed';
      readonly reason: NoAnswerReason | 'status' | 'not-understood';
      readonly text: string;
    };

export interface EnlistmentClientOptions {
  readonly ask: Asker;
  /** The host's registration address, without the path. */
  readonly baseUrl: string;
  /** A token about the user; a new one each time. */
  readonly token: () => Promise<string>;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly policy?: EnlistmentPolicy;
}
export interface EnlistmentPolicy {
  readonly maxAttempts: number;
  /** Between two attempts, in milliseconds: the first wait, doubled each time, up to the last. */
  readonly backOffMs: { readonly first: number; readonly last: number };
  /** The longest wait that a host may ask for; where it asks for more that is the answer. */
  readonly maxWaitMs: number;
}
export const usualEnlistmentPolicy: EnlistmentPolicy = {
  maxAttempts: 8,
  backOffMs: { first: 1_000, last: 60_000 },
  maxWaitMs: 300_000,
};

type Attempt =
  | { readonly kind: 'end'; readonly end: Enlisted }
  | {
      readonly kind: 'again';
      readonly afterMs: number | undefined;
      readonly end: Enlisted;
      readonly isToken: boolean;
    };

/**
 * Enlists a user. Asking again with the same keys is harmless: a host gives the same user the same login. Each answer is
 * taken as its reason says: once more with a new token, later, or never. Rejects only where no token could be made.
 */
export async function enlist(
  request: Omit<EnlistmentRequest, 'token'>,
  options: EnlistmentClientOptions,
): Promise<Enlisted> {
  const { policy = usualEnlistmentPolicy, signal, log } = options;
  let isNewToken = false;
  for (let attempts = 1; ; attempts++) {
    if (signal.aborted) return { kind: 'failed', reason: 'stopped', text: 'stopped' };
    const attempt = await attemptOnce(request, options);
    if (attempt.kind === 'end' || attempts >= policy.maxAttempts) return attempt.end;
    if (attempt.isToken) {
      if (isNewToken) return attempt.end;
      isNewToken = true;
      continue;
    }
    const wait = waitAfter(attempts, attempt.afterMs, policy);
    if (wait > policy.maxWaitMs) return attempt.end;
    log.info({ reason: reasonOf(attempt.end), attempts, wait }, 'enlisting waits for another attempt');
    await sleep(wait, undefined, { signal }).catch(() => undefined);
  }
}

async function attemptOnce(
  request: Omit<EnlistmentRequest, 'token'>,
  { ask, baseUrl, token, signal }: EnlistmentClientOptions,
): Promise<Attempt> {
  const answer = await ask({
    method: 'POST',
    url: `${baseUrl.replace(/\/+$/, '')}${enlistmentProfile.path}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: renderEnlistment({ ...request, token: await token() }),
    signal,
  });
  if (answer.kind === 'failed') {
    const end: Enlisted = answer;
    return isPassing(answer.reason) ? { kind: 'again', afterMs: undefined, end, isToken: false } : ended(end);
  }
  const { status } = answer;
  if (status === 429 || status >= 500) {
    const end: Enlisted = { kind: 'failed', reason: 'status', text: `status ${status}` };
    return { kind: 'again', afterMs: undefined, end, isToken: false };
  }
  if (status !== 200) return ended({ kind: 'failed', reason: 'status', text: `status ${status}` });
  const parsed = parseAnswer(answer.body);
  return parsed.kind === 'failed' ? ended(parsed) : judged(parsed);
}

function judged(answer: EnlistmentAnswer): Attempt {
  if (answer.kind === 'enlisted' || answer.reason === 'unknown') return ended(answer);
  const { retry } = enlistmentReasons[answer.reason];
  switch (retry) {
    case 'never':
      return ended(answer);
    case 'new-token':
      return { kind: 'again', afterMs: undefined, end: answer, isToken: true };
    case 'later':
      return { kind: 'again', afterMs: answer.retryAfterMs, end: answer, isToken: false };
  }
}

function ended(end: Enlisted): Attempt {
  return { kind: 'end', end };
}

function isPassing(reason: NoAnswerReason): boolean {
  return reason === 'unreachable' || reason === 'timeout';
}

function waitAfter(attempts: number, afterMs: number | undefined, { backOffMs }: EnlistmentPolicy): number {
  const wait = Math.min(backOffMs.first * 2 ** (attempts - 1), backOffMs.last);
  return Math.max(afterMs ?? 0, wait * (0.5 + Math.random() / 2));
}

function reasonOf(end: Enlisted): string {
  return end.kind === 'enlisted' ? 'enlisted' : end.reason;
}
