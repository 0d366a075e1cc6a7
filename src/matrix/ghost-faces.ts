import type { NetworkId, RemoteUserId } from '../core/ids.ts';
import type { RemoteProfile } from '../core/network.ts';
import type { Failed } from '../core/outcome.ts';
import type { Faces } from '../core/people.ts';
import type { GhostStore } from '../core/stores.ts';
import type { GhostAvatars } from './avatars.ts';
import type { Ghosts } from './ghosts.ts';

/** Brings the names and pictures of ghosts in step; makes no ghost. */
export class GhostFaces implements Faces {
  readonly #ghosts: Pick<Ghosts, 'userId' | 'ensure'>;
  readonly #store: Pick<GhostStore, 'get'>;
  readonly #avatars: GhostAvatars;

  constructor(
    ghosts: Pick<Ghosts, 'userId' | 'ensure'>,
    store: Pick<GhostStore, 'get'>,
    avatars: GhostAvatars,
  ) {
    this.#ghosts = ghosts;
    this.#store = store;
    this.#avatars = avatars;
  }

  async isOlder(network: NetworkId, remote: RemoteUserId, before: number): Promise<boolean> {
    const ghost = this.#ghosts.userId(network, remote);
    if (ghost === undefined || (await this.#store.get(ghost)) === undefined) return false;
    return this.#avatars.isOlder(ghost, before);
  }

  async follow(
    network: NetworkId,
    remote: RemoteUserId,
    profile: RemoteProfile,
    signal: AbortSignal,
  ): Promise<undefined | Failed> {
    const ghost = await this.#ghosts.ensure(network, remote, profile);
    return ghost.kind === 'failed' ? ghost : this.#avatars.follow(ghost.userId, profile.avatar, signal);
  }
}
