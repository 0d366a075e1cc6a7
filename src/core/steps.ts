/** How attempts at room events go. */
import { noChanges } from './crossing.ts';
import type { Failed, Outcome } from './outcome.ts';
import type { Step } from './spine.ts';

/** What the homeserver could not do: tried again where that may help. */
export function matrixFailure(problem: Failed): Step {
  if (problem.retry.kind === 'later') return { kind: 'again', failed: problem, waitsFor: 'matrix' };
  return { ...settled(failed(problem)), told: 'other' };
}

export function failed(problem: Failed): Outcome {
  return { kind: 'failed', reason: problem.reason };
}

/** An attempt that has ended, with nothing to be recorded beside. */
export function settled(outcome: Outcome): Extract<Step, { kind: 'ended' }> {
  return {
    kind: 'ended',
    outcome,
    changes: noChanges,
    portal: undefined,
    network: undefined,
    told: 'nobody',
  };
}
