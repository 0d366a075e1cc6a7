/** Puts the running network together. */
import { join } from 'node:path';
import type { MatrixUserId, NetworkId } from '../../core/ids.ts';
import type { EventSink, LoginFlows, RunningNetwork } from '../../core/network.ts';
import { failedForGood } from '../../core/outcome.ts';
import { task } from '../../core/task.ts';
import { createChatClient } from '../../interop/client/chat-client.ts';
import { boundedAsker, usualBounds, type OwnedAsker } from '../../interop/identity/bounded-request.ts';
import { createJwksClient } from '../../interop/identity/jwks-client.ts';
import { jwksRouter } from '../../interop/identity/jwks-router.ts';
import { pushReceiver } from '../../interop/identity/push-receiver.ts';
import { openSigningKeys, type SigningKeys } from '../../interop/identity/signing-keys.ts';
import { parseMediaBase } from '../../interop/media/base.ts';
import { createFetcher, type Fetcher } from '../../interop/media/fetcher.ts';
import { mediaRouter } from '../../interop/media/router.ts';
import { sealedSize } from '../../interop/media/seal.ts';
import { openShelf, type Shelf } from '../../interop/media/shelf/shelf.ts';
import { SaidFiles } from '../../interop/message/said-files.ts';
import { identityProfile } from '../../interop/profile/identity-profile.ts';
import { createTalk } from '../../interop/talk/create-talk.ts';
import type { Trust } from '../../interop/web/guarded-connector.ts';
import { createBlocklist } from './blocklist.ts';
import { capabilities } from './capabilities.ts';
import { baseUrlOf, rootsOf, type WhatsappConfig } from './config.ts';
import { connector } from './connect.ts';
import type { PartnerCounts } from './counts.ts';
import type { WhatsappDeps, WhatsappTimes } from './deps.ts';
import { createDirectory } from './directory.ts';
import { openArrival } from './from-remote.ts';
import { createHandlers } from './handlers.ts';
import { Identities } from './identities.ts';
import { identifierOf } from './identifiers.ts';
import type { Person } from './ids.ts';
import { MemberNews } from './member-news.ts';
import { MemberRecords } from './member-record.ts';
import { Members } from './members.ts';
import { Persons } from './persons.ts';
import { fileOpener } from './received-files.ts';
import { Remembered } from './remembered.ts';
import { FileSender } from './sent-files.ts';
import { Unread } from './unread.ts';
import type { LateRouter } from './web.ts';

export interface RunningParts {
  readonly id: NetworkId;
  readonly config: WhatsappConfig;
  readonly deps: WhatsappDeps;
  readonly sink: EventSink;
  readonly signal: AbortSignal;
  readonly web: LateRouter;
  readonly counts: PartnerCounts;
}

const day = 86_400_000;
const usualTimes: WhatsappTimes = {
  patience: 20_000,
  again: [5_000, 3_600_000],
  chat: {},
  enlistment: undefined,
};
const sweepMs = 3_600_000;

/** What is opened at the start and closed at the end. */
interface Opened {
  readonly keys: SigningKeys;
  readonly shelf: Shelf;
  readonly fetcher: Fetcher;
  readonly asker: OwnedAsker;
}

export async function startWhatsapp(parts: RunningParts): Promise<RunningNetwork> {
  const { id, config, deps, sink, signal, web } = parts;
  await using stack = new AsyncDisposableStack();
  const opened = await openParts(parts, stack);
  const times = { ...usualTimes, ...deps.times };
  const persons = new Persons({
    ...{ id, records: deps.records, key: deps.key, now: deps.now ?? Date.now },
    renamed: (person) => sink.profileChanged(person),
  });
  const identities = new Identities({ id, records: deps.records, sink, now: deps.now ?? Date.now });
  const said = { remembered: new Remembered(), unread: new Unread() };
  const files = fileSender(parts, opened.shelf);
  const saidFiles = new SaidFiles({
    ...{ network: id, records: deps.records, most: mostFilesOfUser },
    now: deps.now ?? Date.now,
  });
  const members = stack.use(
    makeMembers(parts, { ...opened, ...said, persons, identities, files, saidFiles, times }),
  );
  await members.load();
  serve(parts, opened, members);
  stack.defer(async () => web.close());
  sweeping(stack, parts, [files, saidFiles]);
  void task(deps.log, 'whatsapp start', () => members.start());
  const closing = stack.move();
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= closing.disposeAsync());
  signal.addEventListener('abort', () => void task(deps.log, 'whatsapp stop', close), { once: true });
  const common = { member: (user: MatrixUserId) => members.of(user), persons, sink };
  const { patience } = times;
  const base = mediaBase(config);
  const file = fileOpener({ fetcher: opened.fetcher, base, maxBytes: config.media.max_bytes });
  return {
    id,
    capabilities: capabilities(config.media.max_bytes),
    open: (arrival, cause) => openArrival(arrival, cause, { file, key: deps.key }),
    handlers: createHandlers({ ...common, ...said, files, patience }),
    health: () => members.health,
    directory: createDirectory({
      ...{ ...common, patience, integrator: config.host_integrator },
      want: (user) => members.want(user),
      identifierOf: (user) => identifierOf(user, config.identifier, deps.homeserver),
    }),
    logins: loginsOf(members),
    blocklist: createBlocklist({ account: (one) => members.withAccount(one), persons, patience }),
    reachChanged: (user) => members.reachChanged(user),
    forget: (user) => members.forget(user),
    [Symbol.asyncDispose]: close,
  };
}

