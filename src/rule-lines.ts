import { doorRule } from './core/door-rules.ts';
import type { Portal } from './core/portal.ts';
import { render, type Language, type Rendered } from './texts/catalogue.ts';

/** What a user is told whose event a door has stopped, in words of its own; undefined where it has none. */
export function ruleLine(
  language: Language,
  rule: string,
  name: string | undefined,
  portal: Portal | undefined,
): Rendered | undefined {
  const found = doorRule(rule);
  switch (found?.kind) {
    case 'blocked-by-user':
      return shutOut(language, true, name, portal);
    case 'banned-person':
    case 'banned-server':
    case 'banned-network':
    case 'policy-list':
      return shutOut(language, false, name, portal);
    case 'not-enabled':
      return render(language, 'failure.not-enabled', { network: found.network });
    case 'strict-encryption':
      return render(language, 'failure.strict-encryption');
    case 'strict-identity':
      return portal?.kind === 'direct'
        ? render(language, 'failure.strict-identity', {
            name: name ?? portal.remote,
            command: `confirm ${portal.key.network} ${portal.remote}`,
          })
        : undefined;
    case 'unanswered':
      return name === undefined ? undefined : render(language, 'requests.unanswered', { name });
    // Of these nobody who writes is told, or no more than that it was stopped.
    case 'ignored-by-user':
    case 'unvouched-inviter':
    case 'strict-stranger':
    case 'strict-signals':
    case 'strict-content':
    case 'strict-call':
    case 'request':
    case 'declined':
    case 'blocked':
    case 'request-expired':
    case 'request-limit':
    case undefined:
      return undefined;
  }
}

/** Blocks are told with what ends them. */
function shutOut(
  language: Language,
  isOwn: boolean,
  name: string | undefined,
  portal: Portal | undefined,
): Rendered {
  if (name === undefined) return render(language, isOwn ? 'reason.you-blocked' : 'reason.shut-out');
  if (!isOwn || portal?.kind !== 'direct') return render(language, 'failure.banned', { name });
  const command = `unblock ${portal.key.network} ${portal.remote}`;
  return render(language, 'failure.blocked-by-user', { name, command });
}
