/** The contract of a network. What a network cannot do has no handler; its limits are plain data beside it. */
import type { Blocklist } from './blocklist.ts';
import type { BridgeEventKind, EventOf, Role, Signal, UnresolvedEvent } from './event.ts';
import type { Media } from './media.ts';
import type { MatrixUserId, NetworkId, RemoteChatId, RemoteMessageId, RemoteUserId } from './ids.ts';
import type { Failed, Ignored, Outcome, ReasonCode, Unsupported } from './outcome.ts';
import type { Portal } from './portal.ts';
import type { ThirdParty } from './third-party.ts';
import type { Language, Rendered } from '../texts/catalogue.ts';

/** How well a network carries a feature. */
export type Level = 'full' | 'partial' | 'fallback' | 'none';

/** The features that capabilities, rules and the room's capability state name. */
export const features = [
  'text',
  'formatting',
  'image',
  'video',
  'audio',
  'voice',
  'file',
  'sticker',
  'location',
  'contact',
  'poll',
  'reply',
  'thread',
  'mention',
  'edit',
  'reaction',
  'redaction',
  'delivery-receipt',
  'read-receipt',
  'typing',
  'presence',
  'group',
  'link',
  'call',
  'disappearing',
] as const;
export type Feature = (typeof features)[number];

/** What a network can carry: plain data. `maxTextBytes` and `maxMediaBytes` are the network's own bounds. */
export interface Capabilities {
  readonly features: Readonly<Record<Feature, Level>>;
  readonly maxTextBytes: number;
  readonly maxMediaBytes: number;
  /** The network shows by a mark of its own that a message is late; where absent, words before it say so. */
  readonly late?: 'mark';
  /** How many messages somebody may be sent who never answered; any number where absent. */
  readonly unansweredMessages?: number;
  /** Whether what crosses is end-to-end encrypted on the network's side; not where absent. */
  readonly encrypted?: boolean;
  /**
   * People are known by ids of the network's own, and their phone numbers or e-mail addresses are theirs to share: no id of
   * a person, chat or message that the network hands over has one in it (`private-address.ts`). Where absent, the address
   * is public, and is the id (XMPP).
   */
  readonly addressIsPrivate?: boolean;
}

/**
 * The true state of a link. `since` is milliseconds since the epoch; so is `unanswered`, since when the far end of a link
 * that is up has left something unanswered, where it has.
 */
export type Health =
  | { readonly kind: 'up'; readonly since: number; readonly unanswered?: number }
  | { readonly kind: 'connecting'; readonly since: number; readonly reason: ReasonCode | undefined }
  | { readonly kind: 'down'; readonly since: number; readonly reason: ReasonCode };

/** Something that came in from the network, as it came: kept first, opened afterwards. */
export interface Arrival {
  /** The network's own id of it, unique within the network for ever; what duplicates are known by. */
  readonly outerId: string;
  readonly chat: RemoteChatId;
  /** Who sent it. In a direct chat always the other person, also where the event, opened, is the receiver's own. */
  readonly sender: RemoteUserId;
  /** The Matrix user whose direct chat it belongs to; undefined in a group. */
  readonly receiver: MatrixUserId | undefined;
  /** When it was sent, milliseconds since the epoch. */
  readonly at: number;
  /** The network's own form (a stanza, a node), serialised. */
  readonly raw: string;
  /** It is brought in from the archive, and kept under this name: set by `backfill.ts`. */
  readonly history?: { readonly as: string };
}

/** Something that a network tells as it happens; it is never kept. */
export interface RemoteSignal {
  /** The chat that it is about; undefined where it is about the person in all their chats (presence). */
  readonly chat: RemoteChatId | undefined;
  /** As in an arrival. */
  readonly receiver: MatrixUserId | undefined;
  readonly event: Signal;
}

/** A group that Matrix users are in, as the bridge remembers it: what a network enters again when its link is up. */
export interface JoinedGroup {
  readonly chat: RemoteChatId;
  readonly members: readonly {
    readonly user: MatrixUserId;
    readonly nick: string;
    readonly password?: string | undefined;
  }[];
  /** The network's own mark of how far its archive was read, as `reached` was last told; undefined at first. */
  readonly position: string | undefined;
}

/** Whether a Matrix user can be reached; `unsure` where the homeserver does not answer: keep, and decide later. */
export type Reachable = 'yes' | 'no-such-user' | 'not-permitted' | 'unsure';

