/** Ignoring people: https://spec.matrix.org/v1.16/client-server-api/#ignoring-users */
import type { IgnoreAgreed, IgnoreBook, IgnoreChange } from '../core/block-agreement.ts';
import type { MatrixUserId, NetworkId, RemoteUserId } from '../core/ids.ts';
import { parseMatrixUserId } from '../core/ids.ts';
import type { Identity } from '../core/persons.ts';
import type { Ignores } from '../core/puppet.ts';
import type { Failed } from '../core/outcome.ts';
import { Turns } from '../core/turns.ts';
import type { Requester } from './client.ts';
import type { GhostIds } from './ghost-id.ts';
import { objectIn, type JsonObject } from './json-object.ts';
import { path } from './path.ts';
import type { Puppet, Puppets } from './puppets.ts';
import { errcodeOf } from './request.ts';

interface Known {
  readonly ignored: ReadonlySet<string>;
  readonly askedAt: number;
}
/** `failed` is set where what is known is not what was just asked for. */
type Asked = { readonly known: Known; readonly failed?: Failed } | Failed;

/** How many users' lists are remembered, and how many ghosts of each. */
const MAX_USERS = 2_000;
const MAX_IGNORED = 5_000;
/** A change is followed within this time; a first contact asks again after the shorter one. */
const AGE_MS = 60_000;
const FRESH_MS = 2_000;

const unchanged: IgnoreChange = { add: [], remove: [], done: async () => undefined };

/**
 * Whom users ignore, read and written as the users themselves: when something comes for a user whose list was read more
 * than a minute ago, and when their blocks change. A user for whom nothing comes costs nothing. What is known stands
 * while the homeserver does not answer. What else a list holds stays in it.
 */
export class IgnoreLists implements IgnoreBook {
  readonly #client: Requester;
  readonly #puppets: Pick<Puppets, 'of' | 'isLost'>;
  readonly #ghosts: Pick<GhostIds, 'userId' | 'key'>;
  readonly #now: () => number;
  readonly #turns = new Turns();
  readonly #known = new Map<MatrixUserId, Known>();
  readonly #asking = new Map<MatrixUserId, Promise<Asked>>();
  #agree: IgnoreAgreed | undefined;

  constructor(
    client: Requester,
    puppets: Pick<Puppets, 'of' | 'isLost'>,
    ghosts: Pick<GhostIds, 'userId' | 'key'>,
    now: () => number = Date.now,
  ) {
    this.#client = client;
    this.#puppets = puppets;
    this.#ghosts = ghosts;
    this.#now = now;
  }

  /** Whether the user ignores the ghost of a remote user; nobody is ignored where the list cannot be read at all. */
  readonly ignores: Ignores = async (user, network, remote, fresh) => {
    const ghost = this.#ghosts.userId({ network, remote });
    const puppet = ghost === undefined ? undefined : await this.#puppets.of(user);
    if (ghost === undefined || puppet === undefined) return false;
    const known = this.#known.get(user);
    const isCurrent = known !== undefined && this.#now() - known.askedAt < (fresh ? FRESH_MS : AGE_MS);
    if (isCurrent) return known.ignored.has(ghost);
    const asked = await this.#ask(puppet);
    return 'known' in asked ? asked.known.ignored.has(ghost) : asked;
  };

  agreeBy(agree: IgnoreAgreed): void {
    this.#agree = agree;
  }

  async revise(user: MatrixUserId): Promise<'agreed' | 'no-puppet' | Failed> {
    const puppet = await this.#puppets.of(user);
    if (puppet === undefined) return 'no-puppet';
    const asked = await this.#read(puppet);
    if (!('known' in asked)) return asked;
    return asked.failed ?? ((await this.#puppets.of(user)) === undefined ? 'no-puppet' : 'agreed');
  }

  hasGhost(who: { readonly network: NetworkId; readonly remote: RemoteUserId }): boolean {
    return this.#ghosts.userId(who) !== undefined;
  }

  async #ask(puppet: Puppet): Promise<Asked> {
    const running = this.#asking.get(puppet.userId);
    if (running !== undefined) return running;
    const asking = this.#read(puppet);
    this.#asking.set(puppet.userId, asking);
    try {
      return await asking;
    } finally {
      this.#asking.delete(puppet.userId);
    }
  }

  /** One after the other: what is read is not older than what was written before. */
  #read(puppet: Puppet): Promise<Asked> {
    return this.#turns.alone(puppet.userId, () => this.#readNow(puppet));
  }

