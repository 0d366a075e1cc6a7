import { Counter, Histogram, type Registry } from 'prom-client';
import type { Meter } from '../core/meter.ts';

const seconds = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3600, 86_400,
];

/** Makes what the spine counts with. */
export function eventMeter(registry: Registry): Meter {
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
  const outcomes = counter('causeway_events_ended_total', 'Events that ended, by outcome and kind.', [
    'network',
    'direction',
    'outcome',
    'kind',
  ]);
  const opened = counter(
    'causeway_encrypted_events_total',
    'Encrypted events, by what became of opening them; `locked` are those that began to wait for a key.',
    ['result'],
  );
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
    opened: (result) => opened.inc({ result }),
    retried: (network, direction) => retries.inc({ network, direction }),
    ended: (network, direction, outcome, ms, kind) => {
      outcomes.inc({ network, direction, outcome, kind });
      latency.observe({ network, direction, outcome }, ms / 1000);
    },
  };
}
