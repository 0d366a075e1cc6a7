/** One part of a message as the protobuf that it goes over as. Pure. */
import type { Place } from '../../core/event.ts';
import type { Media } from '../../core/media.ts';
import { voiceType } from '../profile/message-profile.ts';
import type { Part, Words, WrittenFile } from './content-parts.ts';
import { writeFile, type SealedFile } from './sealed-file.ts';
import { writeWaveform } from './waveform.ts';
import type { WireContext, WireLocation, WireMessage } from './wire-message.ts';

/** What is around a part: when it is sent, in milliseconds, and what it belongs to. */
export interface PartFrame {
  readonly at: number;
  readonly context: WireContext | undefined;
}

type FilePart = Extract<Part, { readonly kind: 'file' }>;

/** The message for a part; a file that is left as it is has none but its caption. */
export function writePart(part: Part, { at, context }: PartFrame): WireMessage {
  switch (part.kind) {
    case 'words':
      return writeWords(part.words, context);
    case 'place':
      return { locationMessage: { ...placeFields(part.place), ...info(context) } };
    case 'file':
      return writeFilePart(part, at, calling(part.caption, context));
  }
}

function writeWords(words: Words, context: WireContext | undefined): WireMessage {
  const calls = calling(words, context);
  if (calls === undefined) return { conversation: words.body };
  return { extendedTextMessage: { text: words.body, contextInfo: calls } };
}

function calling(words: Words | undefined, context: WireContext | undefined): WireContext | undefined {
  if (words === undefined || words.addresses.length === 0) return context;
  return { ...context, mentionedJid: words.addresses };
}

function info(context: WireContext | undefined): { readonly contextInfo?: WireContext } {
  return context === undefined ? {} : { contextInfo: context };
}

function writeFilePart(
  { media, file, caption }: FilePart,
  at: number,
  context: WireContext | undefined,
): WireMessage {
  if (file === undefined) return {};
  if (file.kind === 'card')
    return {
      contactMessage: { displayName: cardName(file.vcard, media), vcard: file.vcard, ...info(context) },
    };
  const words = caption === undefined ? {} : { caption: caption.body };
  return writeSealed({ media, sealed: file, at, words, context });
}

interface Sealed {
  readonly media: Media;
  readonly sealed: Extract<WrittenFile, { readonly kind: 'sealed' }>;
  readonly at: number;
  readonly words: { readonly caption?: string };
  readonly context: WireContext | undefined;
}

/** What a file was sealed as is what it is shown as. */
function writeSealed(parts: Sealed): WireMessage {
  const { media, sealed, at, words, context } = parts;
  const { file } = sealed;
  const common = { ...writeFile(file, mimetypeOf(media, file), at), ...info(context) };
  const picture = sealed.thumbnail === undefined ? {} : { jpegThumbnail: sealed.thumbnail };
  switch (file.kind) {
    case 'image':
      return media.kind === 'sticker'
        ? { stickerMessage: { ...common, ...sides(media) } }
        : { imageMessage: { ...common, ...sides(media), ...picture, ...words } };
    case 'video':
      return { videoMessage: { ...common, ...sides(media), ...seconds(media), ...picture, ...words } };
    case 'audio':
      return { audioMessage: { ...common, ...seconds(media), ...voice(media) } };
    case 'document': {
      const document = { ...common, fileName: media.name, title: media.name, ...picture, ...words };
      return words.caption === undefined
        ? { documentMessage: document }
        : { documentWithCaptionMessage: { message: { documentMessage: document } } };
    }
  }
}

function mimetypeOf(media: Media, file: SealedFile): string {
  const spoken = file.kind === 'audio' && media.kind === 'voice';
  return spoken && media.mimetype === voiceType.container ? voiceType.value : media.mimetype;
}

function sides({ width, height }: Media): { readonly width?: number; readonly height?: number } {
  return {
    ...(width === undefined ? {} : { width: whole(width) }),
    ...(height === undefined ? {} : { height: whole(height) }),
  };
}

function seconds({ duration }: Media): { readonly seconds?: number } {
  return duration === undefined ? {} : { seconds: Math.max(whole(duration / 1000), 1) };
}

function whole(value: number): number {
  return Math.min(Math.max(Math.round(value), 0), 0x7fff_ffff);
}

function voice(media: Media): { readonly ptt?: true; readonly waveform?: Uint8Array } {
  if (media.kind !== 'voice') return {};
  const waveform = writeWaveform(media.waveform);
  return { ptt: true, ...(waveform === undefined ? {} : { waveform }) };
}

/** The name on a card (RFC 6350, 6.2.1), else that of its file. */
function cardName(vcard: string, media: Media): string {
  const [, name] = /^FN(?:;[^:\r\n]*)?:([^\r\n]+)/im.exec(vcard) ?? [];
  return (name?.replace(/\\([\\,;])/g, '$1').trim() ?? '') || media.name.replace(/\.vcf$/i, '');
}

function placeFields({ latitude, longitude, accuracy, description }: Place): WireLocation {
  const [name = '', ...rest] = description?.split('\n') ?? [];
  return {
    degreesLatitude: latitude,
    degreesLongitude: longitude,
    ...(name === '' ? {} : { name }),
    ...(rest.length === 0 ? {} : { address: rest.join('\n') }),
    ...(accuracy === undefined ? {} : { accuracyInMeters: whole(accuracy) }),
  };
}

/** What says that only the words beside a file are others now. */
export function captionOnly(part: FilePart, kind: SealedFile['kind']): WireMessage {
  const caption = part.caption?.body ?? '';
  const context = calling(part.caption, undefined);
  const words = { caption, ...info(context) };
  switch (kind) {
    case 'image':
      return { imageMessage: words };
    case 'video':
      return { videoMessage: words };
    case 'audio':
    case 'document':
      return { documentWithCaptionMessage: { message: { documentMessage: words } } };
  }
}
