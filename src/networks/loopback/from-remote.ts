import {
  noMentions,
  type Content,
  type FormattedText,
  type MessageEvent,
  type Poll,
  type Ref,
  type Unresolved,
  type UnresolvedEvent,
} from '../../core/event.ts';
import type { Media, OpenMedia, Thumbnail } from '../../core/media.ts';
import type { Arrival, OpenedArrival } from '../../core/network.ts';
import type { Failed } from '../../core/outcome.ts';
import { remoteMessageId } from '../../core/ids.ts';
import { besideOf, expiring } from './beside.ts';
import { groupChange } from './group-changes.ts';
import { parseParty, parsePerson, partName } from './ids.ts';
import {
  parsePacket,
  type FileBody,
  type FileItem,
  type Packet,
  type RelationFields,
  type SaidBody,
} from './packet.ts';

/** Opens a file of the world. */
export type OpenFile = (file: string, signal: AbortSignal) => Promise<OpenMedia | Failed>;

/** What an arrival says. Total and pure: `openFile` is only called when somebody opens the media. */
export function fromRemote(arrival: Arrival, cause: string, openFile: OpenFile): OpenedArrival {
  const parsed = parsePacket(arrival.raw);
  switch (parsed.kind) {
    case 'broken':
      return { kind: 'unsupported', reason: 'broken-event' };
    case 'unknown-kind':
      return { kind: 'unsupported', reason: 'not-carried' };
    case 'packet':
      // The address is what the world vouches for; content that claims another one is forged.
      return matches(parsed.packet, arrival)
        ? { kind: 'event', event: eventOf(parsed.packet, arrival, cause, openFile) }
        : { kind: 'unsupported', reason: 'broken-event' };
  }
}

function matches(packet: Packet, arrival: Arrival): boolean {
  const to = arrival.receiver ?? arrival.chat;
  return packet.id === arrival.outerId && packet.from === arrival.sender && packet.to === to;
}

function eventOf(packet: Packet, arrival: Arrival, cause: string, openFile: OpenFile): UnresolvedEvent {
  const by = packet.by === undefined ? undefined : parsePerson(packet.by);
  const sender = { in: 'remote', userId: by ?? arrival.sender } as const;
  const envelope = { cause, sender, at: packet.at };
  const named = { ...envelope, name: ref(packet.id) };
  const nameless = { ...envelope, name: undefined };
  const { body } = packet;
  switch (body.kind) {
    case 'text':
    case 'file':
    case 'gallery':
    case 'location':
    case 'poll': {
      const content = contentOf(body, openFile);
      const parts = partsOf(packet.id, content);
      return {
        ...named,
        kind: 'message',
        content,
        ...relationsOf(body),
        ...parts,
        ...expiring(body.expires),
      };
    }
    case 'edit': {
      const content = contentOf(body.content, openFile);
      const { mentions } = relationsOf(body.content);
      return { ...named, kind: 'edit', target: ref(body.target), content, mentions };
    }
    case 'vote': {
      const choices = [...new Set(body.choices)];
      return { ...nameless, kind: 'vote', target: ref(body.target), choices };
    }
    case 'poll-end':
      return { ...nameless, kind: 'poll-end', target: ref(body.target) };
    case 'reaction': {
      const emojis = [...new Set(body.emojis)];
      return { ...nameless, kind: 'reaction', target: ref(body.target), reactions: { op: 'set', emojis } };
    }
    case 'retraction':
      // The world lets only moderators of groups write so.
      return body.moderated === true && arrival.receiver === undefined
        ? { ...nameless, kind: 'moderation', target: ref(body.target), reason: body.reason }
        : { ...nameless, kind: 'redaction', target: ref(body.target) };
    case 'membership':
    case 'info':
      return { ...nameless, ...groupChange(body) };
    case 'call':
    case 'timer':
    case 'identity':
      return { ...nameless, ...besideOf(body, sender.userId) };
    case 'receipt':
      return { ...nameless, kind: 'receipt', target: ref(body.target), receipt: body.receipt };
  }
}

function ref(messageId: string): Ref {
  return { in: 'remote', messageId: remoteMessageId(messageId) };
}

