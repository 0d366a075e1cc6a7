import { BotAbsences } from '../../src/core/bot-absence.ts';
import type { Homeserver } from '../../src/core/homeserver.ts';
import type { NetworkId } from '../../src/core/ids.ts';
import type { RunningNetwork } from '../../src/core/network.ts';
import type { Turns } from '../../src/core/turns.ts';
import type { SpineRig } from './spine-rig.ts';

/** What a rig does when the bot is put out of a room; it waits for an hour of the rig's time. */
export function absencesOf(
  rig: SpineRig,
  homeserver: Homeserver,
  turns: Turns,
  network: (id: NetworkId) => RunningNetwork | undefined,
): BotAbsences {
  return new BotAbsences({
    ...{ stores: rig.stores, log: rig.log, groups: rig.groups, turns, network },
    ...{ rooms: homeserver.groupRooms, reporter: homeserver.reporter, configured: () => true },
    entered: (portal) => homeserver.rooms.followed(portal),
    line: async (_user, { key }, news) => ({ plain: `${key.chat}: bot ${news.kind}`, html: undefined }),
    takeUp: (lanes) => rig.spine.takeUp(lanes),
    waitMs: 3_600_000,
    now: () => rig.time(),
  });
}
