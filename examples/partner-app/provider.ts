/**
 * The server of a provider: everything that a host asks of it, on one port. It publishes the keys with which it vouches for
 * its users, is told when there is something for one of them, and hosts what they send, encrypted.
 */
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import express, { type Express } from 'express';
import type { Log } from '../../src/core/task.ts';
import { boundedAsker, usualBounds, type OwnedAsker } from '../../src/interop/identity/bounded-request.ts';
import { normaliseIdentifier } from '../../src/interop/identity/identifier.ts';
import { createJwksClient } from '../../src/interop/identity/jwks-client.ts';
import { jwksRouter } from '../../src/interop/identity/jwks-router.ts';
import { pushReceiver, type PushAnswer, type Woken } from '../../src/interop/identity/push-receiver.ts';
import { openSigningKeys, type SigningKeys } from '../../src/interop/identity/signing-keys.ts';
import { tokenFailed, type TokenKeys } from '../../src/interop/identity/token.ts';
import { makeUserToken } from '../../src/interop/identity/user-token.ts';
import { createFetcher, type Fetcher } from '../../src/interop/media/fetcher.ts';
import { mediaRouter } from '../../src/interop/media/router.ts';
import { openShelf, type Shelf } from '../../src/interop/media/shelf/shelf.ts';
import { identityProfile } from '../../src/interop/profile/identity-profile.ts';
import type { ProviderConfig } from './config.ts';
import { parseHostFacts, type HostFacts } from '../../src/interop/web/host-facts.ts';
import { hostFacts } from '../../src/interop/profile/host-profile.ts';
import { openDatabase, type Database } from './database.ts';
import { mostFileBytes, type FilesNeeds } from './files.ts';
import { signingKeyStore } from './signing-key-store.ts';

const day = 86_400_000;
const gigabyte = 1024 ** 3;

/** What the provider hands to the parts that are about one of its users. */
export interface Provider extends AsyncDisposable {
  readonly config: ProviderConfig;
  /** How the host reaches this server: `{url}/.well-known/…`, `{url}/push`, `{url}/media/{ref}`. */
  readonly url: string;
  readonly mediaUrl: string;
  readonly jwksUrl: string;
  readonly database: Database;
  readonly shelf: Shelf;
  readonly files: FilesNeeds;
  readonly ask: OwnedAsker['ask'];
  readonly log: Log;
  /** Throws where no host is known yet. */
  readonly host: () => HostFacts;
  /** For a provider that starts before its host has told its addresses. */
  readonly meet: (host: HostFacts) => void;
  /** Asks a host at its public address what has to be known of it. Throws where it does not say. */
  readonly meetAt: (url: string) => Promise<void>;
  /** A token that says who the user is, good for an hour at most. */
  readonly tokenFor: (identifier: string) => Promise<string>;
  /** Who is to be woken when a push for them comes; one for each user. */
  readonly wakers: Map<string, () => Promise<Woken>>;
  /** What came of the pushes so far. */
  readonly pushes: Map<PushAnswer, number>;
}