function relationsOf(
  fields: RelationFields,
): Pick<MessageEvent<Unresolved>, 'replyTo' | 'thread' | 'mentions'> {
  const users = (fields.mentions ?? []).map((one) => parseParty(one)).filter((one) => one !== undefined);
  const room = fields.mentionsRoom ?? false;
  return {
    replyTo: fields.replyTo === undefined ? undefined : ref(fields.replyTo),
    thread: fields.thread === undefined ? undefined : ref(fields.thread),
    mentions: users.length === 0 && !room ? noMentions : { users, room },
  };
}

/** The files of a gallery have names of their own. */
function partsOf(id: string, content: Content): Pick<MessageEvent<Unresolved>, 'parts'> {
  if (content.kind !== 'gallery') return {};
  const whole = remoteMessageId(id);
  const [, ...parts] = content.items.map((_item, index) => ref(partName(whole, index)));
  return { parts };
}

function contentOf(body: SaidBody, openFile: OpenFile): Content {
  switch (body.kind) {
    case 'text':
      return { kind: 'text', style: body.style, text: formatted(body.text, body.html) };
    case 'file':
      return { kind: 'media', media: mediaOf(body, openFile), caption: captionOf(body) };
    case 'gallery': {
      const [first, second, ...others] = body.items.map((item) => mediaOf(item, openFile));
      if (first === undefined || second === undefined) throw new Error('a gallery has two files or more');
      return { kind: 'gallery', items: [first, second, ...others], caption: captionOf(body) };
    }
    case 'location': {
      const { latitude, longitude, accuracy, description } = body;
      return {
        kind: 'location',
        place: { latitude, longitude, accuracy, description: description?.toWellFormed() },
      };
    }
    case 'poll':
      return { kind: 'poll', poll: pollOf(body) };
  }
}

/** Answers under the same id are one. */
function pollOf({ question, answers, maxSelections, disclosed }: Extract<SaidBody, { kind: 'poll' }>): Poll {
  const known = new Map<string, string>();
  for (const { id, text } of answers) if (!known.has(id)) known.set(id, text.toWellFormed());
  return {
    question: question.toWellFormed(),
    answers: [...known].map(([id, text]) => ({ id, text })),
    maxSelections: Math.min(maxSelections, known.size),
    disclosed,
  };
}

function captionOf({
  caption,
  captionHtml,
}: Pick<FileBody, 'caption' | 'captionHtml'>): FormattedText | undefined {
  return caption === undefined ? undefined : formatted(caption, captionHtml);
}

/** Half a surrogate pair has no UTF-8 and would end up as different bytes in different places. */
function formatted(plain: string, html: string | undefined): FormattedText {
  return { plain: plain.toWellFormed(), html: html?.toWellFormed() };
}

function mediaOf(item: FileItem, openFile: OpenFile): Media {
  const { size, width, height, duration, waveform, blurhash, thumbnail } = item;
  return {
    kind: item.media,
    name: fileName(item.name),
    mimetype: mimetype(item.mimetype),
    ...{ size, width, height, duration, waveform, blurhash },
    thumbnail: thumbnail && thumbnailOf(thumbnail, openFile),
    open: (signal) => openFile(item.file, signal),
  };
}

function thumbnailOf(picture: NonNullable<FileItem['thumbnail']>, openFile: OpenFile): Thumbnail {
  const { file, size, width, height } = picture;
  return {
    mimetype: mimetype(picture.mimetype),
    ...{ size, width, height },
    open: (signal) => openFile(file, signal),
  };
}

function fileName(declared: string): string {
  const base = declared
    .toWellFormed()
    .split(/[/\\]/)
    .at(-1)
    ?.replace(/[\p{Cc}\p{Cf}]/gu, '')
    .slice(0, 200);
  return base === undefined || base === '' || base === '.' || base === '..' ? 'file' : base.toWellFormed();
}

function mimetype(declared: string): string {
  return /^[a-z0-9.+-]{1,60}\/[a-z0-9.+-]{1,120}$/i.test(declared) ? declared : 'application/octet-stream';
}
