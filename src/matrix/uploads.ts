import type { Content } from '../core/event.ts';
import type { MxcUri } from '../core/ids.ts';
import { limitBytes, type Media, type Thumbnail } from '../core/media.ts';
import type { Failed } from '../core/outcome.ts';
import type { MediaRepository } from './media.ts';
import type { UploadedMedia } from './render-media.ts';
import type { Masquerade } from './request.ts';

/** A content whose files are on the homeserver: with the sizes that they really had. One entry for each file, in order. */
export interface ReadyContent {
  readonly kind: 'ready';
  readonly content: Content;
  readonly uploaded: readonly UploadedMedia[];
}

/** Gives a voice message in a form that Matrix clients play (Ogg with Opus, MSC3245); unchanged where it cannot. */
export type VoiceRecoder = (voice: Media, signal: AbortSignal) => Promise<Media>;

interface Placed extends UploadedMedia {
  readonly kind: 'placed';
  readonly media: Media;
}

const maxRemembered = 256;
/** A thumbnail that takes longer is left out. */
const thumbnailMs = 10_000;
const maxThumbnailBytes = 2 * 1024 * 1024;

/** Uploads the files of messages; one whose message could not be sent is not uploaded again for the next attempt. */
export class Uploads {
  readonly #repository: Pick<MediaRepository, 'upload'>;
  readonly #recode: VoiceRecoder;
  /** What is uploaded, by the cause of the event and the place of the file in it. */
  readonly #done = new Map<string, Map<number, Placed>>();

  constructor(repository: Pick<MediaRepository, 'upload'>, recode: VoiceRecoder) {
    this.#repository = repository;
    this.#recode = recode;
  }

  /** Uploads what an event says; `only` bounds it to its first files. The first failure is the answer. */
  async of(
    event: { readonly cause: string; readonly content: Content },
    as: Masquerade,
    signal: AbortSignal,
    only = Number.POSITIVE_INFINITY,
  ): Promise<ReadyContent | Failed> {
    const { content } = event;
    if (content.kind !== 'media' && content.kind !== 'gallery')
      return { kind: 'ready', content, uploaded: [] };
    const files = content.kind === 'media' ? [content.media] : content.items;
    const placed: Placed[] = [];
    for (const [index, media] of files.slice(0, only).entries()) {
      const one = await this.#place(event.cause, index, media, as, signal);
      if (one.kind === 'failed') return one;
      placed.push(one);
    }
    return { kind: 'ready', content: withFiles(content, placed), uploaded: placed };
  }

  forget(cause: string): void {
    this.#done.delete(cause);
  }

  async #place(
    cause: string,
    index: number,
    media: Media,
    as: Masquerade,
    signal: AbortSignal,
  ): Promise<Placed | Failed> {
    const done = this.#done.get(cause)?.get(index);
    if (done !== undefined) return done;
    const sent = media.kind === 'voice' ? await this.#recode(media, signal) : media;
    const file = await this.#repository.upload(sent, as, signal);
    if (file.kind === 'failed') return file;
    const thumbnail = sent.thumbnail && (await this.#thumbnail(sent.thumbnail, as, signal));
    const placed = { kind: 'placed', media: { ...sent, size: file.size }, uri: file.uri, thumbnail } as const;
    this.#remember(cause, index, placed);
    return placed;
  }

  /** A message is shown without a thumbnail that cannot be had. */
  async #thumbnail(thumbnail: Thumbnail, as: Masquerade, signal: AbortSignal): Promise<MxcUri | undefined> {
    if (thumbnail.size !== undefined && thumbnail.size > maxThumbnailBytes) return undefined;
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(thumbnailMs)]);
    try {
      const uploaded = await this.#repository.upload(pictureOf(thumbnail), as, bounded);
      return uploaded.kind === 'failed' ? undefined : uploaded.uri;
    } catch {
      return undefined;
    }
  }

  #remember(cause: string, index: number, placed: Placed): void {
    const files = this.#done.get(cause) ?? new Map<number, Placed>();
    this.#done.set(cause, files.set(index, placed));
    const [oldest] = this.#done.keys();
    if (this.#done.size > maxRemembered && oldest !== undefined) this.#done.delete(oldest);
  }
}

function withFiles(
  content: Extract<Content, { kind: 'media' | 'gallery' }>,
  placed: readonly Placed[],
): Content {
  const at = (index: number, media: Media): Media => placed[index]?.media ?? media;
  if (content.kind === 'media') return { ...content, media: at(0, content.media) };
  const [first, second, ...others] = content.items;
  const items = [at(0, first), at(1, second), ...others.map((media, index) => at(index + 2, media))] as const;
  return { ...content, items };
}

function pictureOf({ mimetype, size, width, height, open }: Thumbnail): Media {
  return {
    ...{ kind: 'image', name: 'thumbnail', mimetype, size, width, height },
    open: async (signal) => {
      const opened = await open(signal);
      if (opened.kind === 'failed') return opened;
      return { ...opened, stream: limitBytes(opened.stream, maxThumbnailBytes) };
    },
    ...{ duration: undefined, waveform: undefined, blurhash: undefined, thumbnail: undefined },
  };
}
