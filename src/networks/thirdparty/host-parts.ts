/** What a host is made of before it is started. */
import { Turns } from '../../core/turns.ts';
import type { Log } from '../../core/task.ts';
import { clientAddress, localProxies } from '../../interop/web/client-address.ts';
import { Accounts } from './accounts.ts';
import { createHostCounts, type HostCounts } from './host-counts.ts';
import { usualLimits, type HostLimits, type HostOptions } from './host-options.ts';
import type { Keeping } from './host-records.ts';
import { createHostWeb, type OpenableWeb } from './host-web.ts';
import { KeyShelf } from './key-shelf.ts';
import { Mailbox } from './mailbox.ts';
import { createProviders, type Providers } from './providers.ts';
import { Sessions } from './sessions.ts';

export interface HostParts {
  readonly options: HostOptions;
  readonly limits: HostLimits;
  readonly log: Log;
  readonly now: () => number;
  readonly keeping: Keeping;
  readonly counts: HostCounts;
  readonly accounts: Accounts;
  readonly shelf: KeyShelf;
  readonly mailbox: Mailbox;
  readonly sessions: Sessions;
  readonly providers: Providers;
  readonly web: OpenableWeb;
}

export function hostParts(options: HostOptions): HostParts {
  const { network, records, key, log, files, now = Date.now } = options;
  const { trustedProxies = localProxies } = options;
  const limits = { ...usualLimits, ...options.limits };
  const keeping: Keeping = { network, records, turns: new Turns(), now };
  const counts = createHostCounts();
  const accounts = new Accounts(keeping, key);
  return {
    ...{ options, limits, log, now, keeping, counts, accounts },
    shelf: new KeyShelf(keeping, limits.mostPrekeys),
    mailbox: new Mailbox(keeping, accounts, limits, counts),
    sessions: new Sessions(),
    providers: createProviders({ ...options, now }),
    web: createHostWeb({
      ...{ files, counts, limits, log, now },
      addressOf: ({ socket, headers }) =>
        clientAddress(socket.remoteAddress, headers['x-forwarded-for'], trustedProxies),
    }),
  };
}
