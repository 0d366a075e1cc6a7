/** The composition root: the only file that names concrete networks. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express } from 'express';
import { commandDesk } from './command-desk.ts';
import type { BridgeConfig } from './config-schema.ts';
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
import { task, type Log } from './core/task.ts';
import { voiceFor, type Transcoder } from './core/transcoder.ts';
import { withUndeliveredLines } from './core/undelivered.ts';
import { installedFfmpeg } from './ffmpeg.ts';
import { groupOptions, nicks } from './group-options.ts';
import { healthRouter } from './http/health.ts';
import { createMetrics, type Metrics } from './http/metrics.ts';
import { makeHomeserver, type RunningHomeserver } from './matrix/homeserver.ts';
import { loopback, type LoopbackWorld } from './networks/loopback/index.ts';
import { createXmpp, type LinkTimes } from './networks/xmpp/index.ts';
import { outcomeLine } from './outcome-line.ts';
import { permissions } from './permissions.ts';
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
  const { config, log } = options;
  const storage = stack.use(await openStorage(config.storage, { log }));
  stack.use(startRetention(storage, config.storage, log));
  const transcoder = installedFfmpeg();
  const core = makeCore(options, storage, transcoder);
  stack.defer(() => core.homeserver[Symbol.asyncDispose]());
  stack.defer(() => core.reports.stop());
  stack.defer(() => core.spine.stop());
  stack.defer(() => core.positions.stop());
  stack.defer(() => Promise.all([core.signals.stop(), core.people.stop()]).then(() => undefined));
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
  const port = await listen(stack, config, core);
  core.homeserver.begin();
  log.info({ port, networks: [...core.networks.keys()] }, 'the bridge runs');
  const started = stack.move();
  return { port, broken: brokenBy(storage), [Symbol.asyncDispose]: () => started.disposeAsync() };
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
  readonly metrics: Metrics;
  readonly reachable: EventSink['reachable'];
  readonly positions: ArchivePositions;
}

function makeCore(
  { config, log, version }: BridgeOptions,
  storage: Storage,
  transcoder: Transcoder | undefined,
): Core {
  const networks = new Map<NetworkId, RunningNetwork>();
  const network = (id: NetworkId): RunningNetwork | undefined => networks.get(id);
  const levelOf = permissions(config.permissions, config.matrix.homeserver.domain);
  const reachable = async (user: MatrixUserId): Promise<Reachable> =>
    levelOf(user) === 'none' ? 'not-permitted' : matrix.reachable(user);
  const links = (): ReturnType<typeof linksOf> => linksOf(matrix, networks.values());
  const backlog = (): ReturnType<Storage['events']['backlog']> => storage.events.backlog();
  const metrics = createMetrics({ backlog, links, version, now: Date.now });
  const matrix = makeHomeserver({
    config: config.matrix,
    stores: storage,
    log,
    keep: (arrivals) => spine.receiveMatrix(arrivals),
    groups: groupOptions(networks, metrics.meter),
    ghostWanted: (key) => wantedProfile(networks, key),
    recodeVoice: (voice, signal) => voiceFor(transcoder, voice, 'ogg-opus', signal),
    signal: (signal) => signals.fromMatrix(signal),
    presencePerSecond: config.signals.presence.perSecond,
    profileChanged: (user) => networks.forEach((running) => running.people?.changed(user)),
    linkChanged: (health) => {
      if (health.kind !== 'up') return;
      spine.wake('matrix');
      reports.poke();
    },
  });
  const people = new People({ faces: matrix.people.faces, network, log });
  const { homeserver, line } = edgeOf(matrix, storage, people);
  const permits = (user: MatrixUserId): boolean => levelOf(user) !== 'none';
  const signals = makeSignals({ config, log, storage, matrix, network, permits, meter: metrics.signals });
  const portals = new Portals({ store: storage.portals, rooms: homeserver.rooms, reachable });
  const groups = new GroupPortals({
    ...{ stores: storage, rooms: homeserver.groupRooms, reachable, nickOf: nicks(matrix) },
  });
  const { messageStatus: statusLevel } = config.matrix;
  const reports = new Reports({
    ...{ log, stores: storage, homeserver, network, statusLevel, line },
    ...{ isTransient, giveUpAfter: config.spine.giveUpAfter },
  });
  const commands = commandDesk({
    ...{ storage, homeserver, networks, portals, groups, levelOf, version, log },
    retry: (id: string) => spine.retry(id),
  });
  const spine = new Spine({
    ...{ log, meter: metrics.meter, stores: storage, homeserver, portals, groups, commands, network },
    policy: everythingPasses,
    permits,
    limits: config.spine,
    isTransient,
    reports,
  });
  const positions = new ArchivePositions(storage, log);
  const ways = { spine, signals, people, positions };
  return { log, storage, homeserver: matrix, networks, reports, metrics, reachable, ...ways };
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

/** Every link with its true state: the homeserver's, and each network's. */
function linksOf(
  matrix: RunningHomeserver,
  networks: Iterable<RunningNetwork>,
): { readonly network: string; readonly health: Health }[] {
  const others = Array.from(networks, (running) => ({ network: running.id, health: running.health() }));
  return [{ network: 'matrix', health: matrix.health() }, ...others];
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
  };
  return { homeserver: withPeople(homeserver, people), line };
}

