import type { Homeserver, RoomActs } from '../core/homeserver.ts';
import { matrixUserId, parseMatrixUserId, type MatrixUserId, type RoomId } from '../core/ids.ts';
import { failedForGood } from '../core/outcome.ts';
import type { Portal } from '../core/portal.ts';
import type { RequestRoomsSide } from '../core/request-room.ts';
import type { SpaceRooms } from '../core/spaces.ts';
import { TokenBucket } from '../core/token-bucket.ts';
import type { AliasDirectory } from '../core/group-aliases.ts';
import { AliasIds } from './alias-id.ts';
import { Accounts } from './accounts.ts';
import { MatrixClient } from './client.ts';
import { Opener } from './crypto/opener.ts';
import { Verifications } from './crypto/verifications.ts';
import { EventSender } from './event-sender.ts';
import { GhostIds } from './ghost-id.ts';
import { Voices } from './ghost-voice.ts';
import { Ghosts } from './ghosts.ts';
import { makeGroupSide, type GroupSide } from './group-side.ts';
import { matrixHandlers } from './handlers.ts';
import { CryptoSide } from './crypto/crypto-side.ts';
import type { HomeserverOptions } from './homeserver-options.ts';
import { ManagementRooms } from './management.ts';
import { MediaRepository } from './media.ts';
import { Membership } from './membership.ts';
import { PeopleSide } from './people-side.ts';
import { puppetSide, type PuppetSide } from './puppet-side.ts';
import { MatrixReporter } from './reporter.ts';
import type { Masquerade } from './request.ts';
import { DirectRooms, type RoomOptions } from './rooms.ts';
import { SignalSide } from './signal-side.ts';
import { MatrixRoomActs } from './room-acts.ts';
import { RoomDirectory } from './room-directory.ts';
import { RoomStates } from './room-state.ts';
import { BotRequestRooms } from './request-rooms.ts';
import { BotSpaces } from './spaces.ts';
import { TaggedRooms } from './tagged-rooms.ts';

/** Of what the Matrix side is made, before it runs. */
export interface MatrixParts {
  readonly client: MatrixClient;
  readonly bot: MatrixUserId;
  readonly ghostIds: GhostIds;
  readonly accounts: Accounts;
  readonly ghosts: Ghosts;
  readonly management: ManagementRooms;
  readonly media: MediaRepository;
  readonly people: PeopleSide;
  readonly groups: GroupSide;
  readonly aliasIds: AliasIds;
  readonly directory: AliasDirectory;
  readonly rooms: DirectRooms;
  readonly spaces: SpaceRooms;
  readonly requestRooms: RequestRoomsSide;
  readonly reporter: Homeserver['reporter'];
  readonly puppets: PuppetSide;
  readonly signals: SignalSide;
  readonly handlers: Homeserver['handlers'];
  readonly acts: RoomActs;
  readonly opener: Opener;
  readonly verifications: Verifications;
  readonly crypto: CryptoSide;
  readonly sender: EventSender;
  /** Whether a user is one of the bridge's own. */
  readonly isOwn: (userId: string) => boolean;
}

/** What the parts tell of. */
export interface PartsEvents {
  /** A room was made or entered by the bridge: it has missed nothing. */
  readonly onRoom: (room: RoomId) => void;
  /** A portal has another room now. */
  readonly onFollowed: (portal: Portal) => void;
}

/** Makes the parts and joins them. Nothing is sent yet. */
export function makeMatrixParts(options: HomeserverOptions, events: PartsEvents): MatrixParts {
  const { config, stores } = options;
  const base = makeBase(options, events.onRoom);
  const { client, accounts, membership, tagged, ghosts, management, media, rooms, bot, ghostIds } = base;
  const people = makePeople(options, base);
  const sender = new EventSender(client, base.crypto.sealer);
  const groups = makeGroupSide({
    sender,
    ...{ client, stores, ghosts, accounts, membership, tagged, bot, rooms, management, media },
    ...{ isOwn: base.isOwn, options: options.groups },
    bounds: { perRoom: config.rooms.ghostsPerRoom, perMinute: config.rooms.ghostsPerMinute },
  });
  const reporter = new MatrixReporter(sender, ghosts, accounts, management, config);
  const puppets = puppetSide(options, {
    ...{ client, sender, membership, accounts, bot: management.as, ghostIds, reporter },
    guests: base.crypto.guests,
    ghosts: new Voices(client, sender, ghosts, accounts, membership, groups.ghosts),
  });
  const signals = makeSignals(options, base, puppets);
  const { info, succession } = groups;
  const parts = { ...base, people, groups, reporter, puppets, signals, sender };
  const { domain } = config.homeserver;
  const spacious = { membership, tagged, management, domain, states: new RoomStates(client) };
  return {
    ...parts,
    opener: makeOpener(options, base),
    verifications: new Verifications(sender, accounts, management.as, bot, stores.users),
    rooms: new DirectRooms(ghosts, accounts, membership, {
      ...{ ...rooms, info, succession, tagged, onFollowed: events.onFollowed },
    }),
    handlers: makeHandlers(options, parts),
    acts: makeActs(base, sender),
    ...makeDirectory(options, base),
    spaces: new BotSpaces({ ...{ client, options: rooms }, ...spacious }),
    requestRooms: new BotRequestRooms({ ...{ sender, bot, options: rooms }, ...spacious }),
  };
}

