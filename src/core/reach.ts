/**
 * On which networks a Matrix user can be reached: nobody is before they say so (`enable`), unless the configuration lets
 * everybody in (`automatic`), and nobody is who said no (`disable`) or is not eligible.
 */
import { BoundedMap } from './bounded-map.ts';
import { ineligible, isGiven, type Eligibility, type Ineligible, type UserGroups } from './eligibility.ts';
import type { MatrixUserId, NetworkId } from './ids.ts';

/**
 * `barred`: enabled, but the user may not be reached any more, and was told so. `disabling`: unreachable already, while what the
 * network knows of the user is being taken back.
 */
export const optStates = ['enabled', 'barred', 'disabling', 'disabled'] as const;
export type OptState = (typeof optStates)[number];

/** What a user chose for a network, and when (milliseconds since the epoch). */
export interface OptIn {
  readonly user: MatrixUserId;
  readonly network: NetworkId;
  readonly state: OptState;
  readonly since: number;
}

export interface ReachStore {
  get(user: MatrixUserId, network: NetworkId): Promise<OptIn | undefined>;
  put(optIn: OptIn): Promise<void>;
  /** Some that are enabled, or barred, in an order of their own, from behind one on. */
  enabled(after: OptIn | undefined, limit: number): Promise<readonly OptIn[]>;
  /** All that are being disabled: a restart goes on with them. */
  disabling(): Promise<readonly OptIn[]>;
  /** The region that an administrator declared for a user by command. */
  region(user: MatrixUserId): Promise<string | undefined>;
  /** `undefined` takes it away. */
  setRegion(user: MatrixUserId, region: string | undefined, at: number): Promise<void>;
  /** Nothing of the user's is kept any more. */
  forget(user: MatrixUserId): Promise<void>;
}

/** What the configuration says of a network. */
export interface NetworkReach {
  readonly optIn: 'required' | 'automatic';
  readonly eligible: Eligibility;
}

/** How a user stands with a network. */
export type Standing =
  | { readonly kind: 'on'; readonly since: number | undefined }
  | { readonly kind: 'off'; readonly state: 'never' | 'disabling' | 'disabled' }
  | { readonly kind: 'ineligible'; readonly why: Ineligible };

/** What came of `enable`. */
export type Enabled =
  | { readonly kind: 'enabled'; readonly fresh: boolean }
  /** What was begun before is still being ended. */
  | { readonly kind: 'disabling' }
  | { readonly kind: 'ineligible'; readonly why: Ineligible };

export interface ReachDeps {
  readonly store: ReachStore;
  readonly reach: (network: NetworkId) => NetworkReach;
  readonly groups: UserGroups;
  /** The region that the configuration declares for a user. */
  readonly region: (user: MatrixUserId) => string | undefined;
  /** The countries of a user's verified numbers, one for each; undefined for a number of no country. */
  readonly numbers: (user: MatrixUserId) => Promise<readonly (string | undefined)[]>;
  /** Whether a user can be reached on a network, or on all, may be another than before. Must not throw. */
  readonly changed: (user: MatrixUserId, network: NetworkId | undefined) => void;
  readonly now: () => number;
}

const mostKept = 20_000;

interface Cached<T> {
  readonly value: T | undefined;
}

/** One process owns the database, so that what was read stays true until it is written here. */
export class Reach {
  readonly #deps: ReachDeps;
  readonly #known = new BoundedMap<string, Cached<OptIn>>(mostKept);
  readonly #regions = new BoundedMap<MatrixUserId, Cached<string>>(mostKept);
  /** Rises with every change, so that what was read before it is not kept. */
  #changes = 0;

  constructor(deps: ReachDeps) {
    this.#deps = deps;
  }

  /** How a user stands with a network now. */
  async standing(user: MatrixUserId, network: NetworkId): Promise<Standing> {
    const why = await this.#ineligible(user, network);
    if (why !== undefined) return { kind: 'ineligible', why };
    const chosen = await this.#chosen(user, network);
    switch (chosen?.state) {
      case 'enabled':
      case 'barred':
        return { kind: 'on', since: chosen.since };
      case 'disabling':
      case 'disabled':
        return { kind: 'off', state: chosen.state };
      case undefined:
        return this.#deps.reach(network).optIn === 'automatic'
          ? { kind: 'on', since: undefined }
          : { kind: 'off', state: 'never' };
    }
  }

