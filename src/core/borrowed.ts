/** What is different for groups whose room was there before, and belongs to its people. */
import { enterGroup, type Entering } from './entering.ts';
import type { GroupRooms } from './homeserver.ts';
import type { MatrixUserId } from './ids.ts';
import type { RunningNetwork } from './network.ts';
import { failedForGood, type Failed } from './outcome.ts';
import { isBorrowed, type GroupPortal, type Portal, type PortalIntent } from './portal.ts';

export interface Lending {
  /** What a Matrix user is to be called in a group. */
  readonly nickOf: (user: MatrixUserId) => Promise<string>;
  /** Users who are in a room that belongs to its people, and may take part in its group. */
  readonly others?: (portal: GroupPortal) => Promise<readonly MatrixUserId[]>;
}

/** Who is not in such a room is not let in by the group: whom its people want there they invite themselves. */
export async function keptOut(
  rooms: Pick<GroupRooms, 'isIn'>,
  known: Portal | PortalIntent | undefined,
  user: MatrixUserId,
): Promise<undefined | Failed> {
  if (known?.kind !== 'group' || known.room === undefined || !isBorrowed(known)) return undefined;
  const isIn = await rooms.isIn(known, user);
  if (typeof isIn !== 'boolean') return isIn;
  return isIn ? undefined : failedForGood('bridged-room');
}

/** With the last of its users the bridge would leave a room that goes on: somebody else of the room enters the group. */
export async function anotherEnters(
  deps: Entering & Lending,
  network: RunningNetwork,
  portal: GroupPortal,
  leaving: MatrixUserId,
): Promise<void> {
  const members = await deps.stores.groups.members(portal.id);
  if (members.some(({ user, state }) => user !== leaving && state === 'joined')) return;
  for (const user of (await deps.others?.(portal)) ?? []) {
    if (user === leaving) continue;
    const wanted = { user, nick: await deps.nickOf(user), state: 'joined', role: 'member' } as const;
    const failed = await enterGroup(deps, portal, wanted, undefined, (nick) =>
      network.groups?.join(portal.key.chat, user, nick),
    );
    if (failed === undefined) return;
  }
}
