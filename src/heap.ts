import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';

const MiB = 1024 * 1024;
const lookEveryMs = 1_000;
/** Starting is heavy work that says nothing of what follows. */
const firstLookMs = 15_000;

/** What the process did since it was looked at last. */
export interface Look {
  /** The share of the time in which the event loop was at work. */
  readonly utilization: number;
  readonly residentBytes: number;
}

/**
 * Decides how V8 is to collect. Collecting often takes half the memory and up to twice the CPU a message, so the heap is
 * kept small except while there is something to do and room to do it in.
 */
export class HeapPolicy {
  /** The utilization, smoothed over some ten seconds. */
  #load = 0;
  #mayGrow = false;

  /** Whether the heap may grow until the next look. */
  next({ utilization, residentBytes }: Look): boolean {
    this.#load += (utilization - this.#load) / 10;
    // Two thresholds each, so that it does not change from look to look.
    const [idle, full] = this.#mayGrow ? [0.01, 224 * MiB] : [0.03, 176 * MiB];
    this.#mayGrow = this.#load > idle && residentBytes < full;
    return this.#mayGrow;
  }
}

/**
 * Has V8 collect more often instead of letting the heap grow to several times of what is in use: a bridge is idle most
 * of the time. While it is at work and takes little memory V8 does as it would by itself (docs/benchmarks.md). To be
 * called once, when the process starts.
 */
export function keepHeapSmall(): void {
  const policy = new HeapPolicy();
  setFlagsFromString('--optimize-for-size');
  setTimeout(() => {
    let before = performance.eventLoopUtilization();
    setInterval(() => {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      const mayGrow = policy.next({ utilization, residentBytes: process.memoryUsage.rss() });
      setFlagsFromString(mayGrow ? '--no-optimize-for-size' : '--optimize-for-size');
    }, lookEveryMs).unref();
  }, firstLookMs).unref();
}
