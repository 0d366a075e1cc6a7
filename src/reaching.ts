/** Connects who can be reached where with what that is kept in, and with the networks. */
import { groupsOfUsers } from './command-desk.ts';
import { JoinedChats } from './core/accepted.ts';
import { Disabling } from './core/disabling.ts';
import type { Entering } from './core/entering.ts';
import type { ErasureStep } from './core/erasures.ts';
import type { MatrixUserId, NetworkId } from './core/ids.ts';
import type { Reachable, RunningNetwork } from './core/network.ts';
import { failedForGood } from './core/outcome.ts';
import { portalKey } from './core/portal.ts';
import { Reach } from './core/reach.ts';
import { Strictness } from './core/strict.ts';
import type { Log } from './core/task.ts';
import type { GateDeps } from './gate.ts';
import type { RunningHomeserver } from './matrix/homeserver.ts';
import type { Services } from './commands/services.ts';
import type { Level } from './permissions.ts';
import type { PortalWays } from './portal-ways.ts';
import { liveReach, type ReachConfig } from './reach-config.ts';
import type { Storage } from './storage/storage.ts';

export interface ReachingDeps {
  /** As it is configured now. */
  readonly config: () => ReachConfig;
  readonly storage: Storage;
  readonly networks: ReadonlyMap<NetworkId, RunningNetwork>;
  readonly levelOf: (user: MatrixUserId) => Level;
  readonly matrix: Pick<RunningHomeserver, 'reachable' | 'hasJoined' | 'crypto'>;
}

/** Who can be reached where, and how strict they are. */
export interface Reaching {
  readonly reach: Reach;
  readonly strictness: Strictness;
  readonly reachable: (user: MatrixUserId, network: NetworkId) => Promise<Reachable>;
  /** Why a user may not enter a group of a network. */
  readonly barred: NonNullable<Entering['barred']>;
  /** What stands in the gate for opt-in and strict mode. */
  readonly gate: Pick<GateDeps, 'reach' | 'strict'>;
}

export function makeReaching(deps: ReachingDeps): Reaching {
  const { config, storage, networks, levelOf, matrix } = deps;
  const live = liveReach(config);
  const reach = new Reach({
    reach: live.reach,
    get groups() {
      return live.groups;
    },
    region: live.region,
    store: storage.reach,
    changed: (user, network) => {
      for (const running of networks.values())
        if (network === undefined || running.id === network) running.reachChanged?.(user);
    },
    now: Date.now,
  });
  const strictness = new Strictness(storage.reach, Date.now);
  return {
    ...{ reach, strictness, gate: gateOf(reach, strictness, deps) },
    barred: async (user, network) =>
      (await reach.isOn(user, network)) ? undefined : failedForGood('not-enabled'),
    reachable: async (user, network) => {
      if (levelOf(user) === 'none') return 'not-permitted';
      const isOn = await reach.isOn(user, network).catch(() => undefined);
      if (isOn === undefined) return 'unsure';
      if (isOn) return matrix.reachable(user);
      // Who has not enabled it is answered as who does not exist: in the same way, and after the same time.
      if (reach.hides(network)) return 'no-such-user';
      const there = await matrix.reachable(user);
      return there === 'yes' ? 'no-such-user' : there;
    },
  };
}

function gateOf(
  reach: Reach,
  strictness: Strictness,
  { storage, networks, levelOf, matrix }: ReachingDeps,
): Reaching['gate'] {
  const accepted = new JoinedChats({
    portals: storage.portals,
    network: (id) => networks.get(id),
    isIn: (portal) => matrix.hasJoined(portal),
  });
  return {
    reach: {
      isOn: (user, network) => reach.isOn(user, network),
      permits: (user) => levelOf(user) !== 'none',
    },
    strict: {
      strict: (user) => strictness.of(user),
      accepted,
      isEncrypted: async ({ network, chat, kind, user }) => {
        if (networks.get(network)?.capabilities.encrypted !== true) return false;
        const receiver = kind === 'direct' ? user : undefined;
        const portal = await storage.portals.byKey(portalKey(network, chat, receiver));
        // A room that is yet to be made is as the configuration says; it is looked at when something goes there.
        return portal?.room === undefined ? true : matrix.crypto.isEncrypted(portal.room);
      },
      view: {
        strict: (user) => strictness.known(user),
        listed: (user, network, remote) => accepted.last(user, network, remote),
      },
    },
  };
}

/** What ends what users have on networks that they disable. */
export function makeDisabling(
  { reach }: Pick<Reaching, 'reach'>,
  { portals, spaces }: Pick<PortalWays, 'portals' | 'spaces'>,
  parts: Parameters<typeof groupsOfUsers>[0] & { readonly storage: Storage; readonly log: Log },
): Disabling {
  const { storage, networks, configured, log } = parts;
  return new Disabling({
    ...{ reach, store: storage.reach, portals: storage.portals, logins: storage.logins, configured, log },
    network: (id) => networks.get(id),
    close: (portal) => portals.close(portal),
    leave: groupsOfUsers(parts).leave,
    ended: (user, network) => spaces.close(user, network),
  });
}

/** What commands work on. */
export function reachDesks(
  { reach, strictness: strict }: Pick<Reaching, 'reach' | 'strictness'>,
  disabling: Disabling,
): Pick<Services, 'reach' | 'strict'> {
  return {
    strict,
    reach: {
      standing: (user, network) => reach.standing(user, network),
      enable: (user, network) => reach.enable(user, network),
      disable: (user, network) => disabling.disable(user, network),
      region: (user) => reach.region(user),
      setRegion: (user, region) => reach.setRegion(user, region),
    },
  };
}

/** When a user is erased, networks forget them, and their choices go. */
export function outOfNetworks(
  { reach, strictness }: Pick<Reaching, 'reach' | 'strictness'>,
  networks: ReadonlyMap<NetworkId, RunningNetwork>,
): ErasureStep {
  return {
    name: 'reach',
    erase: async (user) => {
      for (const network of networks.values()) {
        const failed = await network.forget?.(user, []);
        if (failed?.retry.kind === 'later') return failed;
      }
      await reach.forget(user, networks.keys());
      strictness.forget(user);
      return undefined;
    },
  };
}
