/** How ghosts are named: spec appendix 4.2.2.1, "Mapping from other character sets". */
import { parseMatrixUserId, remoteUserId, serverOf, localpartOf } from '../core/ids.ts';
import type { MatrixUserId, NetworkId, RemoteUserId } from '../core/ids.ts';
import { localpartFor, parseLocalpart } from './escape.ts';

/** The person behind a ghost. */
export interface GhostKey {
  readonly network: NetworkId;
  readonly remote: RemoteUserId;
}

/** Which Matrix user IDs are ghosts, and whose. Reversible: two people never share a ghost. */
export class GhostIds {
  readonly #prefix: string;
  readonly #server: string;

  constructor(prefix: string, server: string) {
    this.#prefix = prefix;
    this.#server = server;
  }

  /** The Matrix user ID of a remote user's ghost, or `undefined` where it would exceed 255 bytes (spec appendix 4.2.1). */
  userId({ network, remote }: GhostKey): MatrixUserId | undefined {
    return parseMatrixUserId(`@${localpartFor(this.#prefix, network, remote)}:${this.#server}`);
  }

  /** The person behind a Matrix user ID, or `undefined` where it is no ghost's. */
  key(userId: MatrixUserId): GhostKey | undefined {
    if (serverOf(userId) !== this.#server) return undefined;
    const found = parseLocalpart(this.#prefix, localpartOf(userId));
    return found && { network: found.network, remote: remoteUserId(found.name) };
  }
}
