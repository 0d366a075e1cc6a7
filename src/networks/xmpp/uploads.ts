import type { Content } from '../../core/event.ts';
import type { Media, Thumbnail } from '../../core/media.ts';
import type { Failed } from '../../core/outcome.ts';
import { voiceFor, type Transcoder } from '../../core/transcoder.ts';
import type { UploadedFile } from './file-elements.ts';
import type { Uploader } from './upload.ts';

export interface UploadsDeps {
  readonly uploader: Pick<Uploader, 'upload'>;
  /** Makes voice messages playable everywhere; absent where they are to go as they are. */
  readonly transcoder: Transcoder | undefined;
}

/** The files of a content, where XMPP users find them. */
export interface Ready {
  readonly kind: 'ready';
  readonly files: readonly UploadedFile[];
}

/** How many messages' uploads are remembered, so that an attempt after a broken link does not upload again. */
const uploadsKept = 500;
/** A thumbnail that is larger, or takes longer, is left out. */
const maxThumbnailBytes = 1024 * 1024;
const thumbnailMs = 10_000;

/** Uploads the files of messages that go out, each once. */
export class Uploads {
  readonly #deps: UploadsDeps;
  readonly #done = new Map<string, Map<number, UploadedFile>>();

  constructor(deps: UploadsDeps) {
    this.#deps = deps;
  }

  /** Uploads what a content has, in order; the first failure is the answer. */
  async of(cause: string, content: Content, from: string, signal: AbortSignal): Promise<Ready | Failed> {
    const files: UploadedFile[] = [];
    for (const [index, media] of filesOf(content).entries()) {
      const known = this.#done.get(cause)?.get(index);
      const file = known ?? (await this.#upload(media, from, signal));
      if ('kind' in file) return file;
      this.#remember(cause, index, file);
      files.push(file);
    }
    return { kind: 'ready', files };
  }

  forget(cause: string): void {
    this.#done.delete(cause);
  }

  async #upload(media: Media, from: string, signal: AbortSignal): Promise<UploadedFile | Failed> {
    const { uploader, transcoder } = this.#deps;
    const sent = media.kind === 'voice' ? await voiceFor(transcoder, media, 'm4a-aac', signal) : media;
    const uploaded = await uploader.upload(sent, from, signal);
    if (uploaded.kind === 'failed') return uploaded;
    const thumbnailUrl = sent.thumbnail && (await this.#thumbnail(sent.thumbnail, from, signal));
    const { url, size, sha256 } = uploaded;
    return { url, size, sha256, media: sent, thumbnailUrl };
  }

  /** A file goes without a thumbnail that cannot be had. */
  async #thumbnail(thumbnail: Thumbnail, from: string, signal: AbortSignal): Promise<string | undefined> {
    if (thumbnail.size !== undefined && thumbnail.size > maxThumbnailBytes) return undefined;
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(thumbnailMs)]);
    const ending = /^image\/(png|jpeg|gif|webp|avif)$/.exec(thumbnail.mimetype)?.[1];
    if (ending === undefined) return undefined;
    const uploaded = await this.#deps.uploader.upload(
      { ...thumbnail, name: `thumbnail.${ending}` },
      from,
      bounded,
    );
    return uploaded.kind === 'failed' ? undefined : uploaded.url;
  }

  #remember(cause: string, index: number, file: UploadedFile): void {
    const files = this.#done.get(cause) ?? new Map<number, UploadedFile>();
    this.#done.set(cause, files.set(index, file));
    const oldest = this.#done.keys().next();
    if (this.#done.size > uploadsKept && oldest.done !== true) this.#done.delete(oldest.value);
  }
}

function filesOf(content: Content): readonly Media[] {
  if (content.kind === 'media') return [content.media];
  return content.kind === 'gallery' ? content.items : [];
}
