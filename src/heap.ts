import { setFlagsFromString } from 'node:v8';

/**
 * Has V8 collect more often instead of letting the heap grow to several times of what is in use: a bridge is idle most
 * of the time. With 10,000 portals it takes half the memory, for about a third more CPU under full load
 * (docs/benchmarks.md). To be called once, when the process starts.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--optimize-for-size');
}
