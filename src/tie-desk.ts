import type { TieAnswer, TieDesk, TieEnd } from './commands/services.ts';
import { tieWhy } from './commands/tie-why.ts';
import type { Entering } from './core/entering.ts';
import type { Reporter } from './core/homeserver.ts';
import type { MatrixUserId, NetworkId } from './core/ids.ts';
import type { RunningNetwork } from './core/network.ts';
import { failedForGood, failedForNow, type Failed } from './core/outcome.ts';
import { isBorrowed, type GroupPortal } from './core/portal.ts';
import type { PortalStore, UserStore } from './core/stores.ts';
import type { TieBookDeps, TieNews, TieWords } from './core/tie-book.ts';
import type { Tie, TieRooms } from './core/tie.ts';
import type { Ties } from './core/ties.ts';
import { render, text, type Language, type Rendered } from './texts/catalogue.ts';

export interface TieDeskDeps {
  readonly ties: Ties;
  readonly rooms: Pick<TieRooms, 'find' | 'bot'>;
  readonly portals: Pick<PortalStore, 'byRoom' | 'byKey'>;
  readonly networks: ReadonlyMap<NetworkId, RunningNetwork>;
  readonly patienceMs: number;
  /** Why a user may not enter a group. */
  readonly barred: NonNullable<Entering['barred']>;
}

/** Rooms that are there already, as the commands speak of them. */
export function tieDesk(deps: TieDeskDeps): TieDesk {
  const { ties, rooms } = deps;
  return {
    bot: rooms.bot,
    begin: async ({ user, network: id, address, room, round }): Promise<TieAnswer> => {
      const groups = deps.networks.get(id)?.groups;
      if (groups === undefined) return failedForGood('link-down');
      if (groups.agreement === undefined) return { kind: 'refused', why: 'no-agreement' };
      const group = await groups.find(address);
      if ('kind' in group) return group;
      const barred = await deps.barred(user, id, group.chat);
      if (barred !== undefined) return barred;
      const found = await rooms.find(room);
      if (found === undefined) return { kind: 'refused', why: 'no-room' };
      if (typeof found !== 'string') return found;
      const begun = await ties.begin(user, { network: id, chat: group.chat }, found, round);
      return begun.kind === 'refused' ? begun : { kind: 'begun', minutes: minutesOf(deps.patienceMs) };
    },
    end: (user, admin, which) => end(deps, user, admin, which),
  };
}

async function end(
  { ties, rooms, portals, networks }: TieDeskDeps,
  user: MatrixUserId,
  admin: boolean,
  which: string,
): Promise<TieEnd> {
  const room = await rooms.find(which);
  if (typeof room === 'object') return room;
  const wish = await ties.wishOf(user, room ?? which);
  if (wish !== undefined) {
    const failed = await ties.withdraw(wish);
    return failed ?? { kind: 'withdrawn', room: wish.room, address: wish.chat };
  }
  const portal = room === undefined ? await byAddress(portals, networks, which) : await portals.byRoom(room);
  if (portal?.kind !== 'group' || !isBorrowed(portal)) return { kind: 'not-bridged' };
  const may = admin || (await ties.mayEnd(user, portal));
  if (typeof may !== 'boolean') return may;
  // A stranger does not learn by asking whether there is something.
  if (!may) return { kind: 'may-not-end' };
  const failed = await ties.end(user, portal);
  return { kind: failed === undefined ? 'ended' : 'ends', room: portal.room, address: portal.key.chat };
}

async function byAddress(
  portals: TieDeskDeps['portals'],
  networks: TieDeskDeps['networks'],
  address: string,
): Promise<GroupPortal | undefined> {
  for (const [network, { groups }] of networks) {
    const chat = groups?.named(address);
    if (typeof chat !== 'string') continue;
    const portal = await portals.byKey({ network, chat, receiver: undefined });
    if (portal?.kind === 'group' && portal.room !== undefined && isBorrowed(portal)) return portal;
  }
  return undefined;
}

/** What ties tell users in their management rooms, and say in groups, whose language is not known. */
export function tieVoice(
  reporter: Pick<Reporter, 'notice'>,
  users: Pick<UserStore, 'get'>,
  bot: MatrixUserId,
  patienceMs: number,
  now: () => number = Date.now,
): Pick<TieBookDeps, 'tell' | 'words'> {
  return {
    tell: async (tie: Tie, id: string, news: TieNews): Promise<undefined | Failed> => {
      const language = (await users.get(tie.user))?.language ?? 'en';
      const told = await reporter.notice(tie.user, id, newsText(language, tie, news, bot, now()));
      return told?.retry.kind === 'later' ? failedForNow(told.reason, told.cause) : undefined;
    },
    words: (tie: Tie, what: TieWords): string => {
      const { user, room, code } = tie;
      return what === 'ask'
        ? text('en', 'tie.say.ask', { user, room, code, minutes: minutesOf(patienceMs) })
        : wordsOf(what, { user, room });
    },
  };
}

function wordsOf(
  what: Exclude<TieWords, 'ask'>,
  { user, room }: { readonly user: string; readonly room: string },
): string {
  switch (what) {
    case 'not-you':
      return text('en', 'tie.say.not-you');
    case 'open':
      return text('en', 'tie.say.open', { user, room });
    case 'off':
    case 'ended':
      return text('en', `tie.say.${what}`, { room });
  }
}

function newsText(
  language: Language,
  { room, chat: address, code, expiresAt }: Tie,
  news: TieNews,
  bot: MatrixUserId,
  now: number,
): Rendered {
  switch (news.kind) {
    case 'invite-bot':
      return render(language, 'tie.invite-bot', { room, address, bot });
    case 'asked':
      return render(language, 'tie.asked', { address, code, minutes: minutesOf(expiresAt - now) });
    case 'open':
      return render(language, 'tie.open', { room, address });
    case 'waits':
    case 'refused':
      return tieWhy(language, news.why, { room, address, bot });
    case 'failed': {
      const reason = text(language, `reason.${news.reason}`);
      return render(language, 'tie.failed', { room, address, reason });
    }
  }
}

function minutesOf(ms: number): number {
  return Math.max(1, Math.round(ms / 60_000));
}
