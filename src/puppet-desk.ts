import type { Services } from './commands/services.ts';
import type { BridgeConfig } from './config-schema.ts';
import type { MatrixUserId, NetworkId, RemoteUserId } from './core/ids.ts';
import type { Stores } from './core/stores.ts';
import type { RunningHomeserver } from './matrix/homeserver.ts';
import type { PuppetLevel } from './matrix/puppets.ts';
import { mostPrecise, type Level } from './permissions.ts';

/** How far double puppeting is offered to a user: to nobody who may not use the bridge. */
export function puppetLevels(
  { matrix }: BridgeConfig,
  levelOf: (user: MatrixUserId) => Level,
): (user: MatrixUserId) => PuppetLevel {
  const offered = mostPrecise<PuppetLevel>({ '*': 'automatic', ...matrix.doublePuppeting.users });
  return (user) => (levelOf(user) === 'none' ? 'none' : (offered(user) ?? 'none'));
}

/** What the command `puppet` works on. */
export function puppetDesk({ puppets }: RunningHomeserver): Pick<Services, 'puppets' | 'redact'> {
  return {
    puppets: puppets.puppets,
    redact: (user, room, eventId) => puppets.redact(user, room, eventId),
  };
}

/** The accounts on a network in whose clients a user wants to see what they write on Matrix. */
export function copiesTo(
  { puppets }: RunningHomeserver,
  { logins }: Pick<Stores, 'logins'>,
  network: NetworkId,
): (user: MatrixUserId) => Promise<readonly RemoteUserId[]> {
  return async (user) => {
    if (!(await puppets.puppets.copies(user))) return [];
    return (await logins.list(user)).filter((login) => login.network === network).map(({ remote }) => remote);
  };
}
