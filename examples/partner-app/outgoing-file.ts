/** A file that a user wants to send. */
import { openBytes } from '../../src/core/inline-media.ts';
import type { Media, MediaKind } from '../../src/core/media.ts';
import { cleanFileName } from '../../src/core/media-name.ts';
import type { Failed } from '../../src/core/outcome.ts';
import { sealedKindOf } from '../../src/interop/message/content-parts.ts';
import { hostFile, type FilesNeeds } from './files.ts';
import type { Saying } from './writing.ts';

export interface OutgoingFile {
  readonly kind: Exclude<MediaKind, 'contact'>;
  readonly name: string;
  readonly mimetype: string;
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly caption?: string | undefined;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  /** In milliseconds. */
  readonly duration?: number | undefined;
  /** The loudness of a voice message, each value from 0 to 1. */
  readonly waveform?: readonly number[] | undefined;
  /** A small JPEG. */
  readonly thumbnail?: Uint8Array | undefined;
}

type Sealed = Omit<Extract<Saying, { readonly kind: 'file' }>, 'caption' | 'answers'>;

/** Seals it under a key of its own and hosts it. */
export async function sealOutgoing(
  files: Pick<FilesNeeds, 'integrator' | 'shelf'>,
  owner: string,
  outgoing: OutgoingFile,
): Promise<Sealed | Failed> {
  const { bytes, name, thumbnail, ...facts } = outgoing;
  const media: Media = {
    ...{ kind: facts.kind, mimetype: facts.mimetype, name: cleanFileName(name, facts.kind), size: undefined },
    ...{ width: facts.width, height: facts.height, duration: facts.duration, waveform: facts.waveform },
    ...{ blurhash: undefined, thumbnail: undefined, open: openBytes(new Uint8Array(0), facts.mimetype) },
  };
  const file = await hostFile(files, owner, sealedKindOf(media), bytes);
  return 'reason' in file ? file : { kind: 'file', media, file, thumbnail };
}

/** A file whose bytes are in memory. */
export async function* bytesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}
