/**
 * `BridgeEvent` is the one closed union that the core, the rules and both edges speak. Its vocabulary follows IETF MIMI
 * content (draft-ietf-mimi-content): message parts with a disposition, in-reply-to, replaces, reactions. A kind enters
 * the union together with the code that carries it.
 */
import type { Fingerprint, MatrixEventId, MatrixUserId, RemoteMessageId, RemoteUserId } from './ids.ts';
import type { Media } from './media.ts';

/** Who did it. */
export type Party =
  | { readonly in: 'matrix'; readonly userId: MatrixUserId }
  | { readonly in: 'remote'; readonly userId: RemoteUserId };

/** The name of a message on one side, as its event mentions it. */
export type Ref =
  | { readonly in: 'matrix'; readonly eventId: MatrixEventId }
  | {
      readonly in: 'remote';
      readonly messageId: RemoteMessageId;
      /** It may name no message at all (the thread of XEP-0201): where none is known, none is waited for. */
      readonly perhaps?: true;
    };

/**
 * A message that the bridge knows, with its names on both sides (a message may have gone over as several, and may have
 * parts with names of their own). Where both sides name the parts, they stand in the same order.
 */
export interface Target {
  readonly eventIds: readonly [MatrixEventId, ...MatrixEventId[]];
  readonly messageIds: readonly [RemoteMessageId, ...RemoteMessageId[]];
  readonly author: Party;
  /** Which of the names on the far side is meant, where it is not the first: see `target.ts`. Never kept. */
  readonly part?: number;
}

/** Text as people wrote it. `html` is Matrix's subset of HTML (spec 11.2.1.8), already cleaned; absent for plain text. */
export interface FormattedText {
  readonly plain: string;
  readonly html: string | undefined;
}

/** A place on earth (RFC 5870): degrees of WGS 84, `accuracy` in metres; `description` is what its sender says of it. */
export interface Place {
  readonly latitude: number;
  readonly longitude: number;
  readonly accuracy: number | undefined;
  readonly description: string | undefined;
}

/** A question with answers to choose from (MSC3381). The ids of the answers are those of the side that asked. */
export interface Poll {
  readonly question: string;
  readonly answers: readonly { readonly id: string; readonly text: string }[];
  readonly maxSelections: number;
  /** Whether the votes so far are shown before the poll has ended. */
  readonly disclosed: boolean;
}

/** What a message says. */
export type Content =
  | { readonly kind: 'text'; readonly style: 'normal' | 'emote' | 'notice'; readonly text: FormattedText }
  | { readonly kind: 'media'; readonly media: Media; readonly caption: FormattedText | undefined }
  /** Several files under one caption. */
  | {
      readonly kind: 'gallery';
      readonly items: readonly [Media, Media, ...Media[]];
      readonly caption: FormattedText | undefined;
    }
  | { readonly kind: 'location'; readonly place: Place }
  | { readonly kind: 'poll'; readonly poll: Poll };

/** Whom a message calls, beyond its text (MSC3952); `room` calls everybody in the chat. */
export interface Mentions {
  readonly users: readonly Party[];
  readonly room: boolean;
}
export const noMentions: Mentions = { users: [], room: false };

/** A reaction as one side tells it: a difference (Matrix) or the person's full set (XMPP). */
export type ReactionChange =
  | { readonly op: 'add'; readonly emoji: string }
  | { readonly op: 'remove'; readonly emoji: string }
  | { readonly op: 'set'; readonly emojis: readonly string[] };

/**
 * A person's reactions to what has one name on the far side: the full set after the event, and the one before it. Where
 * several parts have that one name there, these are the reactions to all of them together.
 */
export interface ReactionSets {
  readonly emojis: readonly string[];
  readonly previous: readonly string[];
  /** The Matrix event that stands for each earlier emoji, so that it can be redacted. */
  readonly previousEvents: ReadonlyMap<string, MatrixEventId>;
  /** What is kept, of the named part alone, where the message has several parts; all of it where absent. */
  readonly own?: OwnReactions;
}
export interface OwnReactions {
  /** The key of the part: `reactionKey` in `target.ts`. */
  readonly key: RemoteMessageId;
  readonly emojis: readonly string[];
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
  /** Further names by which later events may refer to it; a name that is taken already keeps what it means. */
  readonly aliases?: readonly Ref[];
  /** When it happened at its origin, milliseconds since the epoch. */
  readonly at: number;
  /** It comes from an archive, long after it was said: nobody is to be called by it. */
  readonly history?: true;
  /** Its key came long after it, or late: what was said after it may stand before it. It is to be shown as late. */
  readonly late?: true;
}

export interface MessageEvent<S extends Stage = Resolved> extends Envelope {
  readonly kind: 'message';
  readonly content: Content;
  readonly mentions: Mentions;
  readonly replyTo: S['target'] | undefined;
  /** The words that it answers, where its sender's client repeated them for those who know no replies. */
  readonly quoted?: string | undefined;
  /** The message that began the thread which this one belongs to. */
  readonly thread: S['target'] | undefined;
  /** The names of its further parts, in order, where its own side names them one by one; `name` is that of the first. */
  readonly parts?: readonly Ref[];
  /** It is to be gone after a while (`expires` of MIMI content); it stays where absent. */
  readonly expires?: Expiry | undefined;
}
/** How long something is to stay, in milliseconds, from when it was sent, or from when its reader has seen it. */
export interface Expiry {
  readonly afterMs: number;
  readonly from: 'sending' | 'reading';
}
export interface EditEvent<S extends Stage = Resolved> extends Envelope {
  readonly kind: 'edit';
  readonly target: S['target'];
  readonly content: Content;
  readonly mentions: Mentions;
}
export interface ReactionEvent<S extends Stage = Resolved> extends Envelope {
  readonly kind: 'reaction';
  readonly target: S['target'];
  readonly reactions: S['reactions'];
}
export interface RedactionEvent<S extends Stage = Resolved> extends Envelope {
  readonly kind: 'redaction';
  readonly target: S['target'];
  readonly reason?: string;
}
/**
 * Somebody who may do so takes back in a group what another wrote. A network tells it only where it has judged so; what a
 * Matrix user does is the network's to judge.
 */
