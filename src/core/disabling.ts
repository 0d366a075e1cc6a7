/**
 * Ends what a user has on a network that they do not want to be reached on any more: what the network knows of them is
 * taken back, what waits is given up, groups are left, chats closed, accounts unlinked. The wish is recorded first; every step may be repeated.
 */
import type { MatrixUserId, NetworkId } from './ids.ts';
import { insist } from './insist.ts';
import type { RunningNetwork } from './network.ts';
import { failedForNow, type Failed } from './outcome.ts';
import type { GroupPortal, Portal } from './portal.ts';
import type { Portals } from './portals.ts';
import type { OptIn, Reach, ReachStore } from './reach.ts';
import type { LoginStore, PortalStore } from './stores.ts';
import { task, type Log } from './task.ts';

export interface DisablingDeps {
  readonly reach: Pick<Reach, 'disable' | 'disabled'>;
  readonly store: Pick<ReachStore, 'disabling'>;
  readonly portals: Pick<PortalStore, 'ofUser' | 'intended' | 'closed'>;
  readonly logins: Pick<LoginStore, 'list' | 'remove' | 'removePending'>;
  readonly close: Portals['close'];
  /** Gives up what the user asked for there and what waits for their answer. */
  readonly giveUp: (user: MatrixUserId, network: NetworkId) => Promise<undefined | Failed>;
  readonly leave: (user: MatrixUserId, portal: GroupPortal) => Promise<undefined | Failed>;
  readonly network: (id: NetworkId) => RunningNetwork | undefined;
  /** Whether a network is configured, though it may not run yet: then it is waited for. */
  readonly configured: (id: NetworkId) => boolean;
  /** The user has no chats there any more. */
  readonly ended: (user: MatrixUserId, network: NetworkId) => Promise<undefined | Failed>;
  readonly log: Log;
  /** Milliseconds between two attempts. */
  readonly pause?: number;
}

/** What users are disabling. */
export class Disabling implements AsyncDisposable {
  readonly #deps: DisablingDeps;
  readonly #running = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();

  constructor(deps: DisablingDeps) {
    this.#deps = deps;
  }

  /** Goes on with what an earlier run left. */
  async start(): Promise<void> {
    for (const optIn of await this.#deps.store.disabling()) this.#run(optIn);
  }

  /** From when it resolves the user cannot be reached; the rest goes on by itself. False where they were not before. */
  async disable(user: MatrixUserId, network: NetworkId): Promise<boolean> {
    const begun = await this.#deps.reach.disable(user, network);
    if (begun) await this.start();
    return begun;
  }

  /** Resolves when nothing is under way. */
  async done(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.done();
  }

  #run(optIn: OptIn): void {
    const name = JSON.stringify([optIn.user, optIn.network]);
    if (this.#running.has(name) || this.#stop.signal.aborted) return;
    const running = task(this.#deps.log, 'disable', () => this.#insist(optIn)).finally(() =>
      this.#running.delete(name),
    );
    this.#running.set(name, running);
  }

  async #insist(optIn: OptIn): Promise<void> {
    const { log, reach, pause = 5_000 } = this.#deps;
    const work = async (): Promise<undefined | Failed> => {
      const failed = await this.#end(optIn);
      if (failed === undefined) await reach.disabled(optIn);
      return failed;
    };
    const about = { network: optIn.network };
    await insist(work, { log, pause, signal: this.#stop.signal, message: 'disabling has to wait', about });
  }

  async #end({ user, network }: OptIn): Promise<undefined | Failed> {
    const { logins, portals, ended } = this.#deps;
    const theirs = (await portals.ofUser(user)).filter(({ key }) => key.network === network);
    // First, while it is still known with whom they talked.
    const known = theirs.flatMap((portal) => (portal.kind === 'direct' ? [portal.remote] : []));
    const running = this.#deps.network(network);
    if (running === undefined && this.#deps.configured(network)) return failedForNow('link-down');
    const remembers = await running?.forget?.(user, known);
    if (remembers?.retry.kind === 'later') return remembers;
    const waits = await this.#deps.giveUp(user, network);
    if (waits?.retry.kind === 'later') return waits;
    for (const portal of theirs) {
      const stays = await this.#leave(user, portal);
      if (stays?.retry.kind === 'later') return stays;
    }
    for (const intent of await portals.intended(user))
      if (intent.key.network === network && intent.kind === 'direct') await portals.closed(intent.id);
    for (const login of await logins.list(user))
      if (login.network === network) await logins.remove(user, network, login.remote);
    await logins.removePending(user, network);
    return ended(user, network);
  }

  #leave(user: MatrixUserId, portal: Portal): Promise<undefined | Failed> {
    return portal.kind === 'direct' ? this.#deps.close(portal) : this.#deps.leave(user, portal);
  }
}
