/**
 * The host of third-party chats: the gatekeeper's side of the interface that WhatsApp offers to third-party apps, so that
 * an app which was built for it reaches the users of a Matrix homeserver by another address.
 */
import { Router } from 'express';
import type { EventSink, Network, RunningNetwork } from '../../core/network.ts';
import { identityProfile } from '../../interop/profile/identity-profile.ts';
import { hostFactsRouter, type HostFacts } from '../../interop/web/host-facts.ts';
import type { PublicWeb } from '../../interop/web/public-web.ts';
import { webSocketPath } from '../../interop/profile/session-profile.ts';
import type { PinnedRoot } from '../../interop/noise/certificate.ts';
import { capabilities } from './capabilities.ts';
import { thirdPartyConfig, type ProviderConfig, type ThirdPartyConfig } from './config.ts';
import { createCounts, type Trouble } from './counts.ts';
import type { ShutOut, ThirdPartyDeps } from './deps.ts';
import type { HostCount } from './host-counts.ts';
import { id } from './ids.ts';
import { laterShelf } from './later-shelf.ts';
import { hostOf } from './set-up.ts';
import { startOn } from './starting.ts';

export { thirdPartyConfig, type ProviderConfig, type ShutOut, type ThirdPartyConfig, type ThirdPartyDeps };

export interface ThirdParty {
  /** Started once. */
  readonly network: Network;
  readonly web: PublicWeb;
  readonly host: HostView;
}

/** What administrators are told of the host. */
export interface HostView {
  /** What providers pin of the chat channel's certificates; made where there is none. */
  root(): Promise<PinnedRoot>;
  /** The port of the chat channel over TCP, while it is open. */
  port(): number | undefined;
  connected(): number;
  /** How often each thing has happened since the start, at the doors and at the users' ends. */
  counts(): ReadonlyMap<HostCount, number>;
  troubles(): ReadonlyMap<Trouble, number>;
}

/** The network before it runs, and what it shows to the world. */
export function createThirdParty(config: ThirdPartyConfig, deps: ThirdPartyDeps): ThirdParty {
  const shelf = laterShelf();
  const counts = createCounts();
  const { host, asker } = hostOf(config, deps, shelf.files);
  return {
    network: {
      id,
      capabilities: capabilities({ maxMediaBytes: config.limits.max_media_bytes }),
      start: (sink: EventSink, signal: AbortSignal): Promise<RunningNetwork> =>
        startOn({ config, deps, host, asker, shelf, counts, sink, signal }),
    },
    web: {
      bind: config.listen,
      router: Router({ caseSensitive: true, strict: true })
        .use(hostFactsRouter(() => factsOf(config.public_url, host)))
        .use(host.web.router),
      upgrade: { path: webSocketPath, take: host.web.upgrade },
    },
    host: {
      root: () => host.root(),
      port: host.port,
      connected: host.connected,
      counts: host.counts,
      troubles: counts.read,
    },
  };
}

/** What providers have to know of the host. Over WebSocket everybody reaches it who reaches the rest. */
async function factsOf(publicUrl: string, host: Pick<HostView, 'root'>): Promise<HostFacts> {
  const bare = publicUrl.replace(/\/+$/, '');
  const { serial, key } = await host.root();
  return {
    ...{ enlist_url: bare, media_url: bare, audience: bare },
    chat_url: `${bare.replace(/^http/, 'ws')}${webSocketPath}`,
    push_jwks_url: `${bare}${identityProfile.jwksPath}`,
    roots: [{ serial, key: Buffer.from(key).toString('base64') }],
  };
}
