/** Ignoring people: https://spec.matrix.org/v1.16/client-server-api/#ignoring-users */
import type { MatrixUserId, NetworkId, RemoteUserId } from '../core/ids.ts';
import type { Ignores } from '../core/puppet.ts';
import type { Failed } from '../core/outcome.ts';
import type { Requester } from './client.ts';
import { objectIn } from './json-object.ts';
import { path } from './path.ts';
import type { Puppet, Puppets } from './puppets.ts';

interface Known {
  readonly ignored: ReadonlySet<string>;
  readonly askedAt: number;
}
type Asked = Known | Failed;

/** How many users' lists are remembered, and how many ghosts of each. */
const MAX_USERS = 2_000;
const MAX_IGNORED = 5_000;
/** A change is followed within this time; a first contact asks again after the shorter one. */
const AGE_MS = 60_000;
const FRESH_MS = 2_000;

/**
 * Whom users ignore, read as the users themselves: when something comes for a user whose list was read more than a
 * minute ago. A user for whom nothing comes costs nothing. What is known stands while the homeserver does not answer.
 */
export class IgnoreLists {
  readonly #client: Requester;
  readonly #puppets: Pick<Puppets, 'of' | 'isLost'>;
  readonly #ghost: (network: NetworkId, remote: RemoteUserId) => MatrixUserId | undefined;
  readonly #isGhost: (userId: string) => boolean;
  readonly #now: () => number;
  readonly #known = new Map<MatrixUserId, Known>();
  readonly #asking = new Map<MatrixUserId, Promise<Asked>>();

  constructor(
    client: Requester,
    puppets: Pick<Puppets, 'of' | 'isLost'>,
    ghost: (network: NetworkId, remote: RemoteUserId) => MatrixUserId | undefined,
    isGhost: (userId: string) => boolean,
    now: () => number = Date.now,
  ) {
    this.#client = client;
    this.#puppets = puppets;
    this.#ghost = ghost;
    this.#isGhost = isGhost;
    this.#now = now;
  }

  /** Whether the user ignores the ghost of a remote user; nobody is ignored where the list cannot be read at all. */
  readonly ignores: Ignores = async (user, network, remote, fresh) => {
    const ghost = this.#ghost(network, remote);
    const puppet = ghost === undefined ? undefined : await this.#puppets.of(user);
    if (ghost === undefined || puppet === undefined) return false;
    const known = this.#known.get(user);
    const current = known !== undefined && this.#now() - known.askedAt < (fresh ? FRESH_MS : AGE_MS);
    const list = current ? known : await this.#ask(puppet, known);
    return 'ignored' in list ? list.ignored.has(ghost) : list;
  };

  async #ask(puppet: Puppet, known: Known | undefined): Promise<Asked> {
    const running = this.#asking.get(puppet.userId);
    if (running !== undefined) return running;
    const asking = this.#read(puppet, known);
    this.#asking.set(puppet.userId, asking);
    try {
      return await asking;
    } finally {
      this.#asking.delete(puppet.userId);
    }
  }

  async #read(puppet: Puppet, known: Known | undefined): Promise<Asked> {
    const { userId, credential } = puppet;
    const answer = await this.#client.request({
      method: 'GET',
      path: path`/_matrix/client/v3/user/${userId}/account_data/${'m.ignored_user_list'}`,
      // The device may not be there yet, and reading needs none.
      as: { userId, deviceId: undefined, credential },
      attempts: 2,
    });
    if (answer.kind === 'ok') {
      const ids = Object.keys(objectIn(answer.body, 'ignored_users') ?? {}).filter(this.#isGhost);
      return this.#remember(userId, new Set(ids.slice(0, MAX_IGNORED)));
    }
    if (await this.#puppets.isLost(puppet, answer)) return this.#remember(userId, new Set());
    if (answer.retry.kind === 'never') return this.#remember(userId, new Set());
    return known ?? answer;
  }

  #remember(user: MatrixUserId, ignored: ReadonlySet<string>): Known {
    const known = { ignored, askedAt: this.#now() };
    this.#known.delete(user);
    this.#known.set(user, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_USERS && oldest !== undefined) this.#known.delete(oldest);
    return known;
  }
}
