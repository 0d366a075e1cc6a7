import { blockRules } from './blocked-door.ts';
import type { Blocks } from './blocks.ts';
import type { Door } from './door.ts';
import { isBorrowed } from './portal.ts';
import type { GroupStore, PortalStore } from './stores.ts';

export interface GroupBlocksDoorDeps {
  readonly blocks: Pick<Blocks, 'isHeld' | 'byUser'>;
  readonly portals: Pick<PortalStore, 'byKey'>;
  readonly groups: Pick<GroupStore, 'members'>;
}

/**
 * Shuts a person out of a group's room where every Matrix user of the group has blocked them: then nobody is there who
 * would miss it. A room that belongs to its people has others in it of whom the bridge does not know what they want.
 */
export function groupBlocksDoor({ blocks, portals, groups }: GroupBlocksDoorDeps): Door {
  return {
    admit: async ({ network, chat, kind, direction, user, remote, actsOnOthers }) => {
      const isOfAll =
        kind === 'group' && direction === 'to-matrix' && user === undefined && actsOnOthers !== true;
      if (!isOfAll || remote === undefined || !blocks.isHeld({ network, remote })) return { kind: 'pass' };
      const portal = await portals.byKey({ network, chat, receiver: undefined });
      if (portal === undefined || isBorrowed(portal)) return { kind: 'pass' };
      const members = await groups.members(portal.id);
      const isUnwanted =
        members.length > 0 && members.every((one) => blocks.byUser(one.user, { network, remote }));
      return isUnwanted ? { kind: 'blocked', rule: blockRules.user, told: 'nobody' } : { kind: 'pass' };
    },
  };
}
