/** The content repository: https://spec.matrix.org/v1.15/client-server-api/#content-repository */
import type { Dispatcher } from 'undici';
import { parseMxcUri, type MxcUri } from '../core/ids.ts';
import { limitBytes, MediaError, type Media, type OpenMedia, type Thumbnail } from '../core/media.ts';
import { essence } from '../core/media-type.ts';
import { failedForGood, failedForNow, type Failed } from '../core/outcome.ts';
import { boundedText } from './bounded-text.ts';
import type { MatrixClient } from './client.ts';
import { decrypted, FileSealer, isEmptyFile, type FileCipher, type StoredFile } from './crypto/attachment.ts';
import { checkedHead, closed, failing, sized } from './media-stream.ts';
import type { MediaSource, ThumbnailSource } from './parse-media.ts';
import { path } from './path.ts';
import { errcodeOf, interpret, MatrixRefusal, type Answer, type Masquerade } from './request.ts';

/** What an event says of a file; everything but the bytes. */
export type MediaInfo = Omit<Media, 'open'>;
/** What of a file's description bounds its transfer. */
type FileInfo = Pick<Media, 'size' | 'mimetype'>;

/** A file as the homeserver names it; `size` is what was really uploaded, in bytes. */
export interface Uploaded extends StoredFile {
  readonly kind: 'uploaded';
  readonly size: number;
}

/** Homeservers say with every file how it is to be shown; what says nothing may come from a proxy before them. */
type Download = OpenMedia & { readonly unnamed: boolean };
type FileClient = Pick<MatrixClient, 'file' | 'request'>;

const maxAnswerBytes = 1024 * 1024;
const LIMIT_AGE_MS = 3_600_000;
/** What encrypted files are to the homeserver. */
const sealedType = 'application/octet-stream';

/** Files on the homeserver: fetched and uploaded as streams, none ever whole in memory. */
export class MediaRepository {
  readonly #client: FileClient;
  readonly #limit: number;
  readonly #reader: Masquerade;
  #uploads: { readonly limit: number; readonly until: number } | undefined;

  /** `limit` is in bytes, both ways; `reader` is the user of the bridge as whom files are fetched. */
  constructor(client: FileClient, limit: number, reader: Masquerade) {
    this.#client = client;
    this.#limit = limit;
    this.#reader = reader;
  }

  /** A file as a message describes it, ready to be fetched, with its thumbnail. */
  described({ uri, cipher, thumbnail: small, ...info }: MediaSource): Media {
    const thumbnail = small && this.#thumbnail(small);
    return this.source(uri, { ...info, thumbnail }, cipher);
  }

  #thumbnail({ uri, cipher, ...info }: ThumbnailSource): Thumbnail {
    return { ...info, open: (signal) => this.#open(stored(uri, cipher), info, signal) };
  }

  /** A file that a Matrix event mentions, ready to be fetched; decrypted where there is something to do that with. */
  source(uri: MxcUri, info: MediaInfo, cipher?: FileCipher): Media {
    return { ...info, open: (signal) => this.#open(stored(uri, cipher), info, signal) };
  }

  /** A small picture of a file, cut to a square of so many pixels; made by the homeserver, PNG or JPEG. */
  async thumbnail(uri: MxcUri, side: number, signal: AbortSignal): Promise<OpenMedia | Failed> {
    const [server = '', mediaId = ''] = uri.slice('mxc://'.length).split('/');
    const at = path`/_matrix/client/v1/media/thumbnail/${server}/${mediaId}`;
    const found = await this.#get(at, signal, { width: side, height: side, method: 'crop' });
    if (found.kind === 'failed') return found;
    return { ...found, stream: limitBytes(failing(found.stream), this.#limit) };
  }

  /**
   * Uploads a file while it arrives, as one of the bridge's users, encrypted where it is to be; `too-large` and
   * `media-type-mismatch` are for good.
   */
  async upload(
    media: Media,
    as: Masquerade,
    signal: AbortSignal,
    how: 'plain' | 'encrypted' = 'plain',
  ): Promise<Uploaded | Failed> {
    const limit = await this.#uploadLimit(signal);
    if (media.size !== undefined && media.size > limit) return failedForGood('too-large');
    const opened = await media.open(signal);
    if (opened.kind === 'failed') return opened;
    if (opened.size !== undefined && opened.size > limit) {
      await closed(opened.stream);
      return failedForGood('too-large');
    }
    try {
      const stream = limitBytes(failing(opened.stream), limit);
      const sealer = how === 'encrypted' ? new FileSealer() : undefined;
      return await this.#send(media, { ...opened, stream }, as, signal, sealer);
    } catch (error) {
      if (error instanceof MediaError) return error.failed;
      return failedForNow(signal.aborted ? 'timeout' : 'media-unavailable', error);
    }
  }

  async #send(
    media: Media,
    opened: OpenMedia,
    as: Masquerade,
    signal: AbortSignal,
    sealer: FileSealer | undefined,
  ): Promise<Uploaded | Failed> {
    const checked = checkedHead(opened.stream, media.mimetype);
    await using file = await sized(sealer?.seal(checked) ?? checked, opened.size);
    const response = await this.#client.file({
      method: 'POST',
      path: '/_matrix/media/v3/upload',
      // What an encrypted file is called and is, is in the event alone.
      ...(sealer === undefined ? { query: { filename: media.name } } : {}),
      as,
      headers: {
        'content-type': sealer === undefined ? essence(media.mimetype) : sealedType,
        'content-length': String(file.size),
      },
      body: file.stream,
      signal,
    });
    if ('kind' in response) return response;
    const answer = await readAnswer(response);
    if (answer.kind === 'failed') return answer;
    const named = answer.body['content_uri'];
    const uri = typeof named === 'string' ? parseMxcUri(named) : undefined;
    const cipher = sealer?.cipher();
    if (uri === undefined || (sealer !== undefined && cipher === undefined)) {
      return failedForNow('link-down', new MatrixRefusal(response.statusCode, undefined));
    }
    return { kind: 'uploaded', ...stored(uri, cipher), size: file.size };
  }

