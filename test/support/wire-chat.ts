/** Messages of a third-party chat as tests make and read them. */
import type { OpenedArrival } from '../../src/core/network.ts';
import { openBytes } from '../../src/core/inline-media.ts';
import type { Content, MessageEvent, Party, Target } from '../../src/core/event.ts';
import { matrixEventId, matrixUserId, remoteMessageId, remoteUserId } from '../../src/core/ids.ts';
import type { Media } from '../../src/core/media.ts';
import type { WrittenFile } from '../../src/interop/message/content-parts.ts';
import { openPlaintext, type Came, type OpenContext } from '../../src/interop/message/from-wire.ts';
import { messageIdFor } from '../../src/interop/message/message-id.ts';
import { pad } from '../../src/interop/message/padding.ts';
import { encodeMessage } from '../../src/interop/message/protobuf.ts';
import type { SealedFile } from '../../src/interop/message/sealed-file.ts';
import type { ContentContext } from '../../src/interop/message/to-wire.ts';
import type { WireMessage } from '../../src/interop/message/wire-message.ts';

export const me: Party = { in: 'matrix', userId: matrixUserId('@alice:example.org') };
export const them: Party = { in: 'remote', userId: remoteUserId('1-22@interop') };
export const at = 1_700_000_000_123;
export const firstId = messageIdFor('cause');

export const sealed = (kind: SealedFile['kind'] = 'image'): SealedFile => ({
  kind,
  mediaKey: new Uint8Array(32).fill(1),
  plainHash: new Uint8Array(32).fill(2),
  sealedHash: new Uint8Array(32).fill(3),
  plainSize: 1234,
  directPath: '/interop/whatsapp/download/7/abc/',
});
export const fileOf = (kind?: SealedFile['kind']): WrittenFile => ({ kind: 'sealed', file: sealed(kind) });

export const media = (facts: Partial<Media> = {}): Media => ({
  ...{ kind: 'image', name: 'a.jpg', mimetype: 'image/jpeg', size: 1234, width: 40, height: 30 },
  ...{ duration: undefined, waveform: undefined, blurhash: undefined, thumbnail: undefined },
  open: openBytes(new Uint8Array(0), 'image/jpeg'),
  ...facts,
});

export const context = (facts: Partial<ContentContext> = {}): ContentContext => ({
  id: firstId,
  chat: '1-22@interop',
  group: false,
  files: [],
  addressOf: (party) => (party.userId === me.userId ? '1-2@interop' : String(party.userId)),
  ...facts,
});

export const target = (author: Party, ...ids: string[]): Target => ({
  eventIds: [matrixEventId('$event')],
  messageIds: [remoteMessageId(ids[0] ?? firstId), ...ids.slice(1).map(remoteMessageId)],
  author,
});

export const messageEvent = (content: Content, facts: Partial<MessageEvent> = {}): MessageEvent => ({
  ...{ kind: 'message', cause: 'cause', sender: me, name: undefined, at, content },
  ...{ mentions: { users: [], room: false }, replyTo: undefined, thread: undefined },
  ...facts,
});

export const text = (plain: string, html?: string): Extract<Content, { readonly kind: 'text' }> => ({
  kind: 'text',
  style: 'normal',
  text: { plain, html },
});

export const opening = (facts: Partial<OpenContext> = {}): OpenContext => ({
  open: (file) => openBytes(file.mediaKey, file.kind),
  whoIs: (address) => (address === '1-2@interop' ? { party: me, name: 'Alice' } : undefined),
  ...facts,
});
export const came: Came = { cause: 'cause', sender: them, at, id: remoteMessageId('ID') };

/** What the other side makes of a message. */
export function opened(message: WireMessage, facts?: Partial<OpenContext>): OpenedArrival {
  return openPlaintext(pad(encodeMessage(message), 5), came, opening(facts)).opened;
}
