import type { Content } from '../core/event.ts';
import { limitBytes, type Media, type Thumbnail } from '../core/media.ts';
import type { Failed } from '../core/outcome.ts';
import type { StoredFile } from './crypto/attachment.ts';
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

/** As whom, for how long and how a file is laid down. */
interface Placing {
  readonly as: Masquerade;
  readonly signal: AbortSignal;
  readonly how: Storing;
}

const maxRemembered = 256;
/** A thumbnail that takes longer is left out. */
const thumbnailMs = 10_000;
const maxThumbnailBytes = 2 * 1024 * 1024;

/** How files are laid down: as they are, or encrypted, each under a key of its own. */
export type Storing = 'plain' | 'encrypted';

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
    how: Storing = 'plain',
    only = Number.POSITIVE_INFINITY,
  ): Promise<ReadyContent | Failed> {
    const { content } = event;
    if (content.kind !== 'media' && content.kind !== 'gallery')
      return { kind: 'ready', content, uploaded: [] };
    const files = content.kind === 'media' ? [content.media] : content.items;
    const placed: Placed[] = [];
    for (const [index, media] of files.slice(0, only).entries()) {
      const one = await this.#place(event.cause, index, media, { as, signal, how });
      if (one.kind === 'failed') return one;
      placed.push(one);
    }
    return { kind: 'ready', content: withFiles(content, placed), uploaded: placed };
  }

  forget(cause: string): void {
    this.#done.delete(cause);
  }

  async #place(cause: string, index: number, media: Media, to: Placing): Promise<Placed | Failed> {
    const { as, signal, how } = to;
    const done = this.#done.get(cause)?.get(index);
    // With its key, so that every attempt says the same. What lies there in the clear is not for an encrypted room.
    if (done !== undefined && (done.cipher !== undefined || how === 'plain')) return done;
    const sent = media.kind === 'voice' ? await this.#recode(media, signal) : media;
    const file = await this.#repository.upload(sent, as, signal, how);
    if (file.kind === 'failed') return file;
    const thumbnail = sent.thumbnail && (await this.#thumbnail(sent.thumbnail, to));
    const placed = {
      kind: 'placed',
      media: { ...sent, size: file.size },
      ...place(file),
      thumbnail,
    } as const;
    this.#remember(cause, index, placed);
    return placed;
  }

  /** A message is shown without a thumbnail that cannot be had. */
  async #thumbnail(thumbnail: Thumbnail, { as, signal, how }: Placing): Promise<StoredFile | undefined> {
    if (thumbnail.size !== undefined && thumbnail.size > maxThumbnailBytes) return undefined;
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(thumbnailMs)]);
    try {
      const uploaded = await this.#repository.upload(pictureOf(thumbnail), as, bounded, how);
      return uploaded.kind === 'failed' ? undefined : place(uploaded);
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

function place({ uri, cipher }: StoredFile): StoredFile {
  return cipher === undefined ? { uri } : { uri, cipher };
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
