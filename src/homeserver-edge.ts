import type { Homeserver } from './core/homeserver.ts';
import { Identities } from './core/identities.ts';
import { withPeople, type People } from './core/people.ts';
import type { ReportsDeps } from './core/report.ts';
import { withUndeliveredLines } from './core/undelivered.ts';
import { Farewell } from './matrix/farewell.ts';
import type { RunningHomeserver } from './matrix/homeserver.ts';
import { outcomeLine } from './outcome-line.ts';
import type { Storage } from './storage/storage.ts';
import { tellings } from './tellings.ts';
import { withWelcome } from './welcome.ts';

/** The Matrix side as the spine sees it, and the lines that tell how events ended. */
export function edgeOf(
  matrix: RunningHomeserver,
  { users, ghosts, identities: store }: Storage,
  people: People,
): { readonly homeserver: Homeserver; readonly line: ReportsDeps['line']; readonly identities: Identities } {
  const line = outcomeLine({
    users,
    ghosts,
    ghostOf: (portal) => matrix.ghosts.userId(portal.key.network, portal.remote),
  });
  const identities = new Identities(store);
  const farewell = new Farewell(matrix.sender, matrix.management);
  const told = tellings({
    ...{ users, ghosts, identities, acts: matrix.acts, reporter: matrix.reporter },
    ghostId: (network, remote) => matrix.ghosts.userId(network, remote),
    say: (room, id, words) => farewell.say(room, id, words),
  });
  const homeserver: Homeserver = {
    open: (arrival, cause) => matrix.open(arrival, cause),
    glance: (arrival) => matrix.glance(arrival),
    cancelVerification: (asked) => matrix.cancelVerification(asked),
    handlers: { ...withUndeliveredLines(matrix.handlers, matrix.reporter, line), ...told },
    rooms: matrix.rooms,
    groupRooms: matrix.groupRooms,
    reporter: withWelcome(matrix.reporter, users),
  };
  return { homeserver: withPeople(homeserver, people), line, identities };
}
