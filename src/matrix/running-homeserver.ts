import type { Router } from 'express';
import type { AliasDirectory } from '../core/group-aliases.ts';
import type { Homeserver, MatrixArrival, OpenedMatrixEvent, RoomActs } from '../core/homeserver.ts';
import type { MatrixUserId } from '../core/ids.ts';
import type { Health, Reachable } from '../core/network.ts';
import type { Failed } from '../core/outcome.ts';
import type { DirectPortal } from '../core/portal.ts';
import type { Ignores } from '../core/puppet.ts';
import type { RequestRoomsSide } from '../core/request-room.ts';
import type { SpaceRooms } from '../core/spaces.ts';
import type { TieRooms } from '../core/tie.ts';
import type { MatrixClient } from './client.ts';
import type { CryptoSide } from './crypto/crypto-side.ts';
import type { EventSender } from './event-sender.ts';
import type { GhostIds } from './ghost-id.ts';
import type { Ghosts } from './ghosts.ts';
import type { ManagementRooms } from './management.ts';
import type { PeopleSide } from './people-side.ts';
import type { PuppetSide } from './puppet-side.ts';
import type { Reconciler } from './reconciler.ts';
import type { SignalSide } from './signal-side.ts';

/** The Matrix side as it runs. Disposal ends its connections and waits for what is under way. */
export interface RunningHomeserver extends Homeserver, AsyncDisposable {
  /** Has its own time limits. */
  open(arrival: MatrixArrival, cause: string): Promise<OpenedMatrixEvent>;
  /** The routes that the homeserver calls; to be listening before `begin`. */
  readonly router: Router;
  readonly client: MatrixClient;
  readonly bot: MatrixUserId;
  readonly ghostIds: GhostIds;
  readonly ghosts: Ghosts;
  readonly management: ManagementRooms;
  readonly reconciler: Reconciler;
  readonly puppets: PuppetSide;
  readonly ignores: Ignores;
  readonly health: () => Health;
  /** Starts to watch the link; when the homeserver is there, the bot is made, the server pinged, the rooms brought in step. */
  begin(): void;
  /** Tells rooms what can be sent in them, where that has changed. Returns at once. */
  tellRooms(): void;
  /** Asks the homeserver to call the bridge (`/ping`), which also ends its back-off. */
  ping(): Promise<undefined | Failed>;
  /** Whether a Matrix user exists; permissions are not looked at here. */
  reachable(user: MatrixUserId): Promise<Exclude<Reachable, 'not-permitted'>>;
  /** Whether the user whose direct chat it is has joined its room. */
  hasJoined(portal: DirectPortal): Promise<boolean | Failed>;
  displayName(user: MatrixUserId): Promise<string | undefined>;
  /** What people are called and look like. */
  readonly people: PeopleSide;
  readonly signals: Pick<SignalSide, 'upTo'>;
  readonly spaces: SpaceRooms;
  /** The rooms of message requests. */
  readonly requestRooms: RequestRoomsSide;
  readonly directory: AliasDirectory;
  readonly ties: TieRooms;
  readonly acts: RoomActs;
  readonly sender: EventSender;
  readonly crypto: CryptoSide;
}
