/** The host as it is configured. */
import { Agent } from 'undici';
import { boundedAsker, usualBounds, type Asker } from '../../interop/identity/bounded-request.ts';
import type { FileFinder } from '../../interop/media/shelf/shelf.ts';
import { guardedConnector } from '../../interop/web/guarded-connector.ts';
import type { ThirdPartyConfig } from './config.ts';
import type { ThirdPartyDeps } from './deps.ts';
import type { HostLimits, HostProvider } from './host-options.ts';
import type { Host } from './host.ts';
import { id } from './ids.ts';
import { makeHost } from './make-host.ts';
import { isShutOut } from './provider-book.ts';

const dayMs = 86_400_000;

export interface SetUp {
  readonly host: Host;
  /** What asks providers; to be disposed of after the host. */
  readonly asker: AsyncDisposable;
}

export function hostOf(config: ThirdPartyConfig, deps: ThirdPartyDeps, files: FileFinder): SetUp {
  const { records, key, homeserver, signingKeys, log, shutOut, now } = deps;
  const asking = askerFor(config);
  const host = makeHost({
    ...{ network: id, records, key, name: homeserver, files, log },
    ...{ chat: config.chat, ask: asking.ask, signingKeys: signingKeys(id) },
    providers: config.providers.map(providerOf),
    isOpen: (integrator) => !isShutOut(shutOut, integrator),
    audience: audienceOf(config.public_url),
    limits: limitsOf(config),
    ...(config.trusted_proxies === undefined ? {} : { trustedProxies: config.trusted_proxies }),
    ...(now === undefined ? {} : { now }),
  });
  return { host, asker: asking };
}

function providerOf(one: ThirdPartyConfig['providers'][number]): HostProvider {
  return {
    ...{ integrator: one.id, name: one.name, issuer: one.issuer ?? one.name },
    ...{ identifierType: one.identifier, jwksUrl: one.jwks_url, pushUrl: one.push_url },
  };
}

/** Providers write the address with or without its last slash. */
function audienceOf(url: string): readonly string[] {
  const bare = url.replace(/\/+$/, '');
  return [bare, `${bare}/`];
}

function limitsOf({ limits }: ThirdPartyConfig): Partial<HostLimits> {
  return {
    ...{ mailMs: limits.mailbox_days * dayMs, unseenMs: limits.unseen_days * dayMs },
    ...{ mostMails: limits.mailbox_messages, mostAccounts: limits.users },
    ...{ connections: limits.connections, handshakesOfAddress: limits.handshakes_of_address },
    downloadsAtOnce: limits.downloads,
  };
}

/** Plain HTTP and private addresses are for the hosts that are trusted with them. */
function askerFor({ providers }: ThirdPartyConfig): { readonly ask: Asker } & AsyncDisposable {
  const trusted = new Set(providers.flatMap(({ trusted_hosts }) => trusted_hosts));
  const trust = { allowPrivate: false, hosts: trusted };
  const { deadlineMs } = usualBounds;
  const agent = new Agent({
    connect: guardedConnector(trust, deadlineMs),
    ...{ headersTimeout: deadlineMs, bodyTimeout: deadlineMs, maxHeaderSize: 16_384 },
  });
  const strict = boundedAsker({ ...usualBounds, dispatcher: agent });
  const lax = boundedAsker({ ...usualBounds, allowHttp: true, dispatcher: agent });
  const isTrusted = (url: string): boolean => {
    const { hostname = '', host = '' } = URL.parse(url) ?? {};
    return trusted.has(hostname) || trusted.has(host);
  };
  return {
    ask: (request) => (isTrusted(request.url) ? lax : strict).ask(request),
    [Symbol.asyncDispose]: () => agent.destroy(),
  };
}
