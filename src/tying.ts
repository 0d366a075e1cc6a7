import type { Services } from './commands/services.ts';
import type { BridgeConfig } from './config-schema.ts';
import type { GroupPortals } from './core/groups.ts';
import type { Homeserver } from './core/homeserver.ts';
import type { MatrixUserId, NetworkId } from './core/ids.ts';
import type { RunningNetwork } from './core/network.ts';
import type { Log } from './core/task.ts';
import { Ties } from './core/ties.ts';
import { nicks } from './group-options.ts';
import { partOf } from './log.ts';
import type { RunningHomeserver } from './matrix/homeserver.ts';
import type { Storage } from './storage/storage.ts';
import { tieDesk, tieVoice, type TieDeskDeps } from './tie-desk.ts';

export interface TyingParts {
  readonly storage: Storage;
  readonly matrix: RunningHomeserver;
  readonly homeserver: Pick<Homeserver, 'reporter'>;
  readonly groups: GroupPortals;
  readonly networks: ReadonlyMap<NetworkId, RunningNetwork>;
  readonly permits: (user: MatrixUserId) => boolean;
  readonly barred: TieDeskDeps['barred'];
  readonly config: Pick<BridgeConfig, 'groups'>;
  readonly log: Log;
}

/** Connects what bridges rooms that are there already with what it works on. */
export function makeTies(parts: TyingParts): { readonly ties: Ties; readonly desk: Services['ties'] } {
  const { storage, matrix, homeserver, groups, networks, permits } = parts;
  const { ties: rooms } = matrix;
  const { agreementMs: patienceMs } = parts.config.groups;
  const log = partOf(parts.log, 'ties');
  const ties = new Ties({
    ...{ store: storage.ties, stores: storage, groups, rooms, permits, patienceMs, log },
    ...tieVoice(homeserver.reporter, storage.users, rooms.bot, patienceMs),
    network: (id) => networks.get(id),
    nickOf: nicks(matrix),
    // Within the shortest agreement that can be configured there is a look.
    lookMs: Math.min(15_000, Math.max(1_000, patienceMs / 4)),
  });
  const { portals } = storage;
  return { ties, desk: tieDesk({ ties, rooms, portals, networks, patienceMs, barred: parts.barred }) };
}

/** Users of a room that belongs to its people who may take part in its group; a few. */
export function others(
  matrix: RunningHomeserver,
  permits: (user: MatrixUserId) => boolean,
): NonNullable<ConstructorParameters<typeof GroupPortals>[0]['others']> {
  return async (portal) => (await matrix.ties.others(portal)).filter(permits).slice(0, 5);
}
