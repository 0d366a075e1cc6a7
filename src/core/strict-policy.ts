import type { BridgeEvent, Content, FormattedText } from './event.ts';
import type { MatrixUserId, NetworkId, RemoteUserId } from './ids.ts';
import { isLink } from './links.ts';
import type { Policy } from './policy.ts';
import type { Strict } from './strict.ts';

/** What verdicts name for media and links of people whom a user in strict mode does not have in their list. */
export const strictContent = 'strict-content';

/** What is known when an event is judged, without asking anybody. */
export interface StrictView {
  readonly strict: (user: MatrixUserId) => Strict;
  readonly listed: (user: MatrixUserId, network: NetworkId, remote: RemoteUserId) => boolean;
}

/**
 * Keeps media and links of people who are not in their list from users in strict mode, in direct chats; all else is for
 * `inner` to judge. It stands behind `strictDoor`, for chats that are shown before they are accepted.
 */
export function strictPolicy(inner: Policy, { strict, listed }: StrictView): Policy {
  return {
    judge: (event, chat, direction) => {
      const { receiver, network } = chat.key;
      const { sender } = event;
      if (direction !== 'to-matrix' || receiver === undefined || sender.in !== 'remote')
        return inner.judge(event, chat, direction);
      const isShut =
        strict(receiver) !== 'off' && hasMediaOrLink(event) && !listed(receiver, network, sender.userId);
      return isShut ? { kind: 'block', rule: strictContent } : inner.judge(event, chat, direction);
    },
  };
}

/** Whether an event brings a file, or something that a client makes a link of. */
export function hasMediaOrLink(event: BridgeEvent): boolean {
  switch (event.kind) {
    case 'message':
    case 'edit':
      return inContent(event.content);
    case 'chat-info':
      return event.change.kind === 'avatar';
    default:
      return false;
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