/** Where a network hands over what came in, and asks what it must know before it answers. */
export interface EventSink {
  /** Resolves once the arrival is durable, or was already: only then may the network acknowledge it. Rejects where it could not be kept. */
  receive(arrival: Arrival): Promise<'kept' | 'known'>;
  /**
   * Whether a Matrix user exists, may use the bridge, and wants to be reached on this network; who does not is answered
   * like one who does not exist. Cached; never throws.
   */
  reachable(user: MatrixUserId): Promise<Reachable>;
  /** Hands over a signal. Never throws; it may be dropped. */
  signal(signal: RemoteSignal): void;
  /** The groups of this network that have a portal, with who of the Matrix users is in each. */
  groups(): Promise<readonly JoinedGroup[]>;
  /** How far a group's archive has been read; durable at some later time, so what is read again is known by its outer id. */
  reached(chat: RemoteChatId, position: string): void;
  /** The name that a Matrix user goes by, or undefined where none is known. */
  displayName(user: MatrixUserId): Promise<string | undefined>;
  /** A Matrix user's picture, ready to be fetched, or undefined where they have none. */
  avatar(user: MatrixUserId): Promise<RemoteAvatar | undefined>;
  /**
   * Whether a Matrix user lets others see whether they are there; all do where absent. Asked anew after `people.changed`.
   * Never throws.
   */
  givesPresence?(user: MatrixUserId): Promise<boolean>;
  /** A person's name or picture has changed: their ghost follows. May be called for people who have no ghost. */
  profileChanged(user: RemoteUserId): void;
  /**
   * The accounts of a Matrix user on this network in whose own clients they want to see what they write on Matrix; none
   * where absent.
   */
  copiesTo?(user: MatrixUserId): Promise<readonly RemoteUserId[]>;
  /** Somebody in a group said a code (`codeIn` of tie.ts) and nothing else, live. Resolves once what it means is durable. */
  answered?(answer: GroupAnswer): Promise<void>;
  /**
   * A person is not on the network any more, for good, and their name is never given to another: those of `receivers` who
   * have a chat with them are told, once. Rejects where that could not be done now.
   */
  personGone?(user: RemoteUserId, receivers: readonly MatrixUserId[]): Promise<void>;
  /**
   * Two names are the same person's, as the network itself knows or has verified: an account that was renamed or made
   * anew, an occupant of a room whose address is known, an address or number (a URI such as `tel:+15550100`) that the
   * account has proved. What is blocked of one is blocked of the other from then on, for good: never to be told on the
   * word of the person, or of somebody who may claim what they like. Resolves once it is durable.
   */
  samePerson?(user: RemoteUserId, other: SameAs): Promise<void>;
  /**
   * The list of blocked people of an account, or where none is named any list of the network, is not what it was last
   * read as, or can be read only now. It is read again soon; where a network cannot tell, it is read every so often anyhow.
   */
  blocklistChanged?(account: RemoteUserId | undefined): void;
  /** To be called whenever `health` changes: waiting events are tried again at once when the link is back. */
  linkChanged(health: Health): void;
  /** Those who have enabled the network themselves: what an enabling begins may have been lost to a crash. */
  enabled?(): Promise<readonly MatrixUserId[]>;
  /** Tells a user something in their management room, in their language; the same id is told once. */
  tell?(user: MatrixUserId, id: string, line: (language: Language) => Rendered): Promise<undefined | Failed>;
  /** The network has made an account for a user by itself, or it is gone: it counts as linked by them. Durable. */
  account?(user: MatrixUserId, account: RemoteUserId, is: 'linked' | 'gone'): Promise<void>;
}

/** What else a person is known by: another account on the same network, or an address that the network has verified. */
export type SameAs =
  | { readonly kind: 'account'; readonly remote: RemoteUserId }
  | { readonly kind: 'address'; readonly address: string };

/** The event is on the network, under these ids (none for what has no name of its own there, such as a reaction). */
export interface Sent {
  readonly kind: 'sent';
  readonly messageIds: readonly RemoteMessageId[];
}
/** How one attempt of a network's handler went. */
export type Handled = Sent | Failed | Ignored | Unsupported;

/** What an arrival turned out to be. */
export type OpenedArrival =
  { readonly kind: 'event'; readonly event: UnresolvedEvent } | Ignored | Unsupported;

export type NetworkHandlers = {
  readonly [K in BridgeEventKind]?: (
    event: EventOf<K>,
    portal: Portal,
    signal: AbortSignal,
  ) => Promise<Handled>;
};

