import type { Door } from '../../src/core/door.ts';
import type { BridgeEvent } from '../../src/core/event.ts';
import type { MatrixHandled, MatrixHandlers } from '../../src/core/homeserver.ts';
import type { MatrixUserId } from '../../src/core/ids.ts';
import type { Feature, Groups, Handled, Reachable } from '../../src/core/network.ts';
import type { Failed } from '../../src/core/outcome.ts';
import type { Policy } from '../../src/core/policy.ts';
import type { Ignores } from '../../src/core/puppet.ts';
import type { KeyPatience } from '../../src/core/key-waits.ts';
import type { SpineDeps, SpineLimits } from '../../src/core/spine.ts';
import type { Stores } from '../../src/core/stores.ts';

/** What the edges of a rig do with an event; a test replaces what it wants to see otherwise. */
export interface RigOptions {
  readonly stores?: Stores;
  readonly toNetwork?: (event: BridgeEvent, signal: AbortSignal) => Promise<Handled>;
  readonly toMatrix?: (event: BridgeEvent, signal: AbortSignal) => Promise<MatrixHandled>;
  readonly createRoom?: () => Promise<void>;
  readonly limits?: Partial<SpineLimits>;
  readonly keyPatience?: KeyPatience;
  readonly policy?: Policy;
  readonly permits?: (user: MatrixUserId) => boolean;
  readonly reachable?: (user: MatrixUserId) => Promise<Reachable>;
  readonly isTransient?: (error: unknown) => boolean;
  /** Whom the network finds under a typed name; everybody under the same name where absent. */
  readonly find?: (typed: string) => string | undefined;
  /** How an act on a group, as `acts` names it, fails; it is done where nothing is answered. */
  readonly group?: (act: string) => Failed | undefined;
  readonly refuse?: () => Promise<undefined | Failed>;
  /** What the network has no form for. */
  readonly lacks?: readonly Feature[];
  readonly ignores?: Ignores;
  readonly requests?: SpineDeps['requests'];
  /** What goes with events beside; nothing where absent. */
  readonly asides?: (
    rig: Pick<SpineDeps, 'stores'>,
    handlers: MatrixHandlers,
  ) => NonNullable<SpineDeps['asides']>;
  /** How many messages an unanswered request may have. */
  readonly unansweredMessages?: number;
  /** Further doors, asked after the ignore list. */
  readonly doors?: readonly Door[];
  /** The archive of the network's groups; none where absent. */
  readonly history?: Groups['history'];
  /** How many messages are brought in when a group gets its room. */
  readonly backfill?: number;
}
