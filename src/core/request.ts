/** Message requests: first contacts that wait until the person whom they reach for agrees. */
import type {
  LaneId,
  MatrixEventId,
  MatrixUserId,
  NetworkId,
  RemoteChatId,
  RemoteUserId,
  RoomId,
} from './ids.ts';
import type { KeptEvent } from './stores.ts';

/** `accepted` also stands for people whom the user wrote to first. */
export const requestStates = ['open', 'accepted', 'declined', 'blocked', 'expired'] as const;
export type RequestState = (typeof requestStates)[number];
/** How a request ends by which what is held of it goes. */
export type RequestEnd = Exclude<RequestState, 'open' | 'accepted'>;

/** Who wants to reach whom, and where: unique. */
export interface RequestKey {
  readonly network: NetworkId;
  /** Whom they want to reach. */
  readonly user: MatrixUserId;
  readonly remote: RemoteUserId;
  /** The direct chat, or the group that they invite into. */
  readonly chat: RemoteChatId;
  readonly kind: RequestKind;
}

/**
 * `direct` and `group`: a stranger, who writes or invites. The others hold what somebody sends whom the user knows, in a
 * direct chat or as an invitation, until the user has confirmed their identity (`strict-door.ts`).
 */
export const requestKinds = ['direct', 'group', 'identity', 'identity-group'] as const;
export type RequestKind = (typeof requestKinds)[number];

/** Whether it is an identity that is to be confirmed, and not a person that is to be let in. */
export function isForIdentity({ kind }: Pick<RequestKey, 'kind'>): boolean {
  return kind === 'identity' || kind === 'identity-group';
}

export interface MessageRequest extends RequestKey {
  readonly id: number;
  /** What the user calls it by. */
  readonly number: number;
  readonly state: RequestState;
  /** When it was opened, milliseconds since the epoch. */
  readonly since: number;
  /** How many events wait. */
  readonly held: number;
  /** How many came beyond what may wait, and are gone. */
  readonly dropped: number;
  /** The person's name as it was when the user was told, cleaned. */
  readonly name: string | undefined;
  /** Whether the network vouched for who they are. */
  readonly verified: boolean;
  /** The line in the management room that tells of it alone. */
  readonly notice: RequestNotice | undefined;
  /** Whether it is told of in the line for many. */
  readonly grouped: boolean;
}

/** A line in a management room. Times in milliseconds since the epoch. */
export interface RequestNotice {
  readonly room: RoomId;
  readonly eventId: MatrixEventId;
  readonly at: number;
  readonly editedAt: number;
}

/** An event that is to be held. */
export interface HeldEvent {
  readonly key: RequestKey;
  readonly seq: number;
  readonly attempts: number;
  /** The size of its payload. */
  readonly size: number;
  /** The server that the person belongs to, as far as their address tells. */
  readonly server: string;
}

/** How much may be held. What comes beyond is dropped. */
export interface RequestLimits {
  readonly perRequest: number;
  readonly perUser: number;
  readonly perServer: number;
  readonly overall: number;
  /** Characters of all that is held together. */
  readonly size: number;
}

/** What waits of requests that are open. */
export interface RequestLoad {
  readonly requests: number;
  readonly events: number;
  /** Characters of all that waits together. */
  readonly size: number;
}

/** How much of what may wait in all is used, from 0 to 1; more where the bounds were lowered. */
export function fullness(
  { events, size }: RequestLoad,
  limits: Pick<RequestLimits, 'overall' | 'size'>,
): number {
  return Math.max(events / limits.overall, size / limits.size);
}

/** What became of an event that was to be held. */
export type Holding =
  | { readonly kind: 'held' }
  /** The person was let in meanwhile: the event is still pending. */
  | { readonly kind: 'accepted' }
  /** It ended as blocked by this rule, and its content is gone. */
  | { readonly kind: 'dropped'; readonly rule: string };

/** A person was let in. */
export interface TakenUp {
  readonly request: MessageRequest;
  /** Whether it was not accepted before. */
  readonly fresh: boolean;
  /** The lane of events that are pending again, where there are any. */
  readonly lane: LaneId | undefined;
}

