/** The XMPP network: the bridge as an external component of a server (https://xmpp.org/extensions/xep-0114.html). */
import { networkId } from '../../core/ids.ts';
import type {
  Capabilities,
  EventSink,
  Network,
  NetworkHandlers,
  RunningNetwork,
} from '../../core/network.ts';
import { failedForNow } from '../../core/outcome.ts';
import { createBlocklist } from './blocklist.ts';
import { Bot } from './bot.ts';
import { capabilities } from './capabilities.ts';
import { defaultTimes, XmppClient, type Link, type LinkTimes } from './client.ts';
import { serverDomain, xmppConfig, type XmppConfig } from './config.ts';
import type { XmppDeps, XmppTexts } from './deps.ts';
import { createDirectory } from './directory.ts';
import { openStanza } from './from-remote.ts';
import { createHandlers } from './handlers.ts';
import { createAddressBook, personAt, type AddressBook } from './ids.ts';
import { namespaces } from './link-namespaces.ts';
import { createLogins } from './login.ts';
import type { MediaFetcher } from './media.ts';
import { openFromRoom } from './muc/from-room.ts';
import { OwnMarks } from './muc/own-marks.ts';
import { RoomGroups } from './muc/room-groups.ts';
import { withRooms } from './muc/room-handlers.ts';
import { Rooms, type RoomsDeps } from './muc/rooms.ts';
import { Persons } from './persons.ts';
import { Presences, resource } from './presences.ts';
import { Privilege, withOwnCopies } from './privilege.ts';
import { receiver } from './receiver.ts';
import { refuse } from './refusal.ts';
import type { OpenContext } from './remote-content.ts';
import { userCapabilities } from './service-answers.ts';
import { withSignals } from './signals.ts';
import { thirdParty } from './third-party.ts';
import { makeTransfers, type Transfers } from './transfers.ts';

export { xmppConfig, type LinkTimes, type XmppConfig, type XmppDeps, type XmppTexts };

const id = networkId('xmpp');

/** The network before it runs. */
export function createXmpp(config: XmppConfig, deps: XmppDeps): Network {
  return {
    id,
    capabilities: capabilitiesOf(config, deps),
    start: async (sink, signal) => start(config, deps, sink, signal),
  };
}

function capabilitiesOf({ media }: XmppConfig, { transcoder }: XmppDeps): Capabilities {
  return capabilities({
    maxMediaBytes: media.max_bytes,
    transcodes: media.transcode_voice && transcoder !== undefined,
  });
}

function start(config: XmppConfig, deps: XmppDeps, sink: EventSink, signal: AbortSignal): RunningNetwork {
  const { log, texts, now = Date.now, times = defaultTimes } = deps;
  const { domain, service, secret } = config;
  const addresses = createAddressBook(domain, deps.homeserver);
  const privilege = new Privilege(serverDomain(config), domain);
  const client = new XmppClient(
    { service, domain, secret, log, times, now },
    {
      stanza: (stanza) => {
        if (!privilege.take(stanza)) receive.take(stanza);
        else if (privilege.mayAsk(namespaces.blocking)) sink.blocklistChanged?.(undefined);
      },
      changed: (health) => {
        if (health.kind === 'down') privilege.reset();
        presences.linkChanged(health);
        rooms.linkChanged(health.kind === 'up');
        sink.linkChanged(health);
      },
    },
  );
  const transfers = makeTransfers(config, deps, client);
  const persons = new Persons(sink);
  const presences = makePresences(config, deps, { addresses, sink, persons, client });
  const settings = roomSettings(config, times);
  const marks = new OwnMarks(deps.keys);
  const rooms = new Rooms({
    ...{ link: client, sink, addresses, resource, botNick: config.name, log, now },
    counted: (work) => receive.counted(work),
    ...{ ...settings, marks },
  });
  const groups = new RoomGroups({ link: client, addresses, rooms, enterMs: settings.times.enterMs });
  const bot = new Bot(client, domain);
  const receive = receiver(config, deps, { sink, client, bot, persons, presences, rooms });
  client.start(signal);
  return {
    id,
    capabilities: capabilitiesOf(config, deps),
    open: opener(domain, addresses, transfers.fetcher),
    handlers: handlersOf(config, deps, {
      ...{ addresses, sink, client, privilege, presences, rooms, groups, marks, transfers },
    }),
    health: () => client.health,
    directory: createDirectory(client, domain, rooms, addresses, (user) => presences.askerFor(user)),
    groups,
    blocklist: createBlocklist({ link: client, privilege, domain, server: serverDomain(config) }),
    thirdParty: thirdParty(domain),
    people: presences,
    reachChanged: (user) => receive.reachChanged(user),
    forget: forgetting(client, presences),
    refuse: (arrival, outcome) => refuse(client, texts, arrival, outcome),
    logins: createLogins({ domain, now, codeText: texts.loginCode, send: (to, text) => bot.send(to, text) }),
    [Symbol.asyncDispose]: async () => {
      await rooms[Symbol.asyncDispose]();
      await client[Symbol.asyncDispose]();
      await transfers[Symbol.asyncDispose]();
    },
  };
}