/** To link is to enlist: nothing is asked, for the user is known by their Matrix ID. */
function loginsOf(members: Members): LoginFlows {
  return {
    asks: 'nothing',
    begin: async (user) => {
      const linked = await members.link(user);
      return typeof linked === 'string' ? { kind: 'done', remote: linked } : linked;
    },
    answer: async () => failedForGood('no-handler'),
    end: (user) => members.unlink(user),
  };
}

async function openParts({ id, config, deps }: RunningParts, stack: AsyncDisposableStack): Promise<Opened> {
  const { log, now = Date.now } = deps;
  const { media } = config;
  const trust = trustOf(config);
  // Which addresses may do without TLS, the settings have checked.
  const asker = stack.use(boundedAsker({ ...usualBounds, allowHttp: config.trusted_hosts.length > 0 }));
  const fetcher = stack.use(
    createFetcher({
      ...{ mostBytes: sealedSize(media.max_bytes), trust, timeoutMs: media.timeout_seconds * 1_000 },
      ...{ bytesPerSecond: 16_384, mostAtOnce: 32, mostFromHost: 32 },
    }),
  );
  const shelf = stack.use(
    await openShelf({
      folder: join(deps.dataFolder, 'sent'),
      limits: {
        mostFileBytes: sealedSize(media.max_bytes),
        mostBytesOfOwner: media.most_bytes_of_user,
        mostFilesOfOwner: 10_000,
        mostBytes: media.most_bytes,
        mostFiles: 1_000_000,
      },
      ...{ keepFreeBytes: 512 * 1024 * 1024, sweepEveryMs: sweepMs, log, now },
    }),
  );
  const { tokenLifeMs, clockSkewMs: skewMs, keyLeadMs: leadMs } = identityProfile;
  const policy = { rotateAfterMs: 30 * day, leadMs, tokenLifeMs, skewMs };
  const keys = await openSigningKeys(deps.signingKeys(id), { policy, log, now });
  return { keys, shelf, fetcher, asker };
}

/** How many messages with files are kept in mind for each user, of all their chats [G]. */
const mostFilesOfUser = 500;

interface MemberParts extends Opened {
  readonly persons: Persons;
  readonly identities: Identities;
  readonly files: FileSender;
  readonly saidFiles: SaidFiles;
  readonly remembered: Remembered;
  readonly unread: Unread;
  readonly times: WhatsappTimes;
}

function makeMembers({ id, config, deps, sink, counts }: RunningParts, parts: MemberParts): Members {
  const { log, now = Date.now, signal, texts, homeserver, records: network } = deps;
  const { keys, asker, persons, identities, files, saidFiles, remembered, unread, times } = parts;
  const records = new MemberRecords(id, network, now);
  const common = {
    ...{ id, config, homeserver, keys, ask: asker.ask, policy: times.enlistment, records, signal },
    ...{ persons, identities, saidFiles },
    ...{ sink, log, now, again: times.again, times: times.chat, counts },
    ...{ roots: rootsOf(config), readReceipts: config.read_receipts, connect: connector(config.chat_url) },
    make: { client: createChatClient, talk: createTalk },
    news: new MemberNews({ sink, texts, custody: config.custody, log, now }),
    kept: (user: MatrixUserId, person: Person, message: string, padded: Uint8Array) => {
      unread.add(user, person.id, message);
      remembered.came(user, person.id, message, padded);
    },
    clear: async (user: MatrixUserId) => {
      await files.forget(user);
      await identities.forget(user);
      await saidFiles.forget(user);
    },
  };
  return new Members({ common, records, sink, log, now, patience: times.patience });
}

function fileSender({ id, config, deps }: RunningParts, shelf: Shelf): FileSender {
  const { records, transcoder, now = Date.now } = deps;
  const { max_bytes: maxBytes, keep_days: days } = config.media;
  return new FileSender({
    ...{ id, integrator: config.integrator, records, shelf, transcoder, now },
    ...{ maxBytes, keepMs: days * day },
  });
}

function serve(
  { config, deps, web, counts }: RunningParts,
  { keys, shelf, asker }: Opened,
  members: Members,
): void {
  const { log, now = Date.now } = deps;
  const published = createJwksClient({ ask: asker.ask, log, now }).keysOf(config.push_jwks_url);
  web.open({
    jwks: jwksRouter(keys),
    push: pushReceiver({
      ...{ keys: published, baseUrl: baseUrlOf(config), identifierType: config.identifier, log, now },
      wake: async (user) => members.push(user),
      watch: counts.pushed,
    }),
    media: mediaRouter({ files: shelf, prefix: '', mostAtOnce: 64, longestMs: 600_000, log, now }),
  });
}

function sweeping(
  stack: AsyncDisposableStack,
  { deps }: RunningParts,
  all: readonly { sweep(): Promise<unknown> }[],
): void {
  const sweep = (): void => {
    for (const one of all)
      void task(deps.log, 'whatsapp sweep', async () => {
        await one.sweep();
      });
  };
  sweep();
  const timer = setInterval(sweep, sweepMs);
  timer.unref();
  stack.defer(() => clearInterval(timer));
}

function trustOf({ trusted_hosts: hosts }: WhatsappConfig): Trust {
  return { allowPrivate: false, hosts: new Set(hosts.map((host) => host.toLowerCase())) };
}

function mediaBase(config: WhatsappConfig): NonNullable<ReturnType<typeof parseMediaBase>> {
  const base = parseMediaBase(config.media_url, trustOf(config));
  if (base === undefined) throw new Error('media_url is no address of a media host');
  return base;
}
