import type { MatrixUserId } from '../core/ids.ts';
import type { RemoteAvatar } from '../core/network.ts';
import type { Faces } from '../core/people.ts';
import type { Stores } from '../core/stores.ts';
import { GhostAvatars, userAvatar, type AvatarLimits } from './avatars.ts';
import type { Requester } from './client.ts';
import { GhostFaces } from './ghost-faces.ts';
import type { Ghosts } from './ghosts.ts';
import type { MediaRepository } from './media.ts';
import { MemberProfiles } from './member-profile.ts';
import { Profiles } from './profiles.ts';
import type { Masquerade } from './request.ts';

export interface PeopleSideOptions {
  readonly client: Requester;
  readonly media: MediaRepository;
  readonly stores: Pick<Stores, 'faces' | 'ghosts' | 'portals' | 'users'>;
  readonly ghosts: Ghosts;
  readonly as: (user: MatrixUserId) => Masquerade;
  readonly bot: Masquerade;
  /** Whether a user is one of the bridge's own. */
  readonly isOwn: (user: string) => boolean;
  readonly limits: AvatarLimits;
  /** A user has another name or picture than before. */
  readonly changed: (user: MatrixUserId) => void;
}

/** All that the Matrix side knows of what people are called and look like. */
export class PeopleSide {
  readonly profiles: Profiles;
  /** What ghosts look like. */
  readonly faces: Faces;
  readonly #options: PeopleSideOptions;
  readonly #members = new MemberProfiles();

  constructor(options: PeopleSideOptions) {
    const { client, bot, isOwn, media, stores, ghosts, as, limits } = options;
    this.#options = options;
    const isKnown = async (user: MatrixUserId): Promise<boolean> =>
      (await stores.users.get(user)) !== undefined || (await stores.portals.ofUser(user)).length > 0;
    this.profiles = new Profiles(client, bot, isOwn, isKnown);
    const avatars = new GhostAvatars({ client, media, faces: stores.faces, as, limits });
    this.faces = new GhostFaces(ghosts, stores.ghosts, avatars);
  }

  async avatar(user: MatrixUserId): Promise<RemoteAvatar | undefined> {
    const uri = await this.profiles.avatar(user);
    return uri === undefined ? undefined : userAvatar(this.#options.media, uri);
  }

  /** Looks through events of users, serialised, for changes of their names and pictures. */
  follow(events: readonly string[]): void {
    for (const raw of events) {
      const user = this.#members.changed(raw);
      if (user === undefined) continue;
      this.profiles.forget(user);
      this.#options.changed(user);
    }
  }
}
