import { setTimeout as sleep } from 'node:timers/promises';

/** How the world misbehaves. All of it is off by default; shares are between 0 and 1, drawn from the world's seed. */
export interface Faults {
  /** The link is cut: nothing gets through either way, and what people send waits. */
  readonly down: boolean;
  /** What the bridge asks is never answered. */
  readonly hang: boolean;
  /** What the bridge sends is refused for good. */
  readonly refuse: boolean;
  /** How long the world takes to answer the bridge, in milliseconds. */
  readonly delayMs: number;
  /** The share of sends that fail for now: half of them before the packet is taken, half of them after. */
  readonly flaky: number;
  /** What is answered to a question about a list is no list. */
  readonly garbage: boolean;
  /** The share of packets that reach the bridge twice. */
  readonly duplicate: number;
}

export const noFaults: Faults = {
  down: false,
  hang: false,
  refuse: false,
  garbage: false,
  delayMs: 0,
  flaky: 0,
  duplicate: 0,
};

/** Numbers in [0, 1) that are the same for the same seed (a linear congruential generator modulo 2^32). */
export function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Passes when the world would answer; rejects when `signal` is aborted before. */
export async function worldPause(faults: Faults, signal: AbortSignal): Promise<void> {
  if (faults.hang) await aborted(signal);
  if (faults.delayMs > 0) await sleep(faults.delayMs, undefined, { signal });
}

function aborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const end = (): void => reject(new Error('the world did not answer', { cause: signal.reason }));
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return promise;
}
