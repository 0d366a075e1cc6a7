/**
 * From the core's events to the contents of Matrix events: https://spec.matrix.org/v1.16/client-server-api/#instant-messaging,
 * edits and reactions (#forming-relationships-between-events). Pure.
 */
import type { Content, EditEvent, FormattedText, MessageEvent, Target } from '../core/event.ts';
import type { Media } from '../core/media.ts';
import type { Unsupported } from '../core/outcome.ts';
import { jsonBytes, splitText } from '../core/split-text.ts';
import { eventMeant } from '../core/target.ts';
import { withPills, type Called } from './pill.ts';
import { mediaFields, type UploadedMedia } from './render-media.ts';
import { placeFields } from './render-place.ts';
import { pollFields, pollStart } from './render-poll.ts';
import { calledIn, mentionFields, relationsOf, type Calling, type Relations } from './render-relation.ts';
import { cleanText, fits, roomBeside, textFields, type MatrixContent } from './render-text.ts';
import { reactionKeyFits } from './reaction-key.ts';

/** An event to be sent, without the ids that sending gives it. */
export interface RenderedEvent {
  readonly type: 'm.room.message' | 'm.sticker' | 'm.reaction' | typeof pollStart;
  readonly content: MatrixContent;
}
/** The events that a message becomes, in order. */
export type RenderedEvents = readonly [RenderedEvent, ...RenderedEvent[]];

type Style = Extract<Content, { readonly kind: 'text' }>['style'];

const msgtypes = { normal: 'm.text', emote: 'm.emote', notice: 'm.notice' } as const;
const maxExcerptBytes = 1000;
const tooLong: Unsupported = { kind: 'unsupported', reason: 'too-long' };

/**
 * The events that a message becomes: one for each file, and several where one could not hold its text. Of a text that
 * does not fit the plain form is sent, whole; a caption stands on the first file and follows the files where it does not
 * fit. The reply and the mentions are on the first event. `uploaded` has one entry for each file.
 */
export function renderMessage(
  event: MessageEvent,
  uploaded: readonly UploadedMedia[],
  calling: Calling,
): RenderedEvents | Unsupported {
  const { content } = event;
  const relations = relationsOf(event, calling);
  const called = calledIn(event.mentions, calling);
  switch (content.kind) {
    case 'text':
      return textEvents(content.style, written(content.text, called), relations);
    case 'media':
      return fileEvents(
        [content.media],
        content.caption && written(content.caption, called),
        uploaded,
        relations,
      );
    case 'gallery':
      return fileEvents(
        content.items,
        content.caption && written(content.caption, called),
        uploaded,
        relations,
      );
    case 'location':
      return single('m.room.message', { ...placeFields(content.place, event.at), ...relations.first });
    case 'poll':
      return single(pollStart, { ...pollFields(content.poll), ...relations.first });
  }
}

/**
 * The event that replaces a message, or the first file of one. It cannot be split: what does not fit even without its
 * HTML is `too-long`. Only the body for clients without edits is cut. Stickers are not edited by any client.
 */
export function renderEdit(
  event: EditEvent,
  uploaded: readonly UploadedMedia[],
  calling: Calling,
): RenderedEvent | Unsupported {
  const called = calledIn(event.mentions, calling);
  const mentions = mentionFields(
    called.map(({ userId }) => userId),
    event.mentions.room,
  );
  const form = editForm(event, uploaded);
  if ('reason' in form) return form;
  const { said, type, fields } = form;
  for (const { text, fallback } of editForms(said && written(said, called))) {
    const whole = {
      ...fields(fallback, '* '),
      'm.mentions': {},
      'm.new_content': { ...fields(text, ''), 'm.mentions': mentions },
      'm.relates_to': { rel_type: 'm.replace', event_id: event.target.eventIds[0] },
    };
    if (fits(whole)) return { type, content: whole };
  }
  return tooLong;
}

/** The event of one emoji on a message; `too-long` for what is no emoji any more. */
export function renderReaction(target: Target, emoji: string): RenderedEvent | Unsupported {
  if (!reactionKeyFits(emoji)) return tooLong;
  const annotation = { rel_type: 'm.annotation', event_id: eventMeant(target), key: emoji };
  return { type: 'm.reaction', content: { 'm.relates_to': annotation } };
}

