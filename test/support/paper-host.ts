import { failedForGood, type Failed } from '../../src/core/outcome.ts';
import type { Login } from '../../src/interop/enlistment/login.ts';
import type { KeyBundle } from '../../src/interop/stanza/keys.ts';
import type { ChatstateStanza, PresenceStanza } from '../../src/interop/stanza/signals.ts';
import type { Account, Mail } from '../../src/networks/thirdparty/host.ts';
import { userOf } from '../../src/networks/thirdparty/ids.ts';
import type { HostPart } from '../../src/networks/thirdparty/running.ts';

/** A host without doors: accounts, mailboxes and keys in memory. */
export class PaperHost implements HostPart {
  readonly accounts: Account[] = [];
  readonly keys = new Map<string, () => Promise<KeyBundle | Failed>>();
  readonly mails: { readonly to: Login; readonly mail: Mail }[] = [];
  readonly signals: (ChatstateStanza | PresenceStanza)[] = [];
  readonly out: number[] = [];
  delivering: () => 'kept' | 'mailbox-full' = () => 'kept';
  readonly #names = new Set<string>();

  async account({ integrator, user }: Login): Promise<Account | undefined> {
    return this.accounts.find(({ login }) => login.integrator === integrator && login.user === user);
  }

  async find(integrator: number, identifier: string): Promise<Account | Failed> {
    const found = this.accounts.find(
      (one) => one.login.integrator === integrator && one.identifier === identifier,
    );
    return found ?? failedForGood('no-such-user');
  }

  async deliver(to: Login, mail: Mail): ReturnType<HostPart['deliver']> {
    if ((await this.account(to)) === undefined) return 'no-such-account';
    const delivered = this.delivering();
    if (delivered !== 'kept') return delivered;
    const detail = mail.kind === 'message' ? mail.sealed.map(({ count }) => count) : mail.about;
    const name = JSON.stringify([to, mail.from, mail.kind, mail.id, detail], (_key, value: unknown) =>
      value instanceof Uint8Array ? undefined : value,
    );
    if (!this.#names.has(name)) this.mails.push({ to, mail });
    this.#names.add(name);
    return 'kept';
  }

  signal(_to: Login, stanza: ChatstateStanza | PresenceStanza): void {
    this.signals.push(stanza);
  }

  async keysOf(login: Login): Promise<KeyBundle | Failed> {
    return (await this.keys.get(userOf(login))?.()) ?? failedForGood('no-such-user');
  }

  shutOut(integrator: number): void {
    this.out.push(integrator);
  }
}
