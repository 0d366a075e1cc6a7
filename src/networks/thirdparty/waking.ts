/**
 * Tells providers that there is something for users who are not connected: once for all that comes in a while, and again
 * where more comes after it. What is pushed for waits in the mailbox, so nothing of this is kept.
 */
import type { Log } from '../../core/task.ts';
import type { Asker } from '../../interop/identity/bounded-request.ts';
import { createPushSender, type PushSender } from '../../interop/identity/push-sender.ts';
import type { SigningKeys } from '../../interop/identity/signing-keys.ts';
import { BoundedMap } from '../../core/bounded-map.ts';
import type { HostCounts } from './host-counts.ts';
import type { HostLimits } from './host-options.ts';
import type { Account } from './host.ts';
import type { Providers } from './providers.ts';

export interface WakingDeps {
  readonly ask: Asker;
  readonly keys: Pick<SigningKeys, 'sign'>;
  readonly providers: Pick<Providers, 'of'>;
  readonly counts: HostCounts;
  readonly limits: Pick<HostLimits, 'pushEveryMs'>;
  readonly log: Log;
  readonly now: () => number;
}

const mostRemembered = 100_000;

export class Waking implements AsyncDisposable {
  readonly #deps: WakingDeps;
  readonly #sender: PushSender;
  /** When each was pushed for last and did not come since. */
  readonly #pushed = new BoundedMap<string, number>(mostRemembered);

  constructor(deps: WakingDeps) {
    this.#deps = deps;
    const { ask, keys, log, counts, now } = deps;
    this.#sender = createPushSender({
      ask,
      keys,
      log,
      now,
      ended: (_target, end) => counts.add(`push-${end.kind}`),
    });
  }

  /** There is mail for somebody who is not connected. */
  wake({ login, identifier }: Account): void {
    const { providers, counts, limits, now } = this.#deps;
    const baseUrl = providers.of(login.integrator)?.pushUrl;
    if (baseUrl === undefined) return;
    const last = this.#pushed.get(login.user);
    const since = last === undefined ? undefined : now() - last;
    if (since !== undefined && since >= 0 && since < limits.pushEveryMs) return;
    const taken = this.#sender.push({ baseUrl, to: identifier });
    counts.add(taken === 'full' ? 'push-full' : 'push-asked');
    if (taken !== 'full') this.#pushed.set(login.user, now());
  }

  /** The user is here: what comes when they are gone again is another matter. */
  came(user: string): void {
    this.#pushed.delete(user);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sender[Symbol.asyncDispose]();
  }
}