  async #readNow(puppet: Puppet): Promise<Asked> {
    const { userId } = puppet;
    const answer = await this.#client.request({ method: 'GET', ...addressed(puppet), attempts: 2 });
    if (answer.kind === 'ok') return this.#agreed(puppet, answer.body);
    if (errcodeOf(answer) === 'M_NOT_FOUND') return this.#agreed(puppet, undefined);
    if (await this.#puppets.isLost(puppet, answer)) return { known: this.#remember(userId, []) };
    if (answer.retry.kind === 'never') return { known: this.#remember(userId, []), failed: answer };
    const known = this.#known.get(userId);
    return known === undefined ? answer : { known, failed: answer };
  }

  async #agreed(puppet: Puppet, content: JsonObject | undefined): Promise<Asked> {
    const { userId } = puppet;
    const entries = content === undefined ? undefined : objectIn(content, 'ignored_users');
    const ghosts = this.#ghostsIn(entries ?? {});
    // A list beyond all bounds is followed as far as it goes, and not written.
    const change =
      ghosts.length > MAX_IGNORED
        ? unchanged
        : ((await this.#agree?.(userId, {
            there: entries !== undefined,
            ignored: ghosts.map(({ who }) => who),
          })) ?? unchanged);
    const [add, remove] = [this.#idsOf(change.add), new Set(this.#idsOf(change.remove))];
    const kept = Object.entries(entries ?? {}).filter(([id]) => !remove.has(id));
    if (add.length + remove.size > 0) {
      const ignored = Object.fromEntries([...kept, ...add.map((id) => [id, {}] as const)]);
      const body = { ...content, ignored_users: ignored };
      const put = await this.#client.request({ method: 'PUT', ...addressed(puppet), body, attempts: 2 });
      if (put.kind === 'failed') {
        await this.#puppets.isLost(puppet, put);
        return {
          known: this.#remember(
            userId,
            ghosts.map(({ id }) => id),
          ),
          failed: put,
        };
      }
    }
    await change.done();
    return {
      known: this.#remember(userId, [...ghosts.map(({ id }) => id).filter((id) => !remove.has(id)), ...add]),
    };
  }

  #ghostsIn(entries: JsonObject): readonly { readonly id: string; readonly who: Identity }[] {
    return Object.keys(entries).flatMap((id) => {
      const parsed = parseMatrixUserId(id);
      const who = parsed === undefined ? undefined : this.#ghosts.key(parsed);
      return who === undefined ? [] : [{ id, who }];
    });
  }

  #idsOf(all: readonly Identity[]): readonly string[] {
    return all.map((who) => this.#ghosts.userId(who)).filter((id) => id !== undefined);
  }

  #remember(user: MatrixUserId, ignored: readonly string[]): Known {
    const known = { ignored: new Set(ignored.slice(0, MAX_IGNORED)), askedAt: this.#now() };
    this.#known.delete(user);
    this.#known.set(user, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_USERS && oldest !== undefined) this.#known.delete(oldest);
    return known;
  }
}

function addressed({ userId, credential }: Puppet): {
  readonly path: string;
  readonly as: Omit<Puppet, 'deviceId'> & { readonly deviceId: undefined };
} {
  return {
    path: path`/_matrix/client/v3/user/${userId}/account_data/${'m.ignored_user_list'}`,
    // The device may not be there yet, and neither reading nor writing needs one.
    as: { userId, deviceId: undefined, credential },
  };
}
