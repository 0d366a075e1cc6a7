import type { Media, OpenMedia } from '../../core/media.ts';

/** A file whose bytes are in memory, as `Media.open` hands it out. */
export function openBytes(bytes: Uint8Array, mimetype: string): Media['open'] {
  return async (): Promise<OpenMedia> => ({
    kind: 'open',
    stream: chunksOf(bytes),
    size: bytes.byteLength,
    mimetype,
  });
}

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

/** What nothing is known of but its name and type. */
export function bareMedia(
  about: Pick<Media, 'kind' | 'name' | 'mimetype' | 'size' | 'open'>,
): Media {
  return {
    ...about,
    ...{ width: undefined, height: undefined, duration: undefined },
    ...{ waveform: undefined, blurhash: undefined, thumbnail: undefined },
  };
}

/** A text as a file, for those that are too long to be messages. */
export function textFile(text: string, name: string): Media {
  const bytes = Buffer.from(text);
  const mimetype = 'text/plain; charset=utf-8';
  const open = openBytes(bytes, mimetype);
  return bareMedia({ kind: 'file', name, mimetype, size: bytes.byteLength, open });
}
