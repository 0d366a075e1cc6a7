import type { BridgeEvent, Content, EditEvent, FormattedText, MessageEvent } from '../../core/event.ts';
import type { RemoteMessageId } from '../../core/ids.ts';
import { longText } from '../../core/long-text.ts';
import type { Media } from '../../core/media.ts';
import type { Portal } from '../../core/portal.ts';
import { messageMeant } from '../../core/target.ts';
import type { LoopbackConfig } from './config.ts';
import { worldExpiry } from './beside.ts';
import { messageIdFor } from './ids.ts';
import type { FileItem, Packet, PacketBody, RelationFields, SaidBody } from './packet.ts';

/** The packet for an event: the same at every attempt. `id` is the event's own where absent. */
export function toPacket(
  event: BridgeEvent,
  portal: Portal,
  body: PacketBody,
  id: RemoteMessageId = messageIdFor(event.cause),
): Packet {
  return {
    id,
    from: event.sender.userId,
    to: portal.kind === 'direct' ? portal.remote : portal.key.chat,
    at: event.at,
    ...(event.late === true ? { late: true } : {}),
    body,
  };
}

/** A file with its name in the world, and that of its thumbnail where it could be brought there. */
export interface PlacedFile {
  readonly media: Media;
  readonly file: string;
  readonly thumbnail: string | undefined;
}

/** What a message or an edit says. `files` are those of its content, in order. */
export function contentBody(
  content: Content,
  files: readonly PlacedFile[],
  relations: RelationFields,
): SaidBody {
  switch (content.kind) {
    case 'text':
      return {
        kind: 'text',
        style: content.style,
        text: content.text.plain,
        html: content.text.html,
        ...relations,
      };
    case 'media': {
      const [file] = files;
      if (file === undefined) throw new Error('media is brought into the world before it is told of');
      return { kind: 'file', ...itemOf(file), ...captionFields(content.caption), ...relations };
    }
    case 'gallery':
      return { kind: 'gallery', items: files.map(itemOf), ...captionFields(content.caption), ...relations };
    case 'location':
      return { kind: 'location', ...content.place, ...relations };
    case 'poll': {
      const { question, answers, maxSelections, disclosed } = content.poll;
      return { kind: 'poll', question, answers: [...answers], maxSelections, disclosed, ...relations };
    }
  }
}

/** Whom a message answers and calls, and the thread that it belongs to. */
export function relationFields(event: MessageEvent | EditEvent): RelationFields {
  const { users, room } = event.mentions;
  const related = event.kind === 'message' ? event : { replyTo: undefined, thread: undefined };
  return {
    ...(related.replyTo === undefined ? {} : { replyTo: messageMeant(related.replyTo) }),
    ...(related.thread === undefined ? {} : { thread: related.thread.messageIds[0] }),
    ...(users.length === 0 ? {} : { mentions: users.map(({ userId }) => userId) }),
    ...(room ? { mentionsRoom: true } : {}),
    ...(event.kind === 'message' ? worldExpiry(event.expires) : {}),
  };
}

/**
 * A content by the limit of the network, in order: itself where its text fits; else its text without formatting, in
 * parts, or as a file; a caption that does not fit follows its files.
 */
export function withinLimit(content: Content, config: LoopbackConfig): readonly [Content, ...Content[]] {
  if (textBytes(content) <= config.maxTextBytes) return [content];
  switch (content.kind) {
    case 'text':
      return textsOf(content.text, content.style, config);
    case 'media':
    case 'gallery': {
      const { caption } = content;
      if (caption === undefined) return [content];
      return [{ ...content, caption: undefined }, ...textsOf(caption, 'normal', config)];
    }
    case 'location':
    case 'poll':
      return [content];
  }
}

function textsOf(
  text: FormattedText,
  style: Extract<Content, { kind: 'text' }>['style'],
  { maxTextBytes, maxTextParts }: LoopbackConfig,
): readonly [Content, ...Content[]] {
  const limited = longText(text.plain, { maxBytes: maxTextBytes, maxParts: maxTextParts });
  if (limited.kind === 'file') return [{ kind: 'media', media: limited.media, caption: undefined }];
  const [first, ...others] = limited.parts.map((plain): Content => {
    return { kind: 'text', style, text: { plain, html: undefined } };
  });
  return first === undefined ? [{ kind: 'text', style, text }] : [first, ...others];
}

/** How much people read of a content, in bytes, as the network's limit counts it. */
export function textBytes(content: Content): number {
  switch (content.kind) {
    case 'text':
      return bytesOf(content.text);
    case 'media':
    case 'gallery':
      return bytesOf(content.caption);
    case 'location':
      return Buffer.byteLength(content.place.description ?? '');
    case 'poll': {
      const { question, answers } = content.poll;
      return Buffer.byteLength([question, ...answers.map(({ text }) => text)].join(''));
    }
  }
}

function bytesOf(text: FormattedText | undefined): number {
  return Math.max(Buffer.byteLength(text?.plain ?? ''), Buffer.byteLength(text?.html ?? ''));
}

function captionFields(caption: FormattedText | undefined): { caption?: string; captionHtml?: string } {
  if (caption === undefined) return {};
  return { caption: caption.plain, ...(caption.html === undefined ? {} : { captionHtml: caption.html }) };
}

function itemOf({ media, file, thumbnail }: PlacedFile): FileItem {
  const { kind, name, mimetype, size, width, height, duration, waveform, blurhash } = media;
  const about = { file, media: kind, name, mimetype, size, width, height, duration, blurhash };
  return {
    ...about,
    waveform: waveform === undefined ? undefined : [...waveform],
    thumbnail: thumbnail === undefined ? undefined : thumbnailOf(media, thumbnail),
  };
}

function thumbnailOf({ thumbnail }: Media, file: string): FileItem['thumbnail'] {
  if (thumbnail === undefined) return undefined;
  const { mimetype, size, width, height } = thumbnail;
  return { file, mimetype, size, width, height };
}
