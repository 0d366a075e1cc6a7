import type { Door } from './door.ts';
import type { MatrixUserId, NetworkId } from './ids.ts';
import { failedForGood } from './outcome.ts';

export interface ReachDoorDeps {
  /** Whether the user wants to be reached on the network, and may be. */
  readonly isOn: (user: MatrixUserId, network: NetworkId) => Promise<boolean>;
  /** Whether a Matrix user may use the bridge: who may not is told so elsewhere. */
  readonly permits: (user: MatrixUserId) => boolean;
}

/** What verdicts name for a network that the user has not enabled. */
export function notEnabled(network: NetworkId): string {
  return `${prefix}${network}`;
}
const prefix = 'not-enabled:';

/** The network that such a name is about. */
export function notEnabledIn(rule: string): string | undefined {
  return rule.startsWith(prefix) ? rule.slice(prefix.length) : undefined;
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
