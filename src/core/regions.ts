/** Where Matrix users and people on networks are at home, as far as it is known. */
import { BoundedMap } from './bounded-map.ts';
import type { Door } from './door.ts';
import type { MatrixUserId, NetworkId, RemoteUserId } from './ids.ts';
import type { RunningNetwork } from './network.ts';
import type { LoginStore } from './stores.ts';

export interface RegionsDeps {
  readonly logins: Pick<LoginStore, 'list'>;
  readonly network: (id: NetworkId) => Pick<RunningNetwork, 'directory'> | undefined;
  /** The region that is declared for a user. */
  readonly declared: (user: MatrixUserId) => Promise<string | undefined>;
  /** The country of a number; undefined where it has none. */
  readonly countryOf: (number: string) => string | undefined;
}

const mostKept = 20_000;

/** What is known of regions. Numbers are those that networks have verified, of accounts that are linked now. */
export class Regions {
  readonly #deps: RegionsDeps;
  readonly #looked = new BoundedMap<MatrixUserId, readonly string[]>(mostKept);

  constructor(deps: RegionsDeps) {
    this.#deps = deps;
  }

  /** The countries of a user's numbers, one for each number: undefined for one that is of no country. */
  async ofNumbers(user: MatrixUserId): Promise<readonly (string | undefined)[]> {
    const { logins, network, countryOf } = this.#deps;
    return (await logins.list(user)).flatMap((login) => {
      const number = network(login.network)?.directory.numberOf?.(login.remote);
      return number === undefined ? [] : [countryOf(number)];
    });
  }

  /** Looks a user up anew, for `known`. */
  async look(user: MatrixUserId): Promise<readonly string[]> {
    const declared = await this.#deps.declared(user);
    const numbers = (await this.ofNumbers(user)).filter((country) => country !== undefined);
    const found = [...new Set([...(declared === undefined ? [] : [declared.toUpperCase()]), ...numbers])];
    this.#looked.set(user, found);
    return found;
  }

  /** What was last found of a user. */
  known(user: MatrixUserId): readonly string[] {
    return this.#looked.get(user) ?? [];
  }

  /** The country of a person on a network, where it knows their number. Nobody is asked. */
  ofPerson(id: NetworkId, person: RemoteUserId): string | undefined {
    const number = this.#deps.network(id)?.directory.numberOf?.(person);
    return number === undefined ? undefined : this.#deps.countryOf(number);
  }
}

/** Looks users up before the rules are asked, which cannot wait; only where rules are about regions. */
export function regionsDoor(regions: Pick<Regions, 'look'>, isAsked: () => boolean): Door {
  return {
    admit: async ({ user }) => {
      if (user !== undefined && isAsked()) await regions.look(user);
      return { kind: 'pass' };
    },
  };
}
