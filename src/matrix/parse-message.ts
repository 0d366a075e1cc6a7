/** Messages and edits: https://spec.matrix.org/v1.16/client-server-api/#instant-messaging */
import type { Content, EditEvent, FormattedText, MessageEvent, Unresolved } from '../core/event.ts';
import { withoutControls } from '../core/html-subset.ts';
import type { Media } from '../core/media.ts';
import type { Ignored, Unsupported } from '../core/outcome.ts';
import { expiryIn } from './disappearing.ts';
import { cleanHtml } from './html.ts';
import { objectIn, textIn, type JsonObject } from './json-object.ts';
import { hasCaption, mediaKindOf, parseGallery, parseMedia, type OpenMedia } from './parse-media.ts';
import type { OwnUsers } from './parse-membership.ts';
import { parseMentions } from './parse-mentions.ts';
import { parsePlace } from './parse-place.ts';
import { parsePoll } from './parse-poll.ts';
import { parseRelation, quotedInFallback, withoutReplyFallback, type Relation } from './parse-relation.ts';
import { withoutPills } from './pill.ts';
import { formatName } from './render-text.ts';

/** What a message or an edit says, before it is known who said it. */
export type ParsedMessage =
  | Pick<
      MessageEvent<Unresolved>,
      'kind' | 'content' | 'mentions' | 'replyTo' | 'quoted' | 'thread' | 'expires'
    >
  | Pick<EditEvent<Unresolved>, 'kind' | 'target' | 'content' | 'mentions'>
  | Ignored
  | Unsupported;

/** What the reading of a message has to know from outside the event. */
export interface MessageContext extends OwnUsers {
  /** Makes the media whose bytes lie at the source. */
  readonly media: OpenMedia;
}

/** The event types that hold what people say. */
export type MessageType = 'm.room.message' | 'm.sticker' | 'poll';

interface Reading {
  readonly type: MessageType;
  /** Whether the body may begin with a quotation of what is answered. */
  readonly quotes: boolean;
  readonly context: MessageContext;
}

/** More than any event can hold. */
const maxTextBytes = 65_536;

/** Reads the content of an event that says something. */
export function parseMessage(content: JsonObject, type: MessageType, context: MessageContext): ParsedMessage {
  const relation = parseRelation(content);
  if (relation.kind === 'edit') {
    const replacement = objectIn(content, 'm.new_content');
    if (replacement === undefined || relation.target === undefined)
      return { kind: 'unsupported', reason: 'broken-event' };
    const edited = parseContent(replacement, { type, quotes: false, context });
    if (isEnd(edited)) return edited;
    const mentions = parseMentions(replacement, context);
    return { kind: 'edit', target: relation.target, content: edited, mentions };
  }
  const said = parseContent(content, { type, quotes: quotes(relation), context });
  if (isEnd(said)) return said;
  const { replyTo, thread } = relations(relation);
  const mentions = parseMentions(content, context);
  const quoted = quotes(relation) ? quotedInFallback(textIn(content, 'body') ?? '') : undefined;
  const more = { ...(quoted && { quoted }), ...expiryIn(content) };
  return { kind: 'message', content: said, mentions, replyTo, thread, ...more };
}

function quotes(relation: Relation): boolean {
  return relation.kind === 'reply' || (relation.kind === 'thread' && relation.quotes);
}

function relations(relation: Relation): Pick<MessageEvent<Unresolved>, 'replyTo' | 'thread'> {
  if (relation.kind === 'thread') return { replyTo: relation.replyTo, thread: relation.root };
  return { replyTo: relation.kind === 'reply' ? relation.target : undefined, thread: undefined };
}

function parseContent(content: JsonObject, reading: Reading): Content | Ignored | Unsupported {
  switch (reading.type) {
    case 'm.sticker':
      return sticker(content, reading);
    case 'poll':
      return parsePoll(content);
    case 'm.room.message':
      return parseByMsgtype(content, reading);
  }
}