/** Starts the server. Users are opened with `PartnerUser.open`. */
export async function openProvider(config: ProviderConfig, log: Log): Promise<Provider> {
  await using stack = new AsyncDisposableStack();
  await mkdir(config.folder, { recursive: true, mode: 0o700 });
  const database = openDatabase(join(config.folder, 'app.sqlite'));
  stack.defer(() => void database.close());
  const { shelf, fetcher, asker } = await openOutlets(config, log, stack);
  const keys = await signingKeys(database, log);
  const app = express();
  const { url, server } = await listen(app, config);
  stack.defer(() => close(server));
  let host = config.host;
  const trusted = new Set(config.trusted_hosts);
  const mediaBase = (): string | undefined => host?.media_url;
  const provider: Omit<Provider, typeof Symbol.asyncDispose> = {
    ...{ config, url, database, shelf, log, ask: asker.ask },
    ...{ mediaUrl: `${url}/media`, jwksUrl: `${url}${identityProfile.jwksPath}` },
    files: { integrator: config.integrator, shelf, fetcher, mediaBase, trusted },
    host: () => {
      if (host === undefined) throw new Error('The host is not configured.');
      return host;
    },
    meet: (other) => void (host = other),
    meetAt: async (at) => void (host = await askFacts(asker.ask, at)),
    tokenFor: (identifier) =>
      makeUserToken(keys, {
        ...{ issuer: config.issuer, audience: provider.host().audience },
        ...{ identifierType: config.identifier, identifier },
      }),
    wakers: new Map(),
    pushes: new Map(),
  };
  app.disable('x-powered-by');
  app.use(jwksRouter(keys));
  app.use(
    pushes(
      provider,
      hostKeys(provider, () => host),
    ),
  );
  app.use('/media', mediaRouter({ files: shelf, prefix: '', mostAtOnce: 32, longestMs: 600_000, log }));
  const owned = stack.move();
  return { ...provider, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Where files lie, and the ways out to the host. */
async function openOutlets(
  config: ProviderConfig,
  log: Log,
  stack: AsyncDisposableStack,
): Promise<{ readonly shelf: Shelf; readonly fetcher: Fetcher; readonly asker: OwnedAsker }> {
  const limits = {
    ...{ mostFileBytes: mostFileBytes + 64, mostBytesOfOwner: gigabyte, mostFilesOfOwner: 10_000 },
    ...{ mostBytes: 10 * gigabyte, mostFiles: 100_000 },
  };
  const shelfOptions = { limits, keepFreeBytes: gigabyte / 4, sweepEveryMs: 3_600_000, log };
  const shelf = stack.use(await openShelf({ folder: join(config.folder, 'media'), ...shelfOptions }));
  const trust = { allowPrivate: false, hosts: new Set(config.trusted_hosts) };
  const pace = { timeoutMs: 30_000, bytesPerSecond: 1024, mostAtOnce: 16, mostFromHost: 16 };
  const fetcher = stack.use(createFetcher({ mostBytes: mostFileBytes + 64, trust, ...pace }));
  const asker = stack.use(boundedAsker({ ...usualBounds, allowHttp: config.trusted_hosts.length > 0 }));
  return { shelf, fetcher, asker };
}

function signingKeys(database: Database, log: Log): Promise<SigningKeys> {
  const { keyLeadMs: leadMs, tokenLifeMs, clockSkewMs: skewMs } = identityProfile;
  const policy = { rotateAfterMs: 90 * day, leadMs, tokenLifeMs, skewMs };
  return openSigningKeys(signingKeyStore(database), { policy, log });
}

/** The keys of the host's pushes, from where it publishes them. */
function hostKeys({ ask, log }: Pick<Provider, 'ask' | 'log'>, host: () => HostFacts | undefined): TokenKeys {
  const client = createJwksClient({ ask, log });
  return {
    find: async (kid) => {
      const url = host()?.push_jwks_url;
      return url === undefined
        ? { ...tokenFailed('keys-unavailable'), reason: 'keys-unavailable' }
        : client.keysOf(url).find(kid);
    },
  };
}

function pushes(
  provider: Pick<Provider, 'config' | 'url' | 'log' | 'pushes' | 'wakers'>,
  keys: TokenKeys,
): ReturnType<typeof pushReceiver> {
  return pushReceiver({
    ...{ keys, baseUrl: provider.url, log: provider.log, identifierType: provider.config.identifier },
    wake: async (user) => (await provider.wakers.get(user)?.()) ?? 'unknown-user',
    watch: (answer) => void provider.pushes.set(answer, (provider.pushes.get(answer) ?? 0) + 1),
  });
}

async function askFacts(ask: OwnedAsker['ask'], at: string): Promise<HostFacts> {
  const answer = await ask({ method: 'GET', url: `${at.replace(/\/+$/, '')}${hostFacts.path}`, headers: {} });
  const facts = answer.kind === 'answered' && answer.status === 200 ? parseHostFacts(answer.body) : undefined;
  if (facts === undefined) throw new Error(`The host at ${at} does not say what a provider has to know.`);
  return facts;
}

async function listen(
  app: Express,
  { listen: { host, port }, public_url }: ProviderConfig,
): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer(app);
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  const real = typeof address === 'object' && address !== null ? address.port : port;
  const shown = host.includes(':') ? `[${host}]` : host;
  return { server, url: (public_url ?? `http://${shown}:${real}`).replace(/\/+$/, '') };
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

/** An identifier in the form in which it is compared; throws where it is none of the provider's kind. */
export function identifierOf({ config }: Pick<Provider, 'config'>, text: string): string {
  const identifier = normaliseIdentifier(config.identifier, text);
  if (identifier === undefined) throw new Error(`"${text}" is not ${nouns[config.identifier]}.`);
  return identifier;
}

const nouns = { email: 'an e-mail address', phone: 'a phone number', username: 'a username' } as const;
