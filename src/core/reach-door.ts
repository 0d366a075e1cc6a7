import { notEnabled } from './door-rules.ts';
import type { Door } from './door.ts';
import type { MatrixUserId, NetworkId } from './ids.ts';
import { failedForGood } from './outcome.ts';

export interface ReachDoorDeps {
  /** Whether the user wants to be reached on the network, and may be. */
  readonly isOn: (user: MatrixUserId, network: NetworkId) => Promise<boolean>;
  /** Whether a Matrix user may use the bridge: who may not is told so elsewhere. */
  readonly permits: (user: MatrixUserId) => boolean;
}

/**
 * Lets nobody through who has not enabled the network. From outside such a user is like one who does not exist; the user
 * themself is told to enable it.
 */
export function reachDoor({ isOn, permits }: ReachDoorDeps): Door {
  return {
    admit: async ({ user, network, direction }) => {
      if (user === undefined || !permits(user) || (await isOn(user, network))) return { kind: 'pass' };
      if (direction === 'to-matrix') return failedForGood('no-such-user');
      return { kind: 'blocked', rule: notEnabled(network), told: 'sender' };
    },
  };
}
