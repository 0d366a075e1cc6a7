/** Puts the core and the Matrix side together; `bridge.ts` adds the networks and runs them. */
import { makeBeside } from './beside.ts';
import { unwanted } from './blocking.ts';
import { commandDesk, type CommandDeskDeps } from './command-desk.ts';
import type { BridgeConfig } from './config-schema.ts';
import { ArchivePositions } from './core/archive-positions.ts';
import type { AskedRooms } from './core/asked-rooms.ts';
import type { Banishing } from './core/banishing.ts';
import type { Blocks } from './core/blocks.ts';
import type { BotAbsences } from './core/bot-absence.ts';
import type { Erasures } from './core/erasures.ts';
import type { CommandRunner } from './core/command-runner.ts';
import type { Expiries } from './core/expiries.ts';
import type { GroupAliases } from './core/group-aliases.ts';
import type { MatrixArrival } from './core/homeserver.ts';
import type { Identities } from './core/identities.ts';
import { parseRoomId, type MatrixUserId, type NetworkId, type RemoteChatId } from './core/ids.ts';
import type { KeySession } from './core/key-waits.ts';
import type { LoginLists } from './core/login-lists.ts';
import type { RemoteProfile, RunningNetwork } from './core/network.ts';
import { People } from './core/people.ts';
import type { PolicyListBook } from './core/policy-list-book.ts';
import { Reports, type ReportsDeps } from './core/report.ts';
import type { MatrixSignal, Signals } from './core/signals.ts';
import type { Disabling } from './core/disabling.ts';
import type { Spaces } from './core/spaces.ts';
import { Spine, type SpineDeps } from './core/spine.ts';
import type { Ties } from './core/ties.ts';
import type { Log } from './core/task.ts';
import { voiceFor, type Transcoder } from './core/transcoder.ts';
import { makeDoors } from './doors.ts';
import { makeErasures, quietFor } from './erasing.ts';
import { groupOptions } from './group-options.ts';
import type { Encryption } from './encryption.ts';
import { keyDesk } from './key-desk.ts';
import { edgeOf } from './homeserver-edge.ts';
import type { LiveSettings } from './live-settings.ts';
import { controlOf, partOf } from './log.ts';
import type { HomeserverOptions } from './matrix/homeserver-options.ts';
import { makeHomeserver, type RunningHomeserver } from './matrix/homeserver.ts';
import type { Monitoring } from './monitoring.ts';
import type { Level } from './permissions.ts';
import { makePolicing, type Policing } from './policing.ts';
import { makePortals, type PortalWays } from './portal-ways.ts';
import { puppetDesk, puppetLevels } from './puppet-desk.ts';
import { makeDisabling, reachDesks, type Reaching } from './reaching.ts';
import { withRequestRooms, type Requests } from './request-desk.ts';
import { regionFacts } from './region-facts.ts';
import { roomRules } from './room-rules.ts';
import { makeRulebook, type RulebookParts } from './rulebook-parts.ts';
import type { RegionSources } from './rules/room-capabilities.ts';
import { isTransient } from './storage/errors.ts';
import type { Storage } from './storage/storage.ts';
import { makeTies } from './tying.ts';

/** What the core is made of and with. */
export interface CoreDeps {
  readonly config: BridgeConfig;
  readonly log: Log;
  readonly version: string;
  readonly storage: Storage;
  readonly monitoring: Monitoring;
  readonly settings: LiveSettings;
  readonly blocks: Blocks;
  readonly policyLists: PolicyListBook;
  /** Absent where nothing can transcode. */
  readonly transcoder: Transcoder | undefined;
  /** Absent where the bridge is not to work in encrypted rooms. */
  readonly encryption: Encryption | undefined;
}

