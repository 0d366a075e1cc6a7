import type { ReachDesk } from '../../../src/commands/services.ts';
import type { MatrixUserId } from '../../../src/core/ids.ts';
import type { Feature } from '../../../src/core/network.ts';
import type { Standing } from '../../../src/core/reach.ts';
import type { FakeServices } from './services.ts';

/** What of it a test may look at and change. */
export interface ReachState {
  /** The networks that Alice has not enabled, or may not. */
  readonly off: Map<string, Exclude<Standing, { kind: 'on' }>>;
  readonly disabled: string[];
  readonly regions: Map<string, string>;
  admins: readonly MatrixUserId[];
  ruled: readonly Feature[];
}

export function reachState(): ReachState {
  return { off: new Map(), disabled: [], regions: new Map(), admins: [], ruled: [] };
}

/** Who can be reached, in memory. */
export function reachDesk(of: () => FakeServices): ReachDesk {
  return {
    standing: async (_user, network) => of().off.get(network) ?? { kind: 'on', since: of().time },
    enable: async (_user, network) => {
      const standing = of().off.get(network);
      if (standing?.kind === 'ineligible') return standing;
      if (standing?.state === 'disabling') return { kind: 'disabling' };
      return { kind: 'enabled', fresh: of().off.delete(network) };
    },
    disable: async (_user, network) => {
      if (of().off.has(network)) return false;
      of().off.set(network, { kind: 'off', state: 'disabled' });
      of().disabled.push(network);
      return true;
    },
    ruledOut: async () => of().ruled,
    admins: () => of().admins,
    region: async (user) => of().regions.get(user),
    setRegion: async (user, region) => {
      if (region === undefined) of().regions.delete(user);
      else of().regions.set(user, region);
    },
  };
}
