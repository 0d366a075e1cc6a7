import type { MatrixEventId, MatrixUserId, NetworkId, RoomId } from '../core/ids.ts';
import type { Brought } from '../core/backfill.ts';
import type { KeyDesk } from '../core/key-desk.ts';
import type { Feature, RemoteProfile, RunningNetwork } from '../core/network.ts';
import type { Failed } from '../core/outcome.ts';
import type { GroupPortal } from '../core/portal.ts';
import type { PuppetDesk } from '../core/puppet.ts';
import type { Identities } from '../core/identities.ts';
import type { Reach } from '../core/reach.ts';
import type { Content } from '../core/event.ts';
import type { MessageRequest, RequestKey, RequestState } from '../core/request.ts';
import type { Answered, RequestAnswer } from '../core/requests.ts';
import type { Spaces } from '../core/spaces.ts';
import type { Strictness } from '../core/strict.ts';
import type { EventRecord, EventStore, LoginStore, PortalStore, UserStore } from '../core/stores.ts';
import type { LogControl } from '../core/log-control.ts';
import type { Log } from '../core/task.ts';
import type { TieProblem } from '../core/tie.ts';
import type { ExplainDesk, RuleDesk } from '../rules/desks.ts';
import type { BlockDesk } from './block-desk.ts';
import type { Confirmations } from './erase.ts';
import type { PolicyDesk } from './policy-desk.ts';

/** What commands may see of a network that runs. */
export type CommandNetwork = Pick<
  RunningNetwork,
  'id' | 'capabilities' | 'health' | 'directory' | 'logins' | 'groups'
>;

/** Opens direct portals. `open` may be repeated, and then answers the room that is there (`created` false). */
export interface PortalOpener {
  open(
    user: MatrixUserId,
    network: NetworkId,
    address: string,
  ): Promise<
    | {
        readonly kind: 'room';
        readonly room: RoomId;
        readonly profile: RemoteProfile;
        readonly created: boolean;
      }
    | Failed
  >;
}

/** A group that a user has entered: its room, and what they are called in it. */
export type EnteredGroup =
  | { readonly kind: 'room'; readonly room: RoomId; readonly nick: string }
  /** A rule does not let the user be in groups, or in this one. */
  | { readonly kind: 'blocked'; readonly rule: string }
  | Failed;

/** Enters and leaves groups. All may be repeated. */
export interface GroupDesk {
  join(user: MatrixUserId, network: NetworkId, address: string, password?: string): Promise<EnteredGroup>;
  create(user: MatrixUserId, network: NetworkId, address: string, name: string): Promise<EnteredGroup>;
  /** The groups that a user is in or invited to, by address. */
  of(user: MatrixUserId): Promise<readonly GroupPortal[]>;
  /** The user leaves the group and is put out of its room. */
  leave(user: MatrixUserId, portal: GroupPortal): Promise<undefined | Failed>;
}

/** Brings in what was said in groups before. */
export interface HistoryDesk {
  /** How many messages may be asked for at once; 0 where nobody may ask. */
  readonly most: number;
  /** What comes of it in the end is told in the management room, where it takes longer; `cause` names that line. */
  bring(user: MatrixUserId, portal: GroupPortal, count: number, cause: string): Promise<Brought | Failed>;
}

/** What came of the wish to have a room bridged; how it goes on is told in the management room. */
export type TieAnswer =
  | { readonly kind: 'begun'; readonly minutes: number }
  | { readonly kind: 'refused'; readonly why: TieProblem }
  | Failed;
export type TieEnd =
  | { readonly kind: 'ended' | 'ends' | 'withdrawn'; readonly room: string; readonly address: string }
  | { readonly kind: 'not-bridged' | 'may-not-end' }
  | Failed;

