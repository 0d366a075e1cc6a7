import type { Homeserver } from './core/homeserver.ts';
import { withPeople, type People } from './core/people.ts';
import type { ReportsDeps } from './core/report.ts';
import { withUndeliveredLines } from './core/undelivered.ts';
import type { RunningHomeserver } from './matrix/homeserver.ts';
import { outcomeLine } from './outcome-line.ts';
import type { Storage } from './storage/storage.ts';
import { withWelcome } from './welcome.ts';

/** The Matrix side as the spine sees it, and the lines that tell how events ended. */
export function edgeOf(
  matrix: RunningHomeserver,
  { users, ghosts }: Storage,
  people: People,
): { readonly homeserver: Homeserver; readonly line: ReportsDeps['line'] } {
  const line = outcomeLine({
    users,
    ghosts,
    ghostOf: (portal) => matrix.ghosts.userId(portal.key.network, portal.remote),
  });
  const homeserver: Homeserver = {
    open: (arrival, cause) => matrix.open(arrival, cause),
    glance: (arrival) => matrix.glance(arrival),
    cancelVerification: (asked) => matrix.cancelVerification(asked),
    entering: (room, work) => matrix.entering(room, work),
    handlers: withUndeliveredLines(matrix.handlers, matrix.reporter, line),
    rooms: matrix.rooms,
    groupRooms: matrix.groupRooms,
    reporter: withWelcome(matrix.reporter, users),
  };
  return { homeserver: withPeople(homeserver, people), line };
}
