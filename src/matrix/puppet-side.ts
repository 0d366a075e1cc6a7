/** Puts double puppeting together. */
import type { MatrixHandlers, Reporter } from '../core/homeserver.ts';
import type { Ignores } from '../core/puppet.ts';
import type { Failed } from '../core/outcome.ts';
import type { IgnoreBook } from '../core/block-agreement.ts';
import { type MatrixEventId, type MatrixUserId, type RoomId } from '../core/ids.ts';
import type { Portal } from '../core/portal.ts';
import { render, type Language, type Rendered } from '../texts/catalogue.ts';
import type { Accounts } from './accounts.ts';
import type { MatrixClient } from './client.ts';
import type { Guests } from './crypto/guests.ts';
import type { EventSender } from './event-sender.ts';
import type { GhostIds } from './ghost-id.ts';
import type { Voices } from './ghost-voice.ts';
import type { HomeserverOptions } from './homeserver-options.ts';
import { IgnoreLists } from './ignore-lists.ts';
import type { Membership } from './membership.ts';
import { PuppetReads } from './puppet-reads.ts';
import { withOwnSignals } from './puppet-signals.ts';
import { PuppetVoices } from './puppet-voice.ts';
import { Puppets, type PuppetNews, type PuppetsOptions } from './puppets.ts';
import type { Masquerade } from './request.ts';
import { Speakers } from './speakers.ts';

/** Double puppeting as the rest of the bridge sees it. */
export interface PuppetSide {
  readonly puppets: Puppets;
  readonly speakers: Speakers;
  readonly reads: PuppetReads;
  readonly ignores: Ignores;
  readonly ignoreBook: IgnoreBook;
  /** The handlers with those of what users signal at their other clients before them. */
  handlers(handlers: MatrixHandlers): MatrixHandlers;
  /**
   * Takes a user's message out of their management room: as the bot, or where it may not, as the user. True where it is
   * gone. A repeat does nothing twice.
   */
  redact(user: MatrixUserId, room: RoomId, eventId: MatrixEventId): Promise<boolean | Failed>;
}

export interface PuppetSideParts {
  readonly client: MatrixClient;
  readonly sender: EventSender;
  readonly membership: Membership;
  readonly ghosts: Pick<Voices, 'of'>;
  readonly ghostIds: GhostIds;
  readonly reporter: Pick<Reporter, 'notice'>;
  readonly accounts: Pick<Accounts, 'as'>;
  readonly bot: Masquerade;
  readonly guests: Guests | undefined;
}

export function puppetSide(options: HomeserverOptions, parts: PuppetSideParts): PuppetSide {
  const { config, stores, log, puppetLevelOf = (): 'none' => 'none' } = options;
  const { client, sender, membership, ghosts, ghostIds, bot } = parts;
  const { logins } = stores;
  const puppets = new Puppets(client, stores.puppets, {
    domain: config.homeserver.domain,
    asToken: config.doublePuppeting.asToken,
    deviceId: config.appservice.deviceId,
    deviceName: config.appservice.botDisplayName,
    levelOf: puppetLevelOf,
    tell: teller(options, parts.reporter),
    guests: parts.guests,
    log,
    now: Date.now,
  });
  parts.guests?.lend(puppets);
  const own = new PuppetVoices(client, sender, membership, puppets);
  const reads = new PuppetReads(client, puppets, logins, options.isQuiet);
  const lists = new IgnoreLists(client, puppets, ghostIds);
  const takeOut = (as: Masquerade, room: RoomId, target: MatrixEventId): ReturnType<EventSender['redact']> =>
    sender.redact({ room, as, target, cause: target, part: 'erase' });
  return {
    puppets,
    speakers: new Speakers({ ghosts, puppets, own, logins, observer: (portal) => observerOf(portal, parts) }),
    reads,
    handlers: (handlers) => withOwnSignals(handlers, { reads, puppets, logins }),
    ignores: lists.ignores,
    ignoreBook: lists,
    redact: async (user, room, eventId) => {
      const byBot = await takeOut(bot, room, eventId);
      if (byBot.kind === 'event') return true;
      if (byBot.retry.kind === 'later') return byBot;
      const puppet = await puppets.of(user);
      if (puppet === undefined) return false;
      const byUser = await takeOut({ ...puppet, deviceId: undefined }, room, eventId);
      return byUser.kind === 'event';
    },
  };
}

/** Who of the bridge's own is in a portal's room. */
function observerOf(portal: Portal, { ghostIds, accounts, bot }: PuppetSideParts): Masquerade | undefined {
  if (portal.kind === 'group') return bot;
  const userId = ghostIds.userId({ network: portal.key.network, remote: portal.remote });
  return userId === undefined ? undefined : accounts.as(userId);
}

function teller({ stores }: HomeserverOptions, reporter: Pick<Reporter, 'notice'>): PuppetsOptions['tell'] {
  return async (user, id, what) => {
    const language = (await stores.users.get(user))?.language ?? 'en';
    return reporter.notice(user, id, lineOf(language, what));
  };
}

function lineOf(language: Language, news: PuppetNews): Rendered {
  switch (news.kind) {
    case 'lost':
      return render(language, 'puppet.lost');
    case 'missed':
      return render(language, 'puppet.missed', { network: news.network });
    case 'unheard':
      return render(language, `puppet.encrypted-${news.why}`);
  }
}
