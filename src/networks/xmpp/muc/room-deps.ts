import type { MatrixUserId, RemoteUserId } from '../../../core/ids.ts';
import type { EventSink } from '../../../core/network.ts';
import type { Log } from '../../../core/task.ts';
import type { BackOff } from '../back-off.ts';
import type { Link } from '../client.ts';
import type { Archives } from './archive.ts';
import type { CatchUpLimits } from './catch-up.ts';
import type { OwnMarks } from './own-marks.ts';

export interface RoomTimes {
  readonly enterMs: number;
  /** Between two attempts to enter again. */
  readonly backOff: BackOff;
}

export interface RoomDeps {
  readonly link: Link;
  readonly archives: Archives;
  readonly sink: Pick<EventSink, 'receive' | 'reached' | 'profileChanged' | 'signal' | 'samePerson'>;
  readonly counted: (work: () => Promise<void>) => Promise<void>;
  readonly named: (user: RemoteUserId, nick: string) => boolean;
  readonly addresses: { readonly bot: string; readonly addressOf: (user: MatrixUserId) => string };
  readonly resource: string;
  /** What the bridge itself is called in rooms. */
  readonly botNick: string;
  readonly marks: OwnMarks;
  readonly mostOccupants: number;
  /** When the first user joined it; `undefined` where the core remembered that users are in it. */
  readonly joinedAt: number | undefined;
  readonly catchUp: CatchUpLimits;
  readonly times: RoomTimes;
  readonly log: Log;
  readonly now: () => number;
}
