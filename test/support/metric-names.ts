import type { Gauged } from '../../src/http/gauges.ts';
import { createMetrics, type Metrics } from '../../src/http/metrics.ts';

/** Nothing to be seen, for gauges. */
export const nothingSeen: Gauged = {
  backlogs: async () => [],
  waitingForKey: async () => 0,
  requests: {
    load: async () => ({ requests: 0, events: 0, size: 0 }),
    limits: () => ({ overall: 10, size: 10 }),
  },
  links: () => [],
  counts: async () => ({ portals: 0, ghosts: 0, users: 0 }),
  load: () => ({ lanes: 0, sleeping: 0, inMemory: 0 }),
  parts: () => [],
  homeserver: { lastAnswer: undefined, lastCall: undefined, clockOffset: undefined },
  databaseWaits: () => 0,
  version: '1.2.3',
  now: Date.now,
};

/** All meters, with their gauges. */
export function allMetrics(gauged: Partial<Gauged> = {}): Metrics {
  const metrics = createMetrics();
  metrics.gauge({ ...nothingSeen, ...gauged });
  return metrics;
}

/** The name of every metric there is, those of Node.js included. */
export async function metricNames(): Promise<readonly string[]> {
  return (await allMetrics().registry.getMetricsAsJSON()).map(({ name }) => name);
}
