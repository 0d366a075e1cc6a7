import { noMentions, type MessageEvent, type Target } from '../../src/core/event.ts';
import {
  matrixEventId,
  matrixUserId,
  networkId,
  remoteMessageId,
  remoteUserId,
  type MatrixUserId,
  type MxcUri,
  parseMxcUri,
} from '../../src/core/ids.ts';
import type { Media } from '../../src/core/media.ts';
import { failedForGood, type Failed } from '../../src/core/outcome.ts';
import type { ParseContext } from '../../src/matrix/parse-event.ts';
import type { MediaSource } from '../../src/matrix/parse-media.ts';

export const bot = matrixUserId('@causewaybot:hs');
export const alice = matrixUserId('@alice:hs');
export const ghostOfBob = matrixUserId('@_xmpp_bob:hs');
export const xmpp = networkId('xmpp');
export const bob = remoteUserId('bob@example.org');

type Json = Readonly<Record<string, unknown>>;

/** A room event of Alice's as a homeserver hands it out. */
export function roomEvent(event: Json): string {
  return JSON.stringify({
    type: 'm.room.message',
    event_id: '$event',
    room_id: '!room:hs',
    sender: alice,
    origin_server_ts: 1_700_000_000_000,
    ...event,
  });
}

/** A message of Alice's with this content. */
export function messageEvent(content: Json): string {
  return roomEvent({ content: { msgtype: 'm.text', body: 'hello', ...content } });
}

/** A membership that `sender` gives to `member`. */
export function memberEvent(member: string, content: Json, more: Json = {}): string {
  return roomEvent({ type: 'm.room.member', state_key: member, content, ...more });
}

/** Knows the bot and Bob's ghost; remembers the media it was asked for. */
export function parseContext(): ParseContext & { readonly sources: MediaSource[] } {
  const sources: MediaSource[] = [];
  return {
    bot,
    ghost: (userId: MatrixUserId) => (userId === ghostOfBob ? { network: xmpp, remote: bob } : undefined),
    media: (source) => {
      sources.push(source);
      const { thumbnail, ...told } = source;
      if (thumbnail === undefined) return media({ ...told, thumbnail });
      const { mimetype, size, width, height } = thumbnail;
      return media({ ...told, thumbnail: { mimetype, size, width, height, open: noBytes } });
    },
    sources,
  };
}

/** A file whose bytes cannot be had. */
export function media(described: Partial<Media> = {}): Media {
  return {
    kind: described.kind ?? 'image',
    name: described.name ?? 'cat.png',
    mimetype: described.mimetype ?? 'image/png',
    size: described.size,
    width: described.width,
    height: described.height,
    duration: described.duration,
    waveform: described.waveform,
    blurhash: described.blurhash,
    thumbnail: described.thumbnail,
    open: noBytes,
  };
}

export async function noBytes(): Promise<Failed> {
  return failedForGood('media-gone');
}

export function mxc(text: string): MxcUri {
  const uri = parseMxcUri(text);
  if (uri === undefined) throw new Error('not an mxc URI');
  return uri;
}

/** A message that the bridge knows on both sides, Alice's unless said otherwise. */
export function target(
  eventId = '$target',
  author: Target['author'] = { in: 'matrix', userId: alice },
): Target {
  return { eventIds: [matrixEventId(eventId)], messageIds: [remoteMessageId('m1')], author };
}

/** A message of Bob's on its way to Matrix. */
export function remoteMessage(content: MessageEvent['content'], replyTo?: Target): MessageEvent {
  return {
    kind: 'message',
    cause: 'cause',
    sender: { in: 'remote', userId: bob },
    name: undefined,
    at: 1_700_000_000_000,
    content,
    mentions: noMentions,
    replyTo,
    thread: undefined,
  };
}

export function textContent(
  plain: string,
  html?: string,
  style: 'normal' | 'emote' | 'notice' = 'normal',
): MessageEvent['content'] {
  return { kind: 'text', style, text: { plain, html } };
}
