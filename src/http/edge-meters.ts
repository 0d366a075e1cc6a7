import { Counter, Histogram, type Registry } from 'prom-client';
import type { Health } from '../core/network.ts';
import type { DatabaseWatch, HomeserverWatch } from '../core/watch.ts';

const requestSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60];
const databaseSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Makes what counts requests to the homeserver, and its calls. */
export function homeserverMeter(registry: Registry): HomeserverWatch {
  const registers = [registry];
  const requests = new Histogram({
    name: 'causeway_homeserver_request_seconds',
    help: 'Requests to the homeserver, by what they are for and how they ended.',
    labelNames: ['request', 'result'] as const,
    buckets: requestSeconds,
    registers,
  });
  const calls = new Counter({
    name: 'causeway_homeserver_calls_total',
    help: 'Calls of the homeserver; turned-away had a wrong hs_token.',
    labelNames: ['call'] as const,
    registers,
  });
  const pings = new Counter({
    name: 'causeway_homeserver_pings_total',
    help: 'How it went when the homeserver was asked to call the bridge.',
    labelNames: ['result'] as const,
    registers,
  });
  return {
    requested: ({ request, result, ms }) => requests.observe({ request, result }, ms / 1000),
    called: (call) => calls.inc({ call }),
    pinged: (result) => pings.inc({ result }),
  };
}

/** Makes what counts calls to the database. */
export function databaseMeter(registry: Registry): DatabaseWatch {
  const calls = new Histogram({
    name: 'causeway_database_seconds',
    help: 'Calls to the database: single reads, and transactions.',
    labelNames: ['operation', 'result'] as const,
    buckets: databaseSeconds,
    registers: [registry],
  });
  return {
    begin: (operation) => {
      const started = performance.now();
      return (result) => calls.observe({ operation, result }, (performance.now() - started) / 1000);
    },
  };
}

/** Makes what counts changes of links. */
export function linkMeter(registry: Registry): (network: string, health: Health) => void {
  const changes = new Counter({
    name: 'causeway_link_changes_total',
    help: 'How often a link came to be in a state.',
    labelNames: ['network', 'state'] as const,
    registers: [registry],
  });
  return (network, { kind: state }) => {
    changes.inc({ network, state });
  };
}
