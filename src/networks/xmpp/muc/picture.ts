/** Pictures of rooms: https://xmpp.org/extensions/xep-0486.html, in vCards (https://xmpp.org/extensions/xep-0153.html) */
import { createHash } from 'node:crypto';
import type { Element } from '@xmpp/xml';
import { contradicts, essence, SNIFFED_BYTES } from '../../../core/media-type.ts';
import type { Media } from '../../../core/media.ts';
import type { RemoteAvatar } from '../../../core/network.ts';
import { namespaces } from './namespaces.ts';

/** A picture as a vCard holds it. */
export interface Picture {
  readonly mimetype: string;
  readonly base64: string;
}

/** More is no picture of a room: a stanza has to hold it. */
const mostBase64 = 400_000;
const guessed = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const;

/** The picture in an IQ's vCard; `undefined` for none, for one that is too large, and for what is not an image. */
export function pictureIn(answer: Element): Picture | undefined {
  const photo = answer.getChild('vCard', namespaces.vcard)?.getChild('PHOTO');
  const base64 = (photo?.getChildText('BINVAL') ?? '').replace(/\s+/g, '');
  if (base64 === '' || base64.length > mostBase64 || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  const head = Buffer.from(base64.slice(0, Math.ceil(SNIFFED_BYTES / 3) * 4), 'base64');
  const declared = essence(photo?.getChildText('TYPE') ?? '');
  const mimetype = [declared, ...guessed].find(
    (type) => type.startsWith('image/') && !contradicts(type, head),
  );
  return mimetype === undefined ? undefined : { mimetype, base64 };
}

/** The picture as a file that can be opened as often as one likes. */
export function pictureMedia({ mimetype, base64 }: Picture): Media {
  const bytes = Buffer.from(base64, 'base64');
  return {
    kind: 'image',
    name: `avatar.${mimetype.slice(mimetype.indexOf('/') + 1)}`,
    mimetype,
    size: bytes.byteLength,
    width: undefined,
    height: undefined,
    duration: undefined,
    waveform: undefined,
    blurhash: undefined,
    thumbnail: undefined,
    open: async () => ({ kind: 'open', stream: once(bytes), size: bytes.byteLength, mimetype }),
  };
}

/** As an avatar, whose version is a digest of its bytes. */
export function pictureAvatar(picture: Picture | undefined): RemoteAvatar | 'none' {
  if (picture === undefined) return 'none';
  return { version: pictureVersion(picture), media: pictureMedia(picture) };
}

export function pictureVersion({ base64 }: Picture): string {
  return createHash('sha256').update(Buffer.from(base64, 'base64')).digest('base64url');
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}
