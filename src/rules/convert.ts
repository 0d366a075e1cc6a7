/**
 * What passes in place of what may not: the nearest that does without the feature, in the person's own words. Pure. What
 * a network has no form for is `core/fallback.ts`.
 */
import {
  noMentions,
  type BridgeEvent,
  type Content,
  type FormattedText,
  type Mentions,
  type MessageEvent,
} from '../core/event.ts';
import { placeText, pollText, quoting } from '../core/fallback.ts';
import { withoutLinks } from '../core/links.ts';
import type { Media, MediaKind } from '../core/media.ts';
import type { Feature } from '../core/network.ts';
import { filesOf } from './feature.ts';

/** What becomes of each feature that can be converted; the texts name it (`rules.instead.<what>`). */
export const conversions = {
  formatting: 'plain',
  image: 'file',
  video: 'file',
  audio: 'file',
  voice: 'audio',
  sticker: 'image',
  contact: 'file',
  file: 'name',
  location: 'text',
  poll: 'text',
  reply: 'message',
  thread: 'reply',
  mention: 'uncalled',
  link: 'unlinked',
  edit: 'copy',
  reaction: 'said',
  call: 'sign',
  disappearing: 'told',
} as const satisfies Partial<Record<Feature, string>>;
export type Convertible = keyof typeof conversions;

/** Whether there is something that can pass in place of a feature. */
export function isConvertible(feature: Feature): feature is Convertible {
  return Object.hasOwn(conversions, feature);
}

/** The event without the feature; undefined where nothing is left that says the same. */
export function withoutFeature(event: BridgeEvent, feature: Convertible): BridgeEvent | undefined {
  switch (feature) {
    case 'formatting':
      return withTexts(event, ({ plain }) => ({ plain, html: undefined }));
    case 'link':
      return withTexts(event, ({ plain }) => ({ plain: withoutLinks(plain), html: undefined }));
    case 'mention':
      return 'mentions' in event ? { ...event, mentions: noMentions } : undefined;
    case 'reply':
      return event.kind === 'message'
        ? { ...event, replyTo: undefined, content: quoting(event), quoted: undefined }
        : undefined;
    case 'thread':
      return event.kind === 'message'
        ? { ...event, replyTo: event.replyTo ?? event.thread, thread: undefined }
        : undefined;
    case 'edit':
      return event.kind === 'edit' ? copyOf(event) : undefined;
    case 'reaction':
      return event.kind === 'reaction' ? saidReaction(event) : undefined;
    case 'call':
      return event.kind === 'call' ? calledSign(event) : undefined;
    case 'disappearing':
      return staying(event);
    case 'image':
    case 'video':
    case 'audio':
    case 'voice':
    case 'sticker':
    case 'contact':
    case 'file':
    case 'location':
    case 'poll':
      return withContent(event, (content) => contentWithout(content, feature));
  }
}

/** The nearest kind of file. */
const nearest: Readonly<Record<Exclude<MediaKind, 'file'>, MediaKind>> = {
  image: 'file',
  video: 'file',
  audio: 'file',
  voice: 'audio',
  sticker: 'image',
  contact: 'file',
};

function contentWithout(content: Content, feature: MediaKind | 'location' | 'poll'): Content | undefined {
  switch (feature) {
    case 'location':
      return content.kind === 'location' ? plainText(placeText(content.place)) : undefined;
    case 'poll':
      return content.kind === 'poll' ? plainText(pollText(content.poll)) : undefined;
    case 'file':
      return namesOf(content);
    default:
      return withFiles(content, (media) =>
        media.kind === feature ? { ...media, kind: nearest[feature] } : media,
      );
  }
}

function withFiles(content: Content, change: (media: Media) => Media): Content | undefined {
  if (content.kind === 'media') return { ...content, media: change(content.media) };
  if (content.kind !== 'gallery') return undefined;
  const [first, second, ...rest] = content.items;
  return { ...content, items: [change(first), change(second), ...rest.map(change)] };
}

