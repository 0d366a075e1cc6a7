import type { KeyDesk } from './core/key-desk.ts';
import type { MatrixUserId, NetworkId } from './core/ids.ts';
import type { RunningNetwork } from './core/network.ts';
import type { Stores } from './core/stores.ts';
import type { RunningHomeserver } from './matrix/homeserver.ts';

/** What the commands on encryption work on; absent where the bridge does not encrypt. */
export function keyDesk(
  { crypto, bot, ghostIds }: RunningHomeserver,
  { portals }: Pick<Stores, 'portals'>,
  networks: ReadonlyMap<NetworkId, Pick<RunningNetwork, 'capabilities'>>,
): KeyDesk | undefined {
  const { identities } = crypto;
  if (identities === undefined) return undefined;
  const isOurs = (user: MatrixUserId): boolean => user === bot || ghostIds.key(user) !== undefined;
  return {
    devices: async (account) => (isOurs(account) ? identities.devices(account) : undefined),
    reset: (account) => identities.reset(account),
    discard: (room) => crypto.sealer.left(room),
    legs: async (room, user, admin) => {
      const portal = await portals.byRoom(room);
      if (portal === undefined) return undefined;
      const isTheirs = (await portals.ofUser(user)).some(({ id }) => id === portal.id);
      if (!isTheirs && !admin) return undefined;
      const matrix = await crypto.isEncrypted(room);
      if (typeof matrix !== 'boolean') return matrix;
      const { network } = portal.key;
      return { kind: 'legs', network, matrix, far: networks.get(network)?.capabilities.encrypted === true };
    },
  };
}
