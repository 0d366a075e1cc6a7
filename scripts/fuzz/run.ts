// Gives a target many inputs and counts how they ended.
import { setImmediate } from 'node:timers/promises';
import { randomOf } from './random.ts';
import type { Target } from './target.ts';

export interface FuzzResult {
  readonly target: string;
  readonly inputs: number;
  readonly seed: number;
  readonly seconds: number;
  readonly slowestMs: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** The seed of each input that broke the contract (the first hundred): `--seed N --inputs 1` repeats it. */
  readonly broken: readonly { readonly seed: number; readonly error: unknown }[];
}

/** Runs `inputs` attempts, each under a seed of its own. */
export async function fuzz(target: Target, inputs: number, seed: number): Promise<FuzzResult> {
  const outcomes = new Map<string, number>();
  const broken: { seed: number; error: unknown }[] = [];
  const started = performance.now();
  let slowestMs = 0;
  for (let index = 0; index < inputs && broken.length < 100; index += 1) {
    // What native code holds is given back between turns of the event loop only, as it would be between frames.
    if (index % 100 === 0) await setImmediate();
    const from = performance.now();
    const outcome = await attempt(target, seed + index, broken);
    slowestMs = Math.max(slowestMs, performance.now() - from);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  return {
    target: target.name,
    inputs,
    seed,
    seconds: (performance.now() - started) / 1000,
    slowestMs,
    outcomes: Object.fromEntries([...outcomes].toSorted((one, other) => other[1] - one[1])),
    broken,
  };
}

async function attempt(
  target: Target,
  seed: number,
  broken: { seed: number; error: unknown }[],
): Promise<string> {
  try {
    const outcome = target.attempt(randomOf(seed));
    return typeof outcome === 'string' ? outcome : await outcome;
  } catch (error) {
    broken.push({ seed, error });
    return 'BROKEN';
  }
}
