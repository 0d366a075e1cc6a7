import { Router, type Response } from 'express';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Meter } from '../core/meter.ts';
import type { Health } from '../core/network.ts';
import type { SignalMeter } from '../core/signals.ts';
import type { EventStore } from '../core/stores.ts';

/** What the gauges look at whenever they are asked. */
export interface Gauged {
  readonly backlog: EventStore['backlog'];
  readonly links: () => readonly { readonly network: string; readonly health: Health }[];
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The meter that the spine counts with, and the endpoint that shows it. */
export interface Metrics {
  readonly meter: Meter;
  readonly signals: SignalMeter;
  readonly router: Router;
}

const seconds = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3600, 86_400,
];

/** Makes the meter with a registry of its own, and `/metrics` for Prometheus. No label ever holds an identifier. */
export function createMetrics(gauged: Gauged): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  addGauges(registry, gauged);
  const router = Router();
  router.get('/metrics', async (_request, response: Response) => {
    response.set('Content-Type', registry.contentType).send(await registry.metrics());
  });
  return { meter: createMeter(registry), signals: createSignalMeter(registry), router };
}

function createMeter(registry: Registry): Meter {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
    new Counter({ name, help, labelNames, registers });
  const kept = counter('causeway_events_kept_total', 'Events that were kept.', ['source']);
  const duplicates = counter('causeway_events_duplicate_total', 'Events that came again.', ['source']);
  const retries = counter('causeway_attempts_retried_total', 'Attempts that did not end their event.', [
    'network',
    'direction',
  ]);
  const bounded = counter(
    'causeway_bounded_total',
    'Parts of floods that were held back, and names that were cleaned or set apart.',
    ['network', 'what'],
  );
  const outcomes = counter('causeway_events_ended_total', 'Events that ended, by outcome.', [
    'network',
    'direction',
    'outcome',
  ]);
  const latency = new Histogram({
    name: 'causeway_event_seconds',
    help: 'From keeping an event to its end.',
    labelNames: ['network', 'direction', 'outcome'] as const,
    buckets: seconds,
    registers,
  });
  return {
    kept: (source, count) => kept.inc({ source }, count),
    duplicate: (source, count) => duplicates.inc({ source }, count),
    bounded: (network, what) => bounded.inc({ network, what }),
    retried: (network, direction) => retries.inc({ network, direction }),
    ended: (network, direction, outcome, ms) => {
      outcomes.inc({ network, direction, outcome });
      latency.observe({ network, direction, outcome }, ms / 1000);
    },
  };
}

function createSignalMeter(registry: Registry): SignalMeter {
  const signals = new Counter({
    name: 'causeway_signals_total',
    help: 'Typing, presence and read receipts: carried, or dropped (nobody to tell, link down, too many).',
    labelNames: ['network', 'direction', 'kind', 'result'] as const,
    registers: [registry],
  });
  return {
    signal: (network, direction, kind, result) => signals.inc({ network, direction, kind, result }),
  };
}

function addGauges(registry: Registry, { backlog, links, version, now }: Gauged): void {
  const registers = [registry];
  // Without the database all else is still to be seen: just then somebody looks.
  const look = (): Promise<Awaited<ReturnType<Gauged['backlog']>> | undefined> =>
    backlog().catch(() => undefined);
  const depth: Gauge = new Gauge({
    name: 'causeway_queue_events',
    help: 'Events on their way.',
    registers,
    collect: async () => {
      depth.set((await look())?.pending ?? Number.NaN);
    },
  });
  const age: Gauge = new Gauge({
    name: 'causeway_queue_oldest_seconds',
    help: 'The age of the oldest event on its way.',
    registers,
    collect: async () => {
      const seen = await look();
      if (seen === undefined) age.set(Number.NaN);
      else age.set(seen.oldest === undefined ? 0 : Math.max(0, now() - seen.oldest) / 1000);
    },
  });
  const link = new Gauge({
    name: 'causeway_link_state',
    help: 'The state of the link to a network: 1 for the one that it is in.',
    labelNames: ['network', 'state'] as const,
    registers,
    collect: () => {
      for (const { network, health } of links())
        for (const state of ['up', 'connecting', 'down'] as const)
          link.set({ network, state }, health.kind === state ? 1 : 0);
    },
  });
  new Gauge({
    name: 'causeway_build_info',
    help: 'The version of the bridge.',
    labelNames: ['version'] as const,
    registers,
  }).set({ version }, 1);
}
