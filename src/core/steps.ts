/** How attempts at events go. */
import { noChanges, type Changes } from './changes.ts';
import type { BridgeEventKind } from './event.ts';
import type { NetworkId } from './ids.ts';
import type { Failed, Outcome } from './outcome.ts';
import type { Portal } from './portal.ts';

/** An attempt's result, before it is recorded. */
export type Step =
  | {
      readonly kind: 'ended';
      readonly outcome: Outcome;
      readonly changes: Changes;
      readonly portal: Portal | undefined;
      readonly network: NetworkId | undefined;
      /** A person's message is told more of than other events. */
      readonly told: 'message' | 'other' | 'nobody';
      /** What kind of event it was, where it was opened. */
      readonly event?: BridgeEventKind;
    }
  | { readonly kind: 'again'; readonly failed: Failed; readonly waitsFor: string }
  /** The key of a session is missing, and perhaps withheld, so that it is not worth while to wait in the lane. */
  | {
      readonly kind: 'locked';
      readonly session: string;
      readonly withheld: boolean;
      /** Whether it was looked for just now. */
      readonly looked: boolean;
      readonly portal: Portal | undefined;
      readonly told: 'message' | 'nobody';
    };

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
