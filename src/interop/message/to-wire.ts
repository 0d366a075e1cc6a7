/** From the core's events to messages. Pure; what the network has no form for is `unsupported`, with the reason. */
import type {
  EditEvent,
  Expiry,
  MessageEvent,
  Party,
  ReactionEvent,
  RedactionEvent,
  Target,
} from '../../core/event.ts';
import type { RemoteMessageId } from '../../core/ids.ts';
import type { Unsupported } from '../../core/outcome.ts';
import { sameParty } from '../../core/resolve.ts';
import { messageMeant } from '../../core/target.ts';
import { messageLimits, protocolTypes } from '../profile/message-profile.ts';
import { contentParts, sealedKindOf, type Part, type PartSources } from './content-parts.ts';
import { partId } from './message-id.ts';
import type { WireContext, WireKey, WireMessage } from './wire-message.ts';
import { captionOnly, writePart } from './write-part.ts';

/** What writing needs from outside. */
export interface WriteContext {
  /** The name of the first message that is written: the same at every attempt. */
  readonly id: RemoteMessageId;
  /** The chat's address, and whether it is a group: then names of messages name their author. */
  readonly chat: string;
  readonly group: boolean;
  readonly addressOf: PartSources['addressOf'];
}
export interface ContentContext extends WriteContext, PartSources {
  /** What a message that is answered said, where that is remembered; clients show it above the answer. */
  readonly quoted?: (target: Target) => WireMessage | undefined;
}

/** A message and its name. */
export interface NamedMessage {
  readonly id: RemoteMessageId;
  readonly message: WireMessage;
}
/** What an event goes over as, in the order in which it is to be sent. */
export type Written = { readonly kind: 'written'; readonly messages: readonly NamedMessage[] } | Unsupported;

/** A message, as one for each of its parts; the first says what it answers. */
export function writeMessage(event: MessageEvent, context: ContentContext): Written {
  const parts = contentParts(event.content, event.mentions, context);
  if ('kind' in parts) return parts;
  if (parts.some((part) => part.kind === 'file' && part.file === undefined)) return noForm;
  const answered = event.replyTo ?? event.thread;
  return written(
    parts.map((part, index) => {
      const info = infoOf(index === 0 ? answered : undefined, event.expires, context);
      return named(context.id, index, writePart(part, { at: event.at, context: info }));
    }),
  );
}

/**
 * The new content of a message, part by part: words and captions are edited, words beyond those that were there are added,
 * parts that are gone are revoked. Files that did not change are absent from `files`; others cannot be edited.
 */
export function writeEdit(event: EditEvent, context: ContentContext): Written {
  const parts = contentParts(event.content, event.mentions, context);
  if ('kind' in parts) return parts;
  const before = partsOf(event.target);
  if (parts.some((part) => part.kind === 'place' || (part.kind === 'file' && part.file !== undefined)))
    return notEditable;
  const edits = parts.flatMap((part, index): readonly NamedMessage[] => {
    const replaced = before[index];
    const message = editedPart(part);
    if (message === undefined) return [];
    if (replaced === undefined)
      return [
        named(
          context.id,
          index,
          writePart(part, { at: event.at, context: infoOf(undefined, undefined, context) }),
        ),
      ];
    const protocolMessage = {
      key: keyOf(replaced, event.sender, event.sender, context),
      type: protocolTypes.messageEdit,
      editedMessage: message,
      timestampMs: event.at,
    };
    return [named(context.id, index, { protocolMessage })];
  });
  const gone = before.slice(parts.length).map((id, at) => {
    return named(context.id, parts.length + at, revoke(id, event.sender, event.sender, context));
  });
  // Where nothing of it can be told, its author is.
  return edits.length + gone.length === 0 ? notEditable : written([...edits, ...gone]);
}

/** What replaces a part; `undefined` for a file that the network shows no words with. */
function editedPart(part: Part): WireMessage | undefined {
  switch (part.kind) {
    case 'words':
      return writePart(part, { at: 0, context: undefined });
    case 'place':
      return undefined;
    case 'file': {
      const kind = sealedKindOf(part.media);
      const wordless = kind === 'audio' || part.media.kind === 'sticker' || part.media.kind === 'contact';
      return wordless ? undefined : captionOnly(part, kind);
    }
  }
}

