/** What is said of a picture: https://xmpp.org/extensions/xep-0084.html#proto-info */
import xml, { type Element } from '@xmpp/xml';
import { namespaces } from './people-namespaces.ts';
import { attribute } from './stanza.ts';

/** A picture as its owner publishes it; `id` is the SHA-1 of its bytes, in hexadecimal. */
export interface AvatarInfo {
  readonly id: string;
  readonly bytes: number;
  readonly type: string;
}

const mostInfos = 16;

/**
 * The picture that a metadata element offers in the data node: the first PNG, as that one must be there; else the first
 * of any kind. `none` where the person has none; undefined where nothing of it can be read.
 */
export function parseMetadata(metadata: Element): AvatarInfo | 'none' | undefined {
  const listed = metadata.getChildren('info', namespaces.avatarMetadata).slice(0, mostInfos);
  if (listed.length === 0) return 'none';
  const infos = listed.flatMap((info) => parseInfo(info) ?? []);
  return infos.find(({ type }) => type === 'image/png') ?? infos[0];
}

function parseInfo(info: Element): AvatarInfo | undefined {
  const id = attribute(info, 'id')?.toLowerCase() ?? '';
  const size = attribute(info, 'bytes') ?? '';
  // With an address, the picture lies on the web alone: nothing is fetched from where a stranger says.
  if (!/^[0-9a-f]{40}$/.test(id) || !/^\d{1,9}$/.test(size) || attribute(info, 'url') !== undefined)
    return undefined;
  const type = attribute(info, 'type')?.trim().toLowerCase() ?? '';
  return /^image\/[a-z0-9.+-]{1,40}$/.test(type) ? { id, bytes: Number(size), type } : undefined;
}

/** The metadata of a picture; empty where there is none. */
export function metadataElement(
  photo: (AvatarInfo & { readonly width: number; readonly height: number }) | undefined,
): Element {
  if (photo === undefined) return xml('metadata', { xmlns: namespaces.avatarMetadata });
  const { id, bytes, type, width, height } = photo;
  const size = { bytes: String(bytes), width: String(width), height: String(height) };
  return xml('metadata', { xmlns: namespaces.avatarMetadata }, xml('info', { id, type, ...size }));
}

/** Bytes in base64, as stanzas carry them; undefined where the text is none, or would be more than `limit` bytes. */
export function decodeBase64(text: string, limit: number): Uint8Array | undefined {
  if (text.length > limit * 2 + 1024) return undefined;
  const compact = text.replace(/\s+/g, '');
  if (compact === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return undefined;
  const bytes = Buffer.from(compact, 'base64');
  return bytes.byteLength > 0 && bytes.byteLength <= limit ? bytes : undefined;
}
