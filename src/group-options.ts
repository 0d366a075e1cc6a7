import type { GroupPortalsDeps } from './core/groups.ts';
import { localpartOf, type NetworkId } from './core/ids.ts';
import type { Meter } from './core/meter.ts';
import type { RoomRules } from './core/room-rules.ts';
import type { RemoteProfile, RunningNetwork } from './core/network.ts';
import type { GroupOptions } from './matrix/group-side.ts';
import type { RunningHomeserver } from './matrix/homeserver.ts';
import { render, text } from './texts/catalogue.ts';

/** What the Matrix side learns of networks for the rooms of groups. */
export function groupOptions(
  networks: ReadonlyMap<NetworkId, RunningNetwork>,
  meter: Pick<Meter, 'bounded'>,
  rules: RoomRules,
): GroupOptions {
  return {
    network: (id) => networks.get(id),
    nameOf: (id, remote) => nameOf(networks.get(id), remote),
    ...{ meter, rules },
    words: (reason) => text('en', `reason.${reason}`),
    said: (what, chat) => render('en', `tie.room-${what}`, { address: chat }),
  };
}

/** What Matrix users are called in groups: by their name, or by the first part of their id where they have none. */
export function nicks(matrix: Pick<RunningHomeserver, 'displayName'>): GroupPortalsDeps['nickOf'] {
  return async (user) => (await matrix.displayName(user)) ?? localpartOf(user);
}

async function nameOf(
  network: RunningNetwork | undefined,
  remote: RemoteProfile['userId'],
): Promise<string | undefined> {
  const profile = await network?.directory.profile(remote);
  return profile === undefined || 'kind' in profile ? undefined : profile.name;
}