/** A picture of a person or group. `version` changes when the picture does (a digest of its bytes, an mxc URI). */
export interface RemoteAvatar {
  readonly version: string;
  readonly media: Media;
}

/** A person as the network knows them. */
export interface RemoteProfile {
  readonly userId: RemoteUserId;
  /** The direct chat with them. */
  readonly chat: RemoteChatId;
  readonly name: string | undefined;
  /** Whether the person lets others see their number or e-mail address, where those are private. */
  readonly sharesAddress?: boolean;
  /** Undefined where the network has told nothing of it; `none` where the person has no picture. */
  readonly avatar?: RemoteAvatar | 'none';
  /** The network vouches for who they are. */
  readonly verified?: true;
}

/** A group as the network knows it. */
export interface RemoteGroup {
  readonly chat: RemoteChatId;
  readonly name: string | undefined;
  readonly topic: string | undefined;
  readonly avatar?: RemoteAvatar | 'none';
  /** How many people are in it, where the network says. */
  readonly size: number | undefined;
  /** Whether anybody may enter, or only those who were invited. */
  readonly open: boolean;
}

/** Chats of many people. Everything may be repeated and then does nothing twice; nothing throws. */
export interface Groups {
  /** The name of a group that a person types (an address), whether or not there is one; `no-such-group` where it is none. */
  named(typed: string): RemoteChatId | Failed;
  /** Finds a group by what a person types; `no-such-group` where there is none. */
  find(typed: string): Promise<RemoteGroup | Failed>;
  /** What the network says of a group that Matrix users are in or were invited to. */
  info(chat: RemoteChatId): Promise<RemoteGroup | Failed>;
  /**
   * A Matrix user enters and stays, over broken links too, until `leave`. `nick` is the name that they ask for; what they
   * got is answered. `already-member` is no failure. `password` is what the group may ask of whoever enters; where it is
   * not that, or none, the answer is `wrong-password`. Networks whose groups have none pass it over.
   */
  join(chat: RemoteChatId, user: MatrixUserId, nick: string, password?: string): Promise<JoinedAs | Failed>;
  leave(chat: RemoteChatId, user: MatrixUserId): Promise<undefined | Failed>;
  /**
   * A Matrix user who is in the group goes by another name. What they are called now is answered: as before where the
   * network does not give them the name that they ask for.
   */
  rename?(chat: RemoteChatId, user: MatrixUserId, nick: string): Promise<JoinedAs | Failed>;
  /** Makes a group that belongs to the Matrix user, who is in it from then on. `chat` is what `named` gave. */
  create?(
    chat: RemoteChatId,
    owner: MatrixUserId,
    about: { readonly nick: string; readonly name: string },
  ): Promise<JoinedAs | Failed>;
  /** People who are in the group now, with what they may do; at most `limit` of them. */
  members(chat: RemoteChatId, limit: number): Promise<readonly RemoteMember[] | Failed>;
  /**
   * What was said in a group, oldest first, at most `limit` messages: the last ones, or those before the mark of an
   * earlier answer. The arrivals have the outer ids that they would have had live.
   */
  history?(
    chat: RemoteChatId,
    limit: number,
    before: string | undefined,
  ): Promise<
    | { readonly kind: 'history'; readonly arrivals: readonly Arrival[]; readonly before: string | undefined }
    | Failed
  >;
  /** Absent where those who run a group cannot be asked: then no room that exists already is bridged with it. */
  readonly agreement?: Agreement;
}
/** A code that somebody said in a group, and whether they own or administer it, as the group itself states at that moment. */
export interface GroupAnswer {
  readonly chat: RemoteChatId;
  readonly code: string;
  readonly administers: boolean;
}
/** How those who run a group are asked whether it may be bridged with a room that exists already. */
export interface Agreement {
  /** Whether a Matrix user, who is in the group, owns or administers it there, as the group itself states. */
  administers(chat: RemoteChatId, user: MatrixUserId): Promise<boolean | Failed>;
  /** The bridge says something in a group that a Matrix user is in, as itself; the same id is to show once. */
  say(chat: RemoteChatId, id: string, text: string): Promise<undefined | Failed>;
}
export interface JoinedAs {
  readonly kind: 'joined';
  readonly nick: string;
}
/** A person in a group. */
export interface RemoteMember {
  readonly userId: RemoteUserId;
  readonly name: string | undefined;
  readonly role: Role;
}

/**
 * Finds people. `find` takes what a person types (an address) and answers `no-such-user` where it is none. `asker` is who
 * wants to know, where somebody does: networks where users have connections of their own ask on that one.
 */
