/** Events as lines of a terminal. What others wrote cannot move the cursor: it has no control characters. */
import type { Content } from '../../src/core/event.ts';
import { withoutControls } from '../../src/core/html-subset.ts';
import type { AppEvent, TimelineEvent } from './event.ts';
import type { Person } from './user-store.ts';

/** Who is called what, and under which number a message stands in the timeline. */
export interface Naming {
  readonly person: (chat: string) => Person;
  readonly numberOf: (chat: string, id: string) => number | undefined;
}

/** What people call somebody: what they were found by, else the name they give themselves, which may be anybody's. */
export function calledBy({ address, foundBy, name }: Person): string {
  const said = name === undefined ? address : `${clean(name)} (${address})`;
  return foundBy === undefined ? said : clean(foundBy);
}

/** The lines of an event; none where it is nothing to show. */
export function linesOf(event: AppEvent, naming: Naming): readonly string[] {
  switch (event.kind) {
    case 'typing':
      return event.state === 'paused'
        ? []
        : [note(`${who(event.chat, naming)} ${event.state === 'recording' ? 'records' : 'writes'} ...`)];
    case 'presence':
      return [note(`${who(event.chat, naming)} is ${event.available ? 'there' : 'away'}`)];
    case 'link':
      return [note(`connection: ${event.state}${event.why === undefined ? '' : ` (${event.why})`}`)];
    case 'mailbox-read':
      return [note('everything that waited is here')];
    default:
      return timelineLines(event, naming);
  }
}

function timelineLines(event: TimelineEvent, naming: Naming): readonly string[] {
  const { chat } = event;
  const numbered = (id: string): string => `#${naming.numberOf(chat, id) ?? '?'}`;
  switch (event.kind) {
    case 'message': {
      const answers = event.replyTo === undefined ? '' : `(answers ${numbered(event.replyTo)}) `;
      return said(event, naming, `${answers}${contentText(event.content, event.seq)}`);
    }
    case 'edit':
      return said(
        event,
        naming,
        `(instead of ${numbered(event.of)}) ${contentText(event.content, event.seq)}`,
      );
    case 'reaction':
      return said(
        event,
        naming,
        event.emoji === ''
          ? `takes the reaction to ${numbered(event.to)} back`
          : `${clean(event.emoji)} to ${numbered(event.to)}`,
      );
    case 'revoke':
      return said(event, naming, `takes ${numbered(event.of)} back`);
    case 'timer':
      return said(
        event,
        naming,
        event.afterMs === 0 ? 'messages stay' : `messages go after ${Math.round(event.afterMs / 1000)} s`,
      );
    case 'unsupported':
      return said(event, naming, `something that cannot be shown here (${event.reason})`);
    case 'trouble':
      return event.mine
        ? [note(`${numbered(event.id)} could not be sent (${event.reason})`)]
        : [note(`a message of ${who(chat, naming)} cannot be opened (${event.reason})`)];
    case 'receipt':
      return [note(`${marks[event.about]} ${numbered(event.of)} ${event.about}`)];
    case 'identity-changed':
      return [note(`${who(chat, naming)} has new encryption keys: another device, or somebody else`)];
  }
}

const marks = { sent: '✓', delivered: '✓✓', read: '✓✓', played: '▶' } as const;

function said(
  event: Extract<TimelineEvent, { readonly mine: boolean }>,
  naming: Naming,
  text: string,
): readonly string[] {
  const time = new Date(event.at).toTimeString().slice(0, 5);
  const head = `${String(event.seq).padStart(4)}  ${time}  `;
  const speaker = event.mine ? `you to ${who(event.chat, naming)}` : who(event.chat, naming);
  const [first = '', ...rest] = text.split('\n');
  return [`${head}${speaker}: ${first}`, ...rest.map((line) => ' '.repeat(head.length) + line)];
}

/** What a message says, in words. */
export function contentText(content: Content, seq: number): string {
  switch (content.kind) {
    case 'text':
      return `${content.style === 'emote' ? '* ' : ''}${clean(content.text.plain)}`;
    case 'media': {
      const { kind, name, size, duration } = content.media;
      const facts = [
        clean(name),
        ...(size === undefined ? [] : [`${size} bytes`]),
        ...(duration === undefined ? [] : [`${(duration / 1000).toFixed(1)} s`]),
      ];
      const caption = content.caption === undefined ? '' : `\n${clean(content.caption.plain)}`;
      return `[${kind}: ${facts.join(', ')}; /save ${seq} keeps it]${caption}`;
    }
    case 'gallery':
      return `[${content.items.length} files]`;
    case 'location': {
      const { latitude, longitude, description } = content.place;
      return `[place: ${latitude}, ${longitude}${description === undefined ? '' : ` ${clean(description)}`}]`;
    }
    case 'poll':
      return `[poll: ${clean(content.poll.question)}]`;
  }
}

function who(chat: string, naming: Naming): string {
  return calledBy(naming.person(chat));
}

function note(text: string): string {
  return `      ${text}`;
}

function clean(text: string): string {
  return withoutControls(text);
}
