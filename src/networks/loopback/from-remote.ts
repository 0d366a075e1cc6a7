import {
  noMentions,
  type Content,
  type FormattedText,
  type Ref,
  type UnresolvedEvent,
} from '../../core/event.ts';
import type { Media, OpenMedia } from '../../core/media.ts';
import type { Arrival, OpenedArrival } from '../../core/network.ts';
import type { Failed } from '../../core/outcome.ts';
import { remoteMessageId } from '../../core/ids.ts';
import { groupChange } from './group-changes.ts';
import { parsePacket, type FileBody, type Packet, type TextBody } from './packet.ts';

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
  const sender = { in: 'remote', userId: arrival.sender } as const;
  const envelope = { cause, sender, at: packet.at };
  const named = { ...envelope, name: ref(packet.id) };
  const nameless = { ...envelope, name: undefined };
  const { body } = packet;
  switch (body.kind) {
    case 'text':
    case 'file': {
      const replyTo = body.replyTo === undefined ? undefined : ref(body.replyTo);
      return {
        ...named,
        kind: 'message',
        content: contentOf(body, openFile),
        mentions: noMentions,
        replyTo,
        thread: undefined,
      };
    }
    case 'edit':
      return {
        ...named,
        kind: 'edit',
        target: ref(body.target),
        content: contentOf(body.content, openFile),
        mentions: noMentions,
      };
    case 'reaction': {
      const emojis = [...new Set(body.emojis)];
      return { ...nameless, kind: 'reaction', target: ref(body.target), reactions: { op: 'set', emojis } };
    }
    case 'retraction':
      return { ...nameless, kind: 'redaction', target: ref(body.target) };
    case 'membership':
    case 'info':
      return { ...nameless, ...groupChange(body) };
    case 'receipt':
      return { ...nameless, kind: 'receipt', target: ref(body.target), receipt: body.receipt };
  }
}

function ref(messageId: string): Ref {
  return { in: 'remote', messageId: remoteMessageId(messageId) };
}

function contentOf(body: TextBody | FileBody, openFile: OpenFile): Content {
  if (body.kind === 'text') return { kind: 'text', style: body.style, text: formatted(body.text, body.html) };
  const caption = body.caption === undefined ? undefined : formatted(body.caption, body.captionHtml);
  return { kind: 'media', media: mediaOf(body, openFile), caption };
}

/** Half a surrogate pair has no UTF-8 and would end up as different bytes in different places. */
function formatted(plain: string, html: string | undefined): FormattedText {
  return { plain: plain.toWellFormed(), html: html?.toWellFormed() };
}

function mediaOf(body: FileBody, openFile: OpenFile): Media {
  return {
    kind: body.media,
    name: fileName(body.name),
    mimetype: mimetype(body.mimetype),
    size: body.size,
    width: body.width,
    height: body.height,
    duration: body.duration,
    waveform: undefined,
    blurhash: undefined,
    thumbnail: undefined,
    open: (signal) => openFile(body.file, signal),
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