/** The line in the management room that tells of many requests together. */
export interface RequestCrowd {
  readonly count: number;
  /** The servers that most of them come from, with how many do. */
  readonly servers: readonly { readonly server: string; readonly count: number }[];
  readonly notice: RequestNotice | undefined;
}

/** Requests and what is held of them. Each write is one transaction: a request and its events never disagree. */
export interface RequestStore {
  find(key: RequestKey): Promise<MessageRequest | undefined>;
  byNumber(user: MatrixUserId, number: number): Promise<MessageRequest | undefined>;
  byNotice(user: MatrixUserId, eventId: MatrixEventId): Promise<MessageRequest | undefined>;
  /** A user's requests in one of these states, from a number on, in their order. */
  ofUser(
    user: MatrixUserId,
    states: readonly RequestState[],
    after: number,
    limit: number,
  ): Promise<readonly MessageRequest[]>;
  /** Open requests with a higher id than `after`, in order. */
  open(after: number, limit: number): Promise<readonly MessageRequest[]>;
  /** Requests that a person has to whom a block applies: of one user, or of all. */
  from(
    network: NetworkId,
    remote: RemoteUserId,
    user: MatrixUserId | undefined,
  ): Promise<readonly MessageRequest[]>;
  /** Takes a pending event out of its lane, opening the request where there is none. A repeat counts once. */
  hold(event: HeldEvent, limits: RequestLimits, at: number): Promise<Holding>;
  /** Lets a person in, with or without a request; what is held is pending again, with all its time once more. */
  accept(key: RequestKey, at: number): Promise<TakenUp>;
  /**
   * Ends a request; what is held ends as blocked by `rule`, its content is gone. Undefined where it has that end already, or
   * a stronger one: what expired can be declined, and both blocked.
   */
  end(id: number, state: RequestEnd, rule: string, at: number): Promise<MessageRequest | undefined>;
  /** Forgets a request that was declined or blocked; false where it is neither. */
  restore(id: number): Promise<boolean>;
  /** Open requests that were opened before a moment. */
  openedBefore(at: number, limit: number): Promise<readonly MessageRequest[]>;
  /** Forgets requests that expired before a moment; answers how many. */
  forget(expiredBefore: number): Promise<number>;
  /** What is held of a request, in order. */
  events(id: number, limit: number): Promise<readonly KeptEvent[]>;
  /** What waits, for a user or for all. */
  load(user?: MatrixUserId): Promise<RequestLoad>;
  /** The content of an event that has ended is gone from now on. */
  wipe(seq: number): Promise<void>;
  /** Whether a person on a network ever wrote in a portal, and else how many messages a user wrote there, up to `limit`. */
  unanswered(portal: string, limit: number): Promise<{ readonly answered: boolean; readonly sent: number }>;
  readonly notices: RequestNoticeStore;
}

/** What users were told of their requests. */
export interface RequestNoticeStore {
  /** Requests of which something is to be told that was not, the oldest first. */
  untold(after: number, limit: number): Promise<readonly MessageRequest[]>;
  /** Users whose line for many is to be told anew. */
  untoldCrowds(): Promise<readonly MatrixUserId[]>;
  crowd(user: MatrixUserId): Promise<RequestCrowd>;
  /** How many own lines a user has that are open or were told since a moment: of a server, and of all. */
  lines(
    user: MatrixUserId,
    network: NetworkId,
    server: string,
    since: number,
  ): Promise<{ readonly ofServer: number; readonly ofAll: number }>;
  /** It was told of a request as it was given; where it has changed since, it stays to be told. */
  told(request: MessageRequest, notice: RequestNotice | undefined): Promise<void>;
  /** The request is told of in the line for many from now on. */
  group(request: MessageRequest): Promise<void>;
  toldCrowd(user: MatrixUserId, count: number, notice: RequestNotice | undefined): Promise<void>;
}

/** The server in an address, or nothing where the network's names have none. */
export function serverIn(remote: RemoteUserId): string {
  const at = remote.lastIndexOf('@');
  return at < 0 ? '' : remote.slice(at + 1).toLowerCase();
}
