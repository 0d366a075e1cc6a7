/** How what somebody on XMPP did looks in a Matrix room. */
import type { SeenEvent } from '../../../test/support/matrix-event.ts';
import { objectOf } from '../marks.ts';
import type { Deed, Shape } from './end.ts';

/** By which a message says that it is to be gone after a while. */
export const timerType = 'com.beeper.disappearing_timer';

interface Reader {
  /** Whose deeds are looked for, and who looks. */
  readonly ghost: string;
  readonly me: string;
}

/** How a deed is seen among the events of a room; undefined where it is not there. */
export function seenOnMatrix(
  deed: Deed,
  events: readonly SeenEvent[],
  { ghost, me }: Reader,
): Shape | undefined {
  if (deed.feature === 'delivery-receipt') return receipted(deed, events, ghost);
  const theirs = events.filter(({ sender }) => sender === ghost);
  return first(theirs, (event) => shapeOf(deed, event, me));
}

/** The first answer that there is. */
export function first<T>(all: readonly T[], ask: (one: T) => Shape | undefined): Shape | undefined {
  for (const one of all) {
    const answer = ask(one);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

function shapeOf(deed: Deed, event: SeenEvent, me: string): Shape | undefined {
  const { feature, mark } = deed;
  const { content } = event;
  switch (feature) {
    case 'formatting':
      if (!bodyOf(event).startsWith(mark)) return undefined;
      return is(/<(strong|b)>bold</.test(String(content['formatted_body'])));
    case 'link':
      return bodyOf(event).startsWith(mark) ? is(bodyOf(event).includes('https://')) : undefined;
    case 'mention': {
      if (!bodyOf(event).endsWith(mark)) return undefined;
      const { user_ids: called } = objectOf(content['m.mentions']);
      return is(Array.isArray(called) && called.includes(me));
    }
    case 'location':
      if (!JSON.stringify(content).includes(mark)) return undefined;
      return is(content['msgtype'] === 'm.location');
    case 'disappearing':
      return bodyOf(event) === mark ? is('timer' in objectOf(content[timerType])) : undefined;
    case 'reply':
    case 'thread':
    case 'edit':
    case 'reaction':
    case 'redaction':
      return aboutAnother(deed, event);
    case 'image':
    case 'video':
    case 'audio':
    case 'voice':
    case 'file':
    case 'sticker':
    case 'contact':
      return fileShape(feature, mark, event);
    default:
      return bodyOf(event) === mark ? 'itself' : undefined;
  }
}

function aboutAnother({ feature, mark, emoji, own, other }: Deed, event: SeenEvent): Shape | undefined {
  const { relation, inReplyTo, redacts, type } = event;
  switch (feature) {
    case 'edit':
      if (relation?.type === 'm.replace')
        return bodyOf(event) === `* ${mark}` && relation.eventId === own.matrix ? 'itself' : undefined;
      return bodyOf(event).endsWith(`* ${mark}`) ? 'converted' : undefined;
    case 'reaction':
      if (type === 'm.reaction')
        return relation?.key === emoji && relation.eventId === other.matrix ? 'itself' : undefined;
      return bodyOf(event).endsWith(emoji) && inReplyTo === other.matrix ? 'converted' : undefined;
    case 'redaction':
      return redacts === own.matrix ? 'itself' : undefined;
    case 'thread':
      if (!bodyOf(event).endsWith(mark)) return undefined;
      return is(relation?.type === 'm.thread' && relation.eventId === other.matrix);
    default:
      return bodyOf(event).endsWith(mark) ? is(inReplyTo === other.matrix) : undefined;
  }
}

const msgtypes: Readonly<Record<string, string>> = {
  image: 'm.image',
  video: 'm.video',
  audio: 'm.audio',
  voice: 'm.audio',
};

function fileShape(feature: string, mark: string, event: SeenEvent): Shape | undefined {
  const { content, type } = event;
  if (!String(content['filename'] ?? content['body']).includes(mark)) return undefined;
  const isFile = 'url' in content;
  switch (feature) {
    case 'sticker':
      return is(type === 'm.sticker');
    case 'file':
      return is(isFile);
    case 'contact':
      return isFile ? 'either' : undefined;
    default:
      return isFile ? is(content['msgtype'] === msgtypes[feature]) : undefined;
  }
}

function receipted({ other }: Deed, events: readonly SeenEvent[], ghost: string): Shape | undefined {
  const isTold = events.some(({ type, relation, content }) => {
    const { delivered_to_users: to } = content;
    const isIt = type === 'com.beeper.message_send_status' && relation?.eventId === other.matrix;
    return isIt && Array.isArray(to) && to.includes(ghost);
  });
  return isTold ? 'itself' : undefined;
}

function is(itself: boolean): Shape {
  return itself ? 'itself' : 'converted';
}

function bodyOf({ content }: SeenEvent): string {
  return typeof content['body'] === 'string' ? content['body'] : '';
}
