/** The contract of a network. What a network cannot do has no handler; its limits are plain data beside it. */
import type { BridgeEventKind, EventOf, UnresolvedEvent } from './event.ts';
import type { MatrixUserId, NetworkId, RemoteChatId, RemoteMessageId, RemoteUserId } from './ids.ts';
import type { Failed, Ignored, Outcome, ReasonCode, Unsupported } from './outcome.ts';
import type { Portal } from './portal.ts';

/** How well a network carries a feature. */
export type Level = 'full' | 'partial' | 'fallback' | 'none';

/** The features that capabilities, rules and the room's capability state name. */
export const features = [
  'text',
  'formatting',
  'image',
  'video',
  'audio',
  'file',
  'reply',
  'edit',
  'reaction',
  'redaction',
  'delivery-receipt',
] as const;
export type Feature = (typeof features)[number];

/** What a network can carry: plain data. `maxTextBytes` and `maxMediaBytes` are the network's own bounds. */
export interface Capabilities {
  readonly features: Readonly<Record<Feature, Level>>;
  readonly maxTextBytes: number;
  readonly maxMediaBytes: number;
}

/** The true state of a link. `since` is milliseconds since the epoch. */
export type Health =
  | { readonly kind: 'up'; readonly since: number }
  | { readonly kind: 'connecting'; readonly since: number; readonly reason: ReasonCode | undefined }
  | { readonly kind: 'down'; readonly since: number; readonly reason: ReasonCode };

/** Something that came in from the network, as it came: kept first, opened afterwards. */
export interface Arrival {
  /** The network's own id of it, unique within the network for ever; what duplicates are known by. */
  readonly outerId: string;
  readonly chat: RemoteChatId;
  readonly sender: RemoteUserId;
  /** The Matrix user whose direct chat it belongs to. */
  readonly receiver: MatrixUserId;
  /** When it was sent, milliseconds since the epoch. */
  readonly at: number;
  /** The network's own form (a stanza, a node), serialised. */
  readonly raw: string;
}

/** Whether a Matrix user can be reached; `unsure` where the homeserver does not answer: keep, and decide later. */
export type Reachable = 'yes' | 'no-such-user' | 'not-permitted' | 'unsure';

/** Where a network hands over what came in, and asks what it must know before it answers. */
export interface EventSink {
  /** Resolves once the arrival is durable, or was already: only then may the network acknowledge it. Rejects where it could not be kept. */
  receive(arrival: Arrival): Promise<'kept' | 'known'>;
  /** Whether a Matrix user exists and may use the bridge. Cached; never throws. */
  reachable(user: MatrixUserId): Promise<Reachable>;
  /** The name that a Matrix user goes by, or undefined where none is known. */
  displayName(user: MatrixUserId): Promise<string | undefined>;
  /** To be called whenever `health` changes: waiting events are tried again at once when the link is back. */
  linkChanged(health: Health): void;
}

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

/** A person as the network knows them. */
export interface RemoteProfile {
  readonly userId: RemoteUserId;
  /** The direct chat with them. */
  readonly chat: RemoteChatId;
  readonly name: string | undefined;
}

/** Finds people. `find` takes what a person types (an address) and answers `no-such-user` where it is none. */
export interface Directory {
  find(typed: string): Promise<RemoteProfile | Failed>;
  /** The direct chat with a user. */
  chatWith(user: RemoteUserId): RemoteChatId;
  /** The profile of a known user; answers from what the network says, never throws. */
  profile(user: RemoteUserId): Promise<RemoteProfile | Failed>;
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
  begin(user: MatrixUserId, typed: string): Promise<LoginStep>;
  answer(user: MatrixUserId, state: string, typed: string): Promise<LoginStep>;
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
}