  async isOn(user: MatrixUserId, network: NetworkId): Promise<boolean> {
    return (await this.standing(user, network)).kind === 'on';
  }

  /**
   * Whether that a user is off says nothing of whether they exist: where everybody has to enable, those who do not exist
   * are off too.
   */
  hides(network: NetworkId): boolean {
    return this.#deps.reach(network).optIn === 'required';
  }

  /** The user wants to be reached; durable when it resolves. May be repeated. */
  async enable(user: MatrixUserId, network: NetworkId): Promise<Enabled> {
    const standing = await this.standing(user, network);
    if (standing.kind === 'ineligible') return standing;
    if (standing.kind === 'on' && standing.since !== undefined) return { kind: 'enabled', fresh: false };
    if (standing.kind === 'off' && standing.state === 'disabling') return { kind: 'disabling' };
    await this.#put({ user, network, state: 'enabled', since: this.#deps.now() });
    return { kind: 'enabled', fresh: true };
  }

  /** From now on the user cannot be reached; durable when it resolves. Answers whether anything is to be ended. */
  async disable(user: MatrixUserId, network: NetworkId): Promise<boolean> {
    const chosen = await this.#chosen(user, network);
    if (chosen?.state === 'disabled') return false;
    if (chosen?.state !== 'disabling')
      await this.#put({ user, network, state: 'disabling', since: this.#deps.now() });
    return true;
  }

  /** A user who has enabled a network was told that they may not be reached there any more, or may again. */
  async mark({ user, network }: OptIn, barred: boolean): Promise<void> {
    const chosen = await this.#chosen(user, network);
    if (chosen?.state === 'enabled' || chosen?.state === 'barred')
      await this.#put({ ...chosen, state: barred ? 'barred' : 'enabled' });
  }

  /** All is ended that was under way. */
  async disabled({ user, network, since }: OptIn): Promise<void> {
    if ((await this.#chosen(user, network))?.state === 'disabling')
      await this.#put({ user, network, state: 'disabled', since });
  }

  /** The region of a user, and who says so; undefined where nobody does. */
  async region(user: MatrixUserId): Promise<string | undefined> {
    const known = this.#regions.get(user);
    const changes = this.#changes;
    const declared = known ?? { value: await this.#deps.store.region(user) };
    if (changes === this.#changes) this.#regions.set(user, declared);
    return declared.value ?? this.#deps.region(user);
  }

  /** An administrator declares a region for a user, or takes it away. */
  async setRegion(user: MatrixUserId, region: string | undefined): Promise<void> {
    await this.#deps.store.setRegion(user, region, this.#deps.now());
    this.#changes += 1;
    this.#regions.delete(user);
    this.#deps.changed(user, undefined);
  }

  /** All that is kept of a user goes; may be repeated. */
  async forget(user: MatrixUserId, networks: Iterable<NetworkId>): Promise<void> {
    await this.#deps.store.forget(user);
    this.#changes += 1;
    this.#regions.delete(user);
    for (const network of networks) this.#known.delete(nameOf(user, network));
    this.#deps.changed(user, undefined);
  }

  async #ineligible(user: MatrixUserId, network: NetworkId): Promise<Ineligible | undefined> {
    const { eligible } = this.#deps.reach(network);
    if (!isGiven(eligible.regions))
      return ineligible(eligible, { user, region: undefined, numbers: [] }, this.#deps.groups);
    const [region, numbers] = [await this.region(user), await this.#deps.numbers(user)];
    return ineligible(eligible, { user, region, numbers }, this.#deps.groups);
  }

  async #chosen(user: MatrixUserId, network: NetworkId): Promise<OptIn | undefined> {
    const name = nameOf(user, network);
    const known = this.#known.get(name);
    if (known !== undefined) return known.value;
    const changes = this.#changes;
    const value = await this.#deps.store.get(user, network);
    if (changes === this.#changes) this.#known.set(name, { value });
    return value;
  }

  async #put(optIn: OptIn): Promise<void> {
    const name = nameOf(optIn.user, optIn.network);
    try {
      await this.#deps.store.put(optIn);
    } finally {
      // Whether or not it was written: what is read next is true.
      this.#changes += 1;
      this.#known.delete(name);
    }
    this.#deps.changed(optIn.user, optIn.network);
  }
}

function nameOf(user: MatrixUserId, network: NetworkId): string {
  return `${user} ${network}`;
}
