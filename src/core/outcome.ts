/**
 * How one event ended, and how one attempt at it went. Reasons are codes; the catalogues in `texts` hold the sentence
 * for each (`reason.<code>`), so that no text for people lives in code and no detail of an error reaches a person.
 */

import type { Feature } from './network.ts';
import type { Converted } from './policy.ts';

/** Every reason that a person may be told. */
export const reasons = [
  'banned',
  'bot-removed',
  'broken-event',
  'duplicate-chat',
  'expired',
  'forbidden',
  'internal',
  'link-down',
  'media-gone',
  'media-type-mismatch',
  'media-unavailable',
  'network-refused',
  'no-encryption',
  'no-handler',
  'no-key',
  'no-moderation',
  'no-portal',
  'no-puppet',
  'no-puppet-keys',
  'no-replacement',
  'no-such-group',
  'no-such-user',
  'not-carried',
  'not-editable',
  'not-enabled',
  'not-encrypted',
  'not-genuine',
  'not-permitted',
  'nothing-to-do',
  'other-account',
  'other-sender',
  'own-echo',
  'portal-closed',
  'portal-opened',
  'command-done',
  'rate-limited',
  'replayed',
  'rule',
  'shut-out',
  'timeout',
  'too-large',
  'too-long',
  'unknown-target',
  'unreachable',
  'untrusted-device',
  'user-unavailable',
  'verification',
  'no-archive',
  'no-calls',
  'bridged-room',
  'room-of-others',
  'wrong-password',
  'you-blocked',
] as const;
export type ReasonCode = (typeof reasons)[number];

/** When another attempt may help: never, or later (after `afterMs`, or by the spine's own back-off where absent). */
export type Retry =
  { readonly kind: 'never' } | { readonly kind: 'later'; readonly afterMs: number | undefined };

/** One attempt failed. `cause` goes to the log (redacted), never to a person. */
export interface Failed {
  readonly kind: 'failed';
  readonly reason: ReasonCode;
  readonly retry: Retry;
  readonly cause: unknown;
}

/** The event has no counterpart on the other side, or is not to cross: nothing went wrong. */
export interface Ignored {
  readonly kind: 'ignored';
  readonly reason: ReasonCode;
}

/** The other side cannot express this; its sender is told. */
export interface Unsupported {
  readonly kind: 'unsupported';
  readonly reason: ReasonCode;
}

/** A rule said no; its sender is told as the rule says. */
export interface Blocked {
  readonly kind: 'blocked';
  readonly rule: string;
  /** What the rule is about, where it is about a feature. */
  readonly feature?: Feature;
}

/** The one terminal outcome of an event. */
export type Outcome =
  /** `converted` says what of it was changed by rules. */
  | { readonly kind: 'sent'; readonly converted?: readonly Converted[] }
  | Ignored
  | Blocked
  | Unsupported
  | { readonly kind: 'failed'; readonly reason: ReasonCode };
export type OutcomeKind = Outcome['kind'];

/** The states that an event can be in: on its way, or ended. */
export type EventState = 'pending' | 'held' | 'waiting-for-key' | OutcomeKind;

/** A failure that another attempt does not mend. */
export function failedForGood(reason: ReasonCode, cause?: unknown): Failed {
  return { kind: 'failed', reason, retry: { kind: 'never' }, cause };
}

/** A failure that passes: tried again under the same id, after `afterMs` where the other side named a time. */
export function failedForNow(reason: ReasonCode, cause?: unknown, afterMs?: number): Failed {
  return { kind: 'failed', reason, retry: { kind: 'later', afterMs }, cause };
}
