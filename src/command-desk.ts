import { knowingPersons, refusedAt } from './blocking.ts';
import type { BlockDesk } from './commands/block-desk.ts';
import { Confirmations } from './commands/erase.ts';
import { runCommand } from './commands/run.ts';
import type { EnteredGroup, EraseDesk, GroupDesk, PortalOpener, Services } from './commands/services.ts';
import type { CommandRunner } from './core/command-runner.ts';
import type { Door } from './core/door.ts';
import { ruledOut } from './core/entry-rules.ts';
import type { GroupPortals, OpenedGroup } from './core/groups.ts';
import type { Homeserver } from './core/homeserver.ts';
import type { MatrixUserId, NetworkId, RemoteChatId } from './core/ids.ts';
import type { LogControl } from './core/log-control.ts';
import type { Groups, RunningNetwork } from './core/network.ts';
import { failedForGood, failedForNow, type Failed } from './core/outcome.ts';
import type { Policy } from './core/policy.ts';
import type { Portals } from './core/portals.ts';
import type { Stores } from './core/stores.ts';
import type { Log } from './core/task.ts';
import { historyDesk, type HistoryWays } from './history-desk.ts';
import type { Level } from './permissions.ts';
import type { RequestTalk } from './request-talk.ts';

export interface CommandDeskDeps {
  readonly storage: Stores;
  readonly homeserver: Pick<Homeserver, 'reporter' | 'groupRooms'>;
  readonly networks: ReadonlyMap<NetworkId, RunningNetwork>;
  readonly portals: Portals;
  readonly groups: GroupPortals;
  /** Whether a network is configured, though it may not run yet. */
  readonly configured: (network: NetworkId) => boolean;
  readonly levelOf: (user: MatrixUserId) => Level;
  readonly version: string;
  readonly log: Log;
  readonly retry: (outerId: string) => Promise<boolean>;
  readonly erasures: Omit<EraseDesk, 'confirmations'>;
  readonly logging: LogControl | undefined;
  readonly puppets: Services['puppets'];
  readonly redact: Services['redact'];
  readonly history: HistoryWays;
  readonly ties: Services['ties'];
  readonly spaces: Services['spaces'];
  readonly reach: Services['reach'];
  readonly strict: Services['strict'];
  readonly identities: Services['identities'];
  readonly requests: Services['requests'];
  readonly talk: RequestTalk;
  readonly keys?: Services['keys'];
  readonly rulebook: Pick<Services, 'rules' | 'explain'>;
  /** Asked before a user begins something on a network. */
  readonly door: Door;
  readonly policy: Policy;
  readonly blocks: BlockDesk;
  readonly policies: Services['policies'];
}

/** Connects the commands with what they work on: each message gets one answer in the user's management room. */
export function commandDesk(deps: CommandDeskDeps): CommandRunner {
  const { storage, log, version } = deps;
  const { events } = storage;
  const services: Services = {
    networks: deps.networks,
    portals: {
      ...opener(deps),
      list: (offset, limit) => storage.portals.list(offset, limit),
      count: () => storage.portals.count(),
    },
    groups: groupDesk(deps),
    history: historyDesk(deps.history, {
      ...{ networks: deps.networks, reporter: deps.homeserver.reporter, users: storage.users, log },
    }),
    events: {
      find: (id) => events.find(id),
      backlog: () => events.backlog(),
      waitingForKey: () => storage.keyWaits.count(),
      retry: async (id) => ((await deps.retry(id)) ? events.find(id) : undefined),
    },
    spaces: deps.spaces,
    reach: deps.reach,
    strict: deps.strict,
    identities: deps.identities,
    requests: deps.requests,
    keys: deps.keys,
    rules: deps.rulebook.rules,
    explain: deps.rulebook.explain,
    ties: deps.ties,
    users: storage.users,
    logins: knowingPersons(storage.logins, deps.blocks),
    blocks: deps.blocks,
    policies: deps.policies,
    erasures: {
      begin: (user) => deps.erasures.begin(user),
      isUnderWay: (user) => deps.erasures.isUnderWay(user),
      confirmations: new Confirmations(),
    },
    logging: deps.logging,
    puppets: deps.puppets,
    redact: deps.redact,
    ...{ version, log, now: Date.now },
  };
  return {
    react: async (reaction) =>
      deps.levelOf(reaction.user) === 'none' ? failedForGood('not-permitted') : deps.talk.react(reaction),
    run: async ({ user, text, cause, at, room, eventId }) => {
      const level = deps.levelOf(user);
      if (level === 'none') return failedForGood('not-permitted');
      const language = (await storage.users.get(user))?.language ?? 'en';
      const message = eventId === undefined ? {} : { message: { room, eventId } };
      const there = await deps.talk.said(user, room, text);
      const reply = await runCommand(
        { user, text: there.text, language, admin: level === 'admin', at, ...message },
        services,
      );
      return there.say(`answer/${cause}`, reply);
    },
  };
}

