import type { SignalFailed } from '../../crypto/signal/outcome.ts';
import { failedForGood, failedForNow, type Failed } from '../../core/outcome.ts';

/** Why a message could not be sealed, as the core says it. */
export function failureOf({ reason, text }: SignalFailed): Failed {
  switch (reason) {
    case 'too-large':
      return failedForGood('too-large', text);
    case 'too-many-resets':
    case 'too-many-retries':
      return failedForNow('rate-limited', text);
    case 'no-identity':
      return failedForGood('not-enabled', text);
    case 'bad-key':
    case 'bad-signature':
    case 'identity-superseded':
      return failedForGood('not-genuine', text);
    case 'malformed':
      return failedForGood('broken-event', text);
    case 'needs-bundle':
    case 'no-prekey':
    case 'no-session':
    case 'not-kept':
    case 'released':
    case 'replayed':
    case 'session-too-large':
    case 'undecryptable':
    case 'version':
      return failedForNow('no-key', text);
  }
}
