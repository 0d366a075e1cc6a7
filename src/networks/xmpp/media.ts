/** Files that XMPP users share by their web address: https://xmpp.org/extensions/xep-0066.html */
import { Agent, request, type Dispatcher } from 'undici';
import { limitBytes, MediaError, type Media, type MediaKind, type OpenMedia } from '../../core/media.ts';
import { failedForGood, failedForNow, type Failed } from '../../core/outcome.ts';
import type { FileSource } from './files.ts';
import { ForbiddenAddressError, guardedConnector, type Trust } from './guarded-connector.ts';

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
  /** The host of each transfer that is under way. */
  readonly #busy = new Set<{ readonly host: string }>();

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
    const transfer = { host: URL.parse(url)?.host ?? '' };
    const fromHost = [...this.#busy].filter(({ host }) => host === transfer.host).length;
    if (this.#busy.size >= mostAtOnce || fromHost >= mostFromHost) {
      return failedForNow('media-unavailable', undefined, busyMs);
    }
    this.#busy.add(transfer);
    const leave = (): void => void this.#busy.delete(transfer);
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
        if (next === undefined) return await this.#opened(response, left);
        discard(response);
        if (next.protocol !== 'https:' && next.protocol !== address.protocol) break;
        address = next;
      }
      return failedForGood('media-unavailable');
    } catch (error) {
      return failureOf(error);
    }
  }

  #get(url: URL, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    if ((url.protocol !== 'https:' && url.protocol !== 'http:') || url.username !== '') {
      throw new ForbiddenAddressError('not a plain web address');
    }
    // An encoded body could grow on decoding beyond what its length announces.
    const headers = { 'accept-encoding': 'identity', accept: '*/*' };
    return request(url, { dispatcher: this.#agent, signal, headers });
  }

  async #opened(response: Dispatcher.ResponseData, left: () => void): Promise<OpenMedia | Failed> {
    const { statusCode, headers, body } = response;
    const size = lengthOf(headers);
    const problem =
      statusProblem(statusCode) ??
      (headers['content-encoding'] === undefined ? undefined : failedForGood('media-unavailable')) ??
      (size !== undefined && size > this.#options.maxBytes ? failedForGood('too-large') : undefined);
    if (problem !== undefined) {
      discard(response);
      return problem;
    }
    body.once('close', left);
    const stream = limitBytes(withMediaErrors(body), this.#options.maxBytes);
    const type = headers['content-type'];
    return { kind: 'open', stream, size, mimetype: typeof type === 'string' ? type : undefined };
  }
}

/** Lets go of a body that nobody reads, its connection included. */
function discard({ body }: Dispatcher.ResponseData): void {
  body.on('error', () => undefined).destroy();
}

function redirection({ statusCode, headers }: Dispatcher.ResponseData, from: URL): URL | undefined {
  const { location } = headers;
  if (![301, 302, 303, 307, 308].includes(statusCode) || typeof location !== 'string') return undefined;
  return URL.parse(location, from.href) ?? undefined;
}

function lengthOf(headers: Dispatcher.ResponseData['headers']): number | undefined {
  const length = headers['content-length'];
  return typeof length === 'string' && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}

function statusProblem(status: number): Failed | undefined {
  if (status === 200) return undefined;
  if (status === 404 || status === 410) return failedForGood('media-gone');
  if (status === 429 || status >= 500) return failedForNow('media-unavailable', { status });
  return failedForGood('media-unavailable', { status });
}

async function* withMediaErrors(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* body;
  } catch (error) {
    throw new MediaError(failedForNow('media-unavailable', error));
  }
}

function failureOf(error: unknown): Failed {
  if (error instanceof ForbiddenAddressError) return failedForGood('forbidden', error);
  if (error instanceof TypeError) return failedForGood('media-unavailable', error);
  return failedForNow('media-unavailable', error);
}

function kindOf(mimetype: string): MediaKind {
  const [kind] = mimetype.split('/', 1);
  return kind === 'image' || kind === 'video' || kind === 'audio' ? kind : 'file';
}