  async #open({ uri, cipher }: StoredFile, info: FileInfo, signal: AbortSignal): Promise<OpenMedia | Failed> {
    if (info.size !== undefined && info.size > this.#limit) return failedForGood('too-large');
    const [server = '', mediaId = ''] = uri.slice('mxc://'.length).split('/');
    const current = await this.#get(path`/_matrix/client/v1/media/download/${server}/${mediaId}`, signal);
    const found =
      current.kind === 'failed' && errcodeOf(current) === 'M_UNRECOGNIZED'
        ? await this.#get(path`/_matrix/media/v3/download/${server}/${mediaId}`, signal)
        : current;
    if (found.kind === 'failed') return found;
    if (found.unnamed && found.mimetype === 'text/html' && essence(info.mimetype) !== 'text/html') {
      await closed(found.stream);
      return failedForNow('media-unavailable', new Error('a web page came in place of the file'));
    }
    if (found.size !== undefined && found.size > this.#limit) {
      await closed(found.stream);
      return failedForGood('too-large');
    }
    const bounded = limitBytes(failing(found.stream), this.#limit);
    if (cipher === undefined) return { ...found, stream: checkedHead(bounded, info.mimetype) };
    if (found.size === 0 && !isEmptyFile(cipher)) {
      await closed(bounded);
      return failedForGood('not-genuine');
    }
    const stream = checkedHead(decrypted(bounded, cipher), info.mimetype);
    return { ...found, stream, mimetype: info.mimetype };
  }

  async #get(
    at: string,
    signal: AbortSignal,
    query: Readonly<Record<string, string | number>> = {},
  ): Promise<Download | Failed> {
    const response = await this.#client.file({ method: 'GET', path: at, query, as: this.#reader, signal });
    if ('kind' in response) return response;
    if (response.statusCode === 200) {
      const { 'content-length': length, 'content-type': type } = response.headers;
      return {
        kind: 'open',
        unnamed: response.headers['content-disposition'] === undefined,
        stream: response.body as AsyncIterable<Uint8Array>,
        size: typeof length === 'string' && /^\d{1,15}$/.test(length) ? Number(length) : undefined,
        mimetype: typeof type === 'string' ? essence(type) : undefined,
      };
    }
    const answer = await readAnswer(response);
    if (answer.kind === 'ok') {
      return failedForNow('media-unavailable', new MatrixRefusal(response.statusCode, undefined));
    }
    if (errcodeOf(answer) === 'M_NOT_YET_UPLOADED') return failedForNow('media-unavailable', answer.cause);
    return answer.reason === 'unknown-target' ? failedForGood('media-gone', answer.cause) : answer;
  }

  /** The smaller of our limit and the homeserver's, which may cut the connection at more instead of saying so. */
  async #uploadLimit(signal: AbortSignal): Promise<number> {
    const now = Date.now();
    if (this.#uploads !== undefined && now < this.#uploads.until) return this.#uploads.limit;
    const answer = await this.#client.request({
      method: 'GET',
      path: '/_matrix/client/v1/media/config',
      as: this.#reader,
      signal,
    });
    if (answer.kind === 'failed') return this.#limit;
    const size = answer.body['m.upload.size'];
    const limit = typeof size === 'number' && size > 0 ? Math.min(size, this.#limit) : this.#limit;
    this.#uploads = { limit, until: now + LIMIT_AGE_MS };
    return limit;
  }
}

function stored(uri: MxcUri, cipher: FileCipher | undefined): StoredFile {
  return cipher === undefined ? { uri } : { uri, cipher };
}

async function readAnswer(response: Dispatcher.ResponseData): Promise<Answer | Failed> {
  const retryAfter = response.headers['retry-after'];
  try {
    const text = await boundedText(response.body, maxAnswerBytes);
    return interpret(
      {
        status: response.statusCode,
        retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
        text,
      },
      Date.now(),
    );
  } catch (error) {
    return failedForNow('link-down', error);
  }
}
