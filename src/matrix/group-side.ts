/** Puts together what the Matrix side needs for groups and for the state of rooms. */
import type { MatrixHandlers } from '../core/homeserver.ts';
import type { MatrixUserId, NetworkId, RemoteUserId } from '../core/ids.ts';
import type { Meter } from '../core/meter.ts';
import type { Failed, ReasonCode } from '../core/outcome.ts';
import type { NetworkView } from '../core/network.ts';
import type { GroupPortal, Portal } from '../core/portal.ts';
import { noRoomRules, type RoomRules } from '../core/room-rules.ts';
import type { Stores } from '../core/stores.ts';
import type { TieRooms } from '../core/tie.ts';
import type { Accounts } from './accounts.ts';
import { BorrowedLooks } from './borrowed-looks.ts';
import type { Requester } from './client.ts';
import type { EventSender } from './event-sender.ts';
import { Farewell } from './farewell.ts';
import { GroupGhosts, type GhostBounds } from './group-ghosts.ts';
import { groupHandlers } from './group-handlers.ts';
import { BotRooms } from './group-rooms.ts';
import type { Ghosts } from './ghosts.ts';
import type { ManagementRooms } from './management.ts';
import type { MediaRepository } from './media.ts';
import type { Membership } from './membership.ts';
import type { Masquerade } from './request.ts';
import { moderate } from './moderation.ts';
import { RoomInfo } from './room-info.ts';
import { RoomStates } from './room-state.ts';
import { Succession } from './room-succession.ts';
import { RoomVersions } from './room-versions.ts';
import type { RoomOptions } from './rooms.ts';
import type { TaggedRooms } from './tagged-rooms.ts';
import { BotTieRooms } from './tie-rooms.ts';

/** What the rest of the bridge tells the Matrix side about networks. */
export interface GroupOptions {
  /** The network as it runs, or is about to. */
  readonly network: (id: NetworkId) => NetworkView | undefined;
  /** What a person is called; undefined where the network does not say. Never throws. */
  readonly nameOf: (network: NetworkId, remote: RemoteUserId) => Promise<string | undefined>;
  readonly meter: Pick<Meter, 'bounded'>;
  /** What may be sent in rooms; all that networks carry where absent. */
  readonly rules?: RoomRules;
  /** The sentence for a reason code, for those who are put out of a room. */
  readonly words: (reason: ReasonCode) => string;
  /** What the bot says in a room that belongs to its people, when it begins and ends to be bridged. */
  readonly said: (
    what: 'bridged' | 'unbridged',
    chat: string,
  ) => { readonly plain: string; readonly html: string };
}

export interface GroupSideDeps {
  readonly client: Requester;
  readonly sender: EventSender;
  readonly stores: Stores;
  readonly ghosts: Ghosts;
  readonly accounts: Accounts;
  readonly membership: Membership;
  readonly tagged: TaggedRooms;
  readonly management: ManagementRooms;
  readonly media: MediaRepository;
  readonly bot: MatrixUserId;
  readonly rooms: RoomOptions;
  readonly bounds: GhostBounds;
  readonly options: GroupOptions;
  readonly isOwn: (user: string) => boolean;
}

export interface GroupSide {
  readonly rooms: BotRooms;
  readonly ghosts: GroupGhosts;
  readonly handlers: Pick<MatrixHandlers, 'membership' | 'chat-info' | 'moderation'>;
  readonly info: RoomInfo;
  readonly succession: Succession;
  readonly ties: TieRooms;
}

export function makeGroupSide(deps: GroupSideDeps): GroupSide {
  const { client, sender, stores, ghosts, accounts, membership, management, media, options } = deps;
  const states = new RoomStates(client);
  const bot = (): Masquerade => management.as;
  const writer = (portal: Portal): Masquerade | undefined => {
    if (portal.kind === 'group') return bot();
    const ghost = ghosts.userId(portal.key.network, portal.remote);
    return ghost === undefined ? undefined : accounts.as(ghost);
  };
  const { network, rules = noRoomRules } = options;
  const info = new RoomInfo({ states, stores, bot: deps.bot, network, writer, rules });
  const moderating = { sender, ghosts, accounts, store: stores.groups, bot };
  const common = { ghosts, accounts, membership, states, bot };
  const looks = new BorrowedLooks(stores.groups);
  const farewell = new Farewell(sender, management);
  const say = (portal: GroupPortal, what: 'bridged' | 'unbridged'): Promise<undefined | Failed> =>
    farewell.say(portal.room, `${what}/${portal.id}`, options.said(what, portal.key.chat));
  const { onRoom } = deps.rooms;
  return {
    info,
    succession: new Succession(membership, states, writer, deps.rooms.encryption),
    ghosts: new GroupGhosts({
      ...common,
      stores,
      meter: options.meter,
      nameOf: options.nameOf,
      bounds: deps.bounds,
    }),
    ties: new BotTieRooms({
      ...{ client, membership, states, management, info, looks, onRoom, bot: deps.bot, isOwn: deps.isOwn },
      say: (portal) => say(portal, 'bridged'),
    }),
    handlers: {
      ...groupHandlers({ ...common, media, looks, store: stores.groups, meter: options.meter }),
      moderation: (event, portal, signal) => moderate(moderating, event, portal, signal),
    },
    rooms: new BotRooms({
      ...{ ghosts, accounts, membership, states, management, media, info },
      versions: new RoomVersions(client, deps.rooms.version),
      store: stores.groups,
      bot: deps.bot,
      ...{ isOwn: deps.isOwn, tagged: deps.tagged },
      options: deps.rooms,
      words: options.words,
      farewell: async (portal) => {
        const unsaid = await say(portal, 'unbridged');
        const failed = unsaid?.retry.kind === 'later' ? unsaid : await info.withdraw(portal);
        return failed?.retry.kind === 'later' ? failed : undefined;
      },
    }),
  };
}
