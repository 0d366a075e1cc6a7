import { withoutBlocks } from './blocking.ts';
import type { CoreDeps } from './bridge-core.ts';
import { groupsOfUsers } from './command-desk.ts';
import { Erasures, outOfGroups, type ErasureLine } from './core/erasures.ts';
import type { Reporter } from './core/homeserver.ts';
import type { MatrixUserId } from './core/ids.ts';
import type { ReportsDeps } from './core/report.ts';
import type { Spine } from './core/spine.ts';
import type { Ties } from './core/ties.ts';
import { partOf } from './log.ts';
import { Farewell } from './matrix/farewell.ts';
import type { RunningHomeserver } from './matrix/homeserver.ts';
import { withoutPolicies } from './policing.ts';
import type { PortalWays } from './portal-ways.ts';
import { outOfNetworks, type Reaching } from './reaching.ts';
import type { Requests } from './request-desk.ts';
import { render, type Language, type Rendered } from './texts/catalogue.ts';

type Parts = Parameters<typeof groupsOfUsers>[0] & {
  readonly ties: Ties;
  readonly matrix: RunningHomeserver;
  readonly requests: Requests;
  readonly reaching: Reaching;
  readonly spine: Pick<Spine, 'drop'>;
};

/** Connects erasures with what they work on: who has to let go of a user first, one after the other, and their records. */
export function makeErasures(
  { storage, blocks, policyLists, log }: CoreDeps,
  { portals, spaces }: PortalWays,
  parts: Parts,
): Erasures {
  const { ties, matrix, requests, reaching, spine, networks } = parts;
  const farewell = new Farewell(matrix.sender, matrix.management);
  return new Erasures({
    ...{ log: partOf(log, 'erasures'), stores: storage, store: storage.erasures, portals },
    steps: [
      { name: 'ties', erase: (user) => ties.forget(user) },
      outOfGroups(groupsOfUsers(parts)),
      { name: 'spaces', erase: (user) => spaces.close(user) },
      { name: 'requests', erase: (user) => requests.forget(user) },
      { name: 'keys', erase: (user) => matrix.crypto.erase(user) },
      withoutBlocks(blocks),
      withoutPolicies(policyLists),
      outOfNetworks(reaching, networks),
    ],
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
