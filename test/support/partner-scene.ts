import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import express from 'express';
import type { ProviderConfig } from '../../examples/partner-app/config.ts';
import type { HostFacts } from '../../src/interop/web/host-facts.ts';
import type { Provider } from '../../examples/partner-app/provider.ts';
import { PartnerUser, type UserOptions } from '../../examples/partner-app/user.ts';
import { networkId } from '../../src/core/ids.ts';
import { boundedAsker, usualBounds } from '../../src/interop/identity/bounded-request.ts';
import { openShelf, type Shelf } from '../../src/interop/media/shelf/shelf.ts';
import { formatAddress, type Address } from '../../src/interop/node/address.ts';
import type { HostOptions } from '../../src/networks/thirdparty/host-options.ts';
import type { Host, HostListener } from '../../src/networks/thirdparty/host.ts';
import { makeHost } from '../../src/networks/thirdparty/make-host.ts';
import { Resident } from './host-resident.ts';
import { MemoryRecords } from './memory-records.ts';
import { ownFolder, providerOnLoopback } from './partner-provider.ts';
import { fast } from './partner-user-times.ts';
import { RecordingLog } from './recording-log.ts';

/** A host on loopback with one user of its own, Bob, and a provider that has met it. */
export interface PartnerScene {
  readonly host: Host;
  readonly shelf: Shelf;
  readonly provider: Provider & { readonly troubles: RecordingLog };
  readonly bob: Resident;
  /** What the host has told of its accounts. */
  readonly told: string[];
  readonly facts: HostFacts;
  /** A user of the provider; disposed of with the scene. */
  readonly user: (identifier: string, options?: UserOptions) => PartnerUser;
  /** One who is enlisted and connected, and has found Bob. */
  readonly connected: (
    identifier: string,
    options?: UserOptions,
  ) => Promise<{ readonly user: PartnerUser; readonly chat: string }>;
}

export interface SceneOptions {
  readonly host?: Partial<HostOptions>;
  readonly provider?: Partial<ProviderConfig>;
  readonly over?: 'tcp' | 'websocket';
}

/** Opens it; everything is on the stack. */
export async function partnerScene(
  stack: AsyncDisposableStack,
  options: SceneOptions = {},
): Promise<PartnerScene> {
  const provider = await providerOnLoopback(stack, options.provider);
  const { url, server } = await webServer(stack);
  const shelf = stack.use(await openShelf({ folder: await ownFolder(stack), ...shelfOptions }));
  const { ask } = stack.use(boundedAsker({ ...usualBounds, allowHttp: true }));
  const host: Host = stack.use(
    makeHost({
      ...{ network: networkId('thirdparty'), records: new MemoryRecords(), key: new Uint8Array(32).fill(7) },
      providers: [
        {
          ...{ integrator: 12, name: 'bird', issuer: 'bird', identifierType: 'email' },
          ...{ jwksUrl: provider.jwksUrl, pushUrl: provider.url },
        },
      ],
      ...{ isOpen: () => true, audience: [url], name: 'homeserver', ask, files: shelf },
      signingKeys: { load: async () => [], save: async () => undefined },
      ...{ chat: { host: '127.0.0.1', port: 0 }, log: new RecordingLog() },
      ...options.host,
    }),
  );
  server.on('request', express().use(host.web.router));
  server.on('upgrade', host.web.upgrade);
  const told: string[] = [];
  const bob = new Resident('4711', '@bob:example.org', () => host);
  await host.start(listenerFor([bob], told));
  const root = await host.root();
  const facts: HostFacts = {
    ...{ enlist_url: url, media_url: url, push_jwks_url: `${url}/.well-known/oauth/openid/jwks` },
    chat_url:
      options.over === 'websocket'
        ? `${url.replace('http', 'ws')}/ws/chat`
        : `tcp://127.0.0.1:${host.port() ?? 0}`,
    ...{ audience: url, roots: [{ serial: root.serial, key: Buffer.from(root.key).toString('base64') }] },
  };
  provider.meet(facts);
  const user = (identifier: string, more: UserOptions = {}): PartnerUser =>
    stack.use(new PartnerUser(provider, identifier, { ...fast, ...more }));
  const connected: PartnerScene['connected'] = async (identifier, more) => {
    const one = user(identifier, more);
    const enlisted = await one.enlist();
    if (enlisted.kind !== 'enlisted') throw new Error(`not enlisted: ${enlisted.reason}`);
    const up = await one.connect();
    if (up.kind === 'failed') throw new Error(`not connected: ${up.reason}`);
    const person = await one.lookUp('@bob:example.org');
    if ('reason' in person) throw new Error(`not found: ${person.reason}`);
    return { user: one, chat: person.address };
  };
  return { host, shelf, provider, bob, told, facts, user, connected };
}

const shelfOptions = {
  limits: {
    ...{ mostFileBytes: 1e7, mostBytesOfOwner: 1e8, mostFilesOfOwner: 100, mostBytes: 1e9, mostFiles: 1000 },
  },
  ...{ keepFreeBytes: 0, sweepEveryMs: 3_600_000, log: new RecordingLog() },
};

async function webServer(
  stack: AsyncDisposableStack,
): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stack.defer(async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { server, url: `http://127.0.0.1:${port}` };
}

function listenerFor(residents: readonly Resident[], told: string[]): HostListener {
  const blocked = new Set<string>();
  let reachable = true;
  const of = (address: Address | undefined): Resident | undefined =>
    residents.find((one) => address !== undefined && formatAddress(one.address) === formatAddress(address));
  return {
    message: async (from, stanza) => {
      const resident = of(stanza.to);
      if (resident === undefined) return { error: 404 };
      await resident.take(from, stanza);
      return {};
    },
    receipt: async (from, stanza) => of(stanza.to)?.takeReceipt(from, stanza),
    signal: (_from, stanza) => void told.push(stanza.kind === 'chatstate' ? stanza.state : 'presence'),
    lookUp: async (_from, { externalId }) => residents.find((one) => one.externalId === externalId)?.address,
    keysOf: async (_from, who) => of(who)?.keys(),
    block: async (_from, who, isBlocked) => {
      if (isBlocked) blocked.add(formatAddress(who));
      else blocked.delete(formatAddress(who));
    },
    blocked: async () =>
      residents.map(({ address }) => address).filter((one) => blocked.has(formatAddress(one))),
    reachability: async (_from, set) => {
      reachable = set?.enabled ?? reachable;
      return { enabled: reachable, integrators: [] };
    },
    enlisted: async (_account, keys) => void told.push(`enlisted ${keys}`),
    gone: async (_account, why) => void told.push(`gone ${why}`),
  };
}
