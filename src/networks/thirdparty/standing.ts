/** Providers' users who come, come again with other keys, or go. */
import { parseFingerprint } from '../../core/ids.ts';
import type { EventSink } from '../../core/network.ts';
import { identityNumber } from '../../crypto/signal/identity-number.ts';
import type { Acquaintance } from './acquaintance.ts';
import type { Account, Host, HostListener } from './host.ts';
import { chatOf, userOf } from './ids.ts';
import { renderKept } from './kept-form.ts';
import type { Numbers } from './numbers.ts';
import type { Residents } from './residents.ts';

export interface StandingDeps {
  readonly host: Pick<Host, 'keysOf'>;
  readonly sink: Pick<EventSink, 'receive' | 'profileChanged'>;
  readonly acquaintance: Acquaintance;
  readonly residents: Residents;
  readonly numbers: Numbers;
}

/** What is told again does nothing twice. */
export class Standing {
  readonly #deps: StandingDeps;

  constructor(deps: StandingDeps) {
    this.#deps = deps;
  }

  readonly enlisted: HostListener['enlisted'] = async (account, keys) => {
    await this.#deps.numbers.enlisted(account);
    if (keys === 'changed') await this.#tellKeys(account);
  };

  readonly gone: HostListener['gone'] = async (account) => {
    const { acquaintance, numbers, sink } = this.#deps;
    await acquaintance.forgetPerson(userOf(account.login));
    await numbers.gone(account);
    sink.profileChanged(userOf(account.login));
  };

  /** Whoever has a chat with them is to know before they write. */
  async #tellKeys({ login, seenAt }: Account): Promise<void> {
    const { host, acquaintance, residents, sink } = this.#deps;
    const sender = userOf(login);
    const known = await acquaintance.residentsOf(sender);
    if (known.length === 0) return;
    const keys = await host.keysOf(login);
    const identity = 'kind' in keys ? undefined : parseFingerprint(identityNumber(keys.identity));
    if (identity === undefined) return;
    for (const id of known) {
      const resident = await residents.withId(id);
      if (resident === undefined) continue;
      await sink.receive({
        outerId: `identity ${sender} ${id} enlisted ${identity} ${String(seenAt)}`,
        ...{ chat: chatOf(sender), sender, receiver: resident.user, at: seenAt },
        raw: renderKept({ kind: 'identity', identity }),
      });
    }
  }
}
