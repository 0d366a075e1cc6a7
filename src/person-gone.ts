/** Tells users that a person whom they have a chat with is not on their network any more. */
import type { Homeserver } from './core/homeserver.ts';
import type { MatrixUserId, NetworkId, RemoteUserId } from './core/ids.ts';
import type { EventSink, RunningNetwork } from './core/network.ts';
import type { GhostStore, PortalStore, UserStore } from './core/stores.ts';
import { cleanName } from './core/person-name.ts';
import { portalKey } from './core/portal.ts';
import { displayNameOf } from './matrix/bridge-info.ts';
import { render } from './texts/catalogue.ts';

export interface PersonGoneDeps {
  readonly portals: Pick<PortalStore, 'byKey'>;
  readonly users: Pick<UserStore, 'get'>;
  readonly ghosts: Pick<GhostStore, 'get'>;
  readonly ghostId: (network: NetworkId, remote: RemoteUserId) => MatrixUserId | undefined;
  readonly reporter: Pick<Homeserver['reporter'], 'notice'>;
  readonly network: (id: NetworkId) => Pick<RunningNetwork, 'directory'> | undefined;
}

/** A line in the management room of each who has a chat with the person; the same shows once. */
export function personGone(deps: PersonGoneDeps, id: NetworkId): NonNullable<EventSink['personGone']> {
  const { portals, users, ghosts, ghostId, reporter, network } = deps;
  return async (remote, receivers) => {
    const chat = network(id)?.directory.chatWith(remote);
    if (chat === undefined) throw new Error('the network does not run yet');
    const ghost = ghostId(id, remote);
    const name = cleanName((ghost && (await ghosts.get(ghost)))?.name ?? '') || remote;
    for (const user of receivers) {
      const portal = await portals.byKey(portalKey(id, chat, user));
      if (portal === undefined) continue;
      const language = (await users.get(user))?.language ?? 'en';
      const line = render(language, 'person.gone', { name, platform: displayNameOf(id) });
      const failed = await reporter.notice(user, `gone/${portal.id}`, line);
      if (failed?.retry.kind === 'later')
        throw new Error('a user could not be told', { cause: failed.cause });
    }
  };
}
