/** What a message says, as the messages that it goes over as: a file and its caption are one where the network has captions. Pure. */
import type { Content, FormattedText, Mentions, Place } from '../../core/event.ts';
import { longText } from '../../core/long-text.ts';
import type { Media } from '../../core/media.ts';
import type { Unsupported } from '../../core/outcome.ts';
import { action, maxTextBytes, shownTypes } from '../profile/message-profile.ts';
import { writeCalling, type AddressOf } from './mentions.ts';
import type { SealedFile, SealedKind } from './sealed-file.ts';

/** A file as it goes over: sealed and hosted, or a card whose text is in the message. */
export type WrittenFile =
  | { readonly kind: 'sealed'; readonly file: SealedFile; readonly thumbnail?: Uint8Array }
  | { readonly kind: 'card'; readonly vcard: string };

/** Words with the addresses of those whom they call. */
export interface Words {
  readonly body: string;
  readonly addresses: readonly string[];
}

/** What goes into one message. */
export type Part =
  | { readonly kind: 'words'; readonly words: Words }
  /** Without `file` it is a file that is left as it is. */
  | {
      readonly kind: 'file';
      readonly media: Media;
      readonly file: WrittenFile | undefined;
      readonly caption: Words | undefined;
    }
  | { readonly kind: 'place'; readonly place: Place };

export interface PartSources {
  /** Where the content's files are, in order. */
  readonly files: readonly (WrittenFile | undefined)[];
  readonly addressOf: AddressOf;
}

const nobody: Mentions = { users: [], room: false };

/** How a file is to be sealed, which is also what clients show it as. */
export function sealedKindOf({ kind, mimetype }: Pick<Media, 'kind' | 'mimetype'>): SealedKind {
  switch (kind) {
    case 'image':
      return shownTypes.image.some((type) => type === mimetype) ? 'image' : 'document';
    case 'video':
      return shownTypes.video.some((type) => type === mimetype) ? 'video' : 'document';
    case 'audio':
    case 'voice':
      return 'audio';
    case 'sticker':
      return mimetype === 'image/webp' ? 'image' : 'document';
    case 'contact':
    case 'file':
      return 'document';
  }
}

/** The parts of a message, in order. */
export function contentParts(
  content: Content,
  mentions: Mentions,
  sources: PartSources,
): readonly Part[] | Unsupported {
  switch (content.kind) {
    case 'text':
      return textParts(content.text, mentions, sources, content.style === 'emote' ? action.prefix : '');
    case 'media':
      return fileParts([content.media], content.caption, mentions, sources);
    case 'gallery':
      return fileParts(content.items, content.caption, mentions, sources);
    case 'location':
      return [{ kind: 'place', place: content.place }];
    case 'poll':
      return { kind: 'unsupported', reason: 'no-handler' };
  }
}

/** Files, the caption with the first that can have one, else in a message of its own. */
function fileParts(
  items: readonly Media[],
  caption: FormattedText | undefined,
  mentions: Mentions,
  sources: PartSources,
): readonly Part[] {
  const words = caption && wordsOf(caption, mentions, sources.addressOf, '');
  const short = words !== undefined && Buffer.byteLength(words.body) <= maxTextBytes.value;
  const bearer = short ? items.findIndex((media) => hasCaption(media)) : -1;
  const files = items.map((media, at): Part => {
    return { kind: 'file', media, file: sources.files[at], caption: at === bearer ? words : undefined };
  });
  return caption === undefined || bearer >= 0
    ? files
    : [...files, ...textParts(caption, mentions, sources, '')];
}

/** Whether the network shows words with a file. */
function hasCaption(media: Media): boolean {
  return media.kind !== 'sticker' && media.kind !== 'contact' && sealedKindOf(media) !== 'audio';
}

/** A text with its formatting where that fits, else without it, in several parts. */
function textParts(
  text: FormattedText,
  mentions: Mentions,
  { addressOf }: PartSources,
  prefix: string,
): readonly Part[] {
  const words = wordsOf(text, mentions, addressOf, prefix);
  if (Buffer.byteLength(words.body) <= maxTextBytes.value) return [{ kind: 'words', words }];
  const limits = { maxBytes: maxTextBytes.value - prefix.length, maxParts: Number.MAX_SAFE_INTEGER };
  const long = longText(text.plain, limits);
  const parts = long.kind === 'file' ? [text.plain] : long.parts;
  return parts.map((plain, at) => {
    const first = at === 0;
    const part = { plain, html: undefined };
    return {
      kind: 'words',
      words: wordsOf(part, first ? mentions : nobody, addressOf, first ? prefix : ''),
    };
  });
}

function wordsOf(text: FormattedText, mentions: Mentions, addressOf: AddressOf, prefix: string): Words {
  const { body, addresses } = writeCalling(text, mentions, addressOf);
  return { body: prefix + body, addresses };
}
