/** Which features an event uses, and what of it sizes and types are measured by. Pure. */
import type { BridgeEvent, Content, FormattedText, MessageEvent, EditEvent, EventOf } from '../core/event.ts';
import { isLink } from '../core/links.ts';
import type { Media } from '../core/media.ts';
import type { Feature } from '../core/network.ts';

/** The features that an event uses; none where rules have nothing to say of it. */
export function featuresOf(event: BridgeEvent, chats: 'direct' | 'group'): readonly Feature[] {
  const used: Feature[] = chats === 'group' ? ['group'] : [];
  switch (event.kind) {
    case 'message':
      used.push(...said(event));
      if (event.replyTo !== undefined) used.push('reply');
      if (event.thread !== undefined) used.push('thread');
      if (event.expires !== undefined) used.push('disappearing');
      break;
    case 'edit':
      used.push('edit', ...said(event));
      break;
    case 'reaction':
      // What was let pass may be taken back.
      if (isAdded(event)) used.push('reaction');
      break;
    case 'redaction':
    case 'moderation':
      used.push('redaction');
      break;
    case 'vote':
    case 'poll-end':
      used.push('poll');
      break;
    case 'receipt':
      if (event.receipt !== 'undelivered')
        used.push(event.receipt === 'read' ? 'read-receipt' : 'delivery-receipt');
      break;
    case 'typing':
    case 'presence':
      used.push(event.kind);
      break;
    case 'call':
      // One call is judged once; that it is over is no call.
      if (event.change === 'ring') used.push('call');
      break;
    case 'timer':
      if (event.onlyTold !== true) used.push('disappearing');
      break;
    case 'membership':
    case 'chat-info':
    case 'identity-change':
      break;
  }
  return used;
}

function isAdded({ reactions: { emojis, previous } }: EventOf<'reaction'>): boolean {
  return emojis.some((emoji) => !previous.includes(emoji));
}

/** Whether an event has a file of which nobody said how large it is. */
export function hasUnmeasured(event: BridgeEvent): boolean {
  if (event.kind !== 'message' && event.kind !== 'edit') return false;
  return filesOf(event.content).some(({ size }) => size === undefined);
}

/** The bytes of the largest file, or else of the text; undefined where nothing is known of how large a file is. */
export function sizeOf(event: BridgeEvent): number | undefined {
  if (event.kind !== 'message' && event.kind !== 'edit') return undefined;
  const files = filesOf(event.content);
  if (files.length === 0)
    return Buffer.byteLength(
      textsOf(event.content)
        .map(({ plain }) => plain)
        .join(''),
    );
  const sizes = files.flatMap(({ size, atLeast }) => size ?? atLeast ?? []);
  return sizes.length === 0 ? undefined : Math.max(...sizes);
}

/** The MIME types of the files, in lower case and without their parameters. */
export function typesOf(event: BridgeEvent): readonly string[] {
  if (event.kind !== 'message' && event.kind !== 'edit') return [];
  return filesOf(event.content).map(({ mimetype }) => mimetype.split(';', 1)[0]?.trim().toLowerCase() ?? '');
}

/** The files in a content. */
export function filesOf(content: Content): readonly Media[] {
  if (content.kind === 'media') return [content.media];
  return content.kind === 'gallery' ? content.items : [];
}

function said({ content, mentions }: MessageEvent | EditEvent): readonly Feature[] {
  const used = new Set<Feature>(partsOf(content));
  const texts = textsOf(content);
  if (texts.some(({ html }) => html !== undefined)) used.add('formatting');
  if (texts.some(hasLink)) used.add('link');
  if (mentions.room || mentions.users.length > 0) used.add('mention');
  return [...used];
}

function partsOf(content: Content): readonly Feature[] {
  switch (content.kind) {
    case 'text':
      return ['text'];
    case 'media':
      return [content.media.kind, ...(content.caption === undefined ? [] : (['text'] as const))];
    case 'gallery':
      return [
        ...content.items.map(({ kind }) => kind),
        ...(content.caption === undefined ? [] : (['text'] as const)),
      ];
    case 'location':
    case 'poll':
      return [content.kind];
  }
}

/** Everything that its author wrote. */
function textsOf(content: Content): readonly FormattedText[] {
  switch (content.kind) {
    case 'text':
      return [content.text];
    case 'media':
    case 'gallery':
      return content.caption === undefined ? [] : [content.caption];
    case 'location':
      return [{ plain: content.place.description ?? '', html: undefined }];
    case 'poll': {
      const { question, answers } = content.poll;
      return [{ plain: [question, ...answers.map(({ text }) => text)].join('\n'), html: undefined }];
    }
  }
}

/** A link that names a person or room of Matrix is a mention. */
function hasLink({ plain, html }: FormattedText): boolean {
  if (isLink(plain)) return true;
  return html !== undefined && /<a\s[^>]*?href="(?!https:\/\/matrix\.to\/#\/[@!#])/i.test(html);
}