/** What of the network sends. */
interface Sending {
  readonly addresses: AddressBook;
  readonly sink: EventSink;
  readonly client: XmppClient;
  readonly privilege: Privilege;
  readonly presences: Presences;
  readonly rooms: Rooms;
  readonly groups: RoomGroups;
  readonly marks: OwnMarks;
  readonly transfers: Transfers;
}

/** Messages to people and rooms, signals, and the copies for a user's own clients. */
function handlersOf(config: XmppConfig, { texts, log }: XmppDeps, sending: Sending): NetworkHandlers {
  const { addresses, sink, client, privilege, presences, rooms, groups, marks, transfers } = sending;
  const direct = (link: Link): NetworkHandlers =>
    createHandlers({
      ...{ link, addresses, uploads: transfers.uploads },
      texts: { retracted: texts.retracted(), poll: texts.poll },
    });
  const copying = withOwnCopies(client, {
    ...{ privilege, addresses, domain: config.domain, server: serverDomain(config), log },
    accounts: async (user) => (await sink.copiesTo?.(user)) ?? [],
  });
  const signalling = withSignals(direct(copying), {
    ...{ link: client, addresses, presences },
    occupant: (user, chat) => rooms.addressIn(chat, user),
  });
  return withRooms(signalling, { link: client, rooms, groups, marks, direct });
}

function opener(domain: string, addresses: AddressBook, fetcher: MediaFetcher): RunningNetwork['open'] {
  const context: OpenContext = {
    media: (source) => fetcher.mediaAt(source),
    whoIs: (address) => personAt(address, domain, addresses),
  };
  return (arrival, cause) =>
    (arrival.receiver === undefined ? openFromRoom : openStanza)(arrival, cause, context);
}

function makePresences(
  config: XmppConfig,
  { log, now = Date.now }: XmppDeps,
  { client, ...parts }: Pick<Sending, 'addresses' | 'sink' | 'client'> & { readonly persons: Persons },
): Presences {
  const caps = userCapabilities();
  return new Presences({
    ...{ ...parts, log, now, subscribe: config.presence.subscribe },
    post: (stanza) => client.post(stanza),
    caps: () => caps.element(),
  });
}

/** Presence that is taken back while the link is down would be lost. */
function forgetting(
  client: Pick<XmppClient, 'health'>,
  presences: Presences,
): NonNullable<RunningNetwork['forget']> {
  return async (user, known) => {
    if (client.health.kind !== 'up') return failedForNow('link-down');
    presences.forget(user, known);
    return undefined;
  };
}

function roomSettings(
  { rooms }: XmppConfig,
  { backOff }: LinkTimes,
): Pick<RoomsDeps, 'mostOccupants' | 'catchUp' | 'times' | 'checkMs'> {
  return {
    mostOccupants: rooms.max_occupants,
    catchUp: {
      pageSize: Math.min(100, rooms.catch_up_messages),
      most: rooms.catch_up_messages,
      oldestMs: rooms.catch_up_days * 24 * 60 * 60_000,
    },
    times: { enterMs: 30_000, backOff: { firstMs: backOff.firstMs * 2, longestMs: backOff.longestMs * 10 } },
    checkMs: rooms.check_seconds * 1000,
  };
}
