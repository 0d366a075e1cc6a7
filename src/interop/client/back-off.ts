/**
 * How long to wait before the connection after so many that failed: never less than the shortest nor more than the
 * longest, and spread, so that those who lost a server together do not come back together. `random` is from 0 to 1.
 */
export function waitBefore(
  failures: number,
  [shortest, longest]: readonly [number, number],
  random: number,
): number {
  const most = Math.min(longest, shortest * 2 ** Math.min(failures + 1, 30));
  return shortest + Math.max(0, most - shortest) * random;
}
