import type { MatrixEventId, MatrixUserId, NetworkId, RoomId } from '../core/ids.ts';
import type { RemoteProfile, RunningNetwork } from '../core/network.ts';
import type { Failed } from '../core/outcome.ts';
import type { PuppetDesk } from '../core/puppet.ts';
import type { EventRecord, EventStore, LoginStore, PortalStore, UserStore } from '../core/stores.ts';
import type { Log } from '../core/task.ts';

/** What commands may see of a network that runs. */
export type CommandNetwork = Pick<RunningNetwork, 'id' | 'health' | 'directory' | 'logins'>;

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

/** Events, as administrators look at them. `retry` makes an ended event pending again and wakes its lane. */
export interface EventDesk extends Pick<EventStore, 'find' | 'backlog'> {
  retry(outerId: string): Promise<EventRecord | undefined>;
}

/** What commands need of the rest of the bridge. */
export interface Services {
  readonly networks: ReadonlyMap<string, CommandNetwork>;
  readonly portals: PortalOpener & Pick<PortalStore, 'list' | 'count'>;
  readonly events: EventDesk;
  readonly users: Pick<UserStore, 'get' | 'put' | 'list'>;
  readonly logins: LoginStore;
  readonly puppets: PuppetDesk;
  /** Takes a user's message out of a room; true where it is gone. */
  readonly erase: (user: MatrixUserId, room: RoomId, eventId: MatrixEventId) => Promise<boolean | Failed>;
  readonly version: string;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}
