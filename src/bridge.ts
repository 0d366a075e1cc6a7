/** The composition root: the only file that names concrete networks. */
import { commandDesk, groupsOfUsers } from './command-desk.ts';
import type { BridgeConfig } from './config-schema.ts';
import { outOfGroups, type Erasures } from './core/erasures.ts';
import { GroupPortals } from './core/groups.ts';
import type { Homeserver } from './core/homeserver.ts';
import { localpartOf, type MatrixUserId, type NetworkId } from './core/ids.ts';
import type { EventSink, Health, Network, Reachable, RemoteProfile, RunningNetwork } from './core/network.ts';
import type { Policy } from './core/policy.ts';
import { ArchivePositions } from './core/archive-positions.ts';
import { People, withPeople } from './core/people.ts';
import { Portals } from './core/portals.ts';
import { Reports, type ReportsDeps } from './core/report.ts';
import { Signals, type SignalMeter } from './core/signals.ts';
import { Spine } from './core/spine.ts';
import type { Log } from './core/task.ts';
import { voiceFor, type Transcoder } from './core/transcoder.ts';
import { withUndeliveredLines } from './core/undelivered.ts';
import { makeErasures, quietFor } from './erasing.ts';
import { installedFfmpeg } from './ffmpeg.ts';
import { groupOptions, nicks } from './group-options.ts';
import { controlOf, partOf } from './log.ts';
import { LiveSettings } from './live-settings.ts';
import { makeHomeserver, type RunningHomeserver } from './matrix/homeserver.ts';
import { loopback, type LoopbackWorld } from './networks/loopback/index.ts';
import { createXmpp, type LinkTimes } from './networks/xmpp/index.ts';
import { Monitoring } from './monitoring.ts';
import { outcomeLine } from './outcome-line.ts';
import type { Level } from './permissions.ts';
import { copiesTo, puppetDesk, puppetLevels } from './puppet-desk.ts';
import { listen } from './serving.ts';
import { passes, signalLimits } from './signals-config.ts';
import { isTransient } from './storage/errors.ts';
import { openStorage, startRetention, type Storage } from './storage/storage.ts';
import { withWelcome } from './welcome.ts';
import { xmppTexts } from './xmpp-texts.ts';

export interface BridgeOptions {
  readonly config: BridgeConfig;
  readonly log: Log;
  readonly version: string;
  /** The far end of the `loopback` network, where that is configured. */
  readonly loopbackWorld?: LoopbackWorld;
  /** The times that the link to an XMPP server keeps, where not the usual ones. */
  readonly xmppTimes?: LinkTimes;
}

/** A bridge that runs. Disposal stops it cleanly: what is under way ends, the rest stays kept. */
export interface Bridge extends AsyncDisposable {
  /** The port on which the homeserver reaches it. */
  readonly port: number;
  /**
   * Takes the settings that may change while it runs; answers the names of those that differ and wait for the next start.
   */
  reconfigure(config: BridgeConfig): readonly string[];
  /** Rejects with the reason when the bridge cannot go on by itself (another process took the database). */
  readonly broken: Promise<never>;
}

/** Nothing is forbidden yet: the place where rules judge both directions. */
const everythingPasses: Policy = { judge: () => ({ kind: 'pass' }) };

/**
 * Starts the bridge: opens the database (throws a `StorageError` where it cannot, `LeaseHeldError` where another
 * process holds it), takes up what an earlier run left, listens, and connects in the background.
 */
