/** The XMPP network: the bridge as an external component of a server (https://xmpp.org/extensions/xep-0114.html). */
import type { Element } from '@xmpp/xml';
import { networkId } from '../../core/ids.ts';
import type { Poll } from '../../core/event.ts';
import type {
  Arrival,
  Capabilities,
  EventSink,
  Health,
  Network,
  NetworkHandlers,
  RunningNetwork,
} from '../../core/network.ts';
import { failedForNow, type Failed, type Outcome, type ReasonCode } from '../../core/outcome.ts';
import { task, type Log } from '../../core/task.ts';
import type { Transcoder } from '../../core/transcoder.ts';
import { Bot } from './bot.ts';
import { capabilities } from './capabilities.ts';
import { defaultTimes, XmppClient, type Link, type LinkTimes } from './client.ts';
import { serverDomain, xmppConfig, type XmppConfig } from './config.ts';
import { createDirectory } from './directory.ts';
import { openStanza } from './from-remote.ts';
import { createHandlers, type HandlerDeps } from './handlers.ts';
import { createAddressBook, personAt } from './ids.ts';
import { Inbound } from './inbound.ts';
import { createLogins } from './login.ts';
import { MediaFetcher } from './media.ts';
import { openFromRoom } from './muc/from-room.ts';
import { withRooms } from './muc/room-handlers.ts';
import { Rooms, type RoomsDeps } from './muc/rooms.ts';
import { Persons } from './persons.ts';
import { Presences, resource } from './presences.ts';
import type { OpenContext } from './remote-content.ts';
import { Reachability } from './reachability.ts';
import { ServiceAnswers, userCapabilities } from './service-answers.ts';
import { withSignals } from './signals.ts';
import { conditionFor, errorAnswer } from './stanza-error.ts';
import { parseStanza } from './stanza.ts';
import { UploadFinder } from './upload-service.ts';
import { Uploader } from './upload.ts';

export { xmppConfig, type LinkTimes, type XmppConfig };

/** The sentences that XMPP users read; the composition root takes them from the catalogues. */
export interface XmppTexts {
  readonly loginCode: (values: { user: string; code: string; minutes: number }) => string;
  /** Answers who writes to the bridge itself. */
  readonly noReplies: () => string;
  /** In place of a message that was taken back, for clients that do not know retractions. */
  readonly retracted: () => string;
  /** A poll to be read; its answers cannot be given. */
  readonly poll: (poll: Poll) => string;
  readonly reason: (code: ReasonCode) => string;
}

export interface XmppDeps {
  /** The server name of the bridge's own homeserver. */
  readonly homeserver: string;
  /** The program's version, told to who asks. */
  readonly version: string;
  readonly texts: XmppTexts;
  readonly log: Log;
  /** Absent where nothing can transcode. */
  readonly transcoder?: Transcoder | undefined;
  readonly now?: () => number;
  readonly times?: LinkTimes;
}

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
  const client = new XmppClient(
    { service, domain, secret, log, times, now },
    { stanza: (stanza) => receive.take(stanza), changed: (health) => linkChanged(health) },
  );
  const { uploader, fetcher } = mediaParts(config, client, now);
  const openContext: OpenContext = {
    media: (source) => fetcher.mediaAt(source),
    whoIs: (address) => personAt(address, domain, addresses),
  };
  const bot = new Bot(client, domain);
  const persons = new Persons(sink);
  const caps = userCapabilities();
  const presences = new Presences({
    ...{ addresses, sink, persons, log, now, subscribe: config.presence.subscribe },
    post: (stanza) => client.post(stanza),
    caps: () => caps.element(),
  });
  const linkChanged = (health: Health): void => {
    if (health.kind === 'up') presences.found();
    else if (health.kind === 'down') presences.lost();
    rooms.linkChanged(health.kind === 'up');
    sink.linkChanged(health);
  };
  const rooms = new Rooms({
    ...{ link: client, sink, addresses, resource, botNick: config.name, log, now },
    counted: (work) => receive.counted(work),
    ...roomSettings(config, times),
  });
  const receive = receiver(config, deps, { sink, client, bot, persons, presences, rooms });
  const direct = directHandlers(config, deps, { addresses, uploader });
  client.start(signal);
  return {
    id,
    capabilities: capabilitiesOf(config, deps),
    open: (arrival, cause) =>
      (arrival.receiver === undefined ? openFromRoom : openStanza)(arrival, cause, openContext),
    handlers: withRooms(
      withSignals(direct(client), {
        ...{ link: client, addresses, presences },
        occupant: (user, chat) => rooms.addressIn(chat, user),
      }),
      { link: client, rooms, direct },
    ),
    health: () => client.health,
    directory: createDirectory(client, domain, rooms, (user) => presences.askerFor(user)),
    groups: rooms,
    people: presences,
    refuse: (arrival, outcome) => refuse(client, texts, arrival, outcome),
    logins: createLogins({ domain, now, codeText: texts.loginCode, send: (to, text) => bot.send(to, text) }),
    [Symbol.asyncDispose]: async () => {
      await rooms[Symbol.asyncDispose]();
      await client[Symbol.asyncDispose]();
      await Promise.all([uploader[Symbol.asyncDispose](), fetcher[Symbol.asyncDispose]()]);
    },
  };
}

