import { runCommand } from './commands/run.ts';
import type { PortalOpener, Services } from './commands/services.ts';
import type { Homeserver } from './core/homeserver.ts';
import type { MatrixUserId, NetworkId } from './core/ids.ts';
import type { RunningNetwork } from './core/network.ts';
import { failedForGood } from './core/outcome.ts';
import type { Portals } from './core/portals.ts';
import type { CommandRunner } from './core/spine.ts';
import type { Stores } from './core/stores.ts';
import type { Log } from './core/task.ts';
import type { Level } from './permissions.ts';

export interface CommandDeskDeps {
  readonly storage: Stores;
  readonly homeserver: Pick<Homeserver, 'reporter'>;
  readonly networks: ReadonlyMap<NetworkId, RunningNetwork>;
  readonly portals: Portals;
  readonly levelOf: (user: MatrixUserId) => Level;
  readonly version: string;
  readonly log: Log;
  readonly retry: (outerId: string) => Promise<boolean>;
  readonly puppets: Services['puppets'];
  readonly erase: Services['erase'];
}

/** Connects the commands with what they work on: each message gets one answer in the user's management room. */
export function commandDesk(deps: CommandDeskDeps): CommandRunner {
  const { storage, log, version } = deps;
  const { events } = storage;
  const services: Services = {
    networks: deps.networks,
    portals: {
      ...opener(deps),
      list: (offset, limit) => storage.portals.list(offset, limit),
      count: () => storage.portals.count(),
    },
    events: {
      find: (id) => events.find(id),
      backlog: () => events.backlog(),
      retry: async (id) => ((await deps.retry(id)) ? events.find(id) : undefined),
    },
    users: storage.users,
    logins: storage.logins,
    puppets: deps.puppets,
    erase: deps.erase,
    version,
    log,
    now: Date.now,
  };
  return {
    run: async ({ user, text, cause, at, room, eventId }) => {
      const level = deps.levelOf(user);
      if (level === 'none') return failedForGood('not-permitted');
      const language = (await storage.users.get(user))?.language ?? 'en';
      const message = eventId === undefined ? {} : { message: { room, eventId } };
      const reply = await runCommand(
        { user, text, language, admin: level === 'admin', at, ...message },
        services,
      );
      return deps.homeserver.reporter.notice(user, `answer/${cause}`, reply);
    },
  };
}

function opener({ networks, portals }: CommandDeskDeps): PortalOpener {
  return {
    open: async (user, id, address) => {
      const network = networks.get(id);
      if (network === undefined) return failedForGood('link-down');
      const profile = await network.directory.find(address);
      if ('kind' in profile) return profile;
      const opened = await portals.open(
        network,
        { network: id, chat: profile.chat, receiver: user },
        profile,
      );
      if (opened.kind === 'failed') return opened;
      return { kind: 'room', room: opened.portal.room, profile, created: opened.fresh };
    },
  };
}
