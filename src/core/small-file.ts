import { limitBytes, MediaError, type Media } from './media.ts';
import { failedForGood, failedForNow, type Failed } from './outcome.ts';

/** A small file in one piece. */
export interface SmallFile {
  readonly kind: 'file';
  readonly bytes: Uint8Array;
}

/** Fetches a file of at most `limit` bytes into memory: for pictures of people, which are small; never for messages. */
export async function readSmallFile(
  media: Pick<Media, 'size' | 'open'>,
  limit: number,
  signal: AbortSignal,
): Promise<SmallFile | Failed> {
  if (media.size !== undefined && media.size > limit) return failedForGood('too-large');
  const opened = await media.open(signal);
  if (opened.kind === 'failed') return opened;
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of limitBytes(opened.stream, limit)) chunks.push(chunk);
  } catch (error) {
    if (error instanceof MediaError) return error.failed;
    return failedForNow('media-unavailable', error);
  }
  return { kind: 'file', bytes: Buffer.concat(chunks) };
}

/** Bytes that are there already, as a picture that can be opened. */
export function pictureOf(bytes: Uint8Array, mimetype: string, name = 'avatar'): Media {
  return {
    kind: 'image',
    ...{ name, mimetype, size: bytes.byteLength },
    ...{ width: undefined, height: undefined, duration: undefined },
    ...{ waveform: undefined, blurhash: undefined, thumbnail: undefined },
    open: async () => ({
      kind: 'open',
      size: bytes.byteLength,
      mimetype,
      stream: oneChunk(bytes),
    }),
  };
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  await Promise.resolve();
  yield bytes;
}
