/** Connects policy lists with what they work on. */
import { configuredLists } from './blocks-config.ts';
import type { CoreDeps } from './bridge-core.ts';
import type { PolicyDesk } from './commands/policy-desk.ts';
import type { BridgeConfig } from './config-schema.ts';
import type { Blocked } from './core/block-store.ts';
import type { Contact } from './core/door.ts';
import type { Entering } from './core/entering.ts';
import type { ErasureStep } from './core/erasures.ts';
import type { MatrixArrival } from './core/homeserver.ts';
import { matrixUserId, networkId, type MatrixUserId, type RoomId } from './core/ids.ts';
import { failedForGood } from './core/outcome.ts';
import { counting } from './core/pages.ts';
import { userRealm } from './core/persons.ts';
import { portalKey } from './core/portal.ts';
import type { ListRule } from './core/policy-list.ts';
import { PolicyListBook } from './core/policy-list-book.ts';
import { ListFollower, type ListNews } from './core/policy-list-follower.ts';
import { userNames, type OwnNames } from './core/policy-list-names.ts';
import { partOf } from './log.ts';
import { AliasIds } from './matrix/alias-id.ts';
import { GhostIds } from './matrix/ghost-id.ts';
import type { RunningHomeserver } from './matrix/homeserver.ts';
import { parsePolicyEvent } from './matrix/parse-policy.ts';
import { PolicyListRooms } from './matrix/policy-list-rooms.ts';
import type { Level } from './permissions.ts';
import { newsLine } from './policy-lines.ts';
import type { Storage } from './storage/storage.ts';

/** How many administrators are told of what lists do. */
const mostTold = 50;
const page = 500;

/** Loads what is known of lists; to be awaited before anything is let in. */
export function loadPolicyLists(config: BridgeConfig, storage: Storage): Promise<PolicyListBook> {
  return PolicyListBook.load(storage.policyLists, ownNames(config));
}

/** What is this homeserver's own, by the configuration alone. */
export function ownNames({ matrix, networks }: Pick<BridgeConfig, 'matrix' | 'networks'>): OwnNames {
  const { homeserver, appservice } = matrix;
  const ghostIds = new GhostIds(appservice.ghostPrefix, homeserver.domain);
  const aliasIds = new AliasIds(appservice.ghostPrefix, homeserver.domain);
  return {
    server: homeserver.domain,
    bot: matrixUserId(`@${appservice.botLocalpart}:${homeserver.domain}`),
    networks: Object.entries(networks).flatMap(([id, own]) => (own === undefined ? [] : [networkId(id)])),
    ghost: (who) => ghostIds.userId(who),
    isGhost: (user) => user.startsWith(`@${appservice.ghostPrefix}`),
    ghostPrefix: `@${appservice.ghostPrefix}`,
    alias: (network, chat) => aliasIds.alias({ network, chat }),
  };
}

/** Policy lists as they are followed. */
export interface Policing {
  readonly follower: ListFollower;
  readonly desk: PolicyDesk;
  /** Takes what arrivals say of lists; answers those that are for the rest of the bridge. */
  readonly take: (arrivals: readonly MatrixArrival[]) => Promise<readonly MatrixArrival[]>;
}

export function makePolicing(
  { config, storage, policyLists: book, blocks, log: whole }: CoreDeps,
  matrix: RunningHomeserver,
  levelOf: (user: MatrixUserId) => Level,
): Policing {
  const log = partOf(whole, 'policies');
  const follower = new ListFollower({
    ...{ book, log, configured: configuredLists(config.blocks) },
    rooms: new PolicyListRooms(matrix),
    isOwnRoom: async (room) =>
      (await storage.portals.byRoom(room)) !== undefined ||
      (await storage.users.byManagementRoom(room)) !== undefined,
    tell: (news, id) => tellAdministrators(storage, matrix, levelOf, news, id),
    isUp: () => matrix.health().kind === 'up',
  });
  return {
    follower,
    desk: policyDesk(book, follower, blocks, ownNames(config)),
    take: async (arrivals) => {
      const found = arrivals.flatMap((arrival) => {
        const event = book.follows(arrival.room) ? parsePolicyEvent(arrival, matrix.bot) : undefined;
        return event === undefined ? [] : [{ arrival, event }];
      });
      if (found.length === 0) return arrivals;
      await follower.take(found.map(({ event }) => event));
      // An invitation to a list is no invitation to a chat.
      const own = new Set(found.flatMap(({ arrival, event }) => (event.kind === 'invited' ? [arrival] : [])));
      return arrivals.filter((arrival) => !own.has(arrival));
    },
  };
}

