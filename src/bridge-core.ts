/** Puts the core and the Matrix side together; `bridge.ts` adds the networks and runs them. */
import { commandDesk, groupsOfUsers } from './command-desk.ts';
import type { BridgeConfig } from './config-schema.ts';
import { ArchivePositions } from './core/archive-positions.ts';
import { Backfill } from './core/backfill.ts';
import { outOfGroups, type Erasures } from './core/erasures.ts';
import { GroupPortals } from './core/groups.ts';
import type { Homeserver, MatrixArrival } from './core/homeserver.ts';
import { parseRoomId, type MatrixUserId, type NetworkId } from './core/ids.ts';
import type { KeySession } from './core/key-waits.ts';
import type { EventSink, Reachable, RemoteProfile, RunningNetwork } from './core/network.ts';
import { People, withPeople } from './core/people.ts';
import type { Policy } from './core/policy.ts';
import { Portals } from './core/portals.ts';
import { Reports, type ReportsDeps } from './core/report.ts';
import { Signals, type MatrixSignal, type SignalMeter } from './core/signals.ts';
import { Spaces } from './core/spaces.ts';
import { Spine } from './core/spine.ts';
import type { Log } from './core/task.ts';
import { voiceFor, type Transcoder } from './core/transcoder.ts';
import { withUndeliveredLines } from './core/undelivered.ts';
import { makeErasures, quietFor } from './erasing.ts';
import { groupOptions, nicks } from './group-options.ts';
import type { Encryption } from './encryption.ts';
import { keyDesk } from './key-desk.ts';
import type { LiveSettings } from './live-settings.ts';
import { controlOf, partOf } from './log.ts';
import { makeHomeserver, type RunningHomeserver } from './matrix/homeserver.ts';
import type { Monitoring } from './monitoring.ts';
import { outcomeLine } from './outcome-line.ts';
import type { Level } from './permissions.ts';
import { puppetDesk, puppetLevels } from './puppet-desk.ts';
import { passes, signalLimits } from './signals-config.ts';
import { isTransient } from './storage/errors.ts';
import type { Storage } from './storage/storage.ts';
import { withWelcome } from './welcome.ts';

/** What the core is made of and with. */
export interface CoreDeps {
  readonly config: BridgeConfig;
  readonly log: Log;
  readonly version: string;
  readonly storage: Storage;
  readonly monitoring: Monitoring;
  readonly settings: LiveSettings;
  /** Absent where nothing can transcode. */
  readonly transcoder: Transcoder | undefined;
  /** Absent where the bridge is not to work in encrypted rooms. */
  readonly encryption: Encryption | undefined;
}

/** The bridge without its networks. */
export interface Core {
  readonly log: Log;
  readonly storage: Storage;
  readonly homeserver: RunningHomeserver;
  readonly networks: Map<NetworkId, RunningNetwork>;
  readonly spine: Spine;
  readonly signals: Signals;
  readonly people: People;
  readonly reports: Reports;
  readonly erasures: Erasures;
  readonly monitoring: Monitoring;
  readonly reachable: EventSink['reachable'];
  readonly positions: ArchivePositions;
  readonly spaces: Spaces;
}

/** Nothing is forbidden yet: the place where rules judge both directions. */
const everythingPasses: Policy = { judge: () => ({ kind: 'pass' }) };

