import type { HistoryDesk } from './commands/services.ts';
import type { Backfill } from './core/backfill.ts';
import type { Reporter } from './core/homeserver.ts';
import type { NetworkId, RemoteChatId } from './core/ids.ts';
import type { RunningNetwork } from './core/network.ts';
import { failedForGood, failedForNow } from './core/outcome.ts';
import { isBorrowed } from './core/portal.ts';
import type { UserStore } from './core/stores.ts';
import { task, type Log } from './core/task.ts';
import { render } from './texts/catalogue.ts';

/** What bringing in history by command needs. */
export interface HistoryWays {
  readonly backfill: Pick<Backfill, 'bring'>;
  readonly most: number;
  /** Resolves to true once all that was brought in of a chat is in its room. */
  readonly ended: (network: NetworkId, chat: RemoteChatId) => Promise<boolean>;
}

/** What is no more than this is there before its user has read the answer. */
const longFrom = 50;

export function historyDesk(
  { backfill, most, ended }: HistoryWays,
  deps: {
    readonly networks: ReadonlyMap<NetworkId, RunningNetwork>;
    readonly reporter: Pick<Reporter, 'notice'>;
    readonly users: Pick<UserStore, 'get'>;
    readonly log: Log;
  },
): HistoryDesk {
  return {
    most,
    bring: async (user, portal, count, cause) => {
      const { network: id, chat } = portal.key;
      if (isBorrowed(portal)) return failedForGood('room-of-others');
      const network = deps.networks.get(id);
      if (network === undefined) return failedForNow('link-down');
      const brought = await backfill.bring(network, portal, count);
      if (brought.kind === 'failed' && brought.reason === 'no-handler') return failedForGood('no-archive');
      if (brought.kind === 'failed' || brought.fresh <= longFrom) return brought;
      void task(deps.log, 'tell that history is in', async () => {
        if (!(await ended(id, chat))) return;
        const language = (await deps.users.get(user))?.language ?? 'en';
        await deps.reporter.notice(
          user,
          `history/${cause}`,
          render(language, 'history.in', { address: chat }),
        );
      });
      return brought;
    },
  };
}
