import type { SeenEvent } from '../../test/support/matrix-event.ts';
import type { Chat } from './chat.ts';
import type { Line } from './transcript.ts';

/** How Alice's Matrix client shows an event. */
export function matrixLine(event: SeenEvent, chat: Chat): Line {
  return { speaker: speaker(event, chat), text: textOf(event, chat) };
}

function speaker({ sender }: SeenEvent, chat: Chat): string {
  if (sender === chat.alice.userId) return 'Alice';
  return sender === chat.opened?.ghost ? chat.friendName : 'Bot';
}

function textOf(event: SeenEvent, chat: Chat): string {
  const { type, content, relation, redacts } = event;
  const target = (id: string | undefined): SeenEvent | undefined =>
    chat.alice.timeline(event.roomId).find((other) => other.eventId === id);
  if (redacts !== undefined) return redactionText(target(redacts), target);
  if (type === 'm.reaction') return `reacts ${relation?.key ?? ''} to ${quoted(target(relation?.eventId))}`;
  if (type === 'com.beeper.message_send_status')
    return `✓ ${quoted(target(relation?.eventId))} was delivered`;
  if (relation?.type === 'm.replace')
    return `${words(newContent(content))} (changed; was ${quoted(target(relation.eventId))})`;
  if (event.inReplyTo !== undefined) return `↪ ${quoted(target(event.inReplyTo))} — ${words(content)}`;
  return words(content);
}

function redactionText(
  taken: SeenEvent | undefined,
  target: (id: string | undefined) => SeenEvent | undefined,
): string {
  const key = taken?.relation?.key;
  if (key === undefined) return `takes back ${quoted(taken)}`;
  return `takes back ${key} from ${quoted(target(taken?.relation?.eventId))}`;
}

type Content = SeenEvent['content'];

function words(content: Content): string {
  const { msgtype, body, formatted_body: html } = content;
  const name = String(content['filename'] ?? body);
  if (msgtype === 'm.image') return `[image ${name}${size(content)}]`;
  if (msgtype === 'm.file') return `[file ${name}${size(content)}]`;
  return typeof html === 'string' && msgtype !== 'm.notice' ? marked(html) : String(body);
}

/** Formatting as far as a terminal needs it. */
function marked(html: string): string {
  return html
    .replaceAll(/<\/?(?:strong|b)>/g, '*')
    .replaceAll(/<[^>]+>/g, '')
    .replaceAll('&amp;', '&');
}

function size(content: Content): string {
  const { info } = content;
  const known = typeof info === 'object' && info !== null && 'size' in info ? info.size : undefined;
  return typeof known === 'number' ? `, ${known} bytes` : '';
}

function newContent(content: Content): Content {
  const fresh = content['m.new_content'];
  return typeof fresh === 'object' && fresh !== null ? { ...fresh } : content;
}

function quoted(event: SeenEvent | undefined): string {
  return event === undefined ? 'something' : `“${words(event.content)}”`;
}
