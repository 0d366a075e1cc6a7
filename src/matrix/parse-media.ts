/**
 * Attachments: https://spec.matrix.org/v1.16/client-server-api/#media-captions and the msgtypes m.image, m.file, m.video,
 * m.audio; m.sticker; voice messages (MSC3245, MSC3246), blurhash (MSC2448), galleries (MSC4274).
 */
import { parseMxcUri, type MxcUri } from '../core/ids.ts';
import { cleanFileName } from '../core/media-name.ts';
import type { Media, MediaKind } from '../core/media.ts';
import type { Unsupported } from '../core/outcome.ts';
import { parseEncryptedFile, type FileCipher, type StoredFile } from './crypto/attachment.ts';
import { countIn, has, listIn, objectIn, textIn, type JsonObject } from './json-object.ts';
import { parseWaveform } from './waveform.ts';

/** A file on the homeserver as an event describes it. Sizes in bytes and pixels, the duration in milliseconds. */
export interface MediaSource {
  readonly uri: MxcUri;
  /** What opens it, where it is encrypted. */
  readonly cipher?: FileCipher;
  readonly kind: MediaKind;
  readonly name: string;
  readonly mimetype: string;
  readonly size: number | undefined;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly duration: number | undefined;
  readonly waveform: readonly number[] | undefined;
  readonly blurhash: string | undefined;
  readonly thumbnail: ThumbnailSource | undefined;
}

/** A small picture on the homeserver. */
export interface ThumbnailSource {
  readonly uri: MxcUri;
  readonly cipher?: FileCipher;
  readonly mimetype: string;
  readonly size: number | undefined;
  readonly width: number | undefined;
  readonly height: number | undefined;
}

export type OpenMedia = (source: MediaSource) => Media;

/** More than any person sends at once. */
const maxGalleryItems = 64;
const audioKey = 'org.matrix.msc1767.audio';
const voiceKeys = ['org.matrix.msc3245.voice', 'org.matrix.msc3245.voice.v2', 'm.voice'];
const cardTypes: ReadonlySet<string> = new Set(['text/vcard', 'text/x-vcard', 'text/directory']);
const broken: Unsupported = { kind: 'unsupported', reason: 'broken-event' };

/** The kind of file that a content announces by its type (`msgtype`, `itemtype`), or `undefined` for what is no file. */
export function mediaKindOf(type: string, content: JsonObject): MediaKind | undefined {
  switch (type) {
    case 'm.image':
      return 'image';
    case 'm.video':
      return 'video';
    case 'm.audio':
      return voiceKeys.some((key) => objectIn(content, key) !== undefined) ? 'voice' : 'audio';
    case 'm.file':
      return cardTypes.has(mimetypeIn(objectIn(content, 'info') ?? {})) ? 'contact' : 'file';
    default:
      return undefined;
  }
}

/** Reads an attachment; `open` turns its description into something whose bytes can be fetched. */
export function parseMedia(
  content: JsonObject,
  kind: MediaKind,
  open: OpenMedia,
): { readonly kind: 'media'; readonly media: Media } | Unsupported {
  const stored = storedIn(content, 'file', 'url');
  if (stored === undefined) return broken;
  const info = objectIn(content, 'info') ?? {};
  const audio = objectIn(content, audioKey) ?? {};
  const media = open({
    ...stored,
    kind,
    name: cleanFileName(textIn(content, 'filename') ?? textIn(content, 'body') ?? '', kind),
    ...aboutIn(info),
    duration: millisecondsIn(info) ?? millisecondsIn(audio),
    waveform: kind === 'voice' && has(audio, 'waveform') ? parseWaveform(audio['waveform']) : undefined,
    blurhash: blurhashIn(info),
    thumbnail: thumbnailIn(info),
  });
  return { kind: 'media', media };
}

/** Reads the files of a gallery, in order. One that cannot be read fails them all, so that none is missing unseen. */
export function parseGallery(
  content: JsonObject,
  open: OpenMedia,
):
  | { readonly kind: 'items'; readonly items: readonly Media[]; readonly captions: readonly string[] }
  | Unsupported {
  const listed = listIn(content, 'itemtypes') ?? [];
  if (listed.length > maxGalleryItems) return { kind: 'unsupported', reason: 'too-long' };
  const items: Media[] = [];
  const captions: string[] = [];
  for (const item of listed) {
    const kind = mediaKindOf(textIn(item, 'itemtype') ?? '', item);
    if (kind === undefined) return { kind: 'unsupported', reason: 'not-carried' };
    const parsed = parseMedia(item, kind, open);
    if (parsed.kind === 'unsupported') return parsed;
    items.push(parsed.media);
    if (hasCaption(item)) captions.push(textIn(item, 'body') ?? '');
  }
  return items.length === 0 ? broken : { kind: 'items', items, captions };
}

/** A caption is a body beside a `filename` that differs from it (MSC2530). */
export function hasCaption(content: JsonObject): boolean {
  const filename = textIn(content, 'filename');
  const body = textIn(content, 'body');
  return filename !== undefined && body !== undefined && body !== '' && body !== filename;
}

/** A file by its key and address, or by its address alone; one that claims to be encrypted is never taken as it lies there. */
function storedIn(object: JsonObject, encrypted: string, plain: string): StoredFile | undefined {
  if (has(object, encrypted)) return parseEncryptedFile(objectIn(object, encrypted) ?? {});
  const uri = parseMxcUri(textIn(object, plain) ?? '');
  return uri === undefined ? undefined : { uri };
}

function aboutIn(info: JsonObject): Omit<ThumbnailSource, 'uri' | 'cipher'> {
  return {
    mimetype: mimetypeIn(info),
    size: countIn(info, 'size', Number.MAX_SAFE_INTEGER),
    width: pixelsIn(info, 'w'),
    height: pixelsIn(info, 'h'),
  };
}

/** What is wrong with a thumbnail is no matter: the file is shown without it. */
function thumbnailIn(info: JsonObject): ThumbnailSource | undefined {
  const stored = storedIn(info, 'thumbnail_file', 'thumbnail_url');
  return stored && { ...stored, ...aboutIn(objectIn(info, 'thumbnail_info') ?? {}) };
}

function blurhashIn(info: JsonObject): string | undefined {
  const text = textIn(info, 'xyz.amorgan.blurhash') ?? textIn(info, 'blurhash') ?? '';
  return isBlurhash(text) ? text : undefined;
}

/** https://github.com/woltapp/blurhash/blob/master/Algorithm.md: base 83, two characters for each of up to 81 components. */
export function isBlurhash(text: string): boolean {
  return /^[0-9A-Za-z#$%*+,\-.:;=?@[\]^_{|}~]{6,168}$/.test(text);
}

function mimetypeIn(info: JsonObject): string {
  const declared = (textIn(info, 'mimetype') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/.test(declared)
    ? declared
    : 'application/octet-stream';
}

function pixelsIn(info: JsonObject, key: string): number | undefined {
  const pixels = countIn(info, key, 1_000_000);
  return pixels === 0 ? undefined : pixels;
}

function millisecondsIn(info: JsonObject): number | undefined {
  return countIn(info, 'duration', Number.MAX_SAFE_INTEGER);
}