/** What opens the events of rooms, and reads them. */
function makeOpener(
  { engine, stores, config }: HomeserverOptions,
  { bot, ghostIds, media, crypto }: Base,
): Opener {
  return new Opener({
    ...{ engine, bot },
    portalOf: (room) => stores.portals.byRoom(room),
    isManagementRoom: async (room) => (await stores.users.byManagementRoom(room)) !== undefined,
    ghostOf: ({ key, remote }) => ghostIds.userId({ network: key.network, remote }),
    deviceOf: async (user) => (await crypto.identities?.ensure(user)) ?? failedForGood('no-encryption'),
    isSealedHere: async (user, deviceId) => (await crypto.guests?.isOurs(user, deviceId)) === true,
    required: config.encryption.require,
    parse: {
      bot,
      ghost: (userId) => ghostIds.key(userId),
      media: (source) => media.described(source),
    },
  });
}

function makeActs({ client, ghosts, accounts, management }: Base, sender: EventSender): RoomActs {
  return new MatrixRoomActs({
    ...{ sender, states: new RoomStates(client) },
    as: (portal) => {
      if (portal.kind === 'group') return management.as;
      const ghost = ghosts.userId(portal.key.network, portal.remote);
      return ghost === undefined ? undefined : accounts.as(ghost);
    },
  });
}

interface Base {
  readonly client: MatrixClient;
  readonly bot: MatrixUserId;
  readonly ghostIds: GhostIds;
  readonly accounts: Accounts;
  readonly membership: Membership;
  readonly tagged: TaggedRooms;
  readonly ghosts: Ghosts;
  readonly management: ManagementRooms;
  readonly media: MediaRepository;
  readonly rooms: RoomOptions;
  readonly crypto: CryptoSide;
  readonly isOwn: (userId: string) => boolean;
}

function makeBase(options: HomeserverOptions, onRoom: (room: RoomId) => void): Base {
  const { config, stores, log, watch } = options;
  const { homeserver, appservice } = config;
  const bot = matrixUserId(`@${appservice.botLocalpart}:${homeserver.domain}`);
  const sender = matrixUserId(`@${appservice.senderLocalpart}:${homeserver.domain}`);
  const ghostIds = new GhostIds(appservice.ghostPrefix, homeserver.domain);
  const watched = watch === undefined ? {} : { watch };
  const client = new MatrixClient({ ...homeserver, asToken: appservice.asToken, log, ...watched });
  const accounts = new Accounts(client, appservice.deviceId);
  const isOwn = (userId: string): boolean => {
    if (userId === bot || userId === sender) return true;
    const parsed = parseMatrixUserId(userId);
    return parsed !== undefined && ghostIds.key(parsed) !== undefined;
  };
  const crypto = new CryptoSide({
    ...{ config, engine: options.engine, client, accounts, stores, ghostIds, bot, isOwn, log },
  });
  const membership = new Membership(client, (...change) => crypto.book.member(...change));
  const tagged = new TaggedRooms(membership, stores);
  const rooms = { ...config.rooms, version: config.rooms.version, onRoom, encryption: crypto.rooms };
  const deviceName = appservice.botDisplayName;
  const bucket = new TokenBucket(config.ghosts.perSecond, config.ghosts.burst);
  const ghosts = new Ghosts(ghostIds, accounts, stores.ghosts, bucket, {
    displayName: config.ghosts.displayName,
    deviceName,
    onLost: async (ghost) => {
      await crypto.identities?.examine(ghost);
      await stores.faces.forget(ghost);
    },
  });
  const named = { userId: bot, displayName: appservice.botDisplayName, deviceName };
  const management = new ManagementRooms(accounts, membership, tagged, stores.users, { ...rooms, ...named });
  const media = new MediaRepository(client, config.maxMediaBytes, management.as);
  const made = { accounts, membership, tagged, ghosts, management, media, rooms, crypto };
  return { client, bot, ghostIds, isOwn, ...made };
}

function makeDirectory(
  { config }: HomeserverOptions,
  { client, membership, management, isOwn }: Base,
): Pick<MatrixParts, 'aliasIds' | 'directory'> {
  const aliasIds = new AliasIds(config.appservice.ghostPrefix, config.homeserver.domain);
  const bot = (): Masquerade => management.as;
  const states = new RoomStates(client);
  return {
    aliasIds,
    directory: new RoomDirectory({ client, states, membership, ids: aliasIds, bot, isOwn }),
  };
}

function makePeople(options: HomeserverOptions, base: Base): PeopleSide {
  const { client, media, ghosts, management, accounts, isOwn } = base;
  const { maxAvatarBytes: maxBytes, maxAvatarPixels: maxPixels } = options.config.ghosts;
  return new PeopleSide({
    ...{ client, media, ghosts, bot: management.as, stores: options.stores, isOwn },
    changed: options.profileChanged,
    as: (user) => accounts.as(user),
    limits: { maxBytes, maxPixels },
  });
}

function makeSignals(options: HomeserverOptions, base: Base, { reads }: PuppetSide): SignalSide {
  const { signal, presencePerSecond, log } = options;
  const { client, ghosts, management, accounts, isOwn } = base;
  return new SignalSide({
    ...{ client, ghosts, bot: management.as, log, signal, presencePerSecond, isOwn },
    as: (user) => accounts.as(user),
    isOurs: (...receipt) => reads.isOurs(...receipt),
  });
}

function makeHandlers(
  { recodeVoice }: HomeserverOptions,
  parts: Pick<MatrixParts, 'puppets' | 'media' | 'reporter' | 'ghostIds' | 'signals' | 'groups' | 'crypto'>,
): Homeserver['handlers'] {
  const { puppets, media, reporter, ghostIds, signals, groups, crypto: encryption } = parts;
  const messages = matrixHandlers({
    ...{ speakers: puppets.speakers, media, reporter, encryption },
    ghostId: (network, remote) => ghostIds.userId({ network, remote }),
    ...(recodeVoice === undefined ? {} : { recodeVoice }),
  });
  // The outermost: what a user does elsewhere is nobody else's.
  return puppets.handlers(signals.handlers({ ...messages, ...groups.handlers }, reporter));
}
