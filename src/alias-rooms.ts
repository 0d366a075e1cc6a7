import type { BridgeConfig } from './config-schema.ts';
import { AskedRooms, type AskedRoomsDeps } from './core/asked-rooms.ts';
import { GroupAliases, type GroupAliasesDeps } from './core/group-aliases.ts';
import type { Log } from './core/task.ts';
import type { LiveSettings } from './live-settings.ts';
import type { RunningHomeserver } from './matrix/homeserver.ts';
import type { Storage } from './storage/storage.ts';

/** What the aliases of groups' rooms need of the rest of the bridge. */
export interface AliasParts {
  readonly config: Pick<BridgeConfig, 'groups'>;
  readonly settings: Pick<LiveSettings, 'everybodyMay'>;
  readonly storage: Pick<Storage, 'portals' | 'groups'>;
  readonly matrix: Pick<RunningHomeserver, 'directory'>;
  readonly network: AskedRoomsDeps['network'];
  readonly log: Log;
}

/** Looks after the aliases of rooms. */
export function makeAliases(parts: AliasParts, isOut: GroupAliasesDeps['isOut']): GroupAliases {
  const { config, storage: stores, matrix, network, log } = parts;
  const { offered } = config.groups.aliases;
  return new GroupAliases({
    ...{ stores, directory: matrix.directory, network, offered, isOut, log },
    mayEnter: mayEnter(parts),
  });
}

/** Makes rooms for those who ask for them by their alias. */
export function makeAskedRooms(
  parts: AliasParts,
  more: Pick<AskedRoomsDeps, 'groups' | 'aliases' | 'meter'>,
): AskedRooms {
  const { config, storage: stores, matrix, network, log } = parts;
  const { perMinute, burst, closeUnjoined: closeAfter } = config.groups.aliases;
  return new AskedRooms({
    ...{ ...more, stores, directory: matrix.directory, network, log },
    mayEnter: mayEnter(parts),
    limits: { perMinute, burst, closeAfter },
  });
}

function mayEnter({ config, settings }: AliasParts): () => boolean {
  const { offered, enter } = config.groups.aliases;
  return () => offered && enter && settings.everybodyMay();
}
