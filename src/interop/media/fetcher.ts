/**
 * Fetches sealed files from the places that partners and gatekeepers host them at. Where strangers say what is fetched,
 * and a partner says by what name its server goes, every step is bounded: only what lies below the configured base, no
 * redirects, only public addresses (checked on the very address that is connected to), no encodings, a size, a pace, and
 * so many transfers at once.
 */
import { Agent, request } from 'undici';
import type { OpenMedia } from '../../core/media.ts';
import { failedForGood, failedForNow, type Failed } from '../../core/outcome.ts';
import { guardedConnector, type Trust } from '../web/guarded-connector.ts';
import { slots } from '../web/slots.ts';
import { plainBodyHeaders, transferFailure, transferOf } from '../web/transfer.ts';
import { hostedAddress, partnerAddress, type MediaBase } from './base.ts';
import { parseDownloadPath } from './paths.ts';

export interface FetcherOptions {
  /** Of the sealed file, in bytes. */
  readonly mostBytes: number;
  readonly trust: Trust;
  /** How long a server may take to let itself be reached, to answer with a whole head, and to be silent afterwards. */
  readonly timeoutMs: number;
  /** The slowest transfer that is put up with, on average. */
  readonly bytesPerSecond: number;
  /** Transfers at once: in all, and from one host. */
  readonly mostAtOnce: number;
  readonly mostFromHost: number;
}

/** Where a message says that its file lies, and whose message it is. */
export interface PartnerMedia {
  readonly path: string;
  /** The integrator whose user sent it: a file of another is not fetched. */
  readonly integrator: number;
  /** The media base that is configured for that integrator. */
  readonly base: MediaBase;
}

/**
 * Fetches files, each as a stream that ends with a thrown `MediaError` where the transfer breaks, is too slow or too
 * large. A path that is not one ends in `broken-event`. What is fetched is ciphertext: it is for `openSealed` to say
 * whether it is genuine. A stream keeps its place until it is read to its end, or ended. Dispose of it to close its connections.
 */
export interface Fetcher extends AsyncDisposable {
  /** As host: what a partner's user sent, from the partner's own server. */
  readonly fromPartner: (media: PartnerMedia, signal: AbortSignal) => Promise<OpenMedia | Failed>;
  /** As partner: what the gatekeeper hosts. */
  readonly fromHost: (base: MediaBase, path: string, signal: AbortSignal) => Promise<OpenMedia | Failed>;
}

const busyMs = 2000;

/** Makes a fetcher with connections and places of its own. */
export function createFetcher(options: FetcherOptions): Fetcher {
  const { mostAtOnce, mostFromHost, timeoutMs, trust } = options;
  const agent = new Agent({
    connect: guardedConnector(trust, timeoutMs),
    ...{ headersTimeout: timeoutMs, bodyTimeout: timeoutMs },
  });
  const places = slots(mostAtOnce, mostFromHost);
  const fetch = async (address: URL | undefined, signal: AbortSignal): Promise<OpenMedia | Failed> => {
    if (address === undefined) return failedForGood('broken-event');
    const leave = places.enter(address.host);
    if (leave === undefined) return failedForNow('media-unavailable', undefined, busyMs);
    const opened = await transfer(agent, address, options, { signal, leave });
    if (opened.kind === 'failed') leave();
    return opened;
  };
  return {
    fromPartner: async ({ path, integrator, base }, signal) => {
      const file = parseDownloadPath(path);
      const isTheirs = file?.integrator === integrator;
      return fetch(isTheirs ? partnerAddress(base, file.ref) : undefined, signal);
    },
    fromHost: async (base, path, signal) => fetch(hostedAddress(base, path), signal),
    [Symbol.asyncDispose]: () => agent.destroy(),
  };
}

interface Going {
  readonly signal: AbortSignal;
  readonly leave: () => void;
}

async function transfer(
  agent: Agent,
  address: URL,
  { mostBytes, timeoutMs, bytesPerSecond }: FetcherOptions,
  { signal, leave }: Going,
): Promise<OpenMedia | Failed> {
  try {
    const response = await request(address, { dispatcher: agent, signal, headers: plainBodyHeaders });
    const pace = { graceMs: timeoutMs, bytesPerSecond };
    return transferOf(response, { maxBytes: mostBytes, pace }, leave);
  } catch (error) {
    return transferFailure(error);
  }
}
