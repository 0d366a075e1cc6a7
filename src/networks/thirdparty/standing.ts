/** Providers' users who come, come again with other keys, or go. */
import type { MatrixUserId, RemoteUserId } from '../../core/ids.ts';
import type { EventSink } from '../../core/network.ts';
import { identityNumber } from '../../crypto/signal/identity-number.ts';
import type { Acquaintance } from './acquaintance.ts';
import type { Account, Host, HostListener } from './host.ts';
import type { Identities } from './identities.ts';
import { userOf } from './ids.ts';
import type { Numbers } from './numbers.ts';
import type { Residents } from './residents.ts';

export interface StandingDeps {
  readonly host: Pick<Host, 'keysOf'>;
  readonly sink: Pick<EventSink, 'personGone' | 'profileChanged' | 'samePerson'>;
  readonly acquaintance: Acquaintance;
  readonly residents: Residents;
  readonly numbers: Numbers;
  readonly identities: Identities;
}

/** What is told again does nothing twice. */
export class Standing {
  readonly #deps: StandingDeps;

  constructor(deps: StandingDeps) {
    this.#deps = deps;
  }

  readonly enlisted: HostListener['enlisted'] = async (account, keys, former) => {
    // Before they can do anything: a new account is no way around a block.
    if (former !== undefined)
      await this.#deps.sink.samePerson?.(userOf(account.login), { kind: 'account', remote: userOf(former) });
    await this.#deps.numbers.enlisted(account);
    if (keys === 'changed') await this.#tellKeys(account);
  };

  readonly gone: HostListener['gone'] = async (account) => {
    const { acquaintance, numbers, sink } = this.#deps;
    await this.#tellGone(userOf(account.login));
    await acquaintance.forgetPerson(userOf(account.login));
    await numbers.gone(account);
    sink.profileChanged(userOf(account.login));
  };

  async #tellGone(person: RemoteUserId): Promise<void> {
    const { acquaintance, residents, sink } = this.#deps;
    const users: MatrixUserId[] = [];
    for (const id of await acquaintance.residentsOf(person)) {
      const resident = await residents.withId(id);
      if (resident !== undefined) users.push(resident.user);
    }
    if (users.length > 0) await sink.personGone?.(person, users);
  }

  /** Whoever has a chat with them is to know before they write. */
  async #tellKeys({ login, seenAt }: Account): Promise<void> {
    const { host, acquaintance, residents, identities } = this.#deps;
    const known = await acquaintance.residentsOf(userOf(login));
    if (known.length === 0) return;
    const keys = await host.keysOf(login);
    if ('kind' in keys) return;
    const identity = identityNumber(keys.identity);
    const shown = { name: `enlisted ${identity} ${String(seenAt)}`, at: seenAt, identity };
    for (const id of known) {
      const resident = await residents.withId(id);
      if (resident !== undefined) await identities.seen(login, resident, shown);
    }
  }
}
