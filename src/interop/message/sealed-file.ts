/** Files of messages: what a message says of one, checked, and back. The bytes are another part's (interop/media). */
import { openBytes } from '../../core/inline-media.ts';
import type { Media, MediaKind, Thumbnail } from '../../core/media.ts';
import { cleanFileName } from '../../core/media-name.ts';
import { imageSize } from '../../core/image-size.ts';
import { messageLimits } from '../profile/message-profile.ts';
import type { WireFile } from './wire-message.ts';

/** Which keys seal a file; stickers are sealed as images. */
export type SealedKind = 'image' | 'video' | 'audio' | 'document';

/** An encrypted file that lies somewhere. */
export interface SealedFile {
  readonly kind: SealedKind;
  readonly mediaKey: Uint8Array;
  /** SHA-256 of the file, and of what lies on the host. */
  readonly plainHash: Uint8Array;
  readonly sealedHash: Uint8Array;
  /** In bytes, where the message says it. */
  readonly plainSize: number | undefined;
  /** Where it lies, as the message says it: a path on the media host. */
  readonly directPath: string;
}

/** The file that a message tells of, or `undefined` where what it says cannot be true. */
export function readFile(file: WireFile, kind: SealedKind): SealedFile | undefined {
  const { mediaKey, fileSha256, fileEncSha256, fileLength, directPath } = file;
  if (!isKey(mediaKey) || !isKey(fileSha256) || !isKey(fileEncSha256)) return undefined;
  if (directPath === undefined || !isPath(directPath)) return undefined;
  return {
    kind,
    mediaKey,
    plainHash: fileSha256,
    sealedHash: fileEncSha256,
    plainSize: fileLength,
    directPath,
  };
}

/** What every message says of its file. `at` is when it is sent, in milliseconds. */
export function writeFile(file: SealedFile, mimetype: string, at: number): WireFile {
  return {
    mimetype,
    fileSha256: file.plainHash,
    ...(file.plainSize === undefined ? {} : { fileLength: file.plainSize }),
    mediaKey: file.mediaKey,
    fileEncSha256: file.sealedHash,
    directPath: file.directPath,
    mediaKeyTimestamp: Math.floor(at / 1000),
  };
}

function isKey(bytes: Uint8Array | undefined): bytes is Uint8Array {
  return bytes?.byteLength === 32;
}

function isPath(path: string): boolean {
  return path.length <= messageLimits.pathCharacters && /^\/[\x21-\x7e]*$/.test(path);
}

/** What is said of a file besides where it lies. */
export interface FileFacts {
  readonly kind: MediaKind;
  readonly name: string | undefined;
  readonly mimetype: string | undefined;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly seconds?: number | undefined;
  readonly waveform?: readonly number[] | undefined;
  readonly thumbnail?: Uint8Array | undefined;
}

/** A file of a message for the core; `open` fetches and opens it. */
export function mediaOf(file: SealedFile, facts: FileFacts, open: Media['open']): Media {
  const mimetype = typeOf(facts.mimetype);
  const { seconds = 0 } = facts;
  return {
    kind: facts.kind,
    name: cleanFileName(facts.name ?? '', `${facts.kind}${endingOf(mimetype)}`),
    mimetype,
    size: file.plainSize,
    width: sizeOf(facts.width),
    height: sizeOf(facts.height),
    duration: seconds > 0 ? seconds * 1000 : undefined,
    waveform: facts.waveform,
    blurhash: undefined,
    thumbnail: thumbnailOf(facts.thumbnail),
    open,
  };
}

/** A card is a file whose bytes are in the message. */
export function cardOf(name: string, vcard: string): Media {
  const bytes = Buffer.from(vcard);
  const mimetype = 'text/vcard';
  return {
    kind: 'contact',
    name: cleanFileName(`${name}.vcf`, 'contact.vcf'),
    ...{ mimetype, size: bytes.byteLength },
    ...{ width: undefined, height: undefined, duration: undefined },
    ...{ waveform: undefined, blurhash: undefined, thumbnail: undefined },
    open: openBytes(bytes, mimetype),
  };
}

/** A type without its parameters: `audio/ogg; codecs=opus` is `audio/ogg`. */
function typeOf(declared: string | undefined): string {
  const [type = ''] = (declared ?? '').split(';', 1);
  const bare = type.trim().toLowerCase();
  return bare.length <= 127 && /^[a-z0-9][a-z0-9.+-]*\/[a-z0-9][a-z0-9.+-]*$/.test(bare)
    ? bare
    : 'application/octet-stream';
}

const endings: Readonly<Record<string, string>> = {
  'image/jpeg': '.jpg',
  'image/png': '.png',
  'image/gif': '.gif',
  'image/webp': '.webp',
  'video/mp4': '.mp4',
  'video/3gpp': '.3gp',
  'audio/ogg': '.ogg',
  'audio/mp4': '.m4a',
  'audio/mpeg': '.mp3',
  'audio/aac': '.aac',
  'audio/amr': '.amr',
  'application/pdf': '.pdf',
};
function endingOf(mimetype: string): string {
  return endings[mimetype] ?? '';
}

function sizeOf(pixels: number | undefined): number | undefined {
  return pixels !== undefined && pixels > 0 && pixels <= 1_000_000 ? pixels : undefined;
}

/** Only a picture is a thumbnail. */
function thumbnailOf(bytes: Uint8Array | undefined): Thumbnail | undefined {
  const size = bytes && imageSize(bytes);
  if (bytes === undefined || size === undefined) return undefined;
  return { ...size, size: bytes.byteLength, open: openBytes(bytes, size.mimetype) };
}
