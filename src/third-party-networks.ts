/** The part of the composition root that makes the two networks of third-party chats: WhatsApp's partner, and the host. */
import type { BridgeConfig } from './config-schema.ts';
import type { Blocks } from './core/blocks.ts';
import { networkId, remoteChatId, type NetworkId } from './core/ids.ts';
import type { Network } from './core/network.ts';
import type { NetworkRecords } from './core/network-records.ts';
import type { Log } from './core/task.ts';
import type { Transcoder } from './core/transcoder.ts';
import type { SignalStore } from './crypto/signal/store.ts';
import type { PublicWeb } from './interop/web/public-web.ts';
import { partOf } from './log.ts';
import { keptFor, signalOn, type NetworkKept } from './network-kept.ts';
import { createThirdParty, type ShutOut } from './networks/thirdparty/index.ts';
import { createWhatsapp } from './networks/whatsapp/index.ts';
import { whatsappTexts } from './whatsapp-texts.ts';

const whatsapp = networkId('whatsapp');
const thirdparty = networkId('thirdparty');

export interface ThirdPartyNeeds {
  readonly config: {
    readonly networks: Pick<BridgeConfig['networks'], 'whatsapp' | 'thirdparty'>;
    readonly matrix: { readonly homeserver: { readonly domain: string } };
    readonly storage: { readonly file: string };
  };
  readonly storage: { readonly networkRecords: NetworkRecords; readonly signal: SignalStore };
  readonly blocks: Pick<Blocks, 'standing' | 'onBanned'>;
  readonly transcoder: Transcoder | undefined;
  readonly log: Log;
}

/** A network, and what it shows to the world. */
export interface OpenNetwork {
  readonly network: Network;
  readonly web: PublicWeb;
}

/** Those that are configured. What they share ends with `stack`. */
export async function thirdPartyNetworks(
  { config, storage, blocks, transcoder, log }: ThirdPartyNeeds,
  stack: AsyncDisposableStack,
): Promise<readonly OpenNetwork[]> {
  const { whatsapp: partner, thirdparty: host } = config.networks;
  if (partner === undefined && host === undefined) return [];
  const { signal } = stack.use(signalOn(storage.signal, partOf(log, 'signal')));
  const made = { records: storage.networkRecords, signal, file: config.storage.file };
  const deps = async (id: NetworkId): Promise<NetworkKept & Shared> => ({
    ...(await keptFor(id, made)),
    ...{ homeserver: config.matrix.homeserver.domain, transcoder, log: partOf(log, id) },
  });
  return [
    ...(partner === undefined
      ? []
      : [createWhatsapp(partner, { ...(await deps(whatsapp)), texts: whatsappTexts })]),
    ...(host === undefined
      ? []
      : [createThirdParty(host, { ...(await deps(thirdparty)), shutOut: shutOutOf(blocks, thirdparty) })]),
  ];
}

interface Shared {
  readonly homeserver: string;
  readonly transcoder: Transcoder | undefined;
  readonly log: Log;
}

/** Who is shut out of a network, as administrators' bans and policy lists say. A direct chat has its person's name. */
export function shutOutOf(blocks: ThirdPartyNeeds['blocks'], network: NetworkId): ShutOut {
  return {
    has: (remote) => {
      const { kind } = blocks.standing({ network, chat: remoteChatId(remote), user: undefined, remote });
      return kind === 'homeserver' || kind === 'list';
    },
    listen: (changed) => blocks.onBanned(changed),
  };
}