/** The handlers of direct chats, for a link. */
function directHandlers(
  config: XmppConfig,
  { transcoder, texts }: XmppDeps,
  parts: Pick<HandlerDeps, 'addresses' | 'uploader'>,
): (link: Link) => NetworkHandlers {
  return (link) =>
    createHandlers({
      ...{ ...parts, link },
      transcoder: config.media.transcode_voice ? transcoder : undefined,
      texts: { retracted: texts.retracted(), poll: texts.poll },
    });
}

function mediaParts(
  config: XmppConfig,
  client: XmppClient,
  now: () => number,
): { readonly uploader: Uploader; readonly fetcher: MediaFetcher } {
  const { domain, media } = config;
  const timeoutMs = media.timeout_seconds * 1000;
  const where = { from: domain, server: serverDomain(config), configured: media.upload_host };
  const finder = new UploadFinder(client, where, now);
  const trust = {
    allowPrivate: media.allow_private_addresses,
    hosts: new Set(media.trusted_hosts.map((host) => host.toLowerCase())),
  };
  return {
    uploader: new Uploader(client, finder, { maxBytes: media.max_bytes, timeoutMs }),
    fetcher: new MediaFetcher({ maxBytes: media.max_bytes, trust, timeoutMs }),
  };
}

/** What hears of what comes in. */
interface Receiving {
  readonly sink: EventSink;
  readonly client: XmppClient;
  readonly bot: Bot;
  readonly persons: Persons;
  readonly presences: Presences;
  readonly rooms: Rooms;
}

interface Receiver {
  readonly take: (stanza: Element) => void;
  /** Counts work as waiting while it is under way. */
  readonly counted: (work: () => Promise<void>) => Promise<void>;
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

/** What takes every stanza that comes in; it never throws. */
function receiver(
  config: XmppConfig,
  { homeserver, version, texts, log, now = Date.now }: XmppDeps,
  { sink, client, bot, persons, presences, rooms }: Receiving,
): Receiver {
  const { domain, name } = config;
  const post = (stanza: Element): void => client.post(stanza);
  const addresses = createAddressBook(domain, homeserver);
  const reachability = new Reachability(sink, now);
  const inbound = new Inbound({
    ...{ addresses, domain, sink, reachability, post, log, now },
    pause: (paused) => client.pause(paused),
    noReplies: texts.noReplies,
    bounced: (messageId) => bot.bounced(messageId),
    room: (stanza) => rooms.takeMessage(stanza),
    mostWaiting: config.max_waiting,
  });
  const answers = new ServiceAnswers({ name, version, addresses, persons, presences, reachability, post });
  const take = (stanza: Element): void => {
    if (stanza.name === 'message') inbound.take(stanza);
    else if (stanza.name === 'iq')
      void task(log, 'xmpp-iq', () => inbound.counted(() => answers.answer(stanza)));
    else if (!rooms.takePresence(stanza))
      void task(log, 'xmpp-presence', () => inbound.counted(() => answers.presence(stanza)));
  };
  return { take, counted: (work) => inbound.counted(work) };
}

/** Tells the sender, as an error for their message; clients show it as not delivered. */
async function refuse(
  client: XmppClient,
  texts: XmppTexts,
  arrival: Arrival,
  outcome: Outcome,
): Promise<undefined | Failed> {
  // An error to a room would put us out of it.
  if (arrival.receiver === undefined) return undefined;
  const stanza = parseStanza(arrival.raw);
  const condition = conditionFor(outcome);
  if (typeof stanza === 'string' || condition === undefined) return undefined;
  const text = 'reason' in outcome ? texts.reason(outcome.reason) : texts.reason('rule');
  const error = errorAnswer(stanza, condition, text);
  if (error === undefined || (await client.deliver([error.toString()]))) return undefined;
  return failedForNow('link-down');
}
