/** The interfaces of what is kept; `storage/` implements them on SQLite and PostgreSQL. */
import type { Party, Ref, Role, Target } from './event.ts';
import type {
  LaneId,
  MatrixEventId,
  MatrixUserId,
  NetworkId,
  PortalId,
  RemoteChatId,
  RemoteMessageId,
  RemoteUserId,
  RoomId,
} from './ids.ts';
import type { KeyWaitStore } from './key-wait-store.ts';
import type { JoinedGroup } from './network.ts';
import type { EventState, Outcome, ReasonCode } from './outcome.ts';
import type { Portal, PortalIntent, PortalKey } from './portal.ts';
import type { PuppetStore } from './puppet.ts';

/** Where an event came from: the homeserver, or a network. */
export type Source = 'matrix' | NetworkId;

/** An event to be kept. (source, outerId) is its identity. */
export interface NewEvent {
  readonly source: Source;
  readonly outerId: string;
  readonly lane: LaneId;
  /** Serialised; encrypted by the store before it is written. */
  readonly payload: string;
}

/** An event that is kept and has not ended. `seq` rises in the order of keeping. */
export interface KeptEvent extends NewEvent {
  readonly seq: number;
  readonly receivedAt: number;
  readonly attempts: number;
  /** The session whose key it had to wait for out of its lane: it comes late. */
  readonly waitedFor?: string;
}

/** What is known of an event, ended or not. */
export interface EventRecord {
  readonly seq: number;
  readonly source: Source;
  readonly outerId: string;
  readonly lane: LaneId;
  readonly state: EventState;
  readonly outcome: Outcome | undefined;
  readonly attempts: number;
  readonly receivedAt: number;
  readonly endedAt: number | undefined;
  /** Whether the payload is still there, so that the event can be tried again. */
  readonly retryable: boolean;
  /** The session whose key it waits for, or waited for. */
  readonly waitsFor?: string;
}

/** Everything that ends with an event: written in one transaction. */
export interface Settlement {
  readonly seq: number;
  readonly outcome: Outcome;
  readonly attempts: number;
  readonly portal: PortalId | undefined;
  /** Whether somebody is still to be told; cleared by `reported`. */
  readonly report: boolean;
  /** The message that came to be known on both sides. */
  readonly message: NewMessage | undefined;
  /** Further names of a known message (those of an edit), by one of its names. */
  readonly alias: { readonly portal: PortalId; readonly of: Ref; readonly names: readonly Ref[] } | undefined;
  /** The full set of a person's reactions to a message, replacing what was there. */
  readonly reactions: ReactionState | undefined;
  /** The message is to be gone so long after this, or after it was read: see `expiries.ts`. */
  readonly expiry?: { readonly afterMs: number; readonly untilRead: boolean };
}

export interface NewMessage {
  readonly portal: PortalId;
  readonly target: Target;
}

export interface ReactionState {
  readonly portal: PortalId;
  /** The message or its part, by `reactionKey` of `target.ts`: the first remote id where it has no parts. */
  readonly message: RemoteMessageId;
  readonly author: Party;
  /** Each emoji with the Matrix event that stands for it. */
  readonly emojis: ReadonlyMap<string, MatrixEventId>;
}

/** An ended event that somebody is still to be told of. */
export interface DueReport {
  readonly record: EventRecord;
  readonly payload: string;
  readonly portal: PortalId | undefined;
}

/** What waits of one source, and since when the oldest of it does (milliseconds since the epoch). */
export interface SourceBacklog {
  readonly source: Source;
  readonly pending: number;
  readonly oldest: number;
}

