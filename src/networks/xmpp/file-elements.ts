/**
 * Files as the payloads of a message: https://xmpp.org/extensions/xep-0447.html with its metadata
 * (https://xmpp.org/extensions/xep-0446.html), stickers (https://xmpp.org/extensions/xep-0449.html), and for all other
 * clients the bare address (https://xmpp.org/extensions/xep-0066.html).
 */
import xml, { type Element } from '@xmpp/xml';
import type { Media } from '../../core/media.ts';
import { namespaces } from './namespaces.ts';
import { previewElements } from './thumbnails.ts';

/** Where a file was put for XMPP users to fetch, and what it turned out to be. */
export interface UploadedFile {
  readonly url: string;
  readonly size: number;
  /** Of its bytes, in base64. */
  readonly sha256: string;
  /** The media as it was uploaded: it may have been transcoded. */
  readonly media: Media;
  readonly thumbnailUrl: string | undefined;
}

/** XEP-0449 wants the id of a pack, and clients pass over stickers without one; stickers of Matrix are in none. */
const noPack = 'matrix';

/** A file as a message of its own: clients show one well only where the body is its address and nothing else. */
export function fileElements(file: UploadedFile): readonly Element[] {
  const { media, url } = file;
  return [
    xml('body', {}, url),
    ...(media.kind === 'sticker' ? [xml('sticker', { xmlns: namespaces.stickers, pack: noPack })] : []),
    xml(
      'file-sharing',
      { xmlns: namespaces.fileSharing, disposition: dispositionOf(media) },
      xml('file', { xmlns: namespaces.fileMetadata }, ...metadata(file)),
      xml('sources', {}, xml('url-data', { xmlns: namespaces.urlData, target: url })),
    ),
    xml('fallback', { xmlns: namespaces.fallback, for: namespaces.fileSharing }, xml('body', {})),
    xml('x', { xmlns: namespaces.oob }, xml('url', {}, url)),
  ];
}

function metadata({ media, size, sha256, thumbnailUrl }: UploadedFile): readonly Element[] {
  const facts: readonly (readonly [string, string | number | undefined])[] = [
    ['media-type', media.mimetype],
    ['name', media.name],
    ['desc', media.kind === 'sticker' ? media.name : undefined],
    ['size', size],
    ['width', media.width],
    ['height', media.height],
    ['length', media.duration === undefined ? undefined : Math.round(media.duration)],
  ];
  return [
    ...facts.flatMap(([name, value]) => (value === undefined ? [] : [xml(name, {}, String(value))])),
    xml('hash', { xmlns: namespaces.hashes, algo: 'sha-256' }, sha256),
    ...previewElements(media, thumbnailUrl),
  ];
}

function dispositionOf({ kind }: Media): 'inline' | 'attachment' {
  return kind === 'file' || kind === 'contact' ? 'attachment' : 'inline';
}
