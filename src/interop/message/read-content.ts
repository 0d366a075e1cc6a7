/** What a message says, as the core's content. Pure. */
import { noMentions, type Content, type FormattedText, type Mentions, type Place } from '../../core/event.ts';
import { withoutControls } from '../../core/html-subset.ts';
import type { Media } from '../../core/media.ts';
import type { ReasonCode, Unsupported } from '../../core/outcome.ts';
import { action } from '../profile/message-profile.ts';
import { readCalling, type WhoIs } from './mentions.ts';
import {
  cardOf,
  mediaOf,
  readFile,
  type FileFacts,
  type SealedFile,
  type SealedKind,
} from './sealed-file.ts';
import { readWaveform } from './waveform.ts';
import type { WireContext, WireFile, WireLocation, WireMessage } from './wire-message.ts';

/** What reading content needs from outside. */
export interface ReadContext {
  /** How a file is fetched and opened; nothing is fetched before the core asks. */
  readonly open: (file: SealedFile) => Media['open'];
  readonly whoIs: WhoIs;
}

/** What somebody says, whom they call by it, and what it belongs to. */
export interface Said {
  readonly kind: 'said';
  readonly content: Content;
  readonly mentions: Mentions;
  readonly context: WireContext | undefined;
}

const longestDescription = 2000;
/** In metres: half of the way around the earth. */
const leastAccuracy = 20_037_508;

/**
 * The content of a message that has one; `undefined` where it says nothing or is none of these kinds. `known` is the file
 * of the message that is edited: an edit of a caption need not repeat it.
 */
export function readContent(
  message: WireMessage,
  context: ReadContext,
  known?: Media,
): Said | Unsupported | undefined {
  return readWords(message, context) ?? readFiles(message, context, known) ?? readFacts(message);
}

function readWords(message: WireMessage, { whoIs }: ReadContext): Said | Unsupported | undefined {
  const { conversation, extendedTextMessage: extended } = message;
  const body = conversation ?? extended?.text;
  if (body === undefined || body.trim() === '') return undefined;
  const context = extended?.contextInfo;
  const emote = body.startsWith(action.prefix) && body.length > action.prefix.length;
  const own = emote ? body.slice(action.prefix.length) : body;
  const { text, mentions } = readCalling(own, context?.mentionedJid ?? [], whoIs);
  return said({ kind: 'text', style: emote ? 'emote' : 'normal', text }, context, mentions);
}

function readFiles(
  message: WireMessage,
  context: ReadContext,
  known: Media | undefined,
): Said | Unsupported | undefined {
  const {
    imageMessage: image,
    videoMessage: video,
    audioMessage: audio,
    documentMessage: document,
    stickerMessage: sticker,
  } = message;
  if (image?.viewOnce === true || video?.viewOnce === true || audio?.viewOnce === true)
    return unsupported('not-carried');
  const read = (kind: SealedKind, file: WireFile & { readonly caption?: string }, facts: Facts) =>
    readOne({ kind, file, facts, context, known });
  if (image !== undefined)
    return read('image', image, { kind: 'image', ...image, thumbnail: image.jpegThumbnail });
  if (video !== undefined)
    return read('video', video, { kind: 'video', ...video, thumbnail: video.jpegThumbnail });
  if (document !== undefined) {
    const name = document.fileName ?? document.title;
    return read('document', document, { kind: 'file', name, thumbnail: document.jpegThumbnail });
  }
  if (sticker !== undefined)
    return read('image', sticker, { kind: 'sticker', ...sticker, thumbnail: sticker.pngThumbnail });
  if (audio === undefined) return undefined;
  const { seconds } = audio;
  if (audio.ptt !== true) return read('audio', audio, { kind: 'audio', seconds });
  return read('audio', audio, { kind: 'voice', seconds, waveform: readWaveform(audio.waveform) });
}

type Facts = Pick<FileFacts, 'kind' | 'width' | 'height' | 'seconds' | 'waveform' | 'thumbnail'> & {
  readonly name?: string | undefined;
};

function readOne(one: {
  readonly kind: SealedKind;
  readonly file: WireFile & { readonly caption?: string };
  readonly facts: Facts;
  readonly context: ReadContext;
  readonly known: Media | undefined;
}): Said | Unsupported {
  const { file, context, facts, known } = one;
  const sealed = readFile(file, one.kind);
  // A caption is edited by a message that need not say where the file is.
  const media =
    sealed === undefined
      ? file.mediaKey === undefined
        ? known
        : undefined
      : mediaOf(sealed, { ...facts, name: facts.name, mimetype: file.mimetype }, context.open(sealed));
  if (media === undefined) return unsupported('broken-event');
  const info = file.contextInfo;
  const { text, mentions } = readCalling(file.caption ?? '', info?.mentionedJid ?? [], context.whoIs);
  const caption: FormattedText | undefined = text.plain.trim() === '' ? undefined : text;
  return said({ kind: 'media', media, caption }, info, mentions);
}

/** Cards and places: all of it is in the message. */
function readFacts(message: WireMessage): Said | Unsupported | undefined {
  const { contactMessage: contact, contactsArrayMessage: contacts, locationMessage: location } = message;
  if (location !== undefined) {
    const place = placeOf(location);
    if (place === undefined) return unsupported('broken-event');
    return said({ kind: 'location', place }, location.contextInfo);
  }
  const all = contact === undefined ? contacts?.contacts : [contact];
  if (all === undefined) return contacts && unsupported('broken-event');
  const cards = all.map(({ vcard }) => withoutControls(vcard ?? '').trim()).filter((card) => card !== '');
  if (cards.length === 0 || cards.length < all.length || !cards.every(isCard))
    return unsupported('broken-event');
  const name = (contact ?? contacts)?.displayName?.trim() ?? '';
  const written = cards.map((card) => `${card.replaceAll('\n', '\r\n')}\r\n`).join('');
  const media = cardOf(name === '' ? 'contact' : name, written);
  return said({ kind: 'media', media, caption: undefined }, (contact ?? contacts)?.contextInfo);
}

function isCard(text: string): boolean {
  return /^BEGIN:VCARD\n/i.test(text) && /\nEND:VCARD$/i.test(text);
}

function placeOf(location: WireLocation): Place | undefined {
  const { degreesLatitude: latitude, degreesLongitude: longitude, accuracyInMeters: accuracy } = location;
  if (latitude === undefined || longitude === undefined) return undefined;
  if (!(Math.abs(latitude) <= 90) || !(Math.abs(longitude) <= 180)) return undefined;
  const words = [location.name, location.address, location.comment, location.url]
    .map((text) => withoutControls(text ?? '').trim())
    .filter((text) => text !== '');
  const description = words.join('\n').slice(0, longestDescription).toWellFormed();
  return {
    latitude,
    longitude,
    accuracy: accuracy === undefined || accuracy === 0 || accuracy > leastAccuracy ? undefined : accuracy,
    description: description === '' ? undefined : description,
  };
}

function said(content: Content, context: WireContext | undefined, mentions: Mentions = noMentions): Said {
  return { kind: 'said', content, mentions, context };
}

function unsupported(reason: ReasonCode): Unsupported {
  return { kind: 'unsupported', reason };
}
