/** What people who are not in a user's list may not send them in strict mode. */
import type { Content, EventOf, FormattedText, ReactionChange, UnresolvedEvent } from './event.ts';
import { isLink } from './links.ts';

/** Whether an event brings a file, or something that a client makes a link of. */
export function hasMediaOrLink(event: UnresolvedEvent): boolean {
  switch (event.kind) {
    case 'message':
    case 'edit':
      return inContent(event.content);
    case 'chat-info':
      return inChange(event.change);
    case 'reaction':
      return emojisOf(event.reactions).some(isLink);
    default:
      return false;
  }
}

function inChange(change: EventOf<'chat-info'>['change']): boolean {
  switch (change.kind) {
    case 'avatar':
      return change.avatar !== undefined;
    case 'name':
      return isLink(change.name);
    case 'topic':
      return isLink(change.topic);
  }
}

function emojisOf(change: ReactionChange): readonly string[] {
  switch (change.op) {
    case 'add':
      return [change.emoji];
    case 'set':
      return change.emojis;
    case 'remove':
      return [];
  }
}

function inContent(content: Content): boolean {
  switch (content.kind) {
    case 'media':
    case 'gallery':
      return true;
    case 'text':
      return inText(content.text);
    case 'location':
      return isLink(content.place.description ?? '');
    case 'poll':
      return [content.poll.question, ...content.poll.answers.map(({ text }) => text)].some(isLink);
  }
}

function inText({ plain, html }: FormattedText): boolean {
  return isLink(plain) || (html !== undefined && (/<(?:a|img)\b/i.test(html) || isLink(html)));
}
