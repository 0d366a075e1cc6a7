import { setTimeout as sleep } from 'node:timers/promises';
import { clock } from './interop-orders.ts';

/** Begins pieces of work at a fixed pace, however long those before take; resolves when all have ended. */
export async function paced<T>(
  perSecond: number,
  count: number,
  work: (index: number) => Promise<T>,
): Promise<readonly T[]> {
  const begun = clock();
  const all: Promise<T>[] = [];
  for (let index = 0; index < count; index += 1) {
    const wait = begun + (index * 1_000) / perSecond - clock();
    if (wait > 1) await sleep(wait);
    all.push(work(index));
  }
  return Promise.all(all);
}

/** Does so many at a time. */
export async function inLanes<T>(
  lanes: number,
  count: number,
  work: (index: number) => Promise<T>,
): Promise<readonly T[]> {
  const results: T[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      results[index] = await work(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, count) }, lane));
  return results;
}