/** Makes the core and the Matrix side and joins them. The networks are added as they start. */
export function makeCore(deps: CoreDeps): Core {
  const { config, log, version, storage, monitoring, settings } = deps;
  const networks = new Map<NetworkId, RunningNetwork>();
  const network = (id: NetworkId): RunningNetwork | undefined => networks.get(id);
  const isErased = (user: MatrixUserId): boolean => erasures.isUnderWay(user);
  const levelOf = (user: MatrixUserId): Level => (isErased(user) ? 'none' : settings.levelOf(user));
  const reachable = async (user: MatrixUserId): Promise<Reachable> =>
    levelOf(user) === 'none' ? 'not-permitted' : matrix.reachable(user);
  const matrix = makeMatrix(deps, networks, levelOf, {
    keep: (arrivals) => spine.receiveMatrix(arrivals),
    signal: (signal) => signals.fromMatrix(signal),
    up: () => {
      spine.wake('matrix');
      reports.poke();
    },
  });
  const people = new People({ faces: matrix.people.faces, network, log });
  const { homeserver, line } = edgeOf(matrix, storage, people);
  const permits = (user: MatrixUserId): boolean => levelOf(user) !== 'none';
  const { signals: meter } = monitoring.metrics;
  const signals = makeSignals({ config, log, storage, matrix, network, permits, meter });
  const positions = new ArchivePositions(storage, log);
  const { spaces, portals, backfill, groups }: PortalWays = makePortals(deps, matrix, homeserver, {
    ...{ reachable, permits, positions },
    keep: (...said) => spine.receiveHistory(...said),
  });
  const reports = makeReports(settings, {
    ...{ log: partOf(log, 'reports'), stores: storage, network, line, isTransient },
    homeserver: quietFor(homeserver, isErased),
  });
  const commands = commandDesk({
    ...{ storage, homeserver, networks, portals, groups, levelOf, version },
    log: partOf(log, 'commands'),
    logging: controlOf(log),
    erasures: { begin: (user) => erasures.begin(user), isUnderWay: isErased },
    retry: (id: string) => spine.retry(id),
    ...puppetDesk(matrix),
    keys: keyDesk(matrix, storage, networks),
    spaces,
    history: { backfill, most: config.groups.maxHistory, ended: (...chat) => spine.historyEnded(...chat) },
  });
  const spine = new Spine({
    log: partOf(log, 'spine'),
    meter: monitoring.meter,
    limits: settings.limits,
    ...{ stores: storage, homeserver, portals, groups, policy: everythingPasses, commands, network },
    ...{ isTransient, reports, permits },
  });
  deps.encryption?.listen({ keysArrived: (_device, came) => spine.keysArrived(came.flatMap(keyOf)) });
  const erasures = makeErasures({
    ...{ storage, matrix, portals, spine, log: partOf(log, 'erasures') },
    steps: [
      outOfGroups(groupsOfUsers({ storage, homeserver, networks, groups })),
      { name: 'spaces', erase: (user) => spaces.close(user) },
      { name: 'keys', erase: (user) => matrix.crypto.erase(user) },
    ],
  });
  const ways = { spine, signals, people, positions, spaces };
  return { log, erasures, storage, homeserver: matrix, networks, reports, monitoring, reachable, ...ways };
}

/** A key that came, by a room that can be one of ours. */
function keyOf({
  room,
  sessionId,
}: {
  readonly room: string;
  readonly sessionId: string;
}): readonly KeySession[] {
  const parsed = parseRoomId(room);
  return parsed === undefined ? [] : [{ room: parsed, sessionId }];
}

interface PortalWays {
  readonly spaces: Spaces;
  readonly portals: Portals;
  readonly backfill: Backfill;
  readonly groups: GroupPortals;
}

function makePortals(
  { config, log, storage: stores, monitoring: { meter } }: CoreDeps,
  matrix: RunningHomeserver,
  homeserver: Homeserver,
  needs: {
    readonly reachable: EventSink['reachable'];
    readonly permits: (user: MatrixUserId) => boolean;
    readonly positions: ArchivePositions;
    readonly keep: Spine['receiveHistory'];
  },
): PortalWays {
  const { reachable, permits, positions, keep } = needs;
  const spaces = new Spaces({
    ...{
      store: stores.spaces,
      portals: stores.portals,
      groups: stores.groups,
      rooms: matrix.spaces,
      permits,
    },
    ...{ offered: config.matrix.rooms.spaces, log: partOf(log, 'spaces') },
  });
  const portals = new Portals({
    ...{ store: stores.portals, rooms: homeserver.rooms, reachable },
    changed: (portal) => spaces.portalChanged(portal),
  });
  const { backfill: first } = config.groups;
  const backfill = new Backfill({ stores, log: partOf(log, 'history'), meter, first, keep });
  const groups = new GroupPortals({
    ...{ stores, rooms: homeserver.groupRooms, reachable, nickOf: nicks(matrix), backfill },
    changed: (user) => spaces.changed(user),
    remember: () => positions.write(),
  });
  return { spaces, portals, backfill, groups };
}

