/** How a session ends, and what the codes of a server come to. */
import { failedForGood, failedForNow, type Failed, type ReasonCode } from '../../core/outcome.ts';
import {
  dismissals,
  errorReasons,
  longestShutOut,
  shutOutFor,
  streamEnds,
} from '../profile/client-profile.ts';
import type { FailureStanza, StreamErrorStanza } from '../stanza/session-ends.ts';

export type SessionEnd =
  /** To be connected again after the back-off, or after so long where the server names a time. */
  | { readonly kind: 'lost'; readonly reason: ReasonCode; readonly afterMs: number | undefined }
  /** Not to be connected again by itself. */
  | { readonly kind: 'dismissed' | 'replaced' };

export function lost(reason: ReasonCode, afterMs?: number): SessionEnd {
  return { kind: 'lost', reason, afterMs };
}

/** The session was refused. */
export function endOfFailure({ reason, expire }: FailureStanza): SessionEnd {
  if (dismissals.has(reason)) return { kind: 'dismissed' };
  const wait =
    reason === shutOutFor && expire !== undefined ? Math.min(expire * 1_000, longestShutOut) : undefined;
  return lost('network-refused', wait);
}

/** The server has ended the stream for a reason. */
export function endOfStream({ code, about }: StreamErrorStanza): SessionEnd {
  const conflict = about.kind === 'conflict' ? (about.type ?? streamEnds.replaced) : undefined;
  if (conflict === streamEnds.gone || code === streamEnds.dismissed) return { kind: 'dismissed' };
  if (conflict !== undefined) return { kind: 'replaced' };
  return lost('link-down');
}

/** The error of an answer or an acknowledgement. */
export function failureOfCode(code: number): Failed {
  const known = errorReasons[code];
  const cause = `error ${code}`;
  if (known === undefined) return failedForGood('network-refused', cause);
  return known.passes ? failedForNow(known.reason, cause) : failedForGood(known.reason, cause);
}