export interface ModerationEvent<S extends Stage = Resolved> extends Envelope {
  readonly kind: 'moderation';
  readonly target: S['target'];
  readonly reason: string | undefined;
}
/** A person's choice in a poll, in place of an earlier one; none takes it back. */
export interface VoteEvent<S extends Stage = Resolved> extends Envelope {
  readonly kind: 'vote';
  readonly target: S['target'];
  readonly choices: readonly string[];
}
/** Its author ends a poll. */
export interface PollEndEvent<S extends Stage = Resolved> extends Envelope {
  readonly kind: 'poll-end';
  readonly target: S['target'];
}
/**
 * What became of a message on the far side: a device has it, its reader has seen it and all before it, or the network
 * could not deliver it.
 */
export interface ReceiptEvent<S extends Stage = Resolved> extends Envelope {
  readonly kind: 'receipt';
  readonly receipt: 'delivered' | 'undelivered' | 'read';
  readonly target: S['target'];
}

/** What a person may do in a group. */
export type Role = 'owner' | 'admin' | 'moderator' | 'member' | 'visitor';
/** A change of who is in a group, or of what they may do there. The envelope's sender did it. */
export interface MembershipEvent extends Envelope {
  readonly kind: 'membership';
  readonly member: Party;
  readonly change:
    | { readonly kind: 'join' | 'unban' }
    /** The network does not say, or nobody vouches for, who invites: it may be anybody. */
    | { readonly kind: 'invite'; readonly unvouched?: true }
    | { readonly kind: 'leave' | 'kick' | 'ban'; readonly reason: string | undefined }
    | { readonly kind: 'role'; readonly role: Role };
}
/** A change of what a group is called and looks like. */
export interface ChatInfoEvent extends Envelope {
  readonly kind: 'chat-info';
  readonly change:
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'topic'; readonly topic: string }
    | { readonly kind: 'avatar'; readonly avatar: Media | undefined };
}

/**
 * Somebody calls, or stops before anybody has answered. Calls themselves are not carried: whose turn it is to be called is
 * told that somebody tried, and the caller's client is answered, so that it stops ringing. A call that began long ago
 * is nothing any more.
 */
export interface CallEvent extends Envelope {
  readonly kind: 'call';
  readonly change: 'ring' | 'end';
  /** The name of the call on its own side, as that side's edge reads it; the same in all that belongs to the call. */
  readonly call: string;
  readonly media: 'audio' | 'video' | undefined;
}
/** How long what is said in a chat from now on is to stay; for good where `expires` is undefined. */
export interface TimerEvent extends Envelope {
  readonly kind: 'timer';
  readonly expires: Expiry | undefined;
  /** People are told of it, and messages stay all the same. */
  readonly onlyTold?: true;
}
/**
 * A person's encryption identity on their network, in their direct chat with a Matrix user, is not what it was, or was
 * verified. It belongs to a direct chat, and no rule can keep it from the user, who is told of a change once.
 */
export interface IdentityChangeEvent extends Envelope {
  readonly kind: 'identity-change';
  readonly person: RemoteUserId;
  readonly identity: Fingerprint;
  /** What it was before, where the network knows that: undefined for the first that it tells of a person. */
  readonly previous: Fingerprint | undefined;
  /** The user has compared it at a client of the network's own, which says so. */
  readonly verified: boolean;
}

/** A person writes, or has stopped. A signal: it is not kept, and lost where a link is down. */
export interface TypingEvent extends Envelope {
  readonly kind: 'typing';
  readonly typing: boolean;
}
/** Whether a person is there. A signal. */
export interface PresenceEvent extends Envelope {
  readonly kind: 'presence';
  readonly presence: 'online' | 'away' | 'offline';
  readonly status: string | undefined;
}

export type BridgeEvent<S extends Stage = Resolved> =
  | MessageEvent<S>
  | EditEvent<S>
  | ReactionEvent<S>
  | RedactionEvent<S>
  | ModerationEvent<S>
  | VoteEvent<S>
  | PollEndEvent<S>
  | ReceiptEvent<S>
  | MembershipEvent
  | ChatInfoEvent
  | CallEvent
  | TimerEvent
  | IdentityChangeEvent
  | TypingEvent
  | PresenceEvent;
/** What is told as it happens and not kept: lost where a link is down, and never brought in after a gap. */
export type SignalKind = 'typing' | 'presence' | 'receipt';
export type Signal = Extract<UnresolvedEvent, { readonly kind: SignalKind }>;
export type BridgeEventKind = BridgeEvent['kind'];
export type EventOf<K extends BridgeEventKind> = Extract<BridgeEvent, { readonly kind: K }>;
export type UnresolvedEvent = BridgeEvent<Unresolved>;
