import { Erasures, type ErasureLine, type ErasureStep } from './core/erasures.ts';
import type { Reporter } from './core/homeserver.ts';
import type { MatrixUserId } from './core/ids.ts';
import type { Portals } from './core/portals.ts';
import type { ReportsDeps } from './core/report.ts';
import type { Spine } from './core/spine.ts';
import type { Log } from './core/task.ts';
import { Farewell } from './matrix/farewell.ts';
import type { RunningHomeserver } from './matrix/homeserver.ts';
import type { Storage } from './storage/storage.ts';
import { render, type Language, type Rendered } from './texts/catalogue.ts';

export interface ErasingParts {
  readonly storage: Storage;
  readonly matrix: Pick<RunningHomeserver, 'sender' | 'management'>;
  readonly portals: Portals;
  readonly spine: Pick<Spine, 'drop'>;
  /** Who has to let go of a user before what is kept is erased. */
  readonly steps: readonly ErasureStep[];
  readonly log: Log;
}

/** Connects erasures with what they work on. */
export function makeErasures({ storage, matrix, portals, spine, steps, log }: ErasingParts): Erasures {
  const farewell = new Farewell(matrix.sender, matrix.management);
  return new Erasures({
    ...{ log, stores: storage, store: storage.erasures, portals, steps },
    drop: (seqs) => spine.drop(seqs),
    say: async (user, room, id, line) => {
      const language = (await storage.users.get(user))?.language ?? 'en';
      return farewell.say(room, id, sentence(language, line));
    },
    leave: (room) => farewell.leave(room),
  });
}

function sentence(language: Language, line: ErasureLine): Rendered {
  switch (line.kind) {
    case 'farewell':
      return render(language, 'erase.farewell');
    case 'group-remains': {
      const { network, chat } = line.portal.key;
      return render(language, 'erase.group-remains', { network, address: chat });
    }
  }
}

/** Tells nothing more of what ended to users who are being erased: a line would make them a room again. */
export function quietFor(
  homeserver: ReportsDeps['homeserver'],
  isErased: (user: MatrixUserId) => boolean,
): ReportsDeps['homeserver'] {
  const { reporter } = homeserver;
  const quiet: Reporter = {
    accept: (user, room, direct) => reporter.accept(user, room, direct),
    decline: (room) => reporter.decline(room),
    status: (portal, eventId, status) => reporter.status(portal, eventId, status),
    notice: async (user, id, text) => (isErased(user) ? undefined : reporter.notice(user, id, text)),
  };
  return { glance: (arrival) => homeserver.glance(arrival), reporter: quiet };
}
