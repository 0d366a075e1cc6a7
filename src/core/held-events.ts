/** What the spine does with events that wait for their receiver's consent. */
import type { Meter } from './meter.ts';
import type { Attempted } from './queue.ts';
import type { EndedStep } from './recorder.ts';
import type { RequestKey } from './request.ts';
import type { RequestBook } from './requests.ts';
import { backOff } from './retries.ts';
import type { KeptEvent } from './stores.ts';
import type { Log } from './task.ts';

/** The receiver has not agreed to hear from its sender. */
export interface HeldStep {
  readonly kind: 'held';
  readonly key: RequestKey;
}

/** An event that leaves its lane without having ended: held, or to be read again behind older ones. */
export type OutOfLane = HeldStep | { readonly kind: 'behind' };

interface HoldingDeps {
  readonly log: Log;
  readonly meter: Pick<Meter, 'ended'>;
  readonly requests?: Pick<RequestBook, 'hold'>;
}

/** Takes an event out of its lane until its receiver agrees. Where it may not wait, it has ended as blocked. */
export async function holdBack(deps: HoldingDeps, event: KeptEvent, step: HeldStep): Promise<Attempted> {
  const { log, meter, requests } = deps;
  try {
    if (requests === undefined) throw new Error('there is nothing to hold events with');
    const holding = await requests.hold(event, step.key);
    if (holding.kind === 'dropped')
      meter.ended(step.key.network, 'to-matrix', 'blocked', Date.now() - event.receivedAt, 'message');
    return { kind: 'ended' };
  } catch (error) {
    log.warn({ err: error, seq: event.seq }, 'an event could not be held yet');
    return { kind: 'again', afterMs: backOff(event.attempts), waitsFor: 'store' };
  }
}

/** Nobody is told of what was blocked in silence, so its content is erased at once. */
export async function wipeSilenced(
  requests: Pick<RequestBook, 'wipe'> | undefined,
  event: KeptEvent,
  { outcome, told }: EndedStep,
): Promise<void> {
  if (outcome.kind !== 'blocked' || told !== 'nobody' || event.source === 'matrix') return;
  await requests?.wipe(event);
}
