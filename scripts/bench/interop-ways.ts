/** Whether what was said came, once, and what it took. */
import type { Arrived, Heard, Said } from './interop-orders.ts';
import { latencyOf, type Latency } from './statistics.ts';

/** Messages of one direction of one round. Latencies are of those that went well. */
export interface WayFigures {
  readonly said: number;
  /** How many came, each at least once, with the words that were said. */
  readonly came: number;
  readonly doubled: number;
  /** How many the other side said that it has. */
  readonly delivered: number;
  /** From its being handed over to its sender's hearing that it is kept. */
  readonly kept: Latency;
  /** From its being handed over to its being at the far end. */
  readonly there: Latency;
}

/** Whether all is there that was said, and both sides know it. */
export function isAll(
  atHost: readonly Heard[],
  toHomeserver: number,
  toProvider: number,
  atClients: readonly Heard[],
): boolean {
  const many = (all: readonly Heard[], key: 'arrivals' | 'delivered'): number =>
    all.reduce((sum, one) => sum + one[key].length, 0);
  return (
    many(atHost, 'arrivals') >= toHomeserver &&
    many(atClients, 'delivered') >= toHomeserver &&
    many(atClients, 'arrivals') >= toProvider &&
    many(atHost, 'delivered') >= toProvider
  );
}

/** What became of what was said: `there` is what the far end heard, `here` what the near end did. */
export function wayOf(all: readonly Said[], there: readonly Heard[], here: readonly Heard[]): WayFigures {
  const arrivals = Map.groupBy(
    there.flatMap((one) => one.arrivals),
    ({ id }) => id,
  );
  const delivered = new Set(here.flatMap((one) => one.delivered));
  const came = all.flatMap(({ id, began }) => {
    const first = arrivals.get(id)?.find(({ genuine }) => genuine);
    return first === undefined ? [] : [first.at - began];
  });
  const isOwn = new Set(all.map(({ id }) => id));
  return {
    ...{ said: all.length, came: came.length },
    doubled: [...arrivals.values()].reduce((sum, some) => sum + extra(some, isOwn), 0),
    delivered: all.filter(({ id }) => delivered.has(id)).length,
    kept: latencyOf(
      all.filter(({ trouble }) => trouble === undefined).map(({ began, done }) => done - began),
    ),
    there: latencyOf(came),
  };
}

/** What came more than once, or was never said in this round. */
function extra(some: readonly Arrived[], own: ReadonlySet<string>): number {
  return some.filter(({ id }, index) => index > 0 || !own.has(id)).length;
}