/** The bridge without its networks. */
export interface Core {
  readonly log: Log;
  readonly storage: Storage;
  readonly blocks: Blocks;
  /** Absent where the lists of accounts are not followed. */
  readonly lists: LoginLists | undefined;
  readonly homeserver: RunningHomeserver;
  readonly networks: Map<NetworkId, RunningNetwork>;
  readonly spine: Spine;
  readonly signals: Signals;
  readonly people: People;
  readonly reports: Reports;
  readonly erasures: Erasures;
  readonly monitoring: Monitoring;
  readonly reaching: Reaching;
  readonly disabling: Disabling;
  readonly positions: ArchivePositions;
  readonly spaces: Spaces;
  readonly aliases: GroupAliases;
  readonly asked: AskedRooms;
  readonly ties: Ties;
  readonly absences: BotAbsences;
  readonly rulebook: RulebookParts;
  readonly requests: Requests;
  readonly banishing: Banishing;
  readonly policing: Policing;
  readonly identities: Identities;
  readonly expiries: Expiries;
}

/** Makes the core and the Matrix side and joins them. The networks are added as they start. */
export function makeCore(deps: CoreDeps): Core {
  const { config, log, storage, monitoring, settings, blocks } = deps;
  const networks = new Map<NetworkId, RunningNetwork>();
  const network = (id: NetworkId): RunningNetwork | undefined => networks.get(id);
  const configured = configuredIn(config);
  const isErased = (user: MatrixUserId): boolean => erasures.isUnderWay(user);
  const levelOf = (user: MatrixUserId): Level => (isErased(user) ? 'none' : settings.levelOf(user));
  const matrix = makeMatrix(deps, networks, levelOf, {
    keep: async (arrivals) => spine.receiveMatrix(await policing.take(arrivals)),
    signal: (signal) => beside.heard(signal),
    aliasWanted: (id, chat) => asked.asked(id, chat),
    shutOut: (portal) => absences.suspected(portal),
    isQuiet: async (user) => !(await reaching.strict.givesPresence(user)),
    regions: regionFacts(() => reaching.regions),
    up: () => {
      spine.wake('matrix');
      reports.poke();
      policing.follower.connected();
    },
  });
  const policing = makePolicing(deps, matrix, levelOf);
  const people = new People({ faces: matrix.people.faces, network, log, isUnwanted: unwanted(blocks) });
  const { homeserver, line, identities } = edgeOf(matrix, storage, people);
  const permits = (user: MatrixUserId): boolean => levelOf(user) !== 'none';
  const takeUp: Spine['takeUp'] = (lanes) => spine.takeUp(lanes);
  const doors = makeDoors(deps, matrix, { networks, levelOf, network, permits, takeUp, identities });
  const { requests, gate, signals, reaching } = doors;
  const beside = makeBeside(deps, matrix, { homeserver, ...gate, identities, signals });
  const positions = new ArchivePositions(storage, log);
  const ways: PortalWays = makePortals(deps, matrix, homeserver, {
    ...{ ...reaching, permits, positions, network, configured, takeUp },
    keep: (...said) => spine.receiveHistory(...said),
  });
  const { portals, groups, spaces, aliases, asked, absences, banishing } = ways;
  const reports = makeReports(deps, { network, line, homeserver: quietFor(homeserver, isErased) });
  const { ties, desk } = makeTies({
    ...{ storage, matrix, homeserver, groups, networks, permits, log, config, ...reaching },
  });
  const rulebook = makeRulebook(deps, matrix, networks, doors);
  const ofUsers = { storage, homeserver, networks, groups, configured, ties, requests };
  const disabling = makeDisabling(reaching, ways, { ...ofUsers, log: partOf(log, 'reach') });
  const commands = makeCommands(deps, ways, {
    ...{ matrix, homeserver, networks, levelOf, configured, ties: desk, rulebook, ...gate },
    ...{ ...reachDesks(reaching, disabling, settings), blocks: doors.blocks, policies: policing.desk },
    ...{ requests: requests.desk, talk: requests.talk, rooms: requests.rooms, identities },
    erasures: { begin: (user) => erasures.begin(user), isUnderWay: isErased },
    retry: (id) => spine.retry(id),
    ended: (...chat) => spine.historyEnded(...chat),
  });
  const spine = makeSpine(deps, {
    ...{ homeserver, portals, groups, commands, network, reports, permits, ties, absences, ...gate },
    ...{ requests: requests.book, asides: beside.asides },
  });
  const erasures = makeErasures(deps, ways, { ...ofUsers, matrix, reaching, spine });
  return {
    ...{ log, erasures, storage, blocks, homeserver: matrix, networks, reports, monitoring, reaching },
    ...{ spine, signals, people, positions, spaces, aliases, asked, ties, absences, rulebook, disabling },
    ...{ requests, identities, expiries: beside.expiries, banishing, policing, lists: doors.lists },
  };
}

