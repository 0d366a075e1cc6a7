/** Messages and edits: https://spec.matrix.org/v1.16/client-server-api/#instant-messaging */
import {
  noMentions,
  type Content,
  type EditEvent,
  type FormattedText,
  type MessageEvent,
  type Unresolved,
} from '../core/event.ts';
import { withoutControls } from '../core/html-subset.ts';
import type { Media } from '../core/media.ts';
import type { Ignored, Unsupported } from '../core/outcome.ts';
import { cleanHtml } from './html.ts';
import { objectIn, textIn, type JsonObject } from './json-object.ts';
import { hasCaption, mediaKindOf, parseMedia, type MediaSource } from './parse-media.ts';
import { parseRelation, withoutReplyFallback } from './parse-relation.ts';
import { formatName } from './render-text.ts';

/** What a message or an edit says, before it is known who said it. */
export type ParsedMessage =
  | Pick<MessageEvent<Unresolved>, 'kind' | 'content' | 'mentions' | 'replyTo' | 'thread'>
  | Pick<EditEvent<Unresolved>, 'kind' | 'target' | 'content' | 'mentions'>
  | Ignored
  | Unsupported;

type OpenMedia = (source: MediaSource) => Media;

/** More than any event can hold. */
const maxTextBytes = 65_536;

/** Reads the content of an `m.room.message`. */
export function parseMessage(content: JsonObject, open: OpenMedia): ParsedMessage {
  const relation = parseRelation(content);
  if (relation.kind === 'edit') {
    const replacement = objectIn(content, 'm.new_content');
    if (replacement === undefined || relation.target === undefined)
      return { kind: 'unsupported', reason: 'broken-event' };
    const edited = parseContent(replacement, false, open);
    return isEnd(edited)
      ? edited
      : { kind: 'edit', target: relation.target, content: edited, mentions: noMentions };
  }
  const quotes = relation.kind === 'reply' || relation.kind === 'thread-fallback';
  const said = parseContent(content, quotes, open);
  if (isEnd(said)) return said;
  const replyTo = relation.kind === 'reply' ? relation.target : undefined;
  return { kind: 'message', content: said, mentions: noMentions, replyTo, thread: undefined };
}

function parseContent(
  content: JsonObject,
  quotes: boolean,
  open: OpenMedia,
): Content | Ignored | Unsupported {
  const msgtype = textIn(content, 'msgtype');
  if (msgtype === undefined) return { kind: 'unsupported', reason: 'broken-event' };
  const style = styleOf(msgtype);
  if (style !== undefined) {
    const text = parseText(content, quotes);
    return isEnd(text) ? text : { kind: 'text', style, text };
  }
  const mediaKind = mediaKindOf(msgtype);
  if (mediaKind === undefined) return { kind: 'unsupported', reason: 'not-carried' };
  const parsed = parseMedia(content, mediaKind, open);
  if (parsed.kind === 'unsupported') return parsed;
  const caption = hasCaption(content) ? parseText(content, quotes) : undefined;
  if (caption === undefined || !isEnd(caption)) return { kind: 'media', media: parsed.media, caption };
  return caption.kind === 'ignored' ? { kind: 'media', media: parsed.media, caption: undefined } : caption;
}

function styleOf(msgtype: string): 'normal' | 'emote' | 'notice' | undefined {
  switch (msgtype) {
    case 'm.text':
      return 'normal';
    case 'm.emote':
      return 'emote';
    case 'm.notice':
      return 'notice';
    default:
      return undefined;
  }
}

function parseText(content: JsonObject, quotes: boolean): FormattedText | Ignored | Unsupported {
  const body = textIn(content, 'body');
  if (body === undefined) return { kind: 'unsupported', reason: 'broken-event' };
  const formatted = textIn(content, 'format') === formatName ? (textIn(content, 'formatted_body') ?? '') : '';
  if (tooLong(body) || tooLong(formatted)) return { kind: 'unsupported', reason: 'too-long' };
  const plain = withoutControls(quotes ? withoutReplyFallback(body) : body);
  const html = cleanHtml(formatted);
  return plain === '' && html === undefined ? { kind: 'ignored', reason: 'nothing-to-do' } : { plain, html };
}

function tooLong(text: string): boolean {
  return text.length > maxTextBytes || Buffer.byteLength(text) > maxTextBytes;
}

function isEnd(value: Content | FormattedText | Ignored | Unsupported): value is Ignored | Unsupported {
  return 'kind' in value && (value.kind === 'ignored' || value.kind === 'unsupported');
}