export interface EventStore {
  /**
   * Keeps events in their order, in one transaction with whatever else is being written, and resolves once that is
   * durable. Answers for each in turn: the kept event, or `undefined` where (source, outerId) was known.
   */
  keep(events: readonly NewEvent[]): Promise<readonly (KeptEvent | undefined)[]>;
  /** Which of these are known already. */
  known(source: Source, outerIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Every lane with a pending event. */
  pendingLanes(): Promise<readonly LaneId[]>;
  /** Pending events of a lane with a higher `seq` than `after`, in order. */
  pending(lane: LaneId, after: number, limit: number): Promise<readonly KeptEvent[]>;
  /** Ends an event. Durable when it resolves; batched with what else is being written. */
  settle(settlement: Settlement): Promise<void>;
  /** Counts an attempt that did not end the event. */
  attempted(seq: number, attempts: number): Promise<void>;
  find(outerId: string): Promise<EventRecord | undefined>;
  /**
   * Makes an event that ended, or waits for a key, pending again, as if it had been received now, so that it has all its
   * time once more; `undefined` where it is not known, under way, was sent, or its payload is erased.
   */
  revive(outerId: string): Promise<KeptEvent | undefined>;
  /**
   * The same for all events of lanes that failed for a reason since a moment (milliseconds since the epoch); they keep
   * their places in the lane. Answers how many there were.
   */
  reviveAll(lanes: readonly LaneId[], reason: ReasonCode, since: number): Promise<number>;
  dueReports(after: number, limit: number): Promise<readonly DueReport[]>;
  reported(seqs: readonly number[]): Promise<void>;
  /** Erases the payloads of what ended before `endedBefore`; answers how many. */
  erase(endedBefore: number): Promise<number>;
  /** Forgets events that ended before `endedBefore` altogether; answers how many. */
  forget(endedBefore: number): Promise<number>;
  /** How many events are on their way, and since when the oldest is; those that wait for a key are counted elsewhere. */
  backlog(): Promise<{ readonly pending: number; readonly oldest: number | undefined }>;
  /** The same for each source that has events waiting. */
  backlogs(): Promise<readonly SourceBacklog[]>;
}

export interface MessageStore {
  /** A known message by any of its names on either side; an alias finds it too, but is not among the target's names. */
  find(portal: PortalId, ref: Ref): Promise<Target | undefined>;
  /** A person's reactions to a message or its part (named by `reactionKey`: its first remote id where it has no parts). */
  reactions(
    portal: PortalId,
    message: RemoteMessageId,
    author: Party,
  ): Promise<ReadonlyMap<string, MatrixEventId>>;
  /** The reaction that a Matrix event stands for. */
  reactionByEvent(
    portal: PortalId,
    eventId: MatrixEventId,
  ): Promise<
    { readonly message: RemoteMessageId; readonly author: Party; readonly emoji: string } | undefined
  >;
}

export interface PortalStore {
  byRoom(room: RoomId): Promise<Portal | undefined>;
  byKey(key: PortalKey): Promise<Portal | PortalIntent | undefined>;
  byId(id: PortalId): Promise<Portal | PortalIntent | undefined>;
  /** Records that a room is about to be made; answers what was there already where something was. */
  intend(intent: PortalIntent): Promise<Portal | PortalIntent>;
  /** The room is made. */
  opened(id: PortalId, room: RoomId): Promise<Portal>;
  /** Records a room that a user made as a portal; answers the portal that has the key or the room already, where one has. */
  adopted(portal: Portal): Promise<Portal | PortalIntent>;
  /** Another room took the place of the portal's: all that is known of the portal stays, but no ghost is in that room yet. */
  moved(id: PortalId, room: RoomId): Promise<Portal>;
  /** The room is no portal any more; its messages and members are forgotten. */
  closed(id: PortalId): Promise<void>;
  /** Rooms that are to be made for a user, or were made and not recorded yet; at most a hundred. */
  intended(user: MatrixUserId): Promise<readonly PortalIntent[]>;
  /** Portals with a room, the last active first. */
  list(offset: number, limit: number): Promise<readonly Portal[]>;
  /** The direct portals of a user, and the groups that they are in or invited to. */
  ofUser(user: MatrixUserId): Promise<readonly Portal[]>;
  count(): Promise<number>;
}

/** A Matrix user who is in a group, or was invited to it from the network and has not answered. */
export interface GroupMember {
  readonly user: MatrixUserId;
  /** What they are called in the group. */
  readonly nick: string;
  readonly state: 'joined' | 'invited';
  readonly role: Role;
  /** What they enter the group with, where it asks for that; encrypted by the store. */
  readonly password?: string | undefined;
}

/** Where the ghost of a person is: in the room, invited by a user, out of it again, or it never was there. */
export type PersonState = 'in' | 'invited' | 'out' | 'absent';
/** A person of a group, kept where the room shows them or they may do more or less than others. */
export interface GroupPerson {
  readonly remote: RemoteUserId;
  readonly state: PersonState;
  readonly role: Role;
  /** What their shown name has in common with those that look like it. */
  readonly likeness: string;
}
export type GroupOfNetwork = JoinedGroup & { readonly portal: PortalId; readonly chat: RemoteChatId };
/**
 * Notes on a portal: how far the archive was read; a digest of what the room was told of the bridge; since when it is there
 * (milliseconds since the epoch), and whether what was said before is still to be brought in; what became of its alias;
 * since when its room is there for nobody yet; that the bot was put out; what the network last told of the looks of a group
 * whose room belongs to its people; how long messages in it stay, where they do not stay for good (`timers.ts`).
 */
export type PortalMark =
  'position' | 'info' | 'since' | 'history' | 'alias' | 'unjoined' | 'bot-out' | 'told' | 'timer';

export interface GroupStore {
  member(portal: PortalId, user: MatrixUserId): Promise<GroupMember | undefined>;
  members(portal: PortalId): Promise<readonly GroupMember[]>;
  putMember(portal: PortalId, member: GroupMember): Promise<void>;
  /** Answers how many are left. */
  removeMember(portal: PortalId, user: MatrixUserId): Promise<number>;
  person(portal: PortalId, remote: RemoteUserId): Promise<GroupPerson | undefined>;
  /** Those who were put there first come first. */
  people(portal: PortalId, state: PersonState, limit: number): Promise<readonly GroupPerson[]>;
  countPeople(portal: PortalId, state: PersonState): Promise<number>;
  putPerson(portal: PortalId, person: GroupPerson): Promise<void>;
  /** People whose ghosts are in the room under names of this likeness, at most ten. */
  alike(portal: PortalId, likeness: string): Promise<readonly RemoteUserId[]>;
  /** The groups of a network that Matrix users have joined. */
  joined(network: NetworkId): Promise<readonly GroupOfNetwork[]>;
  mark(portal: PortalId, mark: PortalMark): Promise<string | undefined>;
  /** An empty value is none. */
  putMark(portal: PortalId, mark: PortalMark, value: string): Promise<void>;
  dropMark(portal: PortalId, mark: PortalMark): Promise<void>;
  /** Portals that have a value for a mark, with that value: all, or at most `limit`. */
  marked(
    mark: PortalMark,
    limit?: number,
  ): Promise<readonly { readonly portal: PortalId; readonly value: string }[]>;
}

/** A ghost that exists on the homeserver. */
export interface GhostRecord {
  readonly userId: MatrixUserId;
  readonly network: NetworkId;
  readonly remote: RemoteUserId;
  /** The display name that was last set. */
  readonly name: string | undefined;
}

export interface GhostStore {
  get(userId: MatrixUserId): Promise<GhostRecord | undefined>;
  put(ghost: GhostRecord): Promise<void>;
  count(): Promise<number>;
}

/** What is kept of a ghost's looks. */
export interface GhostFace {
  /** The network's version of the picture that the ghost has; undefined where it has none. */
  readonly avatar: string | undefined;
  /** When it was last compared with the person, milliseconds since the epoch. */
  readonly comparedAt: number;
}

export interface FaceStore {
  get(userId: MatrixUserId): Promise<GhostFace | undefined>;
  put(userId: MatrixUserId, face: GhostFace): Promise<void>;
  /** Nothing is known of its looks any more: the homeserver has lost the ghost. */
  forget(userId: MatrixUserId): Promise<void>;
}

/** What is kept of a Matrix user. */
export interface UserRecord {
  readonly userId: MatrixUserId;
  readonly managementRoom: RoomId | undefined;
  readonly language: 'en' | 'ar' | undefined;
}

export interface UserStore {
  get(userId: MatrixUserId): Promise<UserRecord | undefined>;
  /** Whose conversation with the bot a room is: their management room, or that of a message request. */
  byManagementRoom(room: RoomId): Promise<UserRecord | undefined>;
  put(user: UserRecord): Promise<void>;
  list(offset: number, limit: number): Promise<readonly UserRecord[]>;
  count(): Promise<number>;
}

/** A linked account. */
export interface Login {
  readonly user: MatrixUserId;
  readonly network: NetworkId;
  readonly remote: RemoteUserId;
  readonly linkedAt: number;
}

/** A link that waits for the user's answer; `state` is encrypted by the store. */
export interface PendingLogin {
  readonly user: MatrixUserId;
  readonly network: NetworkId;
  readonly state: string;
  readonly expiresAt: number;
  readonly wrongAnswers: number;
}

export interface LoginStore {
  list(user: MatrixUserId): Promise<readonly Login[]>;
  /** Who has linked this remote user. */
  owner(network: NetworkId, remote: RemoteUserId): Promise<MatrixUserId | undefined>;
  /** Records a login; a remote user belongs to one Matrix user, the last who proved it. */
  put(login: Login): Promise<void>;
  remove(user: MatrixUserId, network: NetworkId, remote: RemoteUserId): Promise<boolean>;
  pending(user: MatrixUserId, network: NetworkId): Promise<PendingLogin | undefined>;
  putPending(pending: PendingLogin): Promise<void>;
  removePending(user: MatrixUserId, network: NetworkId): Promise<void>;
}

/** All that is kept. */
export interface Stores {
  readonly events: EventStore;
  readonly keyWaits: KeyWaitStore;
  readonly messages: MessageStore;
  readonly portals: PortalStore;
  readonly groups: GroupStore;
  readonly ghosts: GhostStore;
  readonly faces: FaceStore;
  readonly users: UserStore;
  readonly logins: LoginStore;
  readonly puppets: PuppetStore;
}
