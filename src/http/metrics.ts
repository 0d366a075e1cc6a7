import { Router, type Response } from 'express';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Meter } from '../core/meter.ts';
import type { Health } from '../core/network.ts';
import type { SignalMeter } from '../core/signals.ts';
import type { DatabaseWatch, EncryptionWatch, HomeserverWatch } from '../core/watch.ts';
import { databaseMeter, homeserverMeter, linkMeter } from './edge-meters.ts';
import { addEncryptionGauges, encryptionMeter } from './encryption-meter.ts';
import { eventMeter } from './event-meter.ts';
import { addGauges, type Gauged } from './gauges.ts';
import { signalMeter } from './signal-meter.ts';

/** Everything that is counted with, and the endpoint that shows it. */
export interface Metrics {
  readonly registry: Registry;
  readonly meter: Meter;
  readonly signals: SignalMeter;
  readonly homeserver: HomeserverWatch;
  readonly database: DatabaseWatch;
  readonly encryption: EncryptionWatch;
  readonly linkChanged: (network: string, health: Health) => void;
  readonly router: Router;
  /** Adds what is looked up when Prometheus asks; once there is something to look at. */
  gauge(gauged: Gauged): void;
}

/** Makes the meters with a registry of their own, and `/metrics` for Prometheus. No label ever holds an identifier. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const router = Router();
  router.get('/metrics', async (_request, response: Response) => {
    response.set('Content-Type', registry.contentType).send(await registry.metrics());
  });
  return {
    registry,
    meter: eventMeter(registry),
    signals: signalMeter(registry),
    homeserver: homeserverMeter(registry),
    database: databaseMeter(registry),
    encryption: encryptionMeter(registry),
    linkChanged: linkMeter(registry),
    router,
    gauge: (gauged) => {
      addGauges(registry, gauged);
      addEncryptionGauges(registry, gauged.encryption ?? (() => undefined));
    },
  };
}
