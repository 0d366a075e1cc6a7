/** From messages to the core's events. Pure and total: whatever came, the answer is one event or one reason. */
import type { Expiry, Party, Ref, UnresolvedEvent } from '../../core/event.ts';
import type { RemoteMessageId } from '../../core/ids.ts';
import type { Media } from '../../core/media.ts';
import type { OpenedArrival } from '../../core/network.ts';
import type { Ignored, ReasonCode, Unsupported } from '../../core/outcome.ts';
import {
  besideContent,
  messageLimits,
  protocolTypes,
  quietProtocolTypes,
} from '../profile/message-profile.ts';
import { parseMessageId } from './message-id.ts';
import { unpad, type PaddingFailed } from './padding.ts';
import { decodeMessage, type DecodedMessage, type DecodingFailed } from './protobuf.ts';
import { readContent, type ReadContext, type Said } from './read-content.ts';
import type { WireMessage, WireProtocol, WireReaction } from './wire-message.ts';

/** What is known of a message from around it: the stanza that it came in. */
export interface Came {
  readonly cause: string;
  readonly sender: Party;
  readonly at: number;
  readonly id: RemoteMessageId;
}
export interface OpenContext extends ReadContext {
  /** The file of a message, where it is remembered: an edit of its caption need not repeat it. */
  readonly fileOf?: (id: RemoteMessageId) => Media | undefined;
}

/** What a message turned out to be; what groups need of it beside; and what was wrong with its bytes, to be counted. */
export interface OpenedMessage {
  readonly opened: OpenedArrival;
  readonly senderKey?: { readonly group: string; readonly distribution: Uint8Array };
  readonly failed?: PaddingFailed | DecodingFailed;
}

/** Opens what a ciphertext opened to. */
export function openPlaintext(padded: Uint8Array, came: Came, context: OpenContext): OpenedMessage {
  if (padded.byteLength > messageLimits.bytes) return { opened: unsupported('too-large') };
  const bytes = unpad(padded);
  if (!(bytes instanceof Uint8Array)) return { opened: unsupported('broken-event'), failed: bytes };
  const decoded = decodeMessage(bytes);
  if (decoded.kind === 'failed') {
    const reason = decoded.reason === 'too-large' ? 'too-large' : 'broken-event';
    return { opened: unsupported(reason), failed: decoded };
  }
  return openMessage(decoded, came, context);
}

/** Opens a decoded message. */
export function openMessage(
  { message, unknown }: DecodedMessage,
  came: Came,
  context: OpenContext,
): OpenedMessage {
  const { senderKeyDistributionMessage: key } = message;
  const distribution = key?.axolotlSenderKeyDistributionMessage;
  const senderKey =
    distribution === undefined || key?.groupId === undefined
      ? {}
      : { senderKey: { group: key.groupId, distribution } };
  return { opened: open(message, unknown, came, context), ...senderKey };
}

function open(
  message: WireMessage,
  unknown: readonly number[],
  came: Came,
  context: OpenContext,
): OpenedArrival {
  const count = Object.keys(message).filter((name) => name !== 'senderKeyDistributionMessage').length;
  if (count === 0) {
    const lost = unknown.some((no) => !besideContent.numbers.some((beside) => beside === no));
    return lost ? unsupported('not-carried') : ignored('nothing-to-do');
  }
  // Of two things that are said at once one would be lost.
  if (count > 1) return unsupported('broken-event');
  return openWrapped(message, came, context) ?? openOne(message, came, context);
}

/** A message inside of a message; who opens what is to be seen once would keep it for good. */
function openWrapped(message: WireMessage, came: Came, context: OpenContext): OpenedArrival | undefined {
  const once = message.viewOnceMessage ?? message.viewOnceMessageV2 ?? message.viewOnceMessageV2Extension;
  if (once !== undefined) return unsupported('not-carried');
  const wrapper = message.ephemeralMessage ?? message.documentWithCaptionMessage ?? message.editedMessage;
  if (wrapper === undefined) return undefined;
  if (wrapper.message === undefined) return unsupported('broken-event');
  // Where nothing inside is known, something was said all the same.
  return open(wrapper.message, [0], came, context);
}

