/** What the third-party app shows, in the plain characters of a terminal. */
import type { Content } from '../../src/core/event.ts';
import type { TimelineEvent } from '../partner-app/event.ts';
import { asDuration, shortened } from './terminal.ts';

/** An event of the app's timeline; what it is about is looked up in the chat. */
export function appText(event: TimelineEvent, chat: readonly TimelineEvent[]): string {
  const quoted = (id: string): string => {
    const named = chat.find((one) => one.kind === 'message' && one.id === id);
    return named?.kind === 'message' ? `“${words(named.content)}”` : 'something';
  };
  switch (event.kind) {
    case 'message':
      return event.replyTo === undefined
        ? words(event.content)
        : `↪ ${quoted(event.replyTo)} — ${words(event.content)}`;
    case 'edit':
      return `${words(event.content)} (changed; was ${quoted(event.of)})`;
    case 'reaction':
      return event.emoji === ''
        ? `has no reaction to ${quoted(event.to)} any more`
        : `reacts ${event.emoji} to ${quoted(event.to)}`;
    case 'revoke':
      return `takes back ${quoted(event.of)}`;
    case 'receipt':
      return `✓ ${quoted(event.of)} was ${event.about}`;
    case 'timer':
      return `(messages go after ${event.afterMs / 1_000} s)`;
    case 'unsupported':
    case 'trouble':
      return `(${event.reason})`;
    case 'identity-changed':
      return '(has new encryption keys)';
  }
}

function words(content: Content): string {
  switch (content.kind) {
    case 'text':
      return `${content.style === 'emote' ? '* ' : ''}${shortened(content.text.plain)}`;
    case 'media': {
      const { kind, name, size, duration } = content.media;
      const facts = [
        `${kind} ${name}`,
        ...(duration === undefined ? [] : [asDuration(duration)]),
        ...(size === undefined ? [] : [`${size} bytes`]),
      ];
      return [`[${facts.join(', ')}]`, content.caption?.plain ?? ''].join(' ').trim();
    }
    case 'gallery':
      return `[${content.items.length} files]`;
    case 'location': {
      const { latitude, longitude, description } = content.place;
      return `[location ${latitude},${longitude}${description === undefined ? '' : `, ${description}`}]`;
    }
    case 'poll':
      return `[poll] ${content.poll.question}`;
  }
}