function makeSpine(
  { log, monitoring, settings, storage: stores, encryption }: CoreDeps,
  rest: Omit<SpineDeps, 'log' | 'meter' | 'limits' | 'stores' | 'isTransient'>,
): Spine {
  const spine = new Spine({
    ...rest,
    ...{ stores, isTransient },
    log: partOf(log, 'spine'),
    meter: monitoring.meter,
    limits: settings.limits,
  });
  encryption?.listen({ keysArrived: (_device, came) => spine.keysArrived(came.flatMap(keyOf)) });
  return spine;
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

/** Which networks are configured, whether or not they run yet. */
function configuredIn({ networks }: BridgeConfig): (id: NetworkId) => boolean {
  const ids = new Set<string>(
    Object.entries(networks).flatMap(([id, own]) => (own === undefined ? [] : [id])),
  );
  return (id) => ids.has(id);
}

function makeCommands(
  { config, log, version, storage }: CoreDeps,
  { portals, groups, spaces, backfill }: PortalWays,
  {
    matrix,
    ended,
    rooms,
    ...rest
  }: Pick<
    CommandDeskDeps,
    | 'homeserver'
    | 'networks'
    | 'levelOf'
    | 'configured'
    | 'ties'
    | 'erasures'
    | 'retry'
    | 'reach'
    | 'strict'
    | 'identities'
    | 'rulebook'
    | 'door'
    | 'policy'
    | 'blocks'
    | 'policies'
    | 'requests'
    | 'talk'
  > & {
    readonly matrix: RunningHomeserver;
    readonly ended: CommandDeskDeps['history']['ended'];
    readonly rooms: Requests['rooms'];
  },
): CommandRunner {
  return commandDesk({
    ...{ ...rest, ...puppetDesk(matrix), storage, version, portals, groups },
    spaces: withRequestRooms(spaces, rooms),
    log: partOf(log, 'commands'),
    logging: controlOf(log),
    keys: keyDesk(matrix, storage, rest.networks),
    history: { backfill, most: config.groups.maxHistory, ended },
  });
}

/** What of the Matrix side's events goes where; called once the core is made. */
interface FromMatrix {
  readonly keep: (arrivals: readonly MatrixArrival[]) => Promise<void>;
  readonly signal: (signal: MatrixSignal) => void;
  readonly aliasWanted: (id: NetworkId, chat: RemoteChatId) => Promise<boolean>;
  readonly shutOut: HomeserverOptions['shutOut'];
  readonly isQuiet: NonNullable<HomeserverOptions['isQuiet']>;
  readonly regions: RegionSources;
  readonly up: () => void;
}

function makeMatrix(
  { config, log, storage, monitoring, settings, transcoder, encryption }: CoreDeps,
  networks: ReadonlyMap<NetworkId, RunningNetwork>,
  levelOf: (user: MatrixUserId) => Level,
  { keep, signal, aliasWanted, shutOut, isQuiet, regions, up }: FromMatrix,
): RunningHomeserver {
  const matrix = makeHomeserver({
    engine: encryption?.engine,
    ...{ config: settings.matrix, stores: storage, log: partOf(log, 'matrix') },
    ...{ watch: monitoring.homeserver, keep, signal, shutOut, isQuiet },
    requestRooms: storage.requests.rooms,
    groups: groupOptions(networks, monitoring.meter, roomRules(settings, regions)),
    ghostWanted: (key) => wantedProfile(networks, key),
    aliasWanted: ({ network, chat }) => aliasWanted(network, chat),
    thirdParty: (id) => networks.get(id)?.thirdParty,
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

function makeReports(
  { settings, storage: stores, log }: CoreDeps,
  parts: Pick<ReportsDeps, 'network' | 'line' | 'homeserver'>,
): Reports {
  return new Reports({
    ...{ ...parts, stores, isTransient, log: partOf(log, 'reports') },
    get statusLevel() {
      return settings.messageStatus;
    },
    get giveUpAfter() {
      return settings.limits.giveUpAfter;
    },
  });
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
