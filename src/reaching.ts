/** Connects who can be reached where with what that is kept in, and with the networks. */
import { groupsOfUsers } from './command-desk.ts';
import { Barring } from './core/barring.ts';
import { Disabling } from './core/disabling.ts';
import type { Entering } from './core/entering.ts';
import type { ErasureStep } from './core/erasures.ts';
import type { IdentityBook } from './core/identities.ts';
import type { MatrixUserId, NetworkId } from './core/ids.ts';
import type { Reachable, RunningNetwork } from './core/network.ts';
import { failedForGood } from './core/outcome.ts';
import { Reach } from './core/reach.ts';
import { Regions } from './core/regions.ts';
import type { RequestBook } from './core/requests.ts';
import type { Ties } from './core/ties.ts';
import type { Log } from './core/task.ts';
import type { GateDeps } from './gate.ts';
import type { RunningHomeserver } from './matrix/homeserver.ts';
import type { Services } from './commands/services.ts';
import type { Level } from './permissions.ts';
import { countryOf } from './number-region.ts';
import type { PortalWays } from './portal-ways.ts';
import { ruledOut } from './ruled-out.ts';
import type { LiveSettings } from './live-settings.ts';
import { liveReach, type ReachConfig } from './reach-config.ts';
import type { Storage } from './storage/storage.ts';
import { render, text } from './texts/catalogue.ts';
import { makeStrict, type StrictParts } from './strict-parts.ts';

export interface ReachingDeps {
  /** As it is configured now. */
  readonly config: () => ReachConfig;
  readonly storage: Storage;
  readonly networks: ReadonlyMap<NetworkId, RunningNetwork>;
  readonly levelOf: (user: MatrixUserId) => Level;
  readonly matrix: Pick<RunningHomeserver, 'reachable' | 'hasJoined' | 'crypto'>;
  readonly identities: Pick<IdentityBook, 'state' | 'listen'>;
  /** A user has chosen how strict they are. Must not throw. */
  readonly chosen: (user: MatrixUserId) => void;
}

/** Who can be reached where, and how strict they are. */
export interface Reaching {
  readonly reach: Reach;
  readonly strict: StrictParts;
  readonly regions: Regions;
  readonly reachable: (user: MatrixUserId, network: NetworkId) => Promise<Reachable>;
  /** Why a user may not enter a group of a network. */
  readonly barred: NonNullable<Entering['barred']>;
  /** What stands in the gate for opt-in and strict mode. */
  readonly gate: Pick<GateDeps, 'reach' | 'strict' | 'regions'>;
}

export function makeReaching(deps: ReachingDeps): Reaching {
  const { config, storage, networks, levelOf, matrix } = deps;
  const live = liveReach(config);
  const reach: Reach = new Reach({
    reach: live.reach,
    get groups() {
      return live.groups;
    },
    region: live.region,
    numbers: (user) => regions.ofNumbers(user),
    store: storage.reach,
    changed: (user, network) => {
      for (const running of networks.values())
        if (network === undefined || running.id === network) running.reachChanged?.(user);
    },
    now: Date.now,
  });
  const regions = new Regions({
    ...{ logins: storage.logins, countryOf, declared: (user) => reach.region(user) },
    network: (id) => networks.get(id),
  });
  const strict = makeStrict(deps);
  return {
    ...{ reach, strict, regions },
    gate: {
      reach: {
        isOn: (user, network) => reach.isOn(user, network),
        permits: (user) => levelOf(user) !== 'none',
      },
      strict: strict.door,
      regions,
    },
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

/** What ends what users have on networks that they disable. */
export function makeDisabling(
  { reach }: Pick<Reaching, 'reach'>,
  { portals, spaces }: Pick<PortalWays, 'portals' | 'spaces'>,
  parts: Parameters<typeof groupsOfUsers>[0] & {
    readonly storage: Storage;
    readonly log: Log;
    readonly ties: Pick<Ties, 'forget'>;
    readonly requests: { readonly book: Pick<RequestBook, 'unreachable'> };
  },
): Disabling {
  const { storage, networks, configured, log, ties, requests } = parts;
  return new Disabling({
    ...{ reach, store: storage.reach, portals: storage.portals, logins: storage.logins, configured, log },
    network: (id) => networks.get(id),
    close: (portal) => portals.close(portal),
    leave: groupsOfUsers(parts).leave,
    giveUp: async (user, network) => {
      await requests.book.unreachable(user, network);
      return ties.forget(user, network);
    },
    ended: (user, network) => spaces.close(user, network),
  });
}

/** What tells users that they may not be reached any more, when that has changed. */
export function makeBarring(
  { reach }: Pick<Reaching, 'reach'>,
  parts: Pick<ReachingDeps, 'storage' | 'networks'> & {
    readonly matrix: Pick<RunningHomeserver, 'reporter'>;
    readonly log: Log;
  },
): Barring {
  const { storage, networks, matrix, log } = parts;
  return new Barring({
    ...{ reach, store: storage.reach, log, now: Date.now },
    tell: async ({ user, network }, id, news) => {
      const language = (await storage.users.get(user))?.language ?? 'en';
      const line =
        news.kind === 'again'
          ? render(language, 'barred.again', { network })
          : render(language, 'barred.now', {
              ...{ network, why: text(language, `ineligible.${news.why}`, { network }) },
            });
      return matrix.reporter.notice(user, id, line);
    },
    forget: async (user, id) => {
      const chats = (await storage.portals.ofUser(user)).filter((portal) => portal.kind === 'direct');
      const theirs = chats.filter(({ key }) => key.network === id);
      return networks.get(id)?.forget?.(
        user,
        theirs.map(({ remote }) => remote),
      );
    },
  });
}

/** What commands work on. */
export function reachDesks(
  { reach, strict, regions }: Pick<Reaching, 'reach' | 'strict' | 'regions'>,
  disabling: Disabling,
  settings: Pick<LiveSettings, 'admins' | 'rules'>,
): Pick<Services, 'reach' | 'strict'> {
  return {
    strict: strict.desk,
    reach: {
      standing: (user, network) => reach.standing(user, network),
      enable: (user, network) => reach.enable(user, network),
      disable: (user, network) => disabling.disable(user, network),
      region: (user) => reach.region(user),
      setRegion: (user, region) => reach.setRegion(user, region),
      admins: () => settings.admins(),
      ruledOut: (user, network) => ruledOut(settings.rules, regions, user, network),
    },
  };
}

/** When a user is erased, networks forget them, and their choices go. */
export function outOfNetworks(
  { reach, strict }: Pick<Reaching, 'reach' | 'strict'>,
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
      strict.strictness.forget(user);
      return undefined;
    },
  };
}
