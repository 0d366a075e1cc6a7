/** Edits of captions: they need not say again which file it is, so whoever takes them in keeps what the file's message was. */
import type { RemoteMessageId } from '../../core/ids.ts';
import { parseMessageId } from './message-id.ts';
import { unpad } from './padding.ts';
import { decodeMessage } from './protobuf.ts';
import { protocolTypes } from '../profile/message-profile.ts';
import type { WireFile, WireMessage } from './wire-message.ts';

/** What a message is to whoever keeps files in mind: one with a file, an edit of one without it, or neither. */
export type FileWord =
  | { readonly kind: 'file' }
  | { readonly kind: 'caption'; readonly of: RemoteMessageId }
  | { readonly kind: 'neither' };

const neither: FileWord = { kind: 'neither' };

/** Looks at what a ciphertext opened to. Pure and total. */
export function fileWordOf(padded: Uint8Array): FileWord {
  const bytes = unpad(padded);
  const decoded = bytes instanceof Uint8Array ? decodeMessage(bytes) : undefined;
  if (decoded?.kind !== 'decoded') return neither;
  const { message } = decoded;
  const file = fileIn(message);
  if (file !== undefined) return file.mediaKey === undefined ? neither : { kind: 'file' };
  const { protocolMessage: protocol } = message;
  if (protocol?.type !== protocolTypes.messageEdit || protocol.editedMessage === undefined) return neither;
  const changed = fileIn(protocol.editedMessage);
  const of = parseMessageId(protocol.key?.id);
  return changed === undefined || changed.mediaKey !== undefined || of === undefined
    ? neither
    : { kind: 'caption', of };
}

function fileIn(message: WireMessage): WireFile | undefined {
  const wrapper = message.documentWithCaptionMessage ?? message.ephemeralMessage ?? message.editedMessage;
  const inner = wrapper?.message ?? message;
  return inner.imageMessage ?? inner.videoMessage ?? inner.documentMessage ?? inner.audioMessage;
}
