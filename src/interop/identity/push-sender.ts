/**
 * The host's side of push: tells partners that there is something for their users. Nothing of it is kept on disk: what a
 * push is about waits in the mailbox, and whoever restarts the host pushes again for those who have mail.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Places } from '../../core/places.ts';
import { task, type Log } from '../../core/task.ts';
import type { Asker } from './bounded-request.ts';
import { attemptPush, pushTokens, type PushAttempt } from './push-attempt.ts';
import type { SigningKeys } from './signing-keys.ts';

/** Whom to push: the partner's base URL, and the user as the partner knows them. */
export interface PushTarget {
  readonly baseUrl: string;
  readonly to: string;
}
/** What became of asking: begun, joined to one that has not gone out yet, or turned away because too many wait. */
export type PushTaken = 'queued' | 'joined' | 'full' | 'stopped';
/** How the pushes for a user ended. */
export type PushEnd =
  | { readonly kind: 'pushed' }
  | {
      readonly kind: 'refused';
      readonly reason: 'unknown-user' | 'token' | 'status' | 'redirected' | 'not-https';
    }
  | { readonly kind: 'given-up'; readonly reason: string }
  | { readonly kind: 'stopped' };

export interface PushSenderOptions {
  readonly ask: Asker;
  readonly keys: Pick<SigningKeys, 'sign'>;
  readonly log: Log;
  /** Is told how each ended. Must not throw. */
  readonly ended: (target: PushTarget, end: PushEnd) => void;
  readonly now?: () => number;
  readonly policy?: PushPolicy;
}
export interface PushPolicy {
  /** Users that may have a push under way or waiting. */
  readonly maxWaiting: number;
  /** Requests at once; one that takes longer than `patienceMs` lets the next begin. */
  readonly maxActive: number;
  readonly patienceMs: number;
  /** Between two attempts, in milliseconds: the first wait, doubled each time, up to the last. */
  readonly backOffMs: { readonly first: number; readonly last: number };
  readonly maxAttempts: number;
}
export const usualPushPolicy: PushPolicy = {
  maxWaiting: 10_000,
  maxActive: 32,
  patienceMs: 2_000,
  backOffMs: { first: 1_000, last: 600_000 },
  maxAttempts: 12,
};

export interface PushSender extends AsyncDisposable {
  /** Asks for a push; one for a user at a time. What comes while one is on the wire makes one more after it. */
  push(target: PushTarget): PushTaken;
}

/** What is done for one user. `again`: asked for while a request was on the wire. */
interface Pushing {
  again: boolean;
  isOnWire: boolean;
}

export function createPushSender(options: PushSenderOptions): PushSender {
  const { log, ended, policy = usualPushPolicy } = options;
  const stop = new AbortController();
  const users = new Map<string, Pushing>();
  const running = new Set<Promise<void>>();
  const pushOnce = pusher(options, policy, stop.signal);

  const work = async (name: string, target: PushTarget, pushing: Pushing): Promise<void> => {
    try {
      do ended(target, await pushOnce(target, pushing));
      while (takeAgain(pushing) && !stop.signal.aborted);
    } finally {
      users.delete(name);
    }
  };
  return {
    push: (target) => {
      if (stop.signal.aborted) return 'stopped';
      const name = JSON.stringify([target.baseUrl, target.to]);
      const pushing = users.get(name);
      if (pushing !== undefined) {
        if (pushing.isOnWire) pushing.again = true;
        return 'joined';
      }
      if (users.size >= policy.maxWaiting) return 'full';
      const begun: Pushing = { again: false, isOnWire: false };
      users.set(name, begun);
      const done = task(log, 'push', () => work(name, target, begun));
      running.add(done);
      void done.then(() => running.delete(done));
      return 'queued';
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await Promise.all(running);
    },
  };
}

/** Whether it was asked for meanwhile; from now on it was not. */
function takeAgain(pushing: Pushing): boolean {
  const { again } = pushing;
  pushing.again = false;
  return again;
}

type Push = (target: PushTarget, pushing: Pushing) => Promise<PushEnd>;

function pusher(
  { ask, keys, log, now = Date.now }: PushSenderOptions,
  policy: PushPolicy,
  signal: AbortSignal,
): Push {
  const tokens = pushTokens(keys, now);
  const places = new Places(policy.maxActive, policy.patienceMs);
  const attempt = async (target: PushTarget, pushing: Pushing): Promise<PushAttempt> => {
    const token = await tokens.tokenFor(target.baseUrl);
    pushing.isOnWire = true;
    try {
      return await attemptPush(ask, { ...target, token }, signal);
    } finally {
      pushing.isOnWire = false;
    }
  };
  return async (target, pushing) => {
    let isNewToken = false;
    for (let attempts = 1; !signal.aborted; attempts++) {
      const result = await places.run(() => attempt(target, pushing));
      if (result.kind === 'pushed' || result.kind === 'refused') return result;
      if (result.kind === 'token') {
        // Once more with a new one: the partner may have seen the old one's key go.
        tokens.forget(target.baseUrl);
        if (isNewToken) return { kind: 'refused', reason: 'token' };
        isNewToken = true;
        continue;
      }
      if (attempts >= policy.maxAttempts) return { kind: 'given-up', reason: result.reason };
      log.debug({ reason: result.reason, attempts }, 'a push waits for another attempt');
      await sleep(waitAfter(attempts, result.afterMs, policy), undefined, { signal }).catch(() => undefined);
    }
    return { kind: 'stopped' };
  };
}

/** Spread over the upper half, so that those who failed together do not come back together. */
function waitAfter(attempts: number, afterMs: number | undefined, { backOffMs }: PushPolicy): number {
  const wait = Math.min(backOffMs.first * 2 ** (attempts - 1), backOffMs.last);
  return Math.max(afterMs ?? 0, wait * (0.5 + Math.random() / 2));
}