/** A person has one reaction to a message there: the one that came last; none takes it back. */
export function writeReaction(event: ReactionEvent, context: WriteContext): Written {
  const { emojis, previous } = event.reactions;
  const text = emojis.findLast((emoji) => !previous.includes(emoji)) ?? emojis.at(-1) ?? '';
  if (Buffer.byteLength(text) > messageLimits.reactionBytes)
    return { kind: 'unsupported', reason: 'too-long' };
  const key = keyOf(messageMeant(event.target), event.target.author, event.sender, context);
  return written([
    { id: context.id, message: { reactionMessage: { key, text, senderTimestampMs: event.at } } },
  ]);
}

/** Takes a message back: one message for each that it went over as. */
export function writeRedaction(event: RedactionEvent, context: WriteContext): Written {
  const { author } = event.target;
  if (!sameParty(author, event.sender)) return { kind: 'unsupported', reason: 'no-moderation' };
  return written(
    partsOf(event.target).map((id, index) =>
      named(context.id, index, revoke(id, author, event.sender, context)),
    ),
  );
}

/** Sets how long what is said from now on is to stay. Only time from sending can be said there. */
export function writeTimer(
  expires: Expiry | undefined,
  { id, at }: { readonly id: RemoteMessageId; readonly at: number },
): Written {
  const seconds = expires === undefined ? 0 : secondsOf(expires);
  if (seconds === undefined) return { kind: 'unsupported', reason: 'not-carried' };
  const protocolMessage = {
    type: protocolTypes.ephemeralSetting,
    ephemeralExpiration: seconds,
    ephemeralSettingTimestamp: Math.floor(at / 1000),
  };
  return written([{ id, message: { protocolMessage } }]);
}

const noForm: Unsupported = { kind: 'unsupported', reason: 'media-unavailable' };
const notEditable: Unsupported = { kind: 'unsupported', reason: 'not-editable' };

/** The messages that a message went over as; names of later edits are not among them. */
function partsOf(target: Target): readonly [RemoteMessageId, ...RemoteMessageId[]] {
  const [first, ...others] = target.messageIds;
  return [first, ...others.filter((id, index) => id === partId(first, index + 1))];
}

function revoke(id: RemoteMessageId, author: Party, sender: Party, context: WriteContext): WireMessage {
  return { protocolMessage: { key: keyOf(id, author, sender, context), type: protocolTypes.revoke } };
}

function keyOf(id: RemoteMessageId, author: Party, sender: Party, context: WriteContext): WireKey {
  const fromMe = sameParty(author, sender);
  const participant = context.group && !fromMe ? context.addressOf(author) : undefined;
  return { remoteJid: context.chat, fromMe, id, ...(participant === undefined ? {} : { participant }) };
}

/** The time of something, as it can be said there: in seconds from when it was sent. */
function secondsOf({ afterMs, from }: Expiry): number | undefined {
  const seconds = Math.round(afterMs / 1000);
  return from === 'sending' && seconds >= 1 && seconds <= messageLimits.expirySeconds ? seconds : undefined;
}

function infoOf(
  answered: Target | undefined,
  expires: Expiry | undefined,
  context: ContentContext,
): WireContext | undefined {
  const { quoted } = context;
  const expiration = expires === undefined ? undefined : secondsOf(expires);
  const stays = expiration === undefined ? {} : { expiration };
  if (answered === undefined) return expiration === undefined ? undefined : stays;
  const participant = context.addressOf(answered.author);
  return {
    stanzaId: messageMeant(answered),
    ...(participant === undefined ? {} : { participant }),
    quotedMessage: quoted?.(answered) ?? { conversation: '' },
    ...stays,
  };
}

function named(first: RemoteMessageId, index: number, message: WireMessage): NamedMessage {
  return { id: partId(first, index), message };
}

function written(messages: readonly NamedMessage[]): Written {
  return { kind: 'written', messages };
}