export interface Directory {
  find(typed: string, asker?: MatrixUserId): Promise<RemoteProfile | Failed>;
  /** The direct chat with a user. */
  chatWith(user: RemoteUserId): RemoteChatId;
  /** Where people on the network reach a Matrix user, where users have an address there. */
  addressOf?(user: MatrixUserId): string;
  /** The profile of a known user; answers from what the network says, never throws. */
  profile(user: RemoteUserId): Promise<RemoteProfile | Failed>;
  /** The name of a person that somebody types, whether or not there is one; nobody is asked. Undefined where it is none. */
  named?(typed: string): RemoteUserId | undefined;
  /**
   * The number of a person, written internationally (`+15550100`), where their id is one or the network has verified it; it
   * is known from the start, or told nobody ever. Answers at once. It is shown to nobody: its country counts as a region.
   */
  numberOf?(user: RemoteUserId): string | undefined;
  /** The domain in the name of a person or a chat; undefined where there is none. */
  serverOf?(name: string): string | undefined;
  /** Other ways to write the name of a person, which mean the same account; none where absent. */
  spellings?(user: RemoteUserId): readonly RemoteUserId[];
}

/** A step of linking an account: something is asked of the user, or it is over. Shared by commands and the HTTP API. */
export type LoginStep =
  | {
      readonly kind: 'ask';
      readonly ask: 'code';
      readonly address: string;
      readonly state: string;
      readonly expiresAt: number;
    }
  | { readonly kind: 'done'; readonly remote: RemoteUserId }
  | Failed;

/** Links a Matrix user's own account on the network. `state` is kept, encrypted, between the steps. */
export interface LoginFlows {
  /** Nothing is typed to begin: the network knows the account by the user. An address is asked for where absent. */
  readonly asks?: 'nothing';
  begin(user: MatrixUserId, typed: string): Promise<LoginStep>;
  answer(user: MatrixUserId, state: string, typed: string): Promise<LoginStep>;
  /** The user unlinks an account: what the network has of it is ended. May be repeated. */
  end?(user: MatrixUserId, account: RemoteUserId): Promise<undefined | Failed>;
}

/** What the parts of the bridge that only look at a network may see of it. */
export interface NetworkView {
  readonly id: NetworkId;
  readonly capabilities: Capabilities;
}

/** A network before it runs. */
export interface Network extends NetworkView {
  /** Starts the link and returns at once; the link may still be connecting. Ends with `signal` or by disposal. */
  start(sink: EventSink, signal: AbortSignal): Promise<RunningNetwork>;
}

/** A network that runs. Disposal ends its connections and waits for them. */
export interface RunningNetwork extends NetworkView, AsyncDisposable {
  /** Parses an arrival. Pure, total: whatever is kept ends in an event or in a reason. `cause` becomes the event's. */
  open(arrival: Arrival, cause: string): OpenedArrival;
  /** Each may be called again for the same event (same `cause`) and then must not show twice on the far side. */
  readonly handlers: NetworkHandlers;
  readonly health: () => Health;
  readonly directory: Directory;
  /**
   * Tells the remote sender that an arrival ended without being sent; only for `blocked`, `unsupported`, `failed`. Called
   * again later where it answers a failure that passes; telling it twice should show once.
   */
  refuse?(arrival: Arrival, outcome: Outcome): Promise<undefined | Failed>;
  readonly logins?: LoginFlows;
  /** The lists of blocked people that linked accounts have on the platform; not followed where absent. */
  readonly blocklist?: Blocklist;
  readonly groups?: Groups;
  /** How people and groups are looked up in the homeserver's room directory; not at all where absent. */
  readonly thirdParty?: ThirdParty;
  /** Follows the names, pictures and presence of Matrix users; what they are it asks of the sink. */
  readonly people?: {
    /** `known` are people whom the user has chats with, who may have been shown them before the bridge last started. */
    changed(user: MatrixUserId, known?: readonly RemoteUserId[]): void;
  };
  /** Whether a user, or anybody, can be reached may be another than before: what is remembered is dropped. Must not throw. */
  reachChanged?(user: MatrixUserId | undefined): void;
  /**
   * Takes back what the network knows of a user who cannot be reached any more; `known` are people whom they had chats
   * with. Groups are left one by one beside it. May be repeated.
   */
  forget?(user: MatrixUserId, known: readonly RemoteUserId[]): Promise<undefined | Failed>;
}
