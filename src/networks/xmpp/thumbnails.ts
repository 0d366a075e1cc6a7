/**
 * Thumbnails of files: https://xmpp.org/extensions/xep-0264.html, inside file metadata (XEP-0446). A small picture lies
 * at a web address, in a `data:` URI (RFC 2397), or as Bits of Binary (https://xmpp.org/extensions/xep-0231.html) in the
 * same stanza. A blurhash (https://blurha.sh) is one of the type `image/blurhash`, as clients that draw them write it.
 */
import xml, { type Element } from '@xmpp/xml';
import { contradicts } from '../../core/media-type.ts';
import type { Media } from '../../core/media.ts';
import { mediaType, pixels, webAddress } from './file-facts.ts';
import { namespaces } from './namespaces.ts';
import { attribute } from './stanza.ts';

/** Where a thumbnail is, and what is said of it. */
export interface ThumbnailSource {
  readonly place:
    { readonly in: 'web'; readonly url: string } | { readonly in: 'stanza'; readonly bytes: Uint8Array };
  readonly mimetype: string;
  readonly width: number | undefined;
  readonly height: number | undefined;
}

/** What a file looks like before it is fetched. */
export interface Previews {
  readonly thumbnail: ThumbnailSource | undefined;
  readonly blurhash: string | undefined;
}

const blurhashType = 'image/blurhash';
const blurhashUri = `data:${blurhashType},`;
const base83 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~';
/** Base64 of the largest picture that is taken out of a stanza. */
const mostInlineCharacters = 128 * 1024;
const pictureTypes: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
]);

/** The first picture and the first blurhash that a file's metadata gives; those that are neither are passed over. */
export function readPreviews(file: Element | undefined, stanza: Element): Previews {
  const elements = file?.getChildren('thumbnail', namespaces.thumbs) ?? [];
  let thumbnail: ThumbnailSource | undefined;
  let blurhash: string | undefined;
  for (const element of elements.slice(0, 16)) {
    blurhash ??= readBlurhash(element);
    thumbnail ??= readThumbnail(element, stanza);
  }
  return { thumbnail, blurhash };
}

/** The elements for a file's previews; `thumbnailUrl` is where its small picture was uploaded. */
export function previewElements(media: Media, thumbnailUrl: string | undefined): readonly Element[] {
  const { blurhash, thumbnail } = media;
  const element = (uri: string, type: string, width?: number, height?: number): Element =>
    xml('thumbnail', {
      xmlns: namespaces.thumbs,
      uri,
      'media-type': type,
      ...(width === undefined ? {} : { width: String(width) }),
      ...(height === undefined ? {} : { height: String(height) }),
    });
  const pictures =
    thumbnail === undefined || thumbnailUrl === undefined
      ? []
      : [element(thumbnailUrl, thumbnail.mimetype, thumbnail.width, thumbnail.height)];
  const blurred =
    blurhash === undefined || !isBlurhash(blurhash)
      ? []
      : [element(blurhashUri + encodeURIComponent(blurhash), blurhashType, media.width, media.height)];
  return [...pictures, ...blurred];
}

/** Whether a text is a blurhash: its first character says how long it is. */
export function isBlurhash(text: string): boolean {
  const size = base83.indexOf(text.charAt(0));
  if (text.length < 6 || size < 0) return false;
  const components = ((size % 9) + 1) * (Math.floor(size / 9) + 1);
  return text.length === 4 + 2 * components && Array.from(text).every((char) => base83.includes(char));
}

function readBlurhash(element: Element): string | undefined {
  const uri = attribute(element, 'uri') ?? '';
  if (!uri.startsWith(blurhashUri) || uri.length > 1000) return undefined;
  const raw = uri.slice(blurhashUri.length);
  return [percentDecoded(raw), raw].find(isBlurhash);
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function readThumbnail(element: Element, stanza: Element): ThumbnailSource | undefined {
  const uri = attribute(element, 'uri') ?? '';
  const said = mediaType(attribute(element, 'media-type'));
  const size = { width: pixels(attribute(element, 'width')), height: pixels(attribute(element, 'height')) };
  const url = webAddress(uri);
  if (url !== undefined) {
    const mimetype = said ?? 'image/jpeg';
    return pictureTypes.has(mimetype) ? { place: { in: 'web', url }, mimetype, ...size } : undefined;
  }
  const inline = uri.startsWith('cid:') ? fromBits(uri.slice(4), stanza) : fromDataUri(uri);
  if (inline === undefined || !pictureTypes.has(inline.mimetype)) return undefined;
  if (contradicts(inline.mimetype, inline.bytes)) return undefined;
  return { place: { in: 'stanza', bytes: inline.bytes }, mimetype: inline.mimetype, ...size };
}

interface Inline {
  readonly mimetype: string;
  readonly bytes: Uint8Array;
}

function fromDataUri(uri: string): Inline | undefined {
  const comma = uri.indexOf(',');
  const type = /^data:([a-z]{1,20}\/[a-z0-9.+-]{1,40});base64$/i.exec(
    uri.slice(0, Math.min(comma, 100)),
  )?.[1];
  return comma === -1 ? undefined : inlineOf(type, uri.slice(comma + 1));
}

function fromBits(cid: string, stanza: Element): Inline | undefined {
  const bits = stanza
    .getChildren('data', namespaces.bits)
    .find((candidate) => attribute(candidate, 'cid') === cid);
  return bits && inlineOf(attribute(bits, 'type'), bits.getText());
}

function inlineOf(type: string | undefined, base64: string | undefined): Inline | undefined {
  const mimetype = mediaType(type);
  if (mimetype === undefined || base64 === undefined || base64.length > mostInlineCharacters)
    return undefined;
  const compact = base64.replace(/\s/g, '');
  if (compact === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return undefined;
  return { mimetype, bytes: Buffer.from(compact, 'base64') };
}
