/** What networks do for users by themselves: make accounts, end them, and tell of it. */
import { knowingPersons } from './blocking.ts';
import type { Core } from './bridge-core.ts';
import type { MatrixUserId, NetworkId } from './core/ids.ts';
import type { EventSink } from './core/network.ts';
import type { OptIn } from './core/reach.ts';

const pageSize = 500;

/** The part of what a network sees of the bridge that is about its users' accounts. */
export function accountsOf(
  core: Pick<Core, 'storage' | 'blocks' | 'lists' | 'homeserver'>,
  id: NetworkId,
): Required<Pick<EventSink, 'enabled' | 'tell' | 'account'>> {
  const { storage, homeserver } = core;
  const logins = knowingPersons(storage.logins, core);
  return {
    enabled: () => enabledOn(storage.reach, id),
    tell: async (user, name, line) => {
      const language = (await storage.users.get(user))?.language ?? 'en';
      return homeserver.reporter.notice(user, name, line(language));
    },
    account: async (user, remote, is) => {
      if (is === 'linked') await logins.put({ user, network: id, remote, linkedAt: Date.now() });
      else await logins.remove(user, id, remote);
    },
  };
}

async function enabledOn(
  reach: Core['storage']['reach'],
  network: NetworkId,
): Promise<readonly MatrixUserId[]> {
  const users: MatrixUserId[] = [];
  let after: OptIn | undefined;
  for (;;) {
    const page = await reach.enabled(after, pageSize);
    users.push(...page.filter((one) => one.network === network).map(({ user }) => user));
    after = page.at(-1);
    if (page.length < pageSize) return users;
  }
}
