/** Connects the ghosts of people whom administrators shut out with the rooms that they are in. */
import { Banishing, type BanishingDeps } from './core/banishing.ts';
import { partOf } from './log.ts';
import type { Log } from './core/task.ts';
import type { RunningHomeserver } from './matrix/homeserver.ts';
import type { Storage } from './storage/storage.ts';
import { render } from './texts/catalogue.ts';

export interface BanishedParts extends Pick<BanishingDeps, 'blocks' | 'close'> {
  readonly storage: Storage;
  readonly matrix: Pick<RunningHomeserver, 'ghosts' | 'groupRooms' | 'reporter'>;
  readonly log: Log;
}

export function makeBanishing({ storage, matrix, log, ...rest }: BanishedParts): Banishing {
  return new Banishing({
    ...{ ...rest, portals: storage.portals, groups: storage.groups, rooms: matrix.groupRooms },
    tell: async ({ id, key, remote }) => {
      const ghost = matrix.ghosts.userId(key.network, remote);
      const name = (ghost && (await storage.ghosts.get(ghost)))?.name ?? remote;
      const language = (await storage.users.get(key.receiver))?.language ?? 'en';
      const line = render(language, 'ban.chat-ended', { name, address: remote });
      return matrix.reporter.notice(key.receiver, `banned/${id}`, line);
    },
    log: partOf(log, 'blocks'),
  });
}
