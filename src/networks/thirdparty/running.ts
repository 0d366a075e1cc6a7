/** The parts of the network put together on a host. */
import type { EventSink, Health, RunningNetwork } from '../../core/network.ts';
import { failedForGood, type Failed } from '../../core/outcome.ts';
import { createFetcher, type Fetcher } from '../../interop/media/fetcher.ts';
import { sealedSize } from '../../interop/media/seal.ts';
import type { Shelf } from '../../interop/media/shelf/shelf.ts';
import { SaidFiles } from '../../interop/message/said-files.ts';
import type { Address } from '../../interop/node/address.ts';
import type { KeyBundle } from '../../interop/stanza/keys.ts';
import { createTalk } from '../../interop/talk/create-talk.ts';
import { Acquaintance } from './acquaintance.ts';
import { capabilities } from './capabilities.ts';
import type { ThirdPartyConfig } from './config.ts';
import type { Counts } from './counts.ts';
import type { ThirdPartyDeps } from './deps.ts';
import { createDirectory } from './directory.ts';
import { Ends } from './ends.ts';
import { Files } from './files.ts';
import { openArrival } from './from-remote.ts';
import { createHandlers } from './handlers.ts';
import type { Host, HostListener } from './host.ts';
import { Identities } from './identities.ts';
import { id, loginIn } from './ids.ts';
import { Inbound } from './inbound.ts';
import { Numbers } from './numbers.ts';
import { Outbox } from './outbox.ts';
import { OwnKeys } from './own-keys.ts';
import { openerOf } from './partner-media.ts';
import { Passing } from './passing.ts';
import { isShutOut, providersIn, type Providers } from './provider-book.ts';
import { Receipts } from './receipts.ts';
import { refuse } from './refusal.ts';
import { Residents } from './residents.ts';
import { Standing } from './standing.ts';
import { Unread } from './unread.ts';

const dayMs = 86_400_000;
const slowestBytesPerSecond = 8 * 1024;

/** How many messages with files of a chat are kept in mind [G]. */
const mostFilesOfChat = 100;

/** What the network works with of a host. */
export type HostPart = Pick<Host, 'account' | 'find' | 'deliver' | 'signal' | 'keysOf' | 'shutOut'>;

export interface RunningParts {
  readonly config: ThirdPartyConfig;
  readonly deps: ThirdPartyDeps;
  readonly host: HostPart;
  readonly shelf: Shelf;
  readonly sink: EventSink;
  readonly counts: Counts;
  readonly health: () => Health;
}

/** The network without its doors: they are opened with `listener`, and closed before it is disposed of. */
export interface Parts {
  readonly network: RunningNetwork;
  readonly listener: HostListener;
  /** Reads what is to be at hand; to be awaited before the doors are opened. */
  load(): Promise<void>;
  /** Drops what is too old. */
  sweep(): Promise<void>;
}

export function partsOn(parts: RunningParts): Parts {
  const { config, deps, host, sink } = parts;
  const { log, homeserver, now = Date.now } = deps;
  const pieces = piecesOn(parts);
  const { counts, outbox, residents, acquaintance, numbers, files, ends } = pieces;
  const passing = new Passing({ sink, counts, log, now });
  const receipts = new Receipts({ sink, outbox, counts, now });
  const { enlisted, gone } = new Standing({ host, sink, ...pieces });
  const providers = providersIn(config);
  const fetchers = fetchersFor(config);
  const maxMediaBytes = config.limits.max_media_bytes;
  const sources = { fetchers, providers, maxBytes: maxMediaBytes };
  return {
    load: () => numbers.load(),
    sweep: async () => {
      await files.sweep();
      await pieces.saidFiles.sweep();
    },
    listener: new Inbound({ ...pieces, sink, passing, receipts, homeserver, log, now, enlisted, gone }),
    network: {
      id,
      capabilities: capabilities({ maxMediaBytes }),
      open: (arrival, cause) =>
        openArrival(arrival, cause, { open: (integrator, file) => openerOf(sources, integrator, file) }),
      handlers: createHandlers({ ...pieces, host }),
      health: parts.health,
      directory: createDirectory({ host, providers, acquaintance, numbers }),
      refuse: (arrival, outcome) => refuse({ outbox, residents }, arrival, outcome),
      reachChanged: () => shutOutAll(parts, providers),
      forget: async (user) => {
        const resident = await residents.find(user);
        if (resident === undefined) return undefined;
        await files.forget(resident.id);
        await acquaintance.forgetResident(resident.id);
        await ends.forget(resident);
        return undefined;
      },
      [Symbol.asyncDispose]: async () => {
        await passing.done();
        for (const fetcher of fetchers.values()) await fetcher[Symbol.asyncDispose]();
      },
    },
  };
}

interface Pieces {
  readonly counts: Counts;
  readonly residents: Residents;
  readonly acquaintance: Acquaintance;
  readonly numbers: Numbers;
  readonly unread: Unread;
  readonly saidFiles: SaidFiles;
  readonly outbox: Outbox;
  readonly ends: Ends;
  readonly identities: Identities;
  readonly files: Files;
}

/** What both directions work with. */
function piecesOn(parts: RunningParts): Pieces {
  const { deps, host, sink, counts } = parts;
  const { records, signal, now = Date.now } = deps;
  const residents = new Residents(records, now);
  const acquaintance = new Acquaintance(records, now);
  const ownKeys = new OwnKeys({ records, counts, now });
  const identities = new Identities({ records, sink, now });
  const ends = new Ends({
    signal,
    makeTalk: createTalk,
    residents,
    ownKeys,
    keysOf: (who) => keysOn(host, who),
  });
  return {
    ...{ counts, residents, acquaintance, ends, identities },
    numbers: new Numbers(records, now),
    unread: new Unread(),
    saidFiles: new SaidFiles({ network: id, records, most: mostFilesOfChat, now }),
    outbox: new Outbox({ host, identities, acquaintance, now }),
    files: filesOn(parts),
  };
}

/** Ends the connections of providers that are banned. */
export function shutOutAll(
  { deps: { shutOut }, host }: Pick<RunningParts, 'deps' | 'host'>,
  providers: Providers,
): void {
  for (const { integrator } of providers.all) if (isShutOut(shutOut, integrator)) host.shutOut(integrator);
}

/** The keys of a provider's user. */
async function keysOn(host: HostPart, who: Address): Promise<KeyBundle | Failed> {
  const login = loginIn(who);
  return login === undefined ? failedForGood('no-such-user') : host.keysOf(login);
}

function filesOn({ config: { limits }, deps, shelf }: RunningParts): Files {
  const { records, key, now = Date.now } = deps;
  const [maxBytes, keepMs] = [limits.max_media_bytes, limits.media_days * dayMs];
  return new Files({ shelf, records, key, maxBytes, keepMs, now });
}

/** One for each provider, with what that one is trusted with. */
function fetchersFor({ providers, limits }: ThirdPartyConfig): ReadonlyMap<number, Fetcher> {
  const bounds = {
    ...{ mostBytes: sealedSize(limits.max_media_bytes), timeoutMs: limits.timeout_seconds * 1000 },
    ...{ bytesPerSecond: slowestBytesPerSecond, mostAtOnce: limits.transfers_of_provider },
    mostFromHost: limits.transfers_of_provider,
  };
  return new Map(
    providers.map(({ id: integrator, trusted_hosts }) => {
      const trust = { allowPrivate: false, hosts: new Set(trusted_hosts) };
      return [integrator, createFetcher({ ...bounds, trust })];
    }),
  );
}
