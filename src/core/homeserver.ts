/** What the core needs of the Matrix side; `matrix/` implements it. The mirror image of a network. */
import type { BridgeEventKind, EventOf, Expiry, Party, Role, UnresolvedEvent } from './event.ts';
import type {
  MatrixEventId,
  MatrixUserId,
  NetworkId,
  PortalId,
  RemoteMessageId,
  RemoteUserId,
  RoomId,
} from './ids.ts';
import type { RemoteGroup, RemoteProfile } from './network.ts';
import type { Failed, Ignored, Outcome, ReasonCode, Unsupported } from './outcome.ts';
import type { DirectIntent, DirectPortal, GroupIntent, GroupPortal, Portal } from './portal.ts';

/** A room event as the homeserver sent it: kept first, opened afterwards. */
export interface MatrixArrival {
  readonly eventId: MatrixEventId;
  readonly room: RoomId;
  /** The event, serialised. */
  readonly raw: string;
}

/** What a Matrix event turned out to be. */
export type OpenedMatrixEvent =
  | { readonly kind: 'event'; readonly event: UnresolvedEvent }
  /**
   * The bridge sent it itself in the name of its sender, for a portal; `message` is what it brought over. Clients copy
   * what they forward with everything in it, so it may also be the user's own: see `isEcho` in to-network.ts.
   */
  | {
      readonly kind: 'echo';
      readonly event: UnresolvedEvent;
      readonly portal: PortalId;
      readonly message: RemoteMessageId | undefined;
    }
  /** A user invited the bot: a management room is offered. */
  | {
      readonly kind: 'bot-invited';
      readonly user: MatrixUserId;
      readonly room: RoomId;
      readonly direct: boolean;
      /** The room that this one replaces, as its creation says. */
      readonly predecessor: RoomId | undefined;
    }
  /** A user invited a ghost: a direct portal is offered, or a person is invited into a group. */
  | {
      readonly kind: 'ghost-invited';
      readonly user: MatrixUserId;
      readonly room: RoomId;
      readonly network: NetworkId;
      readonly remote: RemoteUserId;
      readonly direct: boolean;
      readonly predecessor: RoomId | undefined;
      readonly at: number;
    }
  /** A user joined a room, or changed what they are called in it. */
  | {
      readonly kind: 'joined';
      readonly user: MatrixUserId;
      readonly room: RoomId;
      readonly name: string | undefined;
      /** The portal for which the bridge brought them in, as the event says; anybody can write that. */
      readonly broughtInto?: PortalId;
    }
  /**
   * Somebody left, declined, was kicked or banned, or may come again after a ban; `ghost` names the remote user where it
   * was a ghost, put out by a user.
   */
  | {
      readonly kind: 'left';
      readonly user: MatrixUserId;
      readonly room: RoomId;
      readonly ghost: RemoteUserId | undefined;
      readonly by: MatrixUserId;
      readonly how: 'leave' | 'kick' | 'ban' | 'unban';
      readonly reason: string | undefined;
      readonly at: number;
    }
  /** A user put the bot out of a room. */
  | { readonly kind: 'bot-removed'; readonly room: RoomId; readonly user: MatrixUserId }
  /** A user changed what people may do in a room. */
  | {
      readonly kind: 'powers';
      readonly user: MatrixUserId;
      readonly room: RoomId;
      readonly changes: readonly { readonly member: Party; readonly role: Role }[];
      readonly at: number;
    }
  /** A user closed a room in favour of another (`m.room.tombstone`). */
  | {
      readonly kind: 'replaced';
      readonly user: MatrixUserId;
      readonly room: RoomId;
      readonly replacement: RoomId;
      readonly at: number;
    }
  /** It is encrypted, and there is no key for it yet; `withheld` is the sender's code where they say that there will be none. */
  | {
      readonly kind: 'locked';
      readonly user: MatrixUserId;
      readonly room: RoomId;
      readonly sessionId: string;
      readonly withheld: string | undefined;
    }
  /** Somebody asks one of the bridge's own users, `of`, to verify themself in a room. */
  | {
      readonly kind: 'verification';
      readonly user: MatrixUserId;
      readonly room: RoomId;
      readonly request: MatrixEventId;
      readonly of: MatrixUserId;
    }
  | Ignored
  /** `user` is its author, where one is known. */
  | (Unsupported & { readonly user?: MatrixUserId })
  /** It could not be opened: for now, or because it is not what it seems. */
  | (Failed & { readonly user?: MatrixUserId });

