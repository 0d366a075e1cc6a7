/** One push from a host to a partner: `POST {base}/push` (overview v1.0.3, "Push"). */
import { identityProfile } from '../profile/identity-profile.ts';
import type { Asker } from './bounded-request.ts';
import type { SigningKeys } from './signing-keys.ts';

/** What a push came to. `later` is worth another attempt; `token` says that the partner did not take ours. */
export type PushAttempt =
  | { readonly kind: 'pushed' }
  | { readonly kind: 'later'; readonly afterMs: number | undefined; readonly reason: string }
  | { readonly kind: 'token' }
  | { readonly kind: 'refused'; readonly reason: 'unknown-user' | 'status' | 'redirected' | 'not-https' };

/** Makes tokens for partners, and uses each again for half of its life. */
export interface PushTokens {
  tokenFor(baseUrl: string): Promise<string>;
  /** The partner did not take it: the next is a new one. */
  forget(baseUrl: string): void;
}

const maxPartners = 1_000;
const maxRetryAfterMs = 3_600_000;

export function pushTokens(keys: Pick<SigningKeys, 'sign'>, now: () => number = Date.now): PushTokens {
  const lifeMs = identityProfile.pushTokenLifeMs;
  const made = new Map<string, { readonly token: string; readonly until: number }>();
  return {
    tokenFor: async (baseUrl) => {
      const known = made.get(baseUrl);
      const at = now();
      // A clock that was set back makes a new one, too.
      if (known !== undefined && at < known.until && known.until - at <= lifeMs / 2) return known.token;
      const token = await keys.sign({ iss: identityProfile.pushIssuer, aud: baseUrl }, lifeMs);
      if (made.size >= maxPartners) made.clear();
      made.set(baseUrl, { token, until: at + lifeMs / 2 });
      return token;
    },
    forget: (baseUrl) => void made.delete(baseUrl),
  };
}

/** Pushes once. Never rejects for what the partner does. */
export async function attemptPush(
  ask: Asker,
  push: { readonly baseUrl: string; readonly to: string; readonly token: string },
  signal: AbortSignal,
): Promise<PushAttempt> {
  const answer = await ask({
    method: 'POST',
    url: `${push.baseUrl.replace(/\/+$/, '')}${identityProfile.pushPath}`,
    headers: { authorization: `Bearer ${push.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ to: push.to }),
    signal,
  });
  if (answer.kind === 'answered') return judged(answer.status, answer.headers['retry-after']);
  switch (answer.reason) {
    case 'redirected':
    case 'not-https':
      return { kind: 'refused', reason: answer.reason };
    case 'too-large':
    case 'encoded':
    case 'unreachable':
    case 'timeout':
    case 'stopped':
      return { kind: 'later', afterMs: undefined, reason: answer.reason };
  }
}

function judged(status: number, retryAfter: string | readonly string[] | undefined): PushAttempt {
  const { badToken, unknownUser, tooMany } = identityProfile.pushStatus;
  if (status >= 200 && status < 300) return { kind: 'pushed' };
  if (status === badToken || status === 403) return { kind: 'token' };
  if (status === unknownUser) return { kind: 'refused', reason: 'unknown-user' };
  if (status === tooMany || status === 408 || status >= 500)
    return { kind: 'later', afterMs: waitIn(retryAfter), reason: `status ${status}` };
  return { kind: 'refused', reason: 'status' };
}

/** Seconds only: a date would trust the other side's clock. */
function waitIn(header: string | readonly string[] | undefined): number | undefined {
  return typeof header === 'string' && /^[0-9]{1,9}$/.test(header)
    ? Math.min(Number(header) * 1_000, maxRetryAfterMs)
    : undefined;
}
