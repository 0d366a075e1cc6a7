/** The room of a group: made where there is none yet. Called in the group's turn. */
import type { GroupAliases } from './group-aliases.ts';
import { aboutGroup, noteRoles } from './group-facts.ts';
import type { GroupRooms } from './homeserver.ts';
import type { RunningNetwork } from './network.ts';
import type { Failed } from './outcome.ts';
import type { GroupIntent, GroupPortal } from './portal.ts';
import type { Stores } from './stores.ts';

/** What it takes to open the rooms of groups. */
export interface Opening {
  readonly stores: Pick<Stores, 'portals' | 'groups'>;
  readonly rooms: Pick<GroupRooms, 'create'>;
  /** Told of rooms that were made. */
  readonly aliases?: Pick<GroupAliases, 'portalChanged'>;
}

/** A group's room, and whether it was made just now. */
export interface GroupRoom {
  readonly kind: 'group';
  readonly portal: GroupPortal;
  readonly fresh: boolean;
}

/** `before` is done before the room is recorded, so that a failure or a crash leads here again. */
export async function openRoom(
  { stores, rooms, aliases }: Opening,
  network: RunningNetwork,
  known: GroupPortal | GroupIntent,
  again: boolean,
  before?: (portal: GroupPortal) => Promise<undefined | Failed>,
): Promise<GroupRoom | Failed> {
  if (known.room !== undefined) return { kind: 'group', portal: known, fresh: false };
  const group = await aboutGroup(network, known.key.chat);
  await noteRoles(network, known, stores.groups);
  const members = await stores.groups.members(known.id);
  const made = await rooms.create(known, group, members, again);
  if (made.kind === 'failed') return made;
  const failed = await before?.({ ...known, room: made.room });
  if (failed !== undefined) return failed;
  const portal = await stores.portals.opened(known.id, made.room);
  if (portal.kind !== 'group') throw new Error('the room of a group was opened as another portal');
  aliases?.portalChanged(portal);
  return { kind: 'group', portal, fresh: true };
}