/** The event is in the room, under these ids. For reactions: the event of each emoji that was added. */
export interface Delivered {
  readonly kind: 'sent';
  readonly eventIds: readonly MatrixEventId[];
  readonly reactionEvents: ReadonlyMap<string, MatrixEventId>;
}
export type MatrixHandled = Delivered | Failed | Ignored | Unsupported;

export type MatrixHandlers = {
  readonly [K in BridgeEventKind]?: (
    event: EventOf<K>,
    portal: Portal,
    signal: AbortSignal,
  ) => Promise<MatrixHandled>;
};

/** Rooms that mirror remote chats. All of them may be repeated after a crash and then do nothing twice. */
export interface PortalRooms {
  /** Makes the direct room for an intent, or finds the one that an earlier attempt made (by its tag in `creation_content`). */
  create(
    intent: DirectIntent,
    profile: RemoteProfile,
    again: boolean,
  ): Promise<{ readonly kind: 'room'; readonly room: RoomId } | Failed>;
  /** The ghost joins a room that a user made. Answers `forbidden` where the room is not a direct chat of the two. */
  adopt(
    portal: DirectPortal,
    profile: RemoteProfile,
  ): Promise<{ readonly kind: 'room'; readonly room: RoomId } | Failed>;
  /** The ghost declines an invitation or leaves a room. */
  decline(network: NetworkId, remote: RemoteUserId, room: RoomId): Promise<undefined | Failed>;
  /**
   * Whoever of the bridge is in the portal's room enters the one that replaces it. `no-replacement` where the portal's
   * room does not name that room as its successor, that room not this one as its predecessor, or it cannot be entered.
   */
  follow(portal: Portal, replacement: RoomId): Promise<undefined | Failed>;
  /** The portal has another room now: what was said there before the bridge came is fetched, in the background. */
  followed(portal: Portal): void;
}

/** Who has which role when a group's room is made. */
export interface FirstMember {
  readonly user: MatrixUserId;
  readonly role: Role;
}

/** What a room can be asked about itself. */
export type RoomSaying = Exclude<EventOf<'chat-info'>['change'], { readonly kind: 'avatar' }>;

/** The rooms of groups; the bot makes them and stays in them. All may be repeated. */
export interface GroupRooms {
  /** Makes the room for an intent, or finds the one that an earlier attempt made. Nobody is invited yet. */
  create(
    intent: GroupIntent,
    group: RemoteGroup,
    members: readonly FirstMember[],
    again: boolean,
  ): Promise<{ readonly kind: 'room'; readonly room: RoomId } | Failed>;
  /** Whether the bot itself is in the room: from outside nothing else can be read there. */
  botIsIn(portal: GroupPortal): Promise<boolean | Failed>;
  /** The bot takes an invitation back into the room; `portal-closed` where it is gone. Done too where it is in. */
  enter(portal: GroupPortal): Promise<undefined | Failed>;
  /** Whether the user may be let in: `banned` where a user has banned them from the room. A ban of the network's is none. */
  admits(portal: GroupPortal, user: MatrixUserId): Promise<undefined | Failed>;
  /** Whether the room has this name or topic now. */
  says(portal: GroupPortal, change: RoomSaying): Promise<boolean | Failed>;
  /** Whether the user is in the room now. */
  isIn(portal: GroupPortal, user: MatrixUserId): Promise<boolean | Failed>;
  /** Done too where the user is in the room already. */
  invite(portal: GroupPortal, user: MatrixUserId): Promise<undefined | Failed>;
  /** The bot puts a user out, with words for why. Done too where they are not in the room. */
  remove(portal: GroupPortal, user: MatrixUserId, reason: ReasonCode): Promise<undefined | Failed>;
  /** Gives a member the power of their role again, where a user gave them another that the network did not take. */
  setRole(portal: GroupPortal, member: Party, role: Role): Promise<undefined | Failed>;
  /** A ghost that a user invited does not come, or one that was banned may come again. */
  decline(portal: GroupPortal, remote: RemoteUserId): Promise<undefined | Failed>;
  pardon(portal: GroupPortal, remote: RemoteUserId): Promise<undefined | Failed>;
  /** Ghosts and bot leave. */
  close(portal: GroupPortal): Promise<undefined | Failed>;
}

