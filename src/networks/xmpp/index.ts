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
  RunningNetwork,
} from '../../core/network.ts';
import { failedForNow, type Failed, type Outcome, type ReasonCode } from '../../core/outcome.ts';
import { task, type Log } from '../../core/task.ts';
import type { Transcoder } from '../../core/transcoder.ts';
import { Bot } from './bot.ts';
import { capabilities } from './capabilities.ts';
import { defaultTimes, XmppClient, type LinkTimes } from './client.ts';
import { serverDomain, xmppConfig, type XmppConfig } from './config.ts';
import { createDirectory } from './directory.ts';
import { openStanza } from './from-remote.ts';
import { createHandlers } from './handlers.ts';
import { createAddressBook, personAt } from './ids.ts';
import { Inbound } from './inbound.ts';
import { createLogins } from './login.ts';
import { MediaFetcher } from './media.ts';
import { Persons } from './persons.ts';
import { Presences } from './presences.ts';
import { Privilege, withOwnCopies } from './privilege.ts';
import type { OpenContext } from './remote-content.ts';
import { Reachability } from './reachability.ts';
import { ServiceAnswers, userCapabilities } from './service-answers.ts';
import { withSignals } from './signals.ts';
import { conditionFor, errorAnswer } from './stanza-error.ts';
import { parseStanza } from './stanza.ts';
import { UploadFinder } from './upload-service.ts';
import { Uploader } from './upload.ts';
import { Uploads } from './uploads.ts';

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
  const { domain } = config;
  const timeoutMs = config.media.timeout_seconds * 1000;
  const addresses = createAddressBook(domain, deps.homeserver);
  const { service, secret } = config;
  const privilege = new Privilege(serverDomain(config), domain);
  const client = new XmppClient(
    { service, domain, secret, log, times, now },
    {
      stanza: (stanza) => {
        if (!privilege.take(stanza)) receive(stanza);
      },
      changed: (health) => {
        if (health.kind === 'down') privilege.reset();
        linkChanged(health);
      },
    },
  );
  const link = withOwnCopies(client, {
    ...{ privilege, addresses, domain, server: serverDomain(config), log },
    accounts: async (user) => (await sink.copiesTo?.(user)) ?? [],
  });
  const finder = new UploadFinder(
    client,
    { from: domain, server: serverDomain(config), configured: config.media.upload_host },
    now,
  );
  const uploader = new Uploader(client, finder, { maxBytes: config.media.max_bytes, timeoutMs });
  const transcoder = config.media.transcode_voice ? deps.transcoder : undefined;
  const uploads = new Uploads({ uploader, transcoder });
  const fetcher = new MediaFetcher({
    maxBytes: config.media.max_bytes,
    trust: {
      allowPrivate: config.media.allow_private_addresses,
      hosts: new Set(config.media.trusted_hosts.map((host) => host.toLowerCase())),
    },
    timeoutMs,
  });
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
    sink.linkChanged(health);
  };
  const receive = receiver(config, deps, { sink, client, bot, persons, presences });
  client.start(signal);
  return {
    id,
    capabilities: capabilitiesOf(config, deps),
    open: (arrival, cause) => openStanza(arrival, cause, openContext),
    handlers: withSignals(
      createHandlers({
        ...{ link, addresses, uploads },
        texts: { retracted: texts.retracted(), poll: texts.poll },
      }),
      { ...{ link: client, addresses, presences } },
    ),
    health: () => client.health,
    directory: createDirectory(client, domain, (user) => presences.askerFor(user)),
    people: presences,
    refuse: (arrival, outcome) => refuse(client, texts, arrival, outcome),
    logins: createLogins({ domain, now, codeText: texts.loginCode, send: (to, text) => bot.send(to, text) }),
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]();
      await Promise.all([uploader[Symbol.asyncDispose](), fetcher[Symbol.asyncDispose]()]);
    },
  };
}

/** What hears of what comes in. */
interface Receiving {
  readonly sink: EventSink;
  readonly client: XmppClient;
  readonly bot: Bot;
  readonly persons: Persons;
  readonly presences: Presences;
}

/** What takes every stanza that comes in; it never throws. */
function receiver(
  config: XmppConfig,
  { homeserver, version, texts, log, now = Date.now }: XmppDeps,
  { sink, client, bot, persons, presences }: Receiving,
): (stanza: Element) => void {
  const { domain, name } = config;
  const post = (stanza: Element): void => client.post(stanza);
  const addresses = createAddressBook(domain, homeserver);
  const reachability = new Reachability(sink, now);
  const inbound = new Inbound({
    ...{ addresses, domain, sink, reachability, post, log, now },
    pause: (paused) => client.pause(paused),
    noReplies: texts.noReplies,
    bounced: (messageId) => bot.bounced(messageId),
    mostWaiting: config.max_waiting,
  });
  const answers = new ServiceAnswers({ name, version, addresses, persons, presences, reachability, post });
  return (stanza) => {
    if (stanza.name === 'message') inbound.take(stanza);
    else if (stanza.name === 'iq')
      void task(log, 'xmpp-iq', () => inbound.counted(() => answers.answer(stanza)));
    else void task(log, 'xmpp-presence', () => inbound.counted(() => answers.presence(stanza)));
  };
}

/** Tells the sender, as an error for their message; clients show it as not delivered. */
async function refuse(
  client: XmppClient,
  texts: XmppTexts,
  arrival: Arrival,
  outcome: Outcome,
): Promise<undefined | Failed> {
  const stanza = parseStanza(arrival.raw);
  const condition = conditionFor(outcome);
  if (typeof stanza === 'string' || condition === undefined) return undefined;
  const text = 'reason' in outcome ? texts.reason(outcome.reason) : texts.reason('rule');
  const error = errorAnswer(stanza, condition, text);
  if (error === undefined || (await client.deliver([error.toString()]))) return undefined;
  return failedForNow('link-down');
}
