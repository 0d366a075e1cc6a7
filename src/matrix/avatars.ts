/** Pictures of people, both ways: https://spec.matrix.org/v1.15/client-server-api/#profiles */
import { imageSize } from '../core/image-size.ts';
import type { MatrixUserId, MxcUri } from '../core/ids.ts';
import type { OpenMedia } from '../core/media.ts';
import type { RemoteAvatar, RemoteProfile } from '../core/network.ts';
import { failedForGood, type Failed } from '../core/outcome.ts';
import { pictureOf, readSmallFile } from '../core/small-file.ts';
import type { FaceStore } from '../core/stores.ts';
import type { Requester } from './client.ts';
import type { MediaRepository } from './media.ts';
import { path } from './path.ts';
import type { Masquerade } from './request.ts';

export interface AvatarLimits {
  readonly maxBytes: number;
  /** Of one side, in pixels. */
  readonly maxPixels: number;
}

export interface GhostAvatarParts {
  readonly client: Requester;
  readonly media: Pick<MediaRepository, 'upload'>;
  readonly faces: FaceStore;
  readonly as: (user: MatrixUserId) => Masquerade;
  readonly limits: AvatarLimits;
  readonly now?: () => number;
}

/** Gives ghosts the pictures of their people. Each version of a picture is checked and uploaded once. */
export class GhostAvatars {
  readonly #parts: GhostAvatarParts;
  readonly #now: () => number;

  constructor(parts: GhostAvatarParts) {
    this.#parts = parts;
    this.#now = parts.now ?? Date.now;
  }

  /** Whether the ghost was last compared with its person before that time, or never. */
  async isOlder(ghost: MatrixUserId, before: number): Promise<boolean> {
    const face = await this.#parts.faces.get(ghost);
    return face === undefined || face.comparedAt < before;
  }

  /**
   * The picture of the ghost becomes that of the person, or none; what is undefined changes nothing. What is no picture,
   * or too large, is refused for good, and remembered so that the same version is not fetched again.
   */
  async follow(
    ghost: MatrixUserId,
    avatar: RemoteProfile['avatar'],
    signal: AbortSignal,
  ): Promise<undefined | Failed> {
    const { faces } = this.#parts;
    const has = (await faces.get(ghost))?.avatar;
    const wanted = avatar === 'none' ? undefined : avatar?.version;
    const keep = (version: string | undefined): Promise<void> =>
      faces.put(ghost, { avatar: version, comparedAt: this.#now() });
    if (avatar === undefined || wanted === has) {
      await keep(has);
      return undefined;
    }
    const failed =
      avatar === 'none' ? await this.#set(ghost, undefined) : await this.#bring(ghost, avatar, signal);
    if (failed?.retry.kind !== 'later') await keep(wanted);
    return failed;
  }

  async #bring(
    ghost: MatrixUserId,
    { media }: RemoteAvatar,
    signal: AbortSignal,
  ): Promise<undefined | Failed> {
    const { limits } = this.#parts;
    const file = await readSmallFile(media, limits.maxBytes, signal);
    if (file.kind === 'failed') return file;
    const size = imageSize(file.bytes);
    if (size === undefined) return failedForGood('media-type-mismatch');
    if (Math.max(size.width, size.height) > limits.maxPixels) return failedForGood('too-large');
    // The type is that of its bytes, whatever it was said to be.
    const picture = pictureOf(file.bytes, size.mimetype, `avatar.${size.mimetype.slice('image/'.length)}`);
    const uploaded = await this.#parts.media.upload(picture, this.#parts.as(ghost), signal);
    return uploaded.kind === 'failed' ? uploaded : this.#set(ghost, uploaded.uri);
  }

  async #set(ghost: MatrixUserId, uri: MxcUri | undefined): Promise<undefined | Failed> {
    const answer = await this.#parts.client.request({
      method: 'PUT',
      path: path`/_matrix/client/v3/profile/${ghost}/avatar_url`,
      as: this.#parts.as(ghost),
      body: { avatar_url: uri ?? '' },
    });
    return answer.kind === 'failed' ? answer : undefined;
  }
}

const side = 96;

/** The picture of a Matrix user: a small one that the homeserver makes of it, or itself where it makes none. */
export function userAvatar(media: Pick<MediaRepository, 'source' | 'thumbnail'>, uri: MxcUri): RemoteAvatar {
  const itself = media.source(uri, {
    ...pictureOf(new Uint8Array(), 'application/octet-stream'),
    size: undefined,
  });
  const open = async (signal: AbortSignal): Promise<OpenMedia | Failed> => {
    const small = await media.thumbnail(uri, side, signal);
    if (small.kind === 'open' || small.retry.kind === 'later') return small;
    return itself.open(signal);
  };
  return { version: uri, media: { ...itself, size: undefined, open } };
}
