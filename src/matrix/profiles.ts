import type { MatrixUserId } from '../core/ids.ts';
import type { Reachable } from '../core/network.ts';
import type { Requester } from './client.ts';
import { path } from './path.ts';
import { MatrixRefusal, type Masquerade } from './request.ts';

interface Known {
  readonly reachable: Exclude<Reachable, 'not-permitted'>;
  readonly name: string | undefined;
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

  async #profile(userId: MatrixUserId): Promise<Known> {
    const known = this.#known.get(userId);
    if (known !== undefined && this.#now() < known.until) return known;
    const running = this.#asking.get(userId);
    if (running !== undefined) return running;
    const asking = this.#ask(userId);
    this.#asking.set(userId, asking);
    try {
      return await asking;
    } finally {
      this.#asking.delete(userId);
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
      const name = answer.body['displayname'];
      return this.#remember(userId, {
        reachable: 'yes',
        name: typeof name === 'string' && name !== '' ? name : undefined,
        until: now + FOUND_MS,
      });
    }
    if (answer.retry.kind === 'later') return { reachable: 'unsure', name: undefined, until: now };
    // A homeserver that does not show profiles to everybody says nothing against the user.
    const missing = answer.cause instanceof MatrixRefusal && answer.cause.status === 404;
    const known = !missing || (await this.#isKnown(userId).catch(() => undefined));
    if (known === undefined) return { reachable: 'unsure', name: undefined, until: now };
    const reachable = known ? 'yes' : 'no-such-user';
    return this.#remember(userId, { reachable, name: undefined, until: now + MISSING_MS });
  }

  #remember(userId: MatrixUserId, known: Known): Known {
    this.#known.delete(userId);
    this.#known.set(userId, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_CACHED && oldest !== undefined) this.#known.delete(oldest);
    return known;
  }
}
