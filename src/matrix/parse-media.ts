/** Attachments: https://spec.matrix.org/v1.16/client-server-api/#media-captions and the msgtypes m.image, m.file, m.video, m.audio. */
import { parseMxcUri, type MxcUri } from '../core/ids.ts';
import { cleanFileName } from '../core/media-name.ts';
import type { Media, MediaKind } from '../core/media.ts';
import type { Unsupported } from '../core/outcome.ts';
import { countIn, has, objectIn, textIn, type JsonObject } from './json-object.ts';

/** A file on the homeserver as an event describes it. Sizes in bytes and pixels, the duration in milliseconds. */
export interface MediaSource {
  readonly uri: MxcUri;
  readonly kind: MediaKind;
  readonly name: string;
  readonly mimetype: string;
  readonly size: number | undefined;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly duration: number | undefined;
}

/** The kind of file that a msgtype announces, or `undefined` for what is no file. */
export function mediaKindOf(msgtype: string): MediaKind | undefined {
  switch (msgtype) {
    case 'm.image':
      return 'image';
    case 'm.video':
      return 'video';
    case 'm.audio':
      return 'audio';
    case 'm.file':
      return 'file';
    default:
      return undefined;
  }
}

/** Reads an attachment; `open` turns its description into something whose bytes can be fetched. */
export function parseMedia(
  content: JsonObject,
  kind: MediaKind,
  open: (source: MediaSource) => Media,
): { readonly kind: 'media'; readonly media: Media } | Unsupported {
  if (has(content, 'file')) return { kind: 'unsupported', reason: 'no-encryption' };
  const uri = parseMxcUri(textIn(content, 'url') ?? '');
  if (uri === undefined) return { kind: 'unsupported', reason: 'broken-event' };
  const info = objectIn(content, 'info') ?? {};
  const name = cleanFileName(textIn(content, 'filename') ?? textIn(content, 'body') ?? '', kind);
  const media = open({
    uri,
    kind,
    name,
    mimetype: mimetypeIn(info),
    size: countIn(info, 'size', Number.MAX_SAFE_INTEGER),
    width: pixelsIn(info, 'w'),
    height: pixelsIn(info, 'h'),
    duration: countIn(info, 'duration', Number.MAX_SAFE_INTEGER),
  });
  return { kind: 'media', media };
}

/** A caption is a body beside a `filename` that differs from it (MSC2530). */
export function hasCaption(content: JsonObject): boolean {
  const filename = textIn(content, 'filename');
  const body = textIn(content, 'body');
  return filename !== undefined && body !== undefined && body !== '' && body !== filename;
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