export async function startBridge(options: BridgeOptions): Promise<Bridge> {
  await using stack = new AsyncDisposableStack();
  const { config, log, version } = options;
  const monitoring = stack.use(
    new Monitoring({ version, thresholds: config.http.health, log: partOf(log, 'health') }),
  );
  const stored = partOf(log, 'storage');
  const storage = stack.use(await openStorage(config.storage, { log: stored, watch: monitoring.database }));
  stack.use(startRetention(storage, config.storage, stored));
  const settings = new LiveSettings(config);
  const transcoder = installedFfmpeg();
  const core = makeCore(options, storage, monitoring, settings, transcoder);
  stack.defer(() => core.homeserver[Symbol.asyncDispose]());
  stack.defer(() => core.reports.stop());
  stack.defer(() => core.spine.stop());
  stack.defer(() => core.positions.stop());
  stack.defer(() => Promise.all([core.signals.stop(), core.people.stop()]).then(() => undefined));
  stack.use(core.erasures);
  await core.erasures.start();
  await core.spine.start();
  core.reports.poke();
  const stopping = new AbortController();
  stack.defer(() => {
    stopping.abort();
  });
  for (const network of networksOf(options, transcoder)) {
    const running = stack.use(await network.start(sinkOf(core, network.id), stopping.signal));
    core.networks.set(network.id, running);
    core.spine.wake(network.id);
  }
  monitoring.watch({
    storage,
    homeserverHealth: core.homeserver.health,
    networks: core.networks,
    load: () => core.spine.load(),
  });
  const port = await listen(stack, config, core);
  core.homeserver.begin();
  log.info({ port, networks: [...core.networks.keys()] }, 'the bridge runs');
  const started = stack.move();
  const reconfigure = (changed: BridgeConfig): readonly string[] => {
    controlOf(log)?.set(changed.logging.level);
    return settings.change(changed);
  };
  return {
    port,
    reconfigure,
    broken: brokenBy(storage),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

interface Core {
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
}

function makeCore(
  { config, log, version }: BridgeOptions,
  storage: Storage,
  monitoring: Monitoring,
  settings: LiveSettings,
  transcoder: Transcoder | undefined,
): Core {
  const networks = new Map<NetworkId, RunningNetwork>();
  const network = (id: NetworkId): RunningNetwork | undefined => networks.get(id);
  const isErased = (user: MatrixUserId): boolean => erasures.isUnderWay(user);
  const levelOf = (user: MatrixUserId): Level => (isErased(user) ? 'none' : settings.levelOf(user));
  const reachable = async (user: MatrixUserId): Promise<Reachable> =>
    levelOf(user) === 'none' ? 'not-permitted' : matrix.reachable(user);
  const matrix = makeHomeserver({
    config: settings.matrix,
    stores: storage,
    log: partOf(log, 'matrix'),
    watch: monitoring.homeserver,
    keep: (arrivals) => spine.receiveMatrix(arrivals),
    groups: groupOptions(networks, monitoring.meter),
    ghostWanted: (key) => wantedProfile(networks, key),
    recodeVoice: (voice, signal) => voiceFor(transcoder, voice, 'ogg-opus', signal),
    signal: (signal) => signals.fromMatrix(signal),
    presencePerSecond: config.signals.presence.perSecond,
    profileChanged: (user) => networks.forEach((running) => running.people?.changed(user)),
    puppetLevelOf: puppetLevels(config, levelOf),
    linkChanged: (health) => {
      monitoring.linkChanged('matrix', health);
      if (health.kind !== 'up') return;
      spine.wake('matrix');
      reports.poke();
    },
  });
  const people = new People({ faces: matrix.people.faces, network, log });
  const { homeserver, line } = edgeOf(matrix, storage, people);
  const permits = (user: MatrixUserId): boolean => levelOf(user) !== 'none';
  const signals = makeSignals({
    config,
    log,
    storage,
    matrix,
    network,
    permits,
    meter: monitoring.metrics.signals,
  });
  const portals = new Portals({ store: storage.portals, rooms: homeserver.rooms, reachable });
  const groups = new GroupPortals({
    ...{ stores: storage, rooms: homeserver.groupRooms, reachable, nickOf: nicks(matrix) },
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
  });
  const spine = new Spine({
    log: partOf(log, 'spine'),
    meter: monitoring.meter,
    limits: settings.limits,
    ...{ stores: storage, homeserver, portals, groups, policy: everythingPasses, commands, network },
    ...{ isTransient, reports, permits },
  });
  const erasures = makeErasures({
    ...{ storage, matrix, portals, spine, log: partOf(log, 'erasures') },
    steps: [outOfGroups(groupsOfUsers({ storage, homeserver, networks, groups }))],
  });
  const positions = new ArchivePositions(storage, log);
  const ways = { spine, signals, people, positions };
  return { log, erasures, storage, homeserver: matrix, networks, reports, monitoring, reachable, ...ways };
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
    handlers: withUndeliveredLines(matrix.handlers, matrix.reporter, line),
    rooms: matrix.rooms,
    groupRooms: matrix.groupRooms,
    reporter: withWelcome(matrix.reporter, users),
    ignores: matrix.ignores,
  };
  return { homeserver: withPeople(homeserver, people), line };
}

/** The explicit list of networks; also what the doctor examines. */
export function networksOf(options: BridgeOptions, transcoder?: Transcoder): readonly Network[] {
  const { config, log, version, loopbackWorld, xmppTimes: times } = options;
  const own = (id: string): Log => partOf(log, id);
  const { xmpp, loopback: memory } = config.networks;
  const homeserver = config.matrix.homeserver.domain;
  const timed = times === undefined ? {} : { times };
  return [
    ...(xmpp === undefined
      ? []
      : [
          createXmpp(xmpp, { homeserver, version, texts: xmppTexts, log: own('xmpp'), transcoder, ...timed }),
        ]),
    ...(memory === undefined || loopbackWorld === undefined
      ? []
      : [loopback({ config: memory, world: loopbackWorld, log: own('loopback') })]),
  ];
}

/** What a network sees of the bridge. */
function sinkOf(core: Core, id: NetworkId): EventSink {
  return {
    receive: (arrival) => core.spine.receiveRemote(id, arrival),
    reachable: core.reachable,
    signal: (signal) => core.signals.fromRemote(id, signal),
    groups: () => core.storage.groups.joined(id),
    reached: (chat, position) => core.positions.reached(id, chat, position),
    avatar: (user) => core.homeserver.people.avatar(user),
    profileChanged: (user) => core.people.changed(id, user),
    copiesTo: copiesTo(core.homeserver, core.storage, id),
    displayName: async (user) => (await core.homeserver.displayName(user)) ?? localpartOf(user),
    linkChanged: (health: Health) => {
      core.log.info({ network: id, state: health.kind }, 'link changed');
      core.monitoring.linkChanged(id, health);
      if (health.kind !== 'up') return;
      core.spine.wake(id);
      core.reports.poke();
    },
  };
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

function brokenBy(storage: Storage): Promise<never> {
  const broken = new Promise<never>((_resolve, reject) => {
    storage.lost.addEventListener('abort', () => {
      reject(
        storage.lost.reason instanceof Error ? storage.lost.reason : new Error('the database was taken'),
      );
    });
  });
  broken.catch(() => undefined);
  return broken;
}
