import { noChanges } from './changes.ts';
import type { Failed, ReasonCode } from './outcome.ts';
import type { Portal } from './portal.ts';
import type { EndedStep } from './recorder.ts';
import type { KeptEvent } from './stores.ts';

const firstBackOff = 500;
const longestBackOff = 30_000;

/** Doubles from half a second to half a minute, with a quarter of jitter so that lanes do not come back in step. */
export function backOff(attempts: number): number {
  return Math.min(longestBackOff, firstBackOff * 2 ** Math.min(attempts, 10)) * (0.75 + Math.random() / 4);
}

/** How an event ends that was tried for too long. */
export function expired(event: KeptEvent, failed: Failed): EndedStep {
  const reason = failed.reason === 'timeout' || failed.reason === 'internal' ? failed.reason : 'expired';
  return gaveUp(event, reason, undefined, 'message');
}

/** The same, for a given reason. */
export function gaveUp(
  event: KeptEvent,
  reason: ReasonCode,
  portal: Portal | undefined,
  told: EndedStep['told'],
): EndedStep {
  const network = event.source === 'matrix' ? undefined : event.source;
  return { kind: 'ended', outcome: { kind: 'failed', reason }, changes: noChanges, portal, network, told };
}
