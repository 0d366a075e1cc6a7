/** What the listener is owed: a word for each account that came, changed its keys or went, kept until it was taken. */
import { allOwners, ofAccount, readKept, type Keeping } from './host-records.ts';
import type { Accounts } from './accounts.ts';
import type { HostListener } from './host.ts';
import { tellingShape, type Telling } from './telling-shape.ts';

export class Tellings {
  readonly #keeping: Keeping;
  readonly #accounts: Accounts;
  readonly #listener: HostListener;

  constructor(keeping: Keeping, accounts: Accounts, listener: HostListener) {
    this.#keeping = keeping;
    this.#accounts = accounts;
    this.#listener = listener;
  }

  /** Tells what is owed about a user, if anything; rejects where the listener did not take it. */
  async tell(user: string): Promise<void> {
    const { network, records, turns } = this.#keeping;
    await turns.alone(`tell ${user}`, async () => {
      const owed = await records.list(network, { collection: 'telling', owner: user }, { limit: 4 });
      for (const { name, value, seq, at } of owed) {
        await this.#told(readKept(tellingShape, value));
        const of = ofAccount('telling', user, name);
        // Where it is another by now, that one is told next time.
        await records.commit(network, [{ kind: 'delete', of }], [{ of, is: { seq, at } }]);
      }
    });
  }

  /** Tells all; answers whether some could not be told yet. */
  async tellAll(failed: (error: unknown) => void): Promise<boolean> {
    let isLeft = false;
    for await (const user of allOwners(this.#keeping, 'telling')) {
      try {
        await this.tell(user);
      } catch (error) {
        isLeft = true;
        failed(error);
      }
    }
    return isLeft;
  }

  async #told(telling: Telling): Promise<void> {
    if (telling.kind === 'gone') {
      const { name, ...rest } = telling.account;
      await this.#listener.gone({ ...rest, name }, telling.why);
      return;
    }
    const enlisted = await this.#accounts.ofUser(telling.user);
    if (enlisted === undefined) return;
    const { keys, former: user } = telling;
    const { integrator } = enlisted.login;
    await this.#listener.enlisted(enlisted, keys, user === undefined ? undefined : { integrator, user });
  }
}