function parseByMsgtype(content: JsonObject, reading: Reading): Content | Ignored | Unsupported {
  const msgtype = textIn(content, 'msgtype');
  switch (msgtype) {
    case undefined:
      return { kind: 'unsupported', reason: 'broken-event' };
    case 'm.text':
      return styled('normal', content, reading);
    case 'm.emote':
      return styled('emote', content, reading);
    case 'm.notice':
      return styled('notice', content, reading);
    case 'm.location':
      return parsePlace(content);
    case 'dm.filament.gallery':
    case 'm.gallery':
      return gallery(content, reading);
    default:
      return attachment(msgtype, content, reading);
  }
}

function styled(
  style: 'normal' | 'emote' | 'notice',
  content: JsonObject,
  reading: Reading,
): Content | Ignored | Unsupported {
  const text = parseText(content, reading);
  return isEnd(text) ? text : { kind: 'text', style, text };
}

function attachment(msgtype: string, content: JsonObject, reading: Reading): Content | Ignored | Unsupported {
  const kind = mediaKindOf(msgtype, content);
  if (kind === undefined) return { kind: 'unsupported', reason: 'not-carried' };
  const parsed = parseMedia(content, kind, reading.context.media);
  if (parsed.kind === 'unsupported') return parsed;
  return captioned(hasCaption(content) ? parseText(content, reading) : undefined, [parsed.media]);
}

/** The body of a sticker describes it for those who do not see it. */
function sticker(content: JsonObject, reading: Reading): Content | Unsupported {
  const parsed = parseMedia(content, 'sticker', reading.context.media);
  return parsed.kind === 'unsupported' ? parsed : { ...parsed, caption: undefined };
}

/** A gallery of one is that file. The captions of single files follow the caption of them all. */
function gallery(content: JsonObject, reading: Reading): Content | Ignored | Unsupported {
  const parsed = parseGallery(content, reading.context.media);
  if (parsed.kind === 'unsupported') return parsed;
  const caption = textIn(content, 'body') === undefined ? undefined : parseText(content, reading);
  const isTooMuch = caption !== undefined && isEnd(caption) && caption.kind === 'unsupported';
  if (isTooMuch || parsed.captions.length === 0) return captioned(caption, parsed.items);
  const own = caption === undefined || isEnd(caption) ? [] : [caption.plain];
  const plain = [...own, ...parsed.captions.map(withoutControls)].join('\n');
  return captioned({ plain, html: undefined }, parsed.items);
}

function captioned(
  parsed: FormattedText | Ignored | Unsupported | undefined,
  [first, second, ...others]: readonly Media[],
): Content | Unsupported {
  if (parsed !== undefined && isEnd(parsed) && parsed.kind === 'unsupported') return parsed;
  const caption = parsed === undefined || isEnd(parsed) ? undefined : parsed;
  if (first === undefined) return { kind: 'unsupported', reason: 'broken-event' };
  if (second === undefined) return { kind: 'media', media: first, caption };
  return { kind: 'gallery', items: [first, second, ...others], caption };
}

function parseText(content: JsonObject, reading: Reading): FormattedText | Ignored | Unsupported {
  const body = textIn(content, 'body');
  if (body === undefined) return { kind: 'unsupported', reason: 'broken-event' };
  const formatted = textIn(content, 'format') === formatName ? (textIn(content, 'formatted_body') ?? '') : '';
  if (tooLong(body) || tooLong(formatted)) return { kind: 'unsupported', reason: 'too-long' };
  const plain = withoutControls(reading.quotes ? withoutReplyFallback(body) : body);
  const html = cleanHtml(withoutPills(formatted, (user) => reading.context.ghost(user) !== undefined));
  return plain === '' && html === undefined ? { kind: 'ignored', reason: 'nothing-to-do' } : { plain, html };
}

function tooLong(text: string): boolean {
  return text.length > maxTextBytes || Buffer.byteLength(text) > maxTextBytes;
}

function isEnd(value: Content | FormattedText | Ignored | Unsupported): value is Ignored | Unsupported {
  return 'kind' in value && (value.kind === 'ignored' || value.kind === 'unsupported');
}
