/** The WhatsApp network: the bridge as a partner of its third-party chats, one connection for each enlisted user. */
import { networkId } from '../../core/ids.ts';
import type { EventSink, Network, RunningNetwork } from '../../core/network.ts';
import { capabilities } from './capabilities.ts';
import { createPartnerCounts, type PartnerCount } from './counts.ts';
import { baseUrlOf, operatorSentence, whatsappConfig, type WhatsappConfig } from './config.ts';
import type { EnlistmentTrouble, Line, WhatsappDeps, WhatsappTexts, WhatsappTimes } from './deps.ts';
import { startWhatsapp } from './running.ts';
import type { PublicWeb } from '../../interop/web/public-web.ts';
import { LateRouter } from './web.ts';

export { baseUrlOf, operatorSentence, whatsappConfig };
export type {
  EnlistmentTrouble,
  Line,
  PublicWeb,
  WhatsappConfig,
  WhatsappDeps,
  WhatsappTexts,
  WhatsappTimes,
};

const id = networkId('whatsapp');

/** The network, what it shows to the world, and how often each thing has happened. */
export interface Whatsapp {
  readonly network: Network;
  readonly web: PublicWeb;
  readonly counts: () => ReadonlyMap<PartnerCount, number>;
}

/** The network before it runs, and what is to be served for it from the first moment on. */
export function createWhatsapp(config: WhatsappConfig, deps: WhatsappDeps): Whatsapp {
  const counts = createPartnerCounts();
  const web = new LateRouter(config.base_path);
  return {
    network: {
      id,
      capabilities: capabilities(config.media.max_bytes),
      start: (sink: EventSink, signal: AbortSignal): Promise<RunningNetwork> =>
        startWhatsapp({ id, config, deps, sink, signal, web, counts }),
    },
    web: { bind: config.listen, router: web.router },
    counts: counts.read,
  };
}
