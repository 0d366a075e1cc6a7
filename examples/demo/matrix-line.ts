import type { SeenEvent } from '../../test/support/matrix-event.ts';
import type { Line, Talk } from './exchange.ts';
import { matrixWords } from './matrix-words.ts';

/** How Alice's Matrix client shows an event. */
export function matrixLine(event: SeenEvent, chat: Talk): Line {
  return { speaker: chat.matrixSpeaker(event), text: textOf(event, chat) };
}

function textOf(event: SeenEvent, chat: Talk): string {
  const { type, content, relation, redacts } = event;
  const quoted = (id: string | undefined): string => quote(id === undefined ? undefined : chat.event(id));
  if (redacts !== undefined) return redactionText(chat.event(redacts), quoted);
  if (type === 'm.reaction') return `reacts ${relation?.key ?? ''} to ${quoted(relation?.eventId)}`;
  if (type === 'com.beeper.message_send_status') return `✓ ${quoted(relation?.eventId)} was delivered`;
  if (type === 'm.room.topic') return `sets the topic “${String(content['topic'])}”`;
  if (type === 'm.room.name') return `names the group “${String(content['name'])}”`;
  if (relation?.type === 'm.replace')
    return `${matrixWords(type, newContent(content))} (changed; was ${quoted(relation.eventId)})`;
  if (relation?.type === 'm.thread')
    return `🧵 under ${quoted(relation.eventId)} — ${matrixWords(type, content)}`;
  if (event.inReplyTo !== undefined) return `↪ ${quoted(event.inReplyTo)} — ${matrixWords(type, content)}`;
  return matrixWords(type, content);
}

function redactionText(taken: SeenEvent | undefined, quoted: (id: string | undefined) => string): string {
  const key = taken?.relation?.key;
  if (key === undefined) return `takes back ${quote(taken)}`;
  return `takes back ${key} from ${quoted(taken?.relation?.eventId)}`;
}

function quote(event: SeenEvent | undefined): string {
  return event === undefined ? 'something' : `“${matrixWords(event.type, event.content)}”`;
}

function newContent(content: SeenEvent['content']): SeenEvent['content'] {
  const fresh = content['m.new_content'];
  return typeof fresh === 'object' && fresh !== null ? { ...fresh } : content;
}