/** The names of files, where all of them are such; half a gallery would hide what is missing. */
function namesOf(content: Content): Content | undefined {
  const files = filesOf(content);
  if (files.length === 0 || files.some(({ kind }) => kind !== 'file')) return undefined;
  const caption = 'caption' in content ? content.caption?.plain : undefined;
  return plainText(
    [...files.map(({ name }) => name), ...(caption === undefined ? [] : [caption])].join('\n'),
  );
}

function plainText(plain: string): Content {
  return { kind: 'text', style: 'normal', text: { plain, html: undefined } };
}

/** The corrected text, as an answer to what it corrects, marked as clients mark it that know no edits. */
function copyOf(edit: Extract<BridgeEvent, { kind: 'edit' }>): MessageEvent {
  return asAnswer(edit, marked(edit.content), edit.mentions);
}

/** A message in the place of an event that is about another, answering that. */
function asAnswer(
  event: Extract<BridgeEvent, { kind: 'edit' | 'reaction' }>,
  content: Content,
  mentions: Mentions,
): MessageEvent {
  const { cause, sender, name, at, target } = event;
  const { aliases, history, late } = event;
  return {
    ...{ kind: 'message', cause, sender, name, at, content, mentions, replyTo: target, thread: undefined },
    ...(aliases === undefined ? {} : { aliases }),
    ...(history === undefined ? {} : { history }),
    ...(late === undefined ? {} : { late }),
  };
}

function marked(content: Content): Content {
  if (content.kind !== 'text') return content;
  const { plain, html } = content.text;
  return { ...content, text: { plain: `* ${plain}`, html: html === undefined ? undefined : `* ${html}` } };
}

/** The emoji, as an answer to what it is about; nothing where one was only taken back. */
function saidReaction(event: Extract<BridgeEvent, { kind: 'reaction' }>): MessageEvent | undefined {
  const { emojis, previous } = event.reactions;
  const added = emojis.filter((emoji) => !previous.includes(emoji));
  return added.length === 0 ? undefined : asAnswer(event, plainText(added.join(' ')), noMentions);
}

/** A telephone, as its caller's message: whoever reads it knows who called, in any language. */
function calledSign({ cause, sender, at, late }: Extract<BridgeEvent, { kind: 'call' }>): MessageEvent {
  return {
    ...{ kind: 'message', cause, sender, name: undefined, at, mentions: noMentions },
    ...{ content: plainText('📞'), replyTo: undefined, thread: undefined },
    ...(late === undefined ? {} : { late }),
  };
}

/** A message that stays, or a timer that people are told of and that does nothing. */
function staying(event: BridgeEvent): BridgeEvent | undefined {
  if (event.kind === 'timer') return { ...event, onlyTold: true };
  return event.kind === 'message' ? { ...event, expires: undefined } : undefined;
}

function withContent(
  event: BridgeEvent,
  change: (content: Content) => Content | undefined,
): BridgeEvent | undefined {
  if (event.kind !== 'message' && event.kind !== 'edit') return undefined;
  const content = change(event.content);
  return content && { ...event, content };
}

function withTexts(
  event: BridgeEvent,
  change: (text: FormattedText) => FormattedText,
): BridgeEvent | undefined {
  const changed = (plain: string): string => change({ plain, html: undefined }).plain;
  return withContent(event, (content) => {
    switch (content.kind) {
      case 'text':
        return { ...content, text: change(content.text) };
      case 'media':
      case 'gallery':
        return content.caption === undefined ? content : { ...content, caption: change(content.caption) };
      case 'location': {
        const { description } = content.place;
        if (description === undefined) return content;
        return { ...content, place: { ...content.place, description: changed(description) } };
      }
      case 'poll': {
        const answers = content.poll.answers.map(({ id, text }) => ({ id, text: changed(text) }));
        const question = changed(content.poll.question);
        return { ...content, poll: { ...content.poll, question, answers } };
      }
    }
  });
}
