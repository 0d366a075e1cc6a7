/** What happens to the partner, counted by closed names, for those who watch the bridge. */
import { createClientCounts, type ClientCounts, type ClientTrouble } from '../../interop/client/counts.ts';
import type { PushAnswer } from '../../interop/identity/push-receiver.ts';
import { createNoiseCounts, type NoiseCounts, type NoiseReason } from '../../interop/noise/failure.ts';
import type { Happening } from './inbound.ts';

/** What came in on connections, what went wrong on them, handshakes that failed, and what was answered to pushes. */
export type PartnerCount =
  Happening | `channel-${ClientTrouble}` | `noise-${NoiseReason}` | `push-${PushAnswer}`;

export interface PartnerCounts {
  readonly happened: (happening: Happening) => void;
  readonly pushed: (answer: PushAnswer) => void;
  readonly troubles: ClientCounts;
  readonly noise: NoiseCounts;
  /** How often each has happened since the start; what never did is absent. */
  readonly read: () => ReadonlyMap<PartnerCount, number>;
}

export function createPartnerCounts(): PartnerCounts {
  const own = new Map<Happening | `push-${PushAnswer}`, number>();
  const count = (name: Happening | `push-${PushAnswer}`): void =>
    void own.set(name, (own.get(name) ?? 0) + 1);
  const [troubles, noise] = [createClientCounts(), createNoiseCounts()];
  return {
    happened: count,
    pushed: (answer) => count(`push-${answer}`),
    ...{ troubles, noise },
    read: () =>
      new Map<PartnerCount, number>([
        ...own,
        ...[...troubles.read()].map(([name, times]) => [`channel-${name}`, times] as const),
        ...[...noise.read()].map(([name, times]) => [`noise-${name}`, times] as const),
      ]),
  };
}
