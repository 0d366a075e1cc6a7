import type { Media, OpenMedia } from './media.ts';

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