/** What of the Matrix side's events goes where; called once the core is made. */
interface FromMatrix {
  readonly keep: (arrivals: readonly MatrixArrival[]) => Promise<void>;
  readonly signal: (signal: MatrixSignal) => void;
  readonly up: () => void;
}

function makeMatrix(
  { config, log, storage, monitoring, settings, transcoder, encryption }: CoreDeps,
  networks: ReadonlyMap<NetworkId, RunningNetwork>,
  levelOf: (user: MatrixUserId) => Level,
  { keep, signal, up }: FromMatrix,
): RunningHomeserver {
  const matrix = makeHomeserver({
    engine: encryption?.engine,
    ...{ config: settings.matrix, stores: storage, log: partOf(log, 'matrix') },
    ...{ watch: monitoring.homeserver, keep, signal },
    groups: groupOptions(networks, monitoring.meter),
    ghostWanted: (key) => wantedProfile(networks, key),
    recodeVoice: (voice, stop) => voiceFor(transcoder, voice, 'ogg-opus', stop),
    presencePerSecond: config.signals.presence.perSecond,
    profileChanged: (user) => networks.forEach((running) => running.people?.changed(user)),
    puppetLevelOf: puppetLevels(config, levelOf),
    linkChanged: (health) => {
      monitoring.linkChanged('matrix', health);
      if (health.kind === 'up') up();
    },
  });
  encryption?.connect(matrix.crypto.requests);
  return matrix;
}

/** The way of what is not kept. */
function makeSignals(parts: {
  readonly config: BridgeConfig;
  readonly log: Log;
  readonly storage: Storage;
  readonly matrix: RunningHomeserver;
  readonly network: (id: NetworkId) => RunningNetwork | undefined;
  readonly permits: (user: MatrixUserId) => boolean;
  readonly meter: SignalMeter;
}): Signals {
  const { config, log, storage: stores, matrix, network, permits, meter } = parts;
  const { handlers } = matrix;
  return new Signals({
    ...{ log, meter, stores, policy: everythingPasses, network, permits, handlers },
    upTo: (portal, eventId, signal) => matrix.signals.upTo(portal, eventId, signal),
    limits: signalLimits,
    isUp: () => matrix.health().kind === 'up',
    passes: passes(config.signals),
  });
}

function makeReports(
  settings: LiveSettings,
  deps: Omit<ReportsDeps, 'statusLevel' | 'giveUpAfter'>,
): Reports {
  return new Reports({
    ...deps,
    get statusLevel() {
      return settings.messageStatus;
    },
    get giveUpAfter() {
      return settings.limits.giveUpAfter;
    },
  });
}

/** The Matrix side as the spine sees it, and the lines that tell how events ended. */
function edgeOf(
  matrix: RunningHomeserver,
  { users, ghosts }: Storage,
  people: People,
): { readonly homeserver: Homeserver; readonly line: ReportsDeps['line'] } {
  const line = outcomeLine({
    users,
    ghosts,
    ghostOf: (portal) => matrix.ghosts.userId(portal.key.network, portal.remote),
  });
  const homeserver: Homeserver = {
    open: (arrival, cause) => matrix.open(arrival, cause),
    glance: (arrival) => matrix.glance(arrival),
    cancelVerification: (asked) => matrix.cancelVerification(asked),
    handlers: withUndeliveredLines(matrix.handlers, matrix.reporter, line),
    rooms: matrix.rooms,
    groupRooms: matrix.groupRooms,
    reporter: withWelcome(matrix.reporter, users),
    ignores: matrix.ignores,
  };
  return { homeserver: withPeople(homeserver, people), line };
}

/** The profile of a person whose ghost somebody asks for, where the network can have such a person. */
async function wantedProfile(
  networks: ReadonlyMap<NetworkId, RunningNetwork>,
  key: { readonly network: NetworkId; readonly remote: RemoteProfile['userId'] },
): Promise<RemoteProfile | undefined> {
  const directory = networks.get(key.network)?.directory;
  if (directory === undefined) return undefined;
  const found = await directory.find(key.remote);
  if (!('kind' in found)) return found.userId === key.remote ? found : undefined;
  if (found.retry.kind === 'never') return undefined;
  return { userId: key.remote, chat: directory.chatWith(key.remote), name: undefined };
}
