/** Puts strict mode together: what its door asks, and what users choose. */
import type { Services } from './commands/services.ts';
import { AcceptedPeople } from './core/accepted.ts';
import type { MatrixUserId } from './core/ids.ts';
import { portalKey } from './core/portal.ts';
import type { RequestBookDeps } from './core/requests.ts';
import type { StrictDoorDeps } from './core/strict-door.ts';
import { Strictness } from './core/strict.ts';
import type { ReachingDeps } from './reaching.ts';

export interface StrictParts {
  readonly strictness: Strictness;
  readonly door: StrictDoorDeps;
  readonly desk: Services['strict'];
  /** Whether what waits for an identity to be confirmed is to wait still. */
  readonly isInDoubt: NonNullable<RequestBookDeps['isInDoubt']>;
  /** Whether a user lets others see whether they are there. Never throws: where it is not known, they do not. */
  readonly givesPresence: (user: MatrixUserId) => Promise<boolean>;
}

type StrictDeps = Pick<ReachingDeps, 'storage' | 'networks' | 'matrix' | 'identities' | 'chosen'>;

export function makeStrict(deps: StrictDeps): StrictParts {
  const { storage, networks, identities, chosen } = deps;
  const strictness = new Strictness(storage.reach, Date.now);
  return {
    strictness,
    door: doorOf(strictness, deps),
    desk: {
      of: (user) => strictness.of(user),
      choose: async (user, wanted) => {
        await strictness.choose(user, wanted);
        const chats = (await storage.portals.ofUser(user)).filter((portal) => portal.kind === 'direct');
        for (const network of networks.values()) {
          const theirs = chats.filter(({ key }) => key.network === network.id);
          network.people?.changed(
            user,
            theirs.map(({ remote }) => remote),
          );
        }
        chosen(user);
      },
    },
    isInDoubt: async ({ user, network, remote }) =>
      (await strictness.of(user)) !== 'off' && (await identities.state(user, network, remote)) === 'changed',
    givesPresence: async (user) => {
      const level = await strictness.of(user).catch(() => undefined);
      return level === 'off';
    },
  };
}

function doorOf(
  strictness: Strictness,
  { storage, networks, matrix, identities }: StrictDeps,
): StrictDoorDeps {
  const { portals, groups, logins, requests } = storage;
  return {
    ...{ strictness, identities },
    accepted: new AcceptedPeople({
      ...{ portals, logins, requests },
      network: (id) => networks.get(id),
      isIn: (portal) => matrix.hasJoined(portal),
    }),
    members: async (network, chat) => {
      const portal = await portals.byKey(portalKey(network, chat, undefined));
      const members = portal === undefined ? [] : await groups.members(portal.id);
      return members.filter(({ state }) => state === 'joined').map(({ user }) => user);
    },
    isEncrypted: async ({ network, chat, kind, user }) => {
      if (networks.get(network)?.capabilities.encrypted !== true) return false;
      const receiver = kind === 'direct' ? user : undefined;
      const portal = await portals.byKey(portalKey(network, chat, receiver));
      // A room that is yet to be made is as the configuration says; it is looked at when something goes there.
      return portal?.room === undefined ? true : matrix.crypto.isEncrypted(portal.room);
    },
  };
}
