import { Counter, Gauge, type Registry } from 'prom-client';
import type { EncryptionWatch } from '../core/watch.ts';

/** Makes what seals and opens are counted with. */
export function encryptionMeter(registry: Registry): EncryptionWatch {
  const calls = new Counter({
    name: 'causeway_encryption_total',
    help: 'Events sealed and opened, devices identified, and verifications refused, by how it ended.',
    labelNames: ['operation', 'result'] as const,
    registers: [registry],
  });
  return { begin: (operation) => (result) => calls.inc({ operation, result }) };
}

/** What the gauges of the crypto engine look at. */
export interface EncryptionLoad {
  readonly open: number;
  readonly known: number;
  readonly restarts: number;
  /** Whether changes of people's devices are seen. */
  readonly watches: boolean;
}

/** Adds what is looked up when Prometheus asks; not a number where nothing is encrypted. */
export function addEncryptionGauges(registry: Registry, load: () => EncryptionLoad | undefined): void {
  const add = (name: string, help: string, value: (load: EncryptionLoad) => number): void => {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [registry],
      collect: () => {
        const now = load();
        gauge.set(now === undefined ? Number.NaN : value(now));
      },
    });
  };
  add('causeway_encryption_machines_open', 'Devices whose keys are in memory.', ({ open }) => open);
  add('causeway_encryption_devices', 'Devices that the bridge has keys for.', ({ known }) => known);
  add(
    'causeway_encryption_restarts',
    'How often the crypto worker was started again.',
    ({ restarts }) => restarts,
  );
  add('causeway_encryption_watches', "Whether changes of people's devices are seen.", ({ watches }) =>
    watches ? 1 : 0,
  );
}
