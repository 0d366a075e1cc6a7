import type { AppserviceOptions } from './appservice.ts';
import type { HomeserverOptions } from './homeserver-options.ts';
import type { MatrixParts } from './matrix-parts.ts';
import { Lookups } from './third-party.ts';

/** What the homeserver asks when somebody looks for a room: by its alias, or in its directory of other networks. */
export function roomQueries(
  { aliasWanted, thirdParty }: Pick<HomeserverOptions, 'aliasWanted' | 'thirdParty'>,
  { aliasIds, ghostIds }: Pick<MatrixParts, 'aliasIds' | 'ghostIds'>,
): Required<Pick<AppserviceOptions, 'onRoomQuery' | 'lookups'>> {
  return {
    onRoomQuery: async (alias) => {
      const key = aliasIds.key(alias);
      return key !== undefined && (await aliasWanted?.(key)) === true;
    },
    lookups: thirdParty && new Lookups({ thirdParty, ghostIds, aliasIds }),
  };
}
