/** Files that XMPP users share by their web address: https://xmpp.org/extensions/xep-0066.html */
import { Agent, request, type Dispatcher } from 'undici';
import type { Media, MediaKind, OpenMedia } from '../../core/media.ts';
import { failedForGood, failedForNow, type Failed } from '../../core/outcome.ts';
import { ForbiddenAddressError, guardedConnector, type Trust } from '../../interop/web/guarded-connector.ts';
import { slots } from '../../interop/web/slots.ts';
import { discard, plainBodyHeaders, transferFailure, transferOf } from '../../interop/web/transfer.ts';
import type { FileSource } from './files.ts';

const mostRedirects = 3;
/** Transfers at once, in all and from one host: whoever serves files slowly must not hold up every chat. */
const mostAtOnce = 16;
const mostFromHost = 4;
const busyMs = 2000;

export interface MediaFetchOptions {
  readonly maxBytes: number;
  readonly trust: Trust;
  /** How long a server may be silent. */
  readonly timeoutMs: number;
}

/** Fetches shared files, each as a stream, from public addresses alone. Dispose of it to close its connections. */
export class MediaFetcher implements AsyncDisposable {
  readonly #options: MediaFetchOptions;
  readonly #agent: Agent;
  readonly #slots = slots(mostAtOnce, mostFromHost);

  constructor(options: MediaFetchOptions) {
    this.#options = options;
    this.#agent = new Agent({
      connect: guardedConnector(options.trust, options.timeoutMs),
      headersTimeout: options.timeoutMs,
      bodyTimeout: options.timeoutMs,
    });
  }

  /** The file behind an address, not fetched yet. */
  mediaAt(source: FileSource): Media {
    return {
      kind: kindOf(source.mimetype),
      ...{ name: source.name, mimetype: source.mimetype, size: source.size },
      ...{ width: undefined, height: undefined, duration: undefined },
      ...{ waveform: undefined, blurhash: undefined, thumbnail: undefined },
      open: (signal) => this.#inTurn(source.url, signal),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }

  async #inTurn(url: string, signal: AbortSignal): Promise<OpenMedia | Failed> {
    const leave = this.#slots.enter(URL.parse(url)?.host ?? '');
    if (leave === undefined) return failedForNow('media-unavailable', undefined, busyMs);
    const opened = await this.#open(url, signal, leave);
    if (opened.kind === 'failed') leave();
    return opened;
  }

  /** `left` is called when the body of what was opened is over, however it ends. */
  async #open(url: string, signal: AbortSignal, left: () => void): Promise<OpenMedia | Failed> {
    try {
      let address = new URL(url);
      for (let hop = 0; hop <= mostRedirects; hop += 1) {
        const response = await this.#get(address, signal);
        const next = redirection(response, address);
        if (next === undefined) return transferOf(response, this.#options, left);
        discard(response);
        if (next.protocol !== 'https:' && next.protocol !== address.protocol) break;
        address = next;
      }
      return failedForGood('media-unavailable');
    } catch (error) {
      return transferFailure(error);
    }
  }

  #get(url: URL, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    if ((url.protocol !== 'https:' && url.protocol !== 'http:') || url.username !== '') {
      throw new ForbiddenAddressError('not a plain web address');
    }
    return request(url, { dispatcher: this.#agent, signal, headers: plainBodyHeaders });
  }
}

function redirection({ statusCode, headers }: Dispatcher.ResponseData, from: URL): URL | undefined {
  const { location } = headers;
  if (![301, 302, 303, 307, 308].includes(statusCode) || typeof location !== 'string') return undefined;
  return URL.parse(location, from.href) ?? undefined;
}

function kindOf(mimetype: string): MediaKind {
  const [kind] = mimetype.split('/', 1);
  return kind === 'image' || kind === 'video' || kind === 'audio' ? kind : 'file';
}
