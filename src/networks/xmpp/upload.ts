/** Puts files where XMPP users can fetch them: https://xmpp.org/extensions/xep-0363.html */
import { createHash, type Hash } from 'node:crypto';
import { Readable } from 'node:stream';
import xml, { type Element } from '@xmpp/xml';
import { Agent, request } from 'undici';
import { limitBytes, MediaError, type Media, type OpenMedia } from '../../core/media.ts';
import { failedForGood, failedForNow, type Failed } from '../../core/outcome.ts';
import { xmlText } from './characters.ts';
import type { Link } from './client.ts';
import type { Answer } from './iq.ts';
import { namespaces } from './link-namespaces.ts';
import { spool } from '../../core/spool.ts';
import { attribute } from './stanza.ts';
import type { UploadFinder, UploadService } from './upload-service.ts';

const patienceMs = 10_000;
/** The headers that a slot may ask for (XEP-0363, 5). */
const slotHeaders = new Set(['authorization', 'cookie', 'expires']);

interface Slot {
  readonly put: string;
  readonly get: string;
  readonly headers: Readonly<Record<string, string>>;
}
/** A file that lies where its address says, and the bytes that it has. */
export interface Uploaded {
  readonly kind: 'uploaded';
  readonly url: string;
  readonly size: number;
  /** Of its bytes, in base64. */
  readonly sha256: string;
}

/** A file as the upload needs it. */
export type Uploadable = Pick<Media, 'name' | 'mimetype' | 'size' | 'open'>;

/** Uploads files one after the other's slot, streamed. Dispose of it to close its connections. */
export class Uploader implements AsyncDisposable {
  readonly #link: Link;
  readonly #finder: Pick<UploadFinder, 'find'>;
  readonly #maxBytes: number;
  readonly #agent: Agent;

  constructor(
    link: Link,
    finder: Pick<UploadFinder, 'find'>,
    limits: { readonly maxBytes: number; readonly timeoutMs: number },
  ) {
    this.#link = link;
    this.#finder = finder;
    this.#maxBytes = limits.maxBytes;
    const { timeoutMs } = limits;
    this.#agent = new Agent({
      connect: { timeout: timeoutMs },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
  }

  /** Streams a file into a slot that is asked for in the name of `from`. Never rejects for what others do wrong. */
  async upload(media: Uploadable, from: string, signal: AbortSignal): Promise<Uploaded | Failed> {
    const service = await this.#finder.find();
    if (service === 'none') return failedForGood('not-carried');
    if (service === 'no-answer') return failedForNow('link-down');
    const limit = Math.min(this.#maxBytes, service.maxBytes ?? Number.POSITIVE_INFINITY);
    if (media.size !== undefined && media.size > limit) return failedForGood('too-large');
    const opened = await media.open(signal);
    if (opened.kind === 'failed') return opened;
    try {
      if (opened.size !== undefined)
        return await this.#transfer(media, opened, opened.size, { service, limit, from, signal });
      // A slot is for an exact size: what does not announce it is written to disk first.
      await using file = await spool(limitBytes(opened.stream, limit));
      const stream = file.read();
      return await this.#transfer(media, { ...opened, stream }, file.size, { service, limit, from, signal });
    } catch (error) {
      if (error instanceof MediaError) return error.failed;
      return failedForNow(signal.aborted ? 'timeout' : 'media-unavailable', error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }

  async #transfer(
    media: Uploadable,
    opened: OpenMedia,
    size: number,
    to: Destination,
  ): Promise<Uploaded | Failed> {
    if (size > to.limit) {
      await release(opened.stream);
      return failedForGood('too-large');
    }
    const slot = await this.#slot(media, size, to);
    if ('kind' in slot) {
      await release(opened.stream);
      return slot;
    }
    const hash = createHash('sha256');
    const response = await request(slot.put, {
      method: 'PUT',
      dispatcher: this.#agent,
      signal: to.signal,
      headers: { ...slot.headers, 'content-type': media.mimetype, 'content-length': String(size) },
      body: Readable.from(hashed(limitBytes(opened.stream, size), hash)),
    }).catch((error: unknown) => {
      throw mediaErrorIn(error) ?? error;
    });
    await response.body.dump();
    const { statusCode } = response;
    if (statusCode >= 200 && statusCode < 300)
      return { kind: 'uploaded', url: slot.get, size, sha256: hash.digest('base64') };
    if (statusCode === 413) return failedForGood('too-large');
    return failedForNow('media-unavailable', { status: statusCode });
  }

  async #slot(media: Uploadable, size: number, { service, from }: Destination): Promise<Slot | Failed> {
    const child = xml('request', {
      xmlns: namespaces.upload,
      filename: xmlText(media.name),
      size: String(size),
      'content-type': xmlText(media.mimetype),
    });
    const answer = await this.#link.ask({ type: 'get', from, to: service.host, child }, patienceMs);
    if (answer.kind !== 'result') return slotRefusal(answer);
    return parseSlot(answer.stanza.getChild('slot', namespaces.upload)) ?? failedForGood('network-refused');
  }
}

interface Destination {
  readonly service: UploadService;
  readonly limit: number;
  readonly from: string;
  readonly signal: AbortSignal;
}

function parseSlot(slot: Element | undefined): Slot | undefined {
  const put = slot?.getChild('put');
  const get = slot?.getChild('get');
  const [putUrl, getUrl] = [put, get].map((place) => place && attribute(place, 'url'));
  if (putUrl === undefined || getUrl === undefined) return undefined;
  if (![putUrl, getUrl].every((url) => /^https?:\/\//i.test(url) && URL.canParse(url))) return undefined;
  const headers = (put?.getChildren('header') ?? [])
    .map(
      (header) =>
        [attribute(header, 'name')?.toLowerCase() ?? '', header.getText().replace(/[\r\n]/g, '')] as const,
    )
    .filter(([name]) => slotHeaders.has(name));
  return { put: putUrl, get: getUrl, headers: Object.fromEntries(headers) };
}

function slotRefusal(answer: Exclude<Answer, { kind: 'result' }>): Failed {
  if (answer.kind === 'no-answer') return failedForNow(answer.why);
  const error = answer.stanza.getChild('error');
  if (error?.getChild('file-too-large', namespaces.upload) !== undefined) return failedForGood('too-large');
  switch (answer.condition) {
    case 'resource-constraint':
      return failedForNow('rate-limited', answer.condition, 60_000);
    case 'internal-server-error':
    case 'remote-server-timeout':
    case 'recipient-unavailable':
      return failedForNow('media-unavailable', answer.condition);
    default:
      return failedForGood('network-refused', answer.condition);
  }
}

function mediaErrorIn(error: unknown): MediaError | undefined {
  if (error instanceof MediaError) return error;
  return error instanceof Error && error.cause !== undefined ? mediaErrorIn(error.cause) : undefined;
}

async function* hashed(
  stream: AsyncIterable<Uint8Array>,
  hash: Hash,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of stream) {
    hash.update(chunk);
    yield chunk;
  }
}

/** Ends a stream that nobody reads, so that its source lets go. */
async function release(stream: AsyncIterable<Uint8Array>): Promise<void> {
  await stream[Symbol.asyncIterator]().return?.();
}