type Fields = (text: FormattedText | undefined, prefix: string) => MatrixContent;
interface EditedContent {
  readonly type: RenderedEvent['type'];
  /** The part of it that may be cut. */
  readonly said: FormattedText | undefined;
  readonly fields: Fields;
}

function editForm(
  { content, at }: EditEvent,
  uploaded: readonly UploadedMedia[],
): EditedContent | Unsupported {
  const message = { type: 'm.room.message' } as const;
  switch (content.kind) {
    case 'text':
      return {
        ...message,
        said: content.text,
        fields: (text, prefix) => styledFields(content.style, text ?? content.text, prefix),
      };
    case 'media':
    case 'gallery': {
      const media = content.kind === 'media' ? content.media : content.items[0];
      if (media.kind === 'sticker') return { kind: 'unsupported', reason: 'not-editable' };
      const fields: Fields = (text, prefix) => mediaFields(media, text, present(uploaded[0]), prefix);
      return { ...message, said: content.caption, fields };
    }
    case 'location':
      return {
        ...message,
        said: undefined,
        fields: (_text, prefix) => placeFields(content.place, at, prefix),
      };
    case 'poll':
      return { type: pollStart, said: undefined, fields: () => pollFields(content.poll) };
  }
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
  const [start, ...rest] = splitText(text, maxExcerptBytes, jsonBytes);
  return rest.length === 0 ? start : `${start}…`;
}

function textEvents(style: Style, text: FormattedText, { first, rest }: Relations): RenderedEvents {
  const plain = { plain: text.plain, html: undefined };
  for (const form of [text, plain]) {
    const whole = { ...styledFields(style, form), ...first };
    if (fits(whole)) return [message(whole)];
  }
  const empty = { plain: '', html: undefined };
  const room = Math.min(
    ...[first, rest].map((fields) => roomBeside({ ...styledFields(style, empty), ...fields })),
  );
  const [start, ...others] = splitText(text.plain, room, jsonBytes);
  const part = (body: string, fields: MatrixContent): RenderedEvent =>
    message({ ...styledFields(style, { plain: body, html: undefined }), ...fields });
  return [part(start, first), ...others.map((body) => part(body, rest))];
}

/** One event for each file; the caption stands on the first, or follows them where it does not fit. */
function fileEvents(
  items: readonly [Media, ...Media[]],
  caption: FormattedText | undefined,
  uploaded: readonly UploadedMedia[],
  relations: Relations,
): RenderedEvents {
  const { first, rest } = relations;
  const [head, ...others] = items;
  const following = others.map((media, index) =>
    fileEvent(media, { ...mediaFields(media, undefined, present(uploaded[index + 1])), ...rest }),
  );
  const whole = { ...mediaFields(head, caption, present(uploaded[0])), ...first };
  if (caption === undefined || fits(whole)) return [fileEvent(head, whole), ...following];
  const bare = { ...mediaFields(head, undefined, present(uploaded[0])), ...first };
  const after = textEvents('normal', caption, { first: rest, rest });
  return [fileEvent(head, bare), ...following, ...after];
}

function fileEvent({ kind }: Media, content: MatrixContent): RenderedEvent {
  return { type: kind === 'sticker' ? 'm.sticker' : 'm.room.message', content };
}

function single(type: RenderedEvent['type'], content: MatrixContent): RenderedEvents | Unsupported {
  return fits(content) ? [{ type, content }] : tooLong;
}

function styledFields(style: Style, text: FormattedText, prefix = ''): MatrixContent {
  return { msgtype: msgtypes[style], ...textFields(text, prefix) };
}

/** A text as it may be sent, with the people whom it calls as pills. */
function written(text: FormattedText, called: readonly Called[]): FormattedText {
  return withPills(cleanText(text), called);
}

function present(uploaded: UploadedMedia | undefined): UploadedMedia {
  if (uploaded === undefined) throw new Error('media is uploaded before it is rendered');
  return uploaded;
}

function message(content: MatrixContent): RenderedEvent {
  return { type: 'm.room.message', content };
}
