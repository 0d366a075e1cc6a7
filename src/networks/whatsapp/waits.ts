/** Waiting for what changes, and between attempts; all of it ends with one signal. */
import { setTimeout as sleep } from 'node:timers/promises';
import { waitBefore } from '../../interop/client/back-off.ts';

export class Waits {
  readonly #again: readonly [number, number];
  readonly #stop: AbortSignal;
  readonly #listeners = new Set<() => void>();
  #attempts = 0;

  /** `again`: the shortest and the longest wait between two attempts, in milliseconds. */
  constructor(again: readonly [number, number], stop: AbortSignal) {
    this.#again = again;
    this.#stop = stop;
  }

  /** Whether nothing has failed since the last good beginning. */
  get isFirst(): boolean {
    return this.#attempts === 0;
  }

  /** What comes now is the first attempt again. */
  begin(): void {
    this.#attempts = 0;
  }

  /** The pause after an attempt that failed: longer each time, and no shorter than is asked for. */
  async pause(step: AbortSignal, afterMs = 0): Promise<void> {
    const wait = Math.max(afterMs, waitBefore(this.#attempts, this.#again, Math.random()));
    this.#attempts += 1;
    const signal = AbortSignal.any([step, this.#stop]);
    await sleep(wait, undefined, { signal, ref: false }).catch(() => undefined);
  }

  /** Until it is so, at most so long. */
  async until(isSo: () => boolean, ms?: number): Promise<void> {
    if (isSo() || this.#stop.aborted) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const done = (): void => resolve(undefined);
    const look = (): void => {
      if (isSo() || this.#stop.aborted) done();
    };
    const timer = ms === undefined ? undefined : setTimeout(done, ms);
    this.#listeners.add(look);
    await promise;
    this.#listeners.delete(look);
    clearTimeout(timer);
  }

  /** Something is another than before. */
  look(): void {
    for (const look of [...this.#listeners]) look();
  }
}

export function aborted(signal: AbortSignal): Promise<'aborted'> {
  const { promise, resolve } = Promise.withResolvers<'aborted'>();
  if (signal.aborted) resolve('aborted');
  signal.addEventListener('abort', () => resolve('aborted'), { once: true });
  return promise;
}