/** The room of a chat, where lists can mean it. */
export function roomsMeant(
  book: Pick<PolicyListBook, 'meansRooms'>,
  { portals }: Pick<Storage, 'portals'>,
): (contact: Contact) => Promise<RoomId | undefined> {
  return async ({ network, chat, kind, user }) => {
    if (!book.meansRooms) return undefined;
    const receiver = kind === 'direct' ? user : undefined;
    return (await portals.byKey(portalKey(network, chat, receiver)))?.room;
  };
}

/** Why a user may not enter a group: for another reason, or since it is shut out for everybody. */
export function barredBy(
  blocks: Pick<CoreDeps['blocks'], 'standing'>,
  storage: Pick<Storage, 'portals'>,
  barred: NonNullable<Entering['barred']>,
): NonNullable<Entering['barred']> {
  return async (user, network, chat) => {
    const room = (await storage.portals.byKey(portalKey(network, chat, undefined)))?.room;
    const contact = { network, chat, kind: 'group', user, remote: undefined } as const;
    const { kind } = blocks.standing({ ...contact, ...(room !== undefined && { room }) });
    if (kind === 'homeserver' || kind === 'list') return failedForGood('shut-out');
    return barred(user, network, chat);
  };
}

/** What a user set is nobody's any more. */
export function withoutPolicies(book: PolicyListBook): ErasureStep {
  return {
    name: 'policies',
    erase: async (user) => {
      await book.forgetAuthor(user);
      return undefined;
    },
  };
}

/** What the commands on policy lists work on. */
export function policyDesk(
  book: PolicyListBook,
  follower: Pick<ListFollower, 'follow' | 'unfollow'>,
  blocks: Pick<CoreDeps['blocks'], 'namesOf'>,
  own: OwnNames,
): PolicyDesk {
  return {
    follow: (...wish) => follower.follow(...wish),
    unfollow: (room) => follower.unfollow(room),
    lists: () => book.lists(),
    list: (room) => book.list(room),
    rules: (offset, limit) => book.rules(offset, limit),
    get size() {
      return book.size;
    },
    refused: () => book.refused(),
    exempt: (exemption) => book.exempt(exemption),
    unexempt: (kind, name) => book.unexempt(kind, name),
    exemptions: () => book.exemptions(),
    shuts: (blocked) => shuts(book, blocks, own, blocked),
    target: (blocked) => {
      switch (blocked.kind) {
        case 'person': {
          const { realm, name } = blocked.name;
          return { kind: 'user', name: realm.startsWith('@') ? name : `${realm}:${name}` };
        }
        case 'server':
          return { kind: 'server', name: `${blocked.subdomains ? '*.' : ''}${blocked.domain}` };
        case 'network':
          return undefined;
      }
    },
  };
}

function shuts(
  book: PolicyListBook,
  blocks: Pick<CoreDeps['blocks'], 'namesOf'>,
  own: OwnNames,
  blocked: Blocked,
): ListRule | undefined {
  switch (blocked.kind) {
    case 'person': {
      const isUser = blocked.name.realm === userRealm;
      const person = isUser ? [blocked.name] : blocks.namesOf(blocked.name);
      return person.flatMap((name) => userNames(own, name)).flatMap((name) => book.meaning('user', name))[0];
    }
    case 'server':
      return book.meaning('server', blocked.domain)[0];
    case 'network':
      return undefined;
  }
}

async function tellAdministrators(
  { users }: Storage,
  { reporter }: Pick<RunningHomeserver, 'reporter'>,
  levelOf: (user: MatrixUserId) => Level,
  news: ListNews,
  id: string,
): Promise<void> {
  let told = 0;
  for await (const user of counting(page, (offset, limit) => users.list(offset, limit))) {
    const { userId, managementRoom, language } = user;
    if (managementRoom === undefined || levelOf(userId) !== 'admin') continue;
    await reporter.notice(userId, `${id}/${userId}`, newsLine(language ?? 'en', news));
    told += 1;
    if (told === mostTold) return;
  }
}
