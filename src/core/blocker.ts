/** Where requests and blocks meet. */
import type { MatrixUserId, NetworkId, RemoteUserId } from './ids.ts';
import type { Failed } from './outcome.ts';

/** Blocks a person for a user, for good. May be repeated, and then does nothing more. */
export interface Blocker {
  block(user: MatrixUserId, network: NetworkId, remote: RemoteUserId): Promise<undefined | Failed>;
}

/**
 * What is held of a person who is blocked ends (rule `blocked`), its content erased: for one user, or for all where none
 * is named. To be called once the block is durable; may be repeated.
 */
export interface HeldOf {
  blocked(user: MatrixUserId | undefined, network: NetworkId, remote: RemoteUserId): Promise<void>;
}