/** How users enter and make groups: the doors and the rules are asked before that. */
export function groupDesk({
  networks,
  groups,
  storage,
  homeserver,
  configured,
  door,
  policy,
}: Pick<
  CommandDeskDeps,
  'networks' | 'groups' | 'storage' | 'homeserver' | 'configured' | 'door' | 'policy'
>): GroupDesk {
  const named = async (
    user: MatrixUserId,
    id: NetworkId,
    enter: (network: RunningNetwork, chat: RemoteChatId) => Promise<OpenedGroup>,
    find: (network: Groups) => Promise<RemoteChatId | Failed>,
  ): Promise<EnteredGroup> => {
    const network = networks.get(id);
    if (network === undefined) return failedForGood('link-down');
    if (network.groups === undefined) return failedForGood('no-handler');
    const chat = await find(network.groups);
    if (typeof chat !== 'string') return chat;
    const refused = await refusedAt(door, { network: id, chat, kind: 'group', user, remote: undefined });
    if (refused !== undefined) return refused;
    const at = Date.now();
    const key = { network: id, chat, receiver: undefined };
    const shut = ruledOut(policy, { kind: 'group', key }, user, { cause: `enter ${user} ${at}`, at });
    if (shut !== undefined) return { kind: 'blocked', rule: shut.rule };
    const entered = await enter(network, chat);
    return entered.kind === 'failed'
      ? entered
      : { kind: 'room', room: entered.portal.room, nick: entered.nick };
  };
  return {
    join: (user, id, address, password) =>
      named(
        user,
        id,
        (network, chat) => groups.join(network, chat, user, password),
        async (there) => {
          const found = await there.find(address);
          return 'kind' in found ? found : found.chat;
        },
      ),
    create: (user, id, address, name) =>
      named(
        user,
        id,
        (network, chat) => groups.create(network, chat, user, name),
        async (there) => there.named(address),
      ),
    ...groupsOfUsers({ storage, homeserver, networks, groups, configured }),
  };
}

/** The groups that a user is in or invited to, and how they leave one. */
export function groupsOfUsers({
  storage,
  homeserver,
  networks,
  groups,
  configured,
}: Pick<CommandDeskDeps, 'storage' | 'homeserver' | 'networks' | 'groups' | 'configured'>): Pick<
  GroupDesk,
  'of' | 'leave'
> &
  Pick<CommandDeskDeps, 'configured'> {
  return {
    configured,
    of: async (user) =>
      (await storage.portals.ofUser(user))
        .flatMap((portal) => (portal.kind === 'group' ? [portal] : []))
        .sort((one, other) => (one.key.chat < other.key.chat ? -1 : 1)),
    leave: async (user, portal) => {
      const network = networks.get(portal.key.network);
      // One that is not configured any more is never told.
      if (network === undefined && configured(portal.key.network)) return failedForNow('link-down');
      // Out of the room first: with the last one the bot leaves it too.
      const removed = await homeserver.groupRooms.remove(portal, user, 'portal-closed');
      return removed ?? groups.left(network, portal, user);
    },
  };
}

function opener({ networks, portals, door, requests }: CommandDeskDeps): PortalOpener {
  return {
    open: async (user, id, address) => {
      const network = networks.get(id);
      if (network === undefined) return failedForGood('link-down');
      const profile = await network.directory.find(address, user);
      if ('kind' in profile) return profile;
      const { chat, userId: remote } = profile;
      const refused = await refusedAt(door, { network: id, chat, kind: 'direct', user, remote });
      if (refused !== undefined) return refused;
      await requests.welcome({ network: id, user, remote, chat, kind: 'direct' });
      const opened = await portals.open(network, { network: id, chat, receiver: user }, profile);
      if (opened.kind === 'failed') return opened;
      return { kind: 'room', room: opened.portal.room, profile, created: opened.fresh };
    },
  };
}
