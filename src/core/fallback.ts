/**
 * What becomes of content that a network has no form for: the nearest that it has, in the person's own words, or a reason
 * that the person is told. Pure. It says what is not carried; how something is carried is the network's.
 */
import {
  noMentions,
  type BridgeEvent,
  type Content,
  type EditEvent,
  type FormattedText,
  type MessageEvent,
  type Place,
  type Poll,
} from './event.ts';
import { escapeHtml } from './html.ts';
import { saidLate } from './late.ts';
import type { Media, MediaKind } from './media.ts';
import type { Capabilities, Feature } from './network.ts';
import type { Unsupported } from './outcome.ts';

const noForm: Unsupported = { kind: 'unsupported', reason: 'no-handler' };
const noCalls: Unsupported = { kind: 'unsupported', reason: 'no-calls' };

/** What a file is taken for where the network has nothing nearer. */
const nearest: Readonly<Record<MediaKind, readonly [MediaKind, ...MediaKind[]]>> = {
  image: ['image', 'file'],
  video: ['video', 'file'],
  audio: ['audio', 'file'],
  voice: ['voice', 'audio', 'file'],
  sticker: ['sticker', 'image', 'file'],
  contact: ['contact', 'file'],
  file: ['file'],
};

/** The event as a network with these capabilities can carry it. */
export function withinReach(event: BridgeEvent, can: Capabilities): BridgeEvent | Unsupported {
  switch (event.kind) {
    case 'message':
      return messageWithin(event, can);
    case 'edit':
      return has(can, 'edit') ? saidWithin(event, can) : noForm;
    case 'reaction':
      return has(can, 'reaction') ? event : noForm;
    case 'redaction':
      return has(can, 'redaction') ? event : noForm;
    case 'vote':
    case 'poll-end':
      return has(can, 'poll') ? event : noForm;
    case 'call':
      return event.change === 'end' || has(can, 'call') ? event : noCalls;
    case 'timer':
      return has(can, 'disappearing') && event.onlyTold !== true ? event : noForm;
    case 'moderation':
    case 'receipt':
    case 'membership':
    case 'chat-info':
    case 'identity-change':
    case 'typing':
    case 'presence':
      return event;
  }
}

/** A thread on a network without threads is a chain of replies to the message that began it. */
function messageWithin(said: MessageEvent, can: Capabilities): MessageEvent | Unsupported {
  // What is to be gone after a while is not left there for good.
  if (said.expires !== undefined && !has(can, 'disappearing')) return noForm;
  const event = said.late === true && can.late !== 'mark' ? saidLate(said) : said;
  const thread = has(can, 'thread') ? event.thread : undefined;
  const answered = has(can, 'thread') ? event.replyTo : (event.replyTo ?? event.thread);
  const replyTo = has(can, 'reply') ? answered : undefined;
  const content = answered !== undefined && replyTo === undefined ? quoting(event) : event.content;
  return saidWithin({ ...event, thread, replyTo, content }, can);
}

function saidWithin<E extends MessageEvent | EditEvent>(event: E, can: Capabilities): E | Unsupported {
  const content = contentWithin(event.content, can);
  if (content.kind === 'unsupported') return content;
  return { ...event, content, mentions: has(can, 'mention') ? event.mentions : noMentions };
}

function contentWithin(content: Content, can: Capabilities): Content | Unsupported {
  switch (content.kind) {
    case 'text':
      return has(can, 'text') ? { ...content, text: textWithin(content.text, can) } : noForm;
    case 'media': {
      const media = mediaWithin(content.media, can);
      return media === undefined
        ? noForm
        : { ...content, media, caption: captionWithin(content.caption, can) };
    }
    case 'gallery': {
      const [first, second, ...rest] = content.items.map((item) => mediaWithin(item, can));
      const others = rest.filter((item) => item !== undefined);
      // Half a gallery would hide from its sender what is missing.
      if (first === undefined || second === undefined || others.length < rest.length) return noForm;
      return { ...content, items: [first, second, ...others], caption: captionWithin(content.caption, can) };
    }
    case 'location':
      return has(can, 'location') ? content : textInstead(placeText(content.place), can);
    case 'poll':
      return has(can, 'poll') ? content : textInstead(pollText(content.poll), can);
  }
}

function mediaWithin(media: Media, can: Capabilities): Media | undefined {
  const kind = nearest[media.kind].find((one) => has(can, one));
  return kind === undefined || kind === media.kind ? kind && media : { ...media, kind };
}

function captionWithin(caption: FormattedText | undefined, can: Capabilities): FormattedText | undefined {
  return caption && textWithin(caption, can);
}

function textWithin(text: FormattedText, can: Capabilities): FormattedText {
  return has(can, 'formatting') ? text : { plain: text.plain, html: undefined };
}

function textInstead(plain: string, can: Capabilities): Content | Unsupported {
  return has(can, 'text') ? { kind: 'text', style: 'normal', text: { plain, html: undefined } } : noForm;
}

function has(can: Capabilities, feature: Feature): boolean {
  return can.features[feature] !== 'none';
}

/** More of a quotation is left out. */
const mostQuoted = { lines: 5, characters: 500 };

/** What an answer says where it cannot say what it answers: with the words that it answers before its own, where they are known. */
export function quoting({ content, quoted }: Pick<MessageEvent, 'content' | 'quoted'>): Content {
  const words = quoted?.slice(0, mostQuoted.characters).toWellFormed().trim() ?? '';
  if (words === '') return content;
  const lines = words.split('\n').slice(0, mostQuoted.lines);
  const before = ({ plain, html }: FormattedText): FormattedText => ({
    plain: `${lines.map((line) => `> ${line}`).join('\n')}\n\n${plain}`,
    html: html && `<blockquote>${lines.map(escapeHtml).join('<br>')}</blockquote>${html}`,
  });
  switch (content.kind) {
    case 'text':
      return { ...content, text: before(content.text) };
    case 'media':
    case 'gallery':
      return content.caption === undefined ? content : { ...content, caption: before(content.caption) };
    case 'location':
    case 'poll':
      return content;
  }
}

/** A place as a `geo:` URI (RFC 5870), which clients offer to open in a map. */
export function geoUri({ latitude, longitude, accuracy }: Place): string {
  const at = `geo:${decimal(latitude)},${decimal(longitude)}`;
  return accuracy === undefined ? at : `${at};u=${decimal(accuracy)}`;
}

/** A number as RFC 5870 has it: without an exponent. Six places are a tenth of a metre. */
function decimal(value: number): string {
  const text = String(Number(value.toFixed(6)));
  return text.includes('e') ? '0' : text;
}

/** A place in words. */
export function placeText(place: Place): string {
  return place.description === undefined ? geoUri(place) : `${place.description}\n${geoUri(place)}`;
}

/** A poll in words: the question, and the answers by their numbers. */
export function pollText({ question, answers }: Poll): string {
  return [question, ...answers.map(({ text }, index) => `${String(index + 1)}. ${text}`)].join('\n');
}
