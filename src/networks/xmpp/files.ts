/**
 * Files in messages: Out of Band Data (https://xmpp.org/extensions/xep-0066.html) and Stateless File Sharing
 * (https://xmpp.org/extensions/xep-0447.html) with its metadata (https://xmpp.org/extensions/xep-0446.html).
 */
import xml, { type Element } from '@xmpp/xml';
import type { Media } from '../../core/media.ts';
import { xmlText } from './characters.ts';
import { namespaces } from './namespaces.ts';
import { attribute } from './stanza.ts';

/** Where a file lies and what its sender says of it. `name` is safe to show: no path, no control characters. */
export interface FileSource {
  /** http or https. */
  readonly url: string;
  readonly name: string;
  readonly mimetype: string;
  readonly size: number | undefined;
}

/** A file as a stanza describes it. */
export interface SharedFile extends FileSource {
  readonly width: number | undefined;
  readonly height: number | undefined;
  /** In milliseconds. */
  readonly duration: number | undefined;
  /** Whether it came with metadata (XEP-0447), or as a bare address (XEP-0066). */
  readonly form: 'file-sharing' | 'oob';
}

const unknownType = 'application/octet-stream';
const typesByEnding = new Map([
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['png', 'image/png'],
  ['gif', 'image/gif'],
  ['webp', 'image/webp'],
  ['avif', 'image/avif'],
  ['heic', 'image/heic'],
  ['mp4', 'video/mp4'],
  ['webm', 'video/webm'],
  ['mov', 'video/quicktime'],
  ['mp3', 'audio/mpeg'],
  ['m4a', 'audio/mp4'],
  ['ogg', 'audio/ogg'],
  ['oga', 'audio/ogg'],
  ['opus', 'audio/ogg'],
  ['wav', 'audio/wav'],
  ['pdf', 'application/pdf'],
  ['txt', 'text/plain'],
  ['zip', 'application/zip'],
]);

/** The file that a stanza shares, if it shares one that can be fetched. */
export function sharedFile(stanza: Element): SharedFile | undefined {
  const sharing = stanza.getChild('file-sharing', namespaces.fileSharing);
  const url = sharing?.getChild('sources')?.getChild('url-data', namespaces.urlData);
  const target = url === undefined ? undefined : webAddress(attribute(url, 'target'));
  const oob = outOfBandUrl(stanza);
  const address = target ?? oob;
  if (address === undefined) return undefined;
  const metadata = sharing?.getChild('file', namespaces.fileMetadata);
  const said = (name: string): string | undefined => metadata?.getChildText(name) ?? undefined;
  const name = fileName(said('name')) ?? fileName(lastSegment(address)) ?? 'file';
  return {
    url: address,
    name,
    mimetype:
      mediaType(said('media-type')) ??
      mediaTypeByName(name) ??
      mediaTypeByName(lastSegment(address)) ??
      unknownType,
    size: count(said('size')),
    width: count(said('width')),
    height: count(said('height')),
    duration: count(said('length')),
    form: sharing === undefined ? 'oob' : 'file-sharing',
  };
}

/** Every address that a stanza gives for a file, whatever its scheme. */
export function fileAddresses(stanza: Element): readonly string[] {
  const sources = stanza.getChild('file-sharing', namespaces.fileSharing)?.getChild('sources');
  const targets = sources?.getChildren('url-data', namespaces.urlData) ?? [];
  const urls = stanza.getChildren('x', namespaces.oob).map((oob) => oob.getChildText('url') ?? '');
  return [...targets.map((target) => attribute(target, 'target') ?? ''), ...urls].map((url) => url.trim());
}

/** The payloads that share an uploaded file: metadata for those that read it, its bare address for all others. */
export function fileElements(media: Media, url: string): readonly Element[] {
  const facts: readonly (readonly [string, string | number | undefined])[] = [
    ['media-type', media.mimetype],
    ['name', media.name],
    ['size', media.size],
    ['width', media.width],
    ['height', media.height],
    ['length', media.duration],
  ];
  const metadata = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [xml(name, {}, String(value))],
  );
  return [
    xml(
      'file-sharing',
      { xmlns: namespaces.fileSharing, disposition: media.kind === 'file' ? 'attachment' : 'inline' },
      xml('file', { xmlns: namespaces.fileMetadata }, ...metadata),
      xml('sources', {}, xml('url-data', { xmlns: namespaces.urlData, target: url })),
    ),
    xml('fallback', { xmlns: namespaces.fallback, for: namespaces.fileSharing }, xml('body', {})),
    xml('x', { xmlns: namespaces.oob }, xml('url', {}, url)),
  ];
}

function outOfBandUrl(stanza: Element): string | undefined {
  const urls = stanza
    .getChildren('x', namespaces.oob)
    .map((oob) => webAddress(oob.getChildText('url') ?? undefined));
  return urls.find((url) => url !== undefined);
}

function webAddress(text: string | undefined): string | undefined {
  const url = text?.trim();
  if (url === undefined || url.length > 8192 || !/^https?:\/\/[^/]/i.test(url)) return undefined;
  return URL.canParse(url) && xmlText(url) === url ? url : undefined;
}

function lastSegment(url: string): string {
  const segment = new URL(url).pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function fileName(text: string | undefined): string | undefined {
  const name = (text?.split(/[/\\]/).at(-1) ?? '').replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '').trim();
  return /^\.*$/.test(name) ? undefined : shortened(name);
}

/** At most 200 characters, with the ending kept. */
function shortened(name: string): string {
  const points = Array.from(name);
  if (points.length <= 200) return name;
  const ending = /\.[A-Za-z0-9]{1,10}$/.exec(name)?.[0] ?? '';
  return points.slice(0, 200 - ending.length).join('') + ending;
}

function mediaType(text: string | undefined): string | undefined {
  const type = text?.trim().toLowerCase().split(';', 1)[0]?.trimEnd() ?? '';
  return /^[a-z0-9][a-z0-9!#$&^_.+-]{0,63}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}$/.test(type) ? type : undefined;
}

function mediaTypeByName(name: string): string | undefined {
  return typesByEnding.get(/\.([A-Za-z0-9]{1,5})$/.exec(name)?.[1]?.toLowerCase() ?? '');
}

function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d{1,15}\s*$/.test(text) ? Number(text) : undefined;
}
