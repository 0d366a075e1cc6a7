/** Puts a host together. */
import { failedForGood, type Failed } from '../../core/outcome.ts';
import { task } from '../../core/task.ts';
import type { Login } from '../../interop/enlistment/login.ts';
import { normaliseIdentifier } from '../../interop/identity/identifier.ts';
import type { PinnedRoot } from '../../interop/noise/certificate.ts';
import type { KeyBundle } from '../../interop/stanza/keys.ts';
import { addressOf } from './account-address.ts';
import { publicAccount, type KeptAccount } from './accounts.ts';
import type { HostCount } from './host-counts.ts';
import type { HostOptions } from './host-options.ts';
import { hostParts, type HostParts } from './host-parts.ts';
import type { Account, Host, HostListener, HostWeb, Mail } from './host.ts';
import { OpenedHost } from './opened-host.ts';
import { openServerKeys, type ServerKeys } from './server-keys.ts';
import { prekeysLeft } from './session-maker.ts';

/** A host that is not started yet. Throws where its options contradict each other. */
export function makeHost(options: HostOptions): Host {
  return new RecordsHost(hostParts(options));
}

class RecordsHost implements Host {
  readonly #parts: HostParts;
  #serverKeys: Promise<ServerKeys> | undefined;
  #opened: OpenedHost | undefined;

  constructor(parts: HostParts) {
    this.#parts = parts;
  }

  get web(): HostWeb {
    return this.#parts.web;
  }

  readonly port = (): number | undefined => this.#opened?.port;
  readonly connected = (): number => this.#parts.sessions.size;
  readonly counts = (): ReadonlyMap<HostCount, number> => this.#parts.counts.read();

  async start(listener: HostListener): Promise<void> {
    if (this.#opened !== undefined) throw new Error('a host is started once');
    this.#opened = await OpenedHost.open(this.#parts, listener, await this.#keys());
  }

  async root(): Promise<PinnedRoot> {
    return (await this.#keys()).root;
  }

  async account(login: Login): Promise<Account | undefined> {
    const account = await this.#reachable(login);
    return account && publicAccount(account);
  }

  async find(integrator: number, identifier: string): Promise<Account | Failed> {
    const { accounts, providers } = this.#parts;
    const provider = providers.of(integrator);
    const normal = provider && normaliseIdentifier(provider.identifierType, identifier);
    if (normal === undefined) return failedForGood('no-such-user');
    if (!(await providers.isOpen(integrator))) return failedForGood('shut-out');
    const account = await accounts.ofIdentifier(integrator, normal);
    return account === undefined ? failedForGood('no-such-user') : publicAccount(account);
  }

  async deliver(to: Login, mail: Mail): Promise<'kept' | 'no-such-account' | 'mailbox-full' | 'too-large'> {
    const { mailbox, now } = this.#parts;
    if ((await this.#reachable(to)) === undefined) return 'no-such-account';
    const time = mail.time ?? Math.floor(now() / 1_000);
    const kept = await mailbox.put(to.user, { ...mail, to: addressOf(to), time, offline: undefined });
    if (kept !== 'kept' && kept !== 'repeated') return kept;
    // Who only wrote is not woken to hear that it was read.
    const isPushed = kept === 'kept' && (mail.kind === 'message' || mail.about.kind === 'retry');
    this.#opened?.mailFor(to.user, isPushed);
    return 'kept';
  }

  signal(to: Login, stanza: Parameters<Host['signal']>[1]): void {
    const session = this.#parts.sessions.of(to.user);
    if (session?.account.login.integrator !== to.integrator) return;
    void task(this.#parts.log, 'signal', () => session.send({ ...stanza, to: addressOf(to) }));
  }

  async keysOf(login: Login): Promise<KeyBundle | Failed> {
    const { shelf, counts, sessions, limits, log } = this.#parts;
    if ((await this.#reachable(login)) === undefined) return failedForGood('no-such-user');
    const given = await shelf.give(login.user);
    if (given === undefined) return failedForGood('no-such-user');
    const { keys, left } = given;
    counts.add(keys.prekey === undefined ? 'prekey-none-left' : 'prekey-given');
    const session = sessions.of(login.user);
    if (session !== undefined && left < limits.fewPrekeys)
      void task(log, 'tell of prekeys', () => session.send(prekeysLeft(left)));
    return keys;
  }

  async remove({ integrator, user }: Login): Promise<void> {
    const account = await this.#parts.accounts.ofLogin({ integrator, user });
    if (account !== undefined) await this.#started().remove(user, 'removed');
  }

  shutOut(integrator: number): void {
    this.#parts.sessions.closeProvider(integrator, 'shut-out');
  }

  async sweep(): Promise<void> {
    await this.#started().sweep();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened?.[Symbol.asyncDispose]();
  }

  #started(): OpenedHost {
    if (this.#opened === undefined) throw new Error('the host is not started');
    return this.#opened;
  }

  async #reachable(login: Login): Promise<KeptAccount | undefined> {
    const { accounts, providers } = this.#parts;
    return (await providers.isOpen(login.integrator)) ? accounts.ofLogin(login) : undefined;
  }

  #keys(): Promise<ServerKeys> {
    this.#serverKeys ??= openServerKeys(this.#parts.keeping).catch((error: unknown) => {
      this.#serverKeys = undefined;
      throw error;
    });
    return this.#serverKeys;
  }
}