/** The explicit list of networks; also what the doctor examines. */
export function networksOf(options: BridgeOptions, transcoder?: Transcoder): readonly Network[] {
  const { config, log, version, loopbackWorld, xmppTimes: times } = options;
  const { xmpp, loopback: memory } = config.networks;
  const homeserver = config.matrix.homeserver.domain;
  const timed = times === undefined ? {} : { times };
  return [
    ...(xmpp === undefined
      ? []
      : [createXmpp(xmpp, { homeserver, version, texts: xmppTexts, log, transcoder, ...timed })]),
    ...(memory === undefined || loopbackWorld === undefined
      ? []
      : [loopback({ config: memory, world: loopbackWorld, log })]),
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
    displayName: async (user) => (await core.homeserver.displayName(user)) ?? localpartOf(user),
    linkChanged: (health: Health) => {
      core.log.info({ network: id, state: health.kind }, 'link changed');
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

/** Serves the homeserver, health and metrics; health apart from the rest where the configuration says so. */
async function listen(stack: AsyncDisposableStack, config: BridgeConfig, core: Core): Promise<number> {
  const { bind, metrics } = config.http;
  const app = newApp();
  const watched = bind === undefined ? app : newApp();
  watched.use(healthRouter(readiness(core)));
  if (metrics) watched.use(core.metrics.router);
  app.use(core.homeserver.router);
  if (bind !== undefined) await serve(stack, core.log, watched, bind);
  return serve(stack, core.log, app, config.matrix.appservice.bind);
}

function newApp(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // Else express answers errors with a stack.
  app.set('env', 'production');
  return app;
}

function readiness(core: Core): Parameters<typeof healthRouter>[0] {
  return [
    { name: 'database', ready: async () => (await core.storage.events.backlog()).pending >= 0 },
    { name: 'homeserver', ready: () => core.homeserver.health().kind === 'up' },
    ...[...core.networks.values()].map((network) => ({
      name: network.id,
      ready: () => network.health().kind === 'up',
    })),
  ];
}

async function serve(
  stack: AsyncDisposableStack,
  log: Log,
  app: Express,
  bind: { readonly host: string; readonly port: number },
): Promise<number> {
  const server: Server = createServer(app);
  // Longer than a homeserver keeps an idle connection, so that it is the one to end it.
  server.keepAliveTimeout = 120_000;
  server.listen(bind.port, bind.host);
  await once(server, 'listening');
  stack.defer(async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeIdleConnections();
    const impatience = setTimeout(() => {
      server.closeAllConnections();
    }, 2_000);
    await task(log, 'close', () => closed);
    clearTimeout(impatience);
  });
  return (server.address() as AddressInfo).port;
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
