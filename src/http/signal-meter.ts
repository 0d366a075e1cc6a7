import { Counter, type Registry } from 'prom-client';
import type { SignalMeter } from '../core/signals.ts';

/** Makes what signals are counted with. */
export function signalMeter(registry: Registry): SignalMeter {
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