/** What is told to people on the Matrix side, each under an id of its own so that a repeat shows nothing twice. */
export interface Reporter {
  /** Takes a room that a user invited the bot to as their management room; declines where it is not a direct chat. */
  accept(user: MatrixUserId, room: RoomId, direct: boolean): Promise<undefined | Failed>;
  /** The bot declines an invitation of somebody who may not use the bridge. */
  decline(room: RoomId): Promise<undefined | Failed>;
  /** A message-status event (`com.beeper.message_send_status`) for a user's event in a portal. */
  status(portal: Portal, eventId: MatrixEventId, status: MessageStatus): Promise<undefined | Failed>;
  /** A line in the user's management room, which is made where there is none. `id` names it: the same id shows once. */
  notice(
    user: MatrixUserId,
    id: string,
    text: { readonly plain: string; readonly html: string | undefined },
  ): Promise<undefined | Failed>;
}
export type MessageStatus =
  /** `endedAt` tells the end of one try from that of another, so that a second failure is told again. */
  | { readonly kind: 'outcome'; readonly outcome: Outcome; readonly endedAt: number }
  | { readonly kind: 'retrying'; readonly reason: Failed['reason']; readonly since: number }
  /** Its key is missing; it goes over late if it comes. */
  | { readonly kind: 'waiting-for-key'; readonly since: number }
  | { readonly kind: 'delivered'; readonly to: RemoteUserId }
  | { readonly kind: 'undelivered'; readonly to: RemoteUserId };

/** What the bridge does of itself in the room of a portal, by the ghost of a direct chat or the bot. All may be repeated. */
export interface RoomActs {
  /** Whoever calls there, under this name of the call, is to stop ringing. */
  declineCall(portal: Portal, call: string, cause: string, signal: AbortSignal): Promise<undefined | Failed>;
  /** Takes an event back whose time is over; done too where it is gone. */
  vanish(portal: Portal, eventId: MatrixEventId, cause: string): Promise<undefined | Failed>;
  /** The room says how long messages stay. Where whoever does it lacks the power for that, that is no failure. */
  showTimer(portal: Portal, expires: Expiry | undefined): Promise<undefined | Failed>;
}

/** The Matrix side as the spine sees it. */
export interface Homeserver {
  /** Opens a kept event: decrypts and parses it. Total: whatever is kept ends in something to do or in a reason. */
  open(arrival: MatrixArrival, cause: string, signal: AbortSignal): Promise<OpenedMatrixEvent>;
  /** What can be seen of a kept event without its key; what is encrypted is `locked`. */
  glance(arrival: MatrixArrival): OpenedMatrixEvent;
  /** Refuses a verification, with a reason. May be repeated. */
  cancelVerification(
    asked: Extract<OpenedMatrixEvent, { readonly kind: 'verification' }>,
  ): Promise<undefined | Failed>;
  readonly handlers: MatrixHandlers;
  readonly rooms: PortalRooms;
  readonly groupRooms: GroupRooms;
  readonly reporter: Reporter;
}
