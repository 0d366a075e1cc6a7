/** What the homeserver asks of the bridge: https://spec.matrix.org/v1.16/application-service-api/#querying */
import type { MatrixUserId } from '../core/ids.ts';
import type { AppserviceOptions } from './appservice.ts';
import type { HomeserverOptions } from './homeserver-options.ts';
import type { MatrixParts } from './matrix-parts.ts';
import { Lookups } from './third-party.ts';

/** Answers whether the bridge has a user or a room, and what somebody finds who looks for one in its directory. */
export function homeserverQueries(
  options: Pick<HomeserverOptions, 'aliasWanted' | 'ghostWanted' | 'log' | 'thirdParty'>,
  parts: MatrixParts,
): Pick<AppserviceOptions, 'isOwn' | 'onUserQuery' | 'onRoomQuery' | 'onPing' | 'lookups'> {
  const { aliasWanted, thirdParty, log } = options;
  const { aliasIds, ghostIds } = parts;
  return {
    isOwn: (sender) => parts.isOwn(sender),
    onUserQuery: (userId) => isUserThere(options, parts, userId),
    onRoomQuery: async (alias) => {
      const key = aliasIds.key(alias);
      return key !== undefined && (await aliasWanted?.(key)) === true;
    },
    onPing: () => log.debug({}, 'pinged by the homeserver'),
    lookups: thirdParty && new Lookups({ thirdParty, ghostIds, aliasIds }),
  };
}

/** Made where the network has such a person; with keys, since clients look for those before they invite anybody. */
async function isUserThere(
  { ghostWanted }: Pick<HomeserverOptions, 'ghostWanted'>,
  {
    bot,
    management,
    ghostIds,
    ghosts,
    crypto,
  }: Pick<MatrixParts, 'bot' | 'management' | 'ghostIds' | 'ghosts' | 'crypto'>,
  userId: MatrixUserId,
): Promise<boolean> {
  const identified = async (): Promise<boolean> => (await crypto.rooms.identify(userId)) === undefined;
  if (userId === bot) return (await management.ensureBot()) === undefined && (await identified());
  const key = ghostIds.key(userId);
  const profile = key === undefined ? undefined : await ghostWanted(key);
  if (key === undefined || profile === undefined) return false;
  const ghost = await ghosts.ensure(key.network, key.remote, profile);
  return ghost.kind === 'ghost' && (await identified());
}
