/** Connects what goes with events beside their being carried: timers, what disappears by them, and identities. */
import type { CoreDeps } from './bridge-core.ts';
import { Asides } from './core/asides.ts';
import { Expiries } from './core/expiries.ts';
import type { Homeserver } from './core/homeserver.ts';
import type { Identities } from './core/identities.ts';
import type { Policy } from './core/policy.ts';
import type { MatrixSignal, Signals } from './core/signals.ts';
import { partOf } from './log.ts';
import type { RunningHomeserver } from './matrix/homeserver.ts';

/** What runs beside the spine. */
export interface Beside {
  readonly expiries: Expiries;
  readonly asides: Asides;
  /** Takes what users tell in passing. Returns at once. */
  readonly heard: (signal: MatrixSignal) => void;
}

export function makeBeside(
  { storage, log }: Pick<CoreDeps, 'storage' | 'log'>,
  { acts }: Pick<RunningHomeserver, 'acts'>,
  parts: {
    readonly homeserver: Pick<Homeserver, 'handlers'>;
    readonly policy: Policy;
    readonly identities: Identities;
    readonly signals: Pick<Signals, 'fromMatrix'>;
  },
): Beside {
  const { homeserver, policy, identities, signals } = parts;
  const expiries = new Expiries({
    ...{ store: storage.expiries, portals: storage.portals, acts, log: partOf(log, 'expiries') },
  });
  const asides = new Asides({
    ...{ identities, marks: storage.groups, policy, acts, handlers: homeserver.handlers },
    expiring: (portal, eventIds) => expiries.added(portal, eventIds),
  });
  return {
    ...{ expiries, asides },
    heard: (signal) => {
      signals.fromMatrix(signal);
      readBy(expiries, signal);
    },
  };
}

/** What a user has read of a chat begins to disappear, where it waits for that. */
function readBy(expiries: Expiries, { room, event }: MatrixSignal): void {
  if (room === undefined || event.kind !== 'receipt' || event.receipt !== 'read') return;
  if (event.sender.in !== 'matrix' || event.target.in !== 'matrix') return;
  expiries.readIn(room, event.sender.userId, event.target.eventId);
}