/** Bridges rooms that are there already with groups that are there already. */
export interface TieDesk {
  readonly bot: MatrixUserId;
  /** Asking again for what waits looks at it again; `round` names what is told from then on. */
  begin(wish: {
    readonly user: MatrixUserId;
    readonly network: NetworkId;
    readonly address: string;
    readonly room: string;
    readonly round: string;
  }): Promise<TieAnswer>;
  /** `which` is a room's id or alias, or the address of a group; `admin` is whether the user administers the bridge. */
  end(user: MatrixUserId, admin: boolean, which: string): Promise<TieEnd>;
}

/** Events, as administrators look at them. `retry` makes an ended event pending again and wakes its lane. */
export interface EventDesk extends Pick<EventStore, 'find' | 'backlog'> {
  retry(outerId: string): Promise<EventRecord | undefined>;
  /** How many encrypted events wait for their keys. */
  waitingForKey(): Promise<number>;
}

/** On which networks users can be reached. `disable` resolves once the user is unreachable, and goes on by itself. */
export interface ReachDesk extends Pick<Reach, 'standing' | 'enable' | 'disable' | 'region' | 'setRegion'> {
  /** The features that rules keep from a user's direct chats on a network just now. */
  ruledOut(user: MatrixUserId, network: NetworkId): Promise<readonly Feature[]>;
  /** Whom users may ask: administrators who are named one by one. */
  admins(): readonly MatrixUserId[];
}

/** Erases users. `begin` resolves once the wish is recorded; it goes on by itself from there. */
export interface EraseDesk {
  begin(user: MatrixUserId): Promise<void>;
  isUnderWay(user: MatrixUserId): boolean;
  readonly confirmations: Confirmations;
}

/** People who want to reach a user for the first time. A user sees and answers their own requests alone. */
export interface RequestDesk {
  list(
    user: MatrixUserId,
    states: readonly RequestState[],
    after: number,
    limit: number,
  ): Promise<readonly MessageRequest[]>;
  /** How many wait for the user's answer. */
  waiting(user: MatrixUserId): Promise<number>;
  answer(user: MatrixUserId, number: number, how: RequestAnswer): Promise<Answered>;
  /** Forgets that somebody was turned away. */
  restore(user: MatrixUserId, number: number): Promise<Answered>;
  /** What waits of a request, in order; undefined for what is no message. */
  show(
    user: MatrixUserId,
    number: number,
    limit: number,
  ): Promise<
    { readonly request: MessageRequest; readonly said: readonly (Content | undefined)[] } | undefined
  >;
  /** The user asked for a chat with somebody. */
  welcome(key: RequestKey): Promise<void>;
}

/** What commands need of the rest of the bridge. */
export interface Services {
  readonly networks: ReadonlyMap<string, CommandNetwork>;
  readonly portals: PortalOpener & Pick<PortalStore, 'list' | 'count'>;
  readonly groups: GroupDesk;
  readonly history: HistoryDesk;
  readonly ties: TieDesk;
  readonly requests: RequestDesk;
  readonly spaces: Pick<Spaces, 'offered' | 'wanted' | 'choose'>;
  readonly events: EventDesk;
  readonly reach: ReachDesk;
  readonly strict: Pick<Strictness, 'of' | 'choose'>;
  readonly identities: Pick<Identities, 'find' | 'changed' | 'confirm'>;
  readonly users: Pick<UserStore, 'get' | 'put' | 'list'>;
  readonly logins: LoginStore;
  readonly erasures: EraseDesk;
  readonly blocks: BlockDesk;
  readonly policies: PolicyDesk;
  /** Absent where the log cannot be changed. */
  readonly logging: LogControl | undefined;
  readonly puppets: PuppetDesk;
  /** Absent where the bridge does not encrypt. */
  readonly keys?: KeyDesk | undefined;
  /** Takes a user's message out of a room; true where it is gone. */
  readonly redact: (user: MatrixUserId, room: RoomId, eventId: MatrixEventId) => Promise<boolean | Failed>;
  readonly rules: RuleDesk;
  readonly explain: ExplainDesk;
  readonly version: string;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}
