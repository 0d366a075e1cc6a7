/** From lines of the timeline to what the app shows. Pure; a file is fetched and opened when its bytes are asked for. */
import { remoteUserId } from '../../src/core/ids.ts';
import type { Media } from '../../src/core/media.ts';
import { openMessage } from '../../src/interop/message/from-wire.ts';
import { messageIdFor, parseMessageId } from '../../src/interop/message/message-id.ts';
import { decodeMessage } from '../../src/interop/message/protobuf.ts';
import type { SealedFile } from '../../src/interop/message/sealed-file.ts';
import type { WireMessage } from '../../src/interop/message/wire-message.ts';
import type { ReceiptKind, TimelineEvent } from './event.ts';
import type { Line } from './user-store.ts';
import type { Named } from './writing.ts';

/** What reading needs from outside. */
export interface Reading {
  readonly open: (file: SealedFile) => Media['open'];
  /** One's own address: who is called by it is called oneself. */
  readonly own: string;
  /** What an address is known as. */
  readonly nameOf: (address: string) => string | undefined;
  /** A message of the chat, by its name. */
  readonly find: (chat: string, named: Named) => WireMessage | undefined;
}

/** The name of a message in the timeline: the two ends name theirs independently of each other. */
export function lineId({ id, mine }: Named): string {
  return `${mine ? 'me' : 'them'} ${id}`;
}

export function namedIn(id: string): Named {
  const [whose, ...rest] = id.split(' ');
  return { id: rest.join(' '), mine: whose === 'me' };
}

/** The protobuf as a line keeps it, and back. */
export function lineValue(plain: Uint8Array): string {
  return Buffer.from(plain).toString('base64');
}
export function plainOf({ value }: Pick<Line, 'value'>): Uint8Array {
  return Uint8Array.from(Buffer.from(value, 'base64'));
}

/** The message of a line; undefined where it is none. */
export function messageOf(line: Line | undefined): WireMessage | undefined {
  if (line?.kind !== 'said') return undefined;
  const decoded = decodeMessage(plainOf(line));
  return decoded.kind === 'decoded' ? decoded.message : undefined;
}

/** What a line is about. */
export function read(line: Line, reading: Reading): TimelineEvent {
  const { seq, chat, at } = line;
  const place = { seq, chat, at };
  switch (line.kind) {
    case 'said':
      return readSaid(line, reading);
    case 'receipt': {
      const [about = '', ...rest] = line.id.split(' ');
      return { ...place, kind: 'receipt', of: rest.join(' '), about: receiptKind(about) };
    }
    case 'trouble':
      return { ...place, ...namedIn(line.id), kind: 'trouble', reason: line.value };
    case 'identity':
      return { ...place, kind: 'identity-changed' };
  }
}

function receiptKind(text: string): ReceiptKind {
  return text === 'delivered' || text === 'read' || text === 'played' ? text : 'sent';
}

function readSaid(line: Line, { open, own, nameOf, find }: Reading): TimelineEvent {
  const { seq, chat, at } = line;
  const named = namedIn(line.id);
  const saying = { seq, chat, at, ...named };
  const unsupported = (reason: string): TimelineEvent => ({ ...saying, kind: 'unsupported', reason });
  const decoded = decodeMessage(plainOf(line));
  const id = parseMessageId(named.id);
  if (decoded.kind === 'failed' || id === undefined) return unsupported('broken-event');
  const came = {
    cause: `${chat} ${line.id}`,
    sender: { in: 'remote', userId: remoteUserId(named.mine ? 'me' : chat) },
    ...{ at, id },
  } as const;
  const { opened } = openMessage(decoded, came, {
    open,
    whoIs: (address) => {
      const name = address === own ? 'you' : nameOf(address);
      return name === undefined
        ? undefined
        : { party: { in: 'remote', userId: remoteUserId(address) }, name };
    },
    fileOf: (of) => fileIn(find(chat, { id: of, mine: named.mine }), chat, open),
  });
  if (opened.kind === 'ignored' || opened.kind === 'unsupported') return unsupported(opened.reason);
  const { event } = opened;
  switch (event.kind) {
    case 'timer':
      return { ...saying, kind: 'timer', afterMs: event.expires?.afterMs ?? 0 };
    case 'message': {
      const mentionsMe = event.mentions.users.some(({ userId }) => userId === own);
      return {
        ...{ ...saying, kind: 'message', content: event.content },
        ...{ replyTo: nameIn(event.replyTo), mentionsMe },
      };
    }
    case 'edit':
      return { ...saying, kind: 'edit', of: nameIn(event.target) ?? '', content: event.content };
    case 'reaction': {
      const [emoji = ''] = event.reactions.op === 'set' ? event.reactions.emojis : [];
      return { ...saying, kind: 'reaction', to: nameIn(event.target) ?? '', emoji };
    }
    case 'redaction':
      return { ...saying, kind: 'revoke', of: nameIn(event.target) ?? '' };
    default:
      return unsupported('no-handler');
  }
}

function nameIn(
  ref: { readonly in: 'matrix' } | { readonly in: 'remote'; readonly messageId: string } | undefined,
): string | undefined {
  return ref?.in === 'remote' ? ref.messageId : undefined;
}

/** The file of a message that is edited: an edit of its caption need not repeat it. */
function fileIn(message: WireMessage | undefined, chat: string, open: Reading['open']): Media | undefined {
  if (message === undefined) return undefined;
  const sender = { in: 'remote', userId: remoteUserId(chat) } as const;
  const came = { cause: chat, sender, at: 0, id: messageIdFor(chat) };
  const { opened } = openMessage({ kind: 'decoded', message, unknown: [] }, came, {
    ...{ open, whoIs: () => undefined },
  });
  const content =
    opened.kind === 'event' && opened.event.kind === 'message' ? opened.event.content : undefined;
  return content?.kind === 'media' ? content.media : undefined;
}
