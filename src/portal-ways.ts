/** Puts together what opens, closes and looks after the rooms of chats; `bridge-core.ts` uses it. */
import { makeAliases, makeAskedRooms } from './alias-rooms.ts';
import { makeBanishing } from './banished.ts';
import { botAbsences } from './bot-absence-desk.ts';
import type { ArchivePositions } from './core/archive-positions.ts';
import type { AskedRooms } from './core/asked-rooms.ts';
import { Backfill } from './core/backfill.ts';
import type { Banishing } from './core/banishing.ts';
import type { BotAbsences } from './core/bot-absence.ts';
import type { GroupAliases } from './core/group-aliases.ts';
import type { Entering } from './core/entering.ts';
import { GroupPortals } from './core/groups.ts';
import type { Homeserver } from './core/homeserver.ts';
import type { MatrixUserId, NetworkId } from './core/ids.ts';
import type { RunningNetwork } from './core/network.ts';
import { Portals } from './core/portals.ts';
import { Spaces } from './core/spaces.ts';
import type { Spine } from './core/spine.ts';
import { Turns } from './core/turns.ts';
import { nicks } from './group-options.ts';
import { partOf } from './log.ts';
import type { RunningHomeserver } from './matrix/homeserver.ts';
import type { CoreDeps } from './bridge-core.ts';
import type { Reaching } from './reaching.ts';
import { others } from './tying.ts';

/** What opens, closes and looks after the rooms of chats. */
export interface PortalWays {
  readonly spaces: Spaces;
  readonly aliases: GroupAliases;
  readonly asked: AskedRooms;
  readonly portals: Portals;
  readonly backfill: Backfill;
  readonly groups: GroupPortals;
  readonly absences: BotAbsences;
  readonly banishing: Banishing;
}

/** Makes all that is done to portals. */
export function makePortals(
  { config, log, storage: stores, monitoring: { meter }, settings, blocks }: CoreDeps,
  matrix: RunningHomeserver,
  homeserver: Homeserver,
  needs: {
    readonly reachable: Reaching['reachable'];
    readonly barred: NonNullable<Entering['barred']>;
    readonly permits: (user: MatrixUserId) => boolean;
    readonly positions: ArchivePositions;
    readonly network: (id: NetworkId) => RunningNetwork | undefined;
    readonly takeUp: Spine['takeUp'];
    readonly configured: (id: NetworkId) => boolean;
    readonly keep: Spine['receiveHistory'];
  },
): PortalWays {
  const { reachable, barred, permits, positions, network, takeUp, configured, keep } = needs;
  const turns = new Turns();
  const spaces = new Spaces({
    ...{
      store: stores.spaces,
      portals: stores.portals,
      groups: stores.groups,
      rooms: matrix.spaces,
      permits,
    },
    ...{ offered: config.matrix.rooms.spaces, log: partOf(log, 'spaces') },
  });
  const parts = { config, settings, storage: stores, matrix, network, log: partOf(log, 'aliases') };
  const aliases = makeAliases(parts, (portal) => absences.isOut(portal));
  const portals = new Portals({
    ...{ store: stores.portals, rooms: homeserver.rooms, reachable, turns },
    changed: (portal) => [spaces, aliases].forEach((one) => one.portalChanged(portal)),
  });
  const { backfill: first } = config.groups;
  const backfill = new Backfill({ stores, log: partOf(log, 'history'), meter, first, keep });
  const groups = new GroupPortals({
    ...{ stores, rooms: homeserver.groupRooms, reachable, nickOf: nicks(matrix), backfill, turns, barred },
    changed: (user) => spaces.changed(user),
    remember: () => positions.write(),
    aliases,
    others: others(matrix, permits),
  });
  const asked = makeAskedRooms(parts, { groups, aliases, meter });
  const absences = botAbsences({
    ...{ matrix, stores, users: stores.users, network, configured, groups, turns },
    ...{ takeUp, waitMs: config.groups.waitForBot, log: partOf(log, 'rooms') },
    back: (portal) => aliases.portalChanged(portal),
  });
  const close: Portals['close'] = (portal) => portals.close(portal);
  const banishing = makeBanishing({ storage: stores, matrix, blocks, log, close });
  return { spaces, portals, backfill, groups, aliases, asked, absences, banishing };
}
