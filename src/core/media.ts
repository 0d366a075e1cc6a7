import type { Failed } from './outcome.ts';

/**
 * What a file is to the people who see it; anything that is none of the others is a `file`. A `voice` message is spoken
 * into the chat, a `sticker` is a picture that stands alone, a `contact` is somebody's card (text/vcard, RFC 6350).
 */
export type MediaKind = 'image' | 'video' | 'audio' | 'voice' | 'sticker' | 'contact' | 'file';

/** A small picture of a file, to be shown before the file itself is fetched. */
export interface Thumbnail {
  readonly mimetype: string;
  readonly size: number | undefined;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly open: (signal: AbortSignal) => Promise<OpenMedia | Failed>;
}

/**
 * A file that travels with a message. Its bytes are not here: `open` starts to fetch them from where they lie, as a
 * stream that the other edge uploads while it arrives, so that no file is ever whole in memory.
 */
export interface Media {
  readonly kind: MediaKind;
  /** The file's name as people see it; cleaned of paths and control characters by the edge that made it. */
  readonly name: string;
  /** The declared MIME type, e.g. `image/png`; `application/octet-stream` where none was declared. */
  readonly mimetype: string;
  /** The declared size in bytes, where one was; the stream's own length is what counts. */
  readonly size: number | undefined;
  /** How many bytes it has at least, where none were declared and a transfer that was cut has found it out. */
  readonly atLeast?: number;
  readonly width: number | undefined;
  readonly height: number | undefined;
  /** In milliseconds. */
  readonly duration: number | undefined;
  /** The loudness of a voice message over its time, each from 0 to 1; at most 256. */
  readonly waveform: readonly number[] | undefined;
  /** https://blurha.sh: a blurred picture in a few characters. */
  readonly blurhash: string | undefined;
  readonly thumbnail: Thumbnail | undefined;
  /** Starts the transfer. The stream ends with a thrown `MediaError` where the transfer breaks or exceeds a limit. */
  readonly open: (signal: AbortSignal) => Promise<OpenMedia | Failed>;
}

/** A transfer that has begun. `size` is what the serving side announced (Content-Length), where it did. */
export interface OpenMedia {
  readonly kind: 'open';
  readonly stream: AsyncIterable<Uint8Array>;
  readonly size: number | undefined;
  readonly mimetype: string | undefined;
}

/** Thrown inside a media stream; carries the outcome that the message is to end in. */
export class MediaError extends Error {
  override readonly name = 'MediaError';
  readonly failed: Failed;
  constructor(failed: Failed) {
    super(`media: ${failed.reason}`);
    this.failed = failed;
  }
}

/** Passes the stream on and throws `MediaError` (`too-large`) as soon as more than `limit` bytes went by. */
export async function* limitBytes(
  stream: AsyncIterable<Uint8Array>,
  limit: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let seen = 0;
  for await (const chunk of stream) {
    seen += chunk.byteLength;
    if (seen > limit) {
      throw new MediaError({
        kind: 'failed',
        reason: 'too-large',
        retry: { kind: 'never' },
        cause: undefined,
      });
    }
    yield chunk;
  }
}
