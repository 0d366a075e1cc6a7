import { parseMxcUri, type MatrixUserId, type MxcUri } from '../core/ids.ts';
import type { Reachable } from '../core/network.ts';
import type { Requester } from './client.ts';
import { path } from './path.ts';
import { MatrixRefusal, type Masquerade } from './request.ts';

interface Known {
  readonly reachable: Exclude<Reachable, 'not-permitted'>;
  readonly name: string | undefined;
  readonly avatar: MxcUri | undefined;
  readonly until: number;
}

const MAX_CACHED = 10_000;
const FOUND_MS = 300_000;
const MISSING_MS = 30_000;

/** Who of the Matrix users exists, and under which name; cached for five minutes. */
export class Profiles {
  readonly #client: Requester;
  readonly #as: Masquerade;
  readonly #isOwn: (userId: MatrixUserId) => boolean;
  readonly #isKnown: (userId: MatrixUserId) => Promise<boolean>;
  readonly #now: () => number;
  readonly #known = new Map<MatrixUserId, Known>();
  readonly #asking = new Map<MatrixUserId, Promise<Known>>();

  /**
   * `isOwn` names the bridge's own users, whom nobody reaches; `isKnown` the users whom the bridge has dealt with: a
   * homeserver has no profile either of a user who has removed their name.
   */
  constructor(
    client: Requester,
    as: Masquerade,
    isOwn: (userId: MatrixUserId) => boolean,
    isKnown: (userId: MatrixUserId) => Promise<boolean>,
    now: () => number = Date.now,
  ) {
    this.#client = client;
    this.#as = as;
    this.#isOwn = isOwn;
    this.#isKnown = isKnown;
    this.#now = now;
  }

  /** Whether the user exists; `unsure` where the homeserver does not say. Never throws. */
  async reachable(userId: MatrixUserId): Promise<Exclude<Reachable, 'not-permitted'>> {
    if (this.#isOwn(userId)) return 'no-such-user';
    return (await this.#profile(userId)).reachable;
  }

  async displayName(userId: MatrixUserId): Promise<string | undefined> {
    return (await this.#profile(userId)).name;
  }

  /** Where the user's picture lies; undefined where they have none, or the homeserver does not say. */
  async avatar(userId: MatrixUserId): Promise<MxcUri | undefined> {
    return (await this.#profile(userId)).avatar;
  }

  /** What was known of the user holds no more. */
  forget(userId: MatrixUserId): void {
    this.#known.delete(userId);
    // An answer that is on its way may be of before.
    this.#asking.delete(userId);
  }

  async #profile(userId: MatrixUserId): Promise<Known> {
    const known = this.#known.get(userId);
    if (known !== undefined && this.#now() < known.until) return known;
    const running = this.#asking.get(userId);
    if (running !== undefined) return running;
    const asking = this.#ask(userId);
    this.#asking.set(userId, asking);
    try {
      const known = await asking;
      if (this.#asking.get(userId) === asking) this.#remember(userId, known);
      return known;
    } finally {
      if (this.#asking.get(userId) === asking) this.#asking.delete(userId);
    }
  }

  async #ask(userId: MatrixUserId): Promise<Known> {
    const answer = await this.#client.request({
      method: 'GET',
      path: path`/_matrix/client/v3/profile/${userId}`,
      as: this.#as,
      attempts: 2,
      signal: AbortSignal.timeout(10_000),
    });
    const now = this.#now();
    if (answer.kind === 'ok') {
      const { displayname: name, avatar_url: avatar } = answer.body;
      return {
        reachable: 'yes',
        name: typeof name === 'string' && name !== '' ? name : undefined,
        avatar: typeof avatar === 'string' ? parseMxcUri(avatar) : undefined,
        until: now + FOUND_MS,
      };
    }
    const nothing = { name: undefined, avatar: undefined };
    if (answer.retry.kind === 'later') return { reachable: 'unsure', ...nothing, until: now };
    // A homeserver that does not show profiles to everybody says nothing against the user.
    const missing = answer.cause instanceof MatrixRefusal && answer.cause.status === 404;
    const known = !missing || (await this.#isKnown(userId).catch(() => undefined));
    if (known === undefined) return { reachable: 'unsure', ...nothing, until: now };
    const reachable = known ? 'yes' : 'no-such-user';
    return { reachable, ...nothing, until: now + MISSING_MS };
  }

  #remember(userId: MatrixUserId, known: Known): void {
    if (known.until <= this.#now()) return;
    this.#known.delete(userId);
    this.#known.set(userId, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_CACHED && oldest !== undefined) this.#known.delete(oldest);
  }
}
