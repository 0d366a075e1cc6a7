/** Who may reach whom, and what passes beside the spine: signals ask the same doors. */
import type { CoreDeps } from './bridge-core.ts';
import { Signals } from './core/signals.ts';
import { makeGate, type Gate } from './gate.ts';
import { partOf } from './log.ts';
import type { RunningHomeserver } from './matrix/homeserver.ts';
import { makeRequests, type RequestParts, type Requests } from './request-desk.ts';
import { passes, signalLimits } from './signals-config.ts';

type Ways = Pick<RequestParts, 'network' | 'reachable' | 'permits' | 'takeUp'>;

/** Makes the doors, message requests, and the way of what is not kept. */
export function makeDoors(
  { config, log, storage, monitoring }: CoreDeps,
  matrix: RunningHomeserver,
  ways: Ways,
): { readonly requests: Requests; readonly gate: Gate; readonly signals: Signals } {
  const requests = makeRequests({ ...{ config, storage, matrix, ...ways }, log: partOf(log, 'requests') });
  const gate = makeGate({ ignores: matrix.ignores, requests: requests.door });
  const signals = new Signals({
    ...{ log, stores: storage, ...gate, handlers: matrix.handlers },
    ...{ network: ways.network, permits: ways.permits, meter: monitoring.metrics.signals },
    upTo: (portal, eventId, signal) => matrix.signals.upTo(portal, eventId, signal),
    limits: signalLimits,
    isUp: () => matrix.health().kind === 'up',
    passes: passes(config.signals),
  });
  return { requests, gate, signals };
}