function openOne(message: WireMessage, came: Came, context: OpenContext): OpenedArrival {
  if (message.reactionMessage !== undefined) return openReaction(message.reactionMessage, came);
  if (message.protocolMessage !== undefined) return openProtocol(message.protocolMessage, came, context);
  const said = readContent(message, context);
  if (said === undefined) return ignored('nothing-to-do');
  if (said.kind === 'unsupported') return said;
  const { content, mentions } = said;
  const replied = parseMessageId(said.context?.stanzaId);
  const replyTo = replied === undefined ? undefined : remote(replied);
  const expires = expiryOf(said.context?.expiration);
  return event({
    ...{ ...envelope(came), kind: 'message', content, mentions, replyTo, thread: undefined },
    ...(expires === undefined ? {} : { expires }),
  });
}

function openReaction({ key, text = '' }: WireReaction, came: Came): OpenedArrival {
  const id = parseMessageId(key?.id);
  if (id === undefined) return unsupported('broken-event');
  const emoji = text.trim();
  if (Buffer.byteLength(emoji) > messageLimits.reactionBytes) return unsupported('too-long');
  const emojis = emoji === '' ? [] : [emoji];
  return event({
    ...envelope(came),
    kind: 'reaction',
    target: remote(id),
    reactions: { op: 'set', emojis },
  });
}

function openProtocol(protocol: WireProtocol, came: Came, context: OpenContext): OpenedArrival {
  const { type = protocolTypes.revoke } = protocol;
  switch (type) {
    case protocolTypes.ephemeralSetting:
      return openTimer(protocol.ephemeralExpiration ?? 0, came);
    case protocolTypes.revoke: {
      const id = parseMessageId(protocol.key?.id);
      if (id === undefined) return unsupported('broken-event');
      return event({ ...envelope(came), kind: 'redaction', target: remote(id) });
    }
    case protocolTypes.messageEdit:
      return openEdit(protocol, came, context);
    default:
      return quietProtocolTypes.numbers.some((quiet) => quiet === type)
        ? ignored('nothing-to-do')
        : unsupported('not-carried');
  }
}

function openTimer(seconds: number, came: Came): OpenedArrival {
  if (seconds > messageLimits.expirySeconds) return unsupported('broken-event');
  return event({ ...envelope(came), kind: 'timer', expires: expiryOf(seconds) });
}

function openEdit({ key, editedMessage }: WireProtocol, came: Came, context: OpenContext): OpenedArrival {
  const id = parseMessageId(key?.id);
  if (id === undefined || editedMessage === undefined) return unsupported('broken-event');
  const message = editedMessage.documentWithCaptionMessage?.message ?? editedMessage;
  const said: Said | Unsupported | undefined =
    Object.keys(message).length === 1 ? readContent(message, context, context.fileOf?.(id)) : undefined;
  if (said === undefined) return unsupported('not-editable');
  if (said.kind === 'unsupported') return said;
  const { content, mentions } = said;
  return event({ ...envelope(came), kind: 'edit', target: remote(id), content, mentions });
}

/** Time runs from when a message was sent. */
function expiryOf(seconds = 0): Expiry | undefined {
  if (seconds === 0 || seconds > messageLimits.expirySeconds) return undefined;
  return { afterMs: seconds * 1000, from: 'sending' };
}

function envelope({ cause, sender, at, id }: Came): {
  readonly cause: string;
  readonly sender: Party;
  readonly at: number;
  readonly name: Ref;
} {
  return { cause, sender, at, name: remote(id) };
}

function remote(messageId: RemoteMessageId): Ref {
  return { in: 'remote', messageId };
}

function event(opened: UnresolvedEvent): OpenedArrival {
  return { kind: 'event', event: opened };
}

function ignored(reason: ReasonCode): Ignored {
  return { kind: 'ignored', reason };
}

function unsupported(reason: ReasonCode): Unsupported {
  return { kind: 'unsupported', reason };
}
