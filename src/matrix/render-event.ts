/**
 * From the core's events to the contents of Matrix events: https://spec.matrix.org/v1.16/client-server-api/#instant-messaging,
 * replies, edits and reactions (#forming-relationships-between-events), captions (MSC2530), intentional mentions
 * (#user-and-room-mentions). Pure.
 */
import type { Content, EditEvent, FormattedText, MessageEvent, Target } from '../core/event.ts';
import type { MxcUri } from '../core/ids.ts';
import { cleanFileName } from '../core/media-name.ts';
import type { Media } from '../core/media.ts';
import type { Unsupported } from '../core/outcome.ts';
import { cleanText, fits, roomBeside, textFields, type MatrixContent } from './render-text.ts';
import { reactionKeyFits } from './reaction-key.ts';
import { splitText } from './split-text.ts';

/** An event to be sent, without the ids that sending gives it. */
export interface RenderedEvent {
  readonly type: 'm.room.message' | 'm.reaction';
  readonly content: MatrixContent;
}

type TextContent = Extract<Content, { readonly kind: 'text' }>;

const msgtypes = { normal: 'm.text', emote: 'm.emote', notice: 'm.notice' } as const;
const maxExcerptBytes = 1000;

/**
 * The events that a message becomes, in order: one, or several where one could not hold its text. Of a text that does not
 * fit the plain form is sent, whole; a caption that does not fit follows its file. The reply and its mention are on the
 * first. Media needs `uploaded`.
 */
export function renderMessage(
  event: MessageEvent,
  uploaded: MxcUri | undefined,
): readonly [RenderedEvent, ...RenderedEvent[]] {
  const { content, replyTo } = event;
  const relation = replyTo === undefined ? { 'm.mentions': {} } : replyFields(replyTo);
  if (content.kind === 'text') return textEvents(content, relation);
  const caption = content.caption === undefined ? undefined : cleanText(content.caption);
  const whole = { ...mediaFields(content.media, caption, uploaded), ...relation };
  if (caption === undefined || fits(whole)) return [message(whole)];
  const bare = { ...mediaFields(content.media, undefined, uploaded), ...relation };
  const after: TextContent = { kind: 'text', style: 'normal', text: caption };
  return [message(bare), ...textEvents(after, { 'm.mentions': {} })];
}

/**
 * The event that replaces a message. It cannot be split: what does not fit even without its HTML is `too-long`. Only the
 * body for clients without edits is cut. Media needs `uploaded`.
 */
export function renderEdit(event: EditEvent, uploaded: MxcUri | undefined): RenderedEvent | Unsupported {
  const { content, target } = event;
  const relation = { rel_type: 'm.replace', event_id: target.eventIds[0] };
  const said = content.kind === 'text' ? content.text : content.caption;
  for (const { text, fallback } of editForms(said === undefined ? undefined : cleanText(said))) {
    const replacement = { ...contentFields(content, text, uploaded), 'm.mentions': {} };
    const whole = {
      ...contentFields(content, fallback, uploaded, '* '),
      'm.mentions': {},
      'm.new_content': replacement,
      'm.relates_to': relation,
    };
    if (fits(whole)) return message(whole);
  }
  return { kind: 'unsupported', reason: 'too-long' };
}

/** The event of one emoji on a message; `too-long` for what is no emoji any more. */
export function renderReaction(target: Target, emoji: string): RenderedEvent | Unsupported {
  if (!reactionKeyFits(emoji)) return { kind: 'unsupported', reason: 'too-long' };
  const annotation = { rel_type: 'm.annotation', event_id: target.eventIds[0], key: emoji };
  return { type: 'm.reaction', content: { 'm.relates_to': annotation } };
}

interface EditForm {
  readonly text: FormattedText | undefined;
  readonly fallback: FormattedText | undefined;
}

/** The forms that an edit can have, from the fullest to the shortest. */
function editForms(text: FormattedText | undefined): readonly EditForm[] {
  if (text === undefined) return [{ text, fallback: undefined }];
  const plain = { plain: text.plain, html: undefined };
  const cut = { plain: excerpt(text.plain), html: undefined };
  return [
    { text, fallback: text },
    { text, fallback: plain },
    { text, fallback: cut },
    { text: plain, fallback: plain },
    { text: plain, fallback: cut },
  ];
}

function excerpt(text: string): string {
  const [start, ...rest] = splitText(text, maxExcerptBytes);
  return rest.length === 0 ? start : `${start}…`;
}

function textEvents(
  content: TextContent,
  relation: MatrixContent,
): readonly [RenderedEvent, ...RenderedEvent[]] {
  const text = cleanText(content.text);
  const plain = { plain: text.plain, html: undefined };
  for (const form of [text, plain]) {
    const whole = { ...contentFields(content, form, undefined), ...relation };
    if (fits(whole)) return [message(whole)];
  }
  const empty = { plain: '', html: undefined };
  const room = roomBeside({ ...contentFields(content, empty, undefined), ...relation });
  const [first, ...others] = splitText(text.plain, room);
  const part = (body: string, fields: MatrixContent): RenderedEvent =>
    message({ ...contentFields(content, { plain: body, html: undefined }, undefined), ...fields });
  return [part(first, relation), ...others.map((body) => part(body, { 'm.mentions': {} }))];
}

/** What a content says, with `text` as its text or caption. */
function contentFields(
  content: Content,
  text: FormattedText | undefined,
  uploaded: MxcUri | undefined,
  prefix = '',
): MatrixContent {
  if (content.kind === 'media') return mediaFields(content.media, text, uploaded, prefix);
  return { msgtype: msgtypes[content.style], ...textFields(text ?? content.text, prefix) };
}

function mediaFields(
  media: Media,
  caption: FormattedText | undefined,
  uploaded: MxcUri | undefined,
  prefix = '',
): MatrixContent {
  if (uploaded === undefined) throw new Error('media is uploaded before it is rendered');
  const filename = cleanFileName(media.name, media.kind);
  const { mimetype, size, width: w, height: h, duration } = media;
  const info = Object.entries({ mimetype, size, w, h, duration }).filter(([, value]) => value !== undefined);
  return {
    msgtype: `m.${media.kind}`,
    ...textFields(caption ?? { plain: filename, html: undefined }, prefix),
    filename,
    url: uploaded,
    info: Object.fromEntries(info),
  };
}

function replyFields(target: Target): MatrixContent {
  const { author, eventIds } = target;
  return {
    'm.relates_to': { 'm.in_reply_to': { event_id: eventIds[0] } },
    'm.mentions': author.in === 'matrix' ? { user_ids: [author.userId] } : {},
  };
}

function message(content: MatrixContent): RenderedEvent {
  return { type: 'm.room.message', content };
}
