/**
 * `BridgeEvent` is the one closed union that the core, the rules and both edges speak. Its vocabulary follows IETF MIMI
 * content (draft-ietf-mimi-content): message parts with a disposition, in-reply-to, replaces, reactions. A kind enters
 * the union together with the code that carries it.
 */
import type { MatrixEventId, MatrixUserId, RemoteMessageId, RemoteUserId } from './ids.ts';
import type { Media } from './media.ts';

/** Who did it. */
export type Party =
  | { readonly in: 'matrix'; readonly userId: MatrixUserId }
  | { readonly in: 'remote'; readonly userId: RemoteUserId };

/** The name of a message on one side, as its event mentions it. */
export type Ref =
  | { readonly in: 'matrix'; readonly eventId: MatrixEventId }
  | { readonly in: 'remote'; readonly messageId: RemoteMessageId };

/** A message that the bridge knows, with its names on both sides (a message may have gone over as several). */
export interface Target {
  readonly eventIds: readonly [MatrixEventId, ...MatrixEventId[]];
  readonly messageIds: readonly [RemoteMessageId, ...RemoteMessageId[]];
  readonly author: Party;
}

/** Text as people wrote it. `html` is Matrix's subset of HTML (spec 11.2.1.8), already cleaned; absent for plain text. */
export interface FormattedText {
  readonly plain: string;
  readonly html: string | undefined;
}

/** What a message says. */
export type Content =
  | { readonly kind: 'text'; readonly style: 'normal' | 'emote' | 'notice'; readonly text: FormattedText }
  | { readonly kind: 'media'; readonly media: Media; readonly caption: FormattedText | undefined };

/** A reaction as one side tells it: a difference (Matrix) or the person's full set (XMPP). */
export type ReactionChange =
  | { readonly op: 'add'; readonly emoji: string }
  | { readonly op: 'remove'; readonly emoji: string }
  | { readonly op: 'set'; readonly emojis: readonly string[] };

/** A person's reactions to one message: the full set after the event, and the one before it. */
export interface ReactionSets {
  readonly emojis: readonly string[];
  readonly previous: readonly string[];
  /** The Matrix event that stands for each earlier emoji, so that it can be redacted. */
  readonly previousEvents: ReadonlyMap<string, MatrixEventId>;
}

interface Stage {
  readonly target: unknown;
  readonly reactions: unknown;
}
/** As an edge opened it: targets are names of that side. */
export interface Unresolved extends Stage {
  readonly target: Ref;
  readonly reactions: ReactionChange;
}
/** As the spine hands it on: targets are known on both sides. */
export interface Resolved extends Stage {
  readonly target: Target;
  readonly reactions: ReactionSets;
}

interface Envelope {
  /** The id that everything done for this event derives its own ids from: unique, the same at every attempt. */
  readonly cause: string;
  readonly sender: Party;
  /** The name that the event has on its own side; what later events may refer to; undefined where it has none. */
  readonly name: Ref | undefined;
  /** When it happened at its origin, milliseconds since the epoch. */
  readonly at: number;
}

export interface MessageEvent<S extends Stage = Resolved> extends Envelope {
  readonly kind: 'message';
  readonly content: Content;
  readonly replyTo: S['target'] | undefined;
}
export interface EditEvent<S extends Stage = Resolved> extends Envelope {
  readonly kind: 'edit';
  readonly target: S['target'];
  readonly content: Content;
}
export interface ReactionEvent<S extends Stage = Resolved> extends Envelope {
  readonly kind: 'reaction';
  readonly target: S['target'];
  readonly reactions: S['reactions'];
}
export interface RedactionEvent<S extends Stage = Resolved> extends Envelope {
  readonly kind: 'redaction';
  readonly target: S['target'];
}
/** What became of a message on the far side: a device has it, or the network could not deliver it. */
export interface ReceiptEvent<S extends Stage = Resolved> extends Envelope {
  readonly kind: 'receipt';
  readonly receipt: 'delivered' | 'undelivered';
  readonly target: S['target'];
}

export type BridgeEvent<S extends Stage = Resolved> =
  MessageEvent<S> | EditEvent<S> | ReactionEvent<S> | RedactionEvent<S> | ReceiptEvent<S>;
export type BridgeEventKind = BridgeEvent['kind'];
export type EventOf<K extends BridgeEventKind> = Extract<BridgeEvent, { readonly kind: K }>;
export type UnresolvedEvent = BridgeEvent<Unresolved>;
