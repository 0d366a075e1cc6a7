/** Who leaves a group or is put out of it; with the last one the portal is closed. Each is called in the group's turn. */
import { anotherEnters, type Lending } from './borrowed.ts';
import type { Entering } from './entering.ts';
import type { GroupAliases } from './group-aliases.ts';
import type { GroupRooms } from './homeserver.ts';
import type { MatrixUserId } from './ids.ts';
import type { RunningNetwork } from './network.ts';
import type { Failed } from './outcome.ts';
import { isBorrowed, type GroupPortal } from './portal.ts';
import type { Stores } from './stores.ts';

/** What it takes to leave groups and to close them. */
export interface Leaving extends Entering, Lending {
  readonly stores: Pick<Stores, 'portals' | 'groups'>;
  readonly rooms: Pick<GroupRooms, 'close'>;
  /** Asked before a room is left: a failure that passes puts that off. */
  readonly aliases?: Pick<GroupAliases, 'closing'>;
}

/** A user leaves. A network that is not configured any more is told nothing. */
export async function leaveGroup(
  deps: Leaving,
  network: RunningNetwork | undefined,
  portal: GroupPortal,
  user: MatrixUserId,
): Promise<undefined | Failed> {
  const member = await deps.stores.groups.member(portal.id, user);
  if (member === undefined) return closeEmpty(deps, portal);
  if (member.state === 'joined') {
    const failed = await network?.groups?.leave(portal.key.chat, user);
    if (failed?.retry.kind === 'later') return failed;
  }
  if (isBorrowed(portal) && network !== undefined) await anotherEnters(deps, network, portal, user);
  return forget(deps, portal, user);
}

/** A user is out of the group already, as the network says. */
export async function leftGroup(
  deps: Leaving,
  portal: GroupPortal,
  user: MatrixUserId,
): Promise<undefined | Failed> {
  const member = await deps.stores.groups.member(portal.id, user);
  return member === undefined ? closeEmpty(deps, portal) : forget(deps, portal, user);
}

/** All users leave, and the portal is closed. */
export async function leaveAll(
  deps: Leaving,
  network: RunningNetwork | undefined,
  portal: GroupPortal,
): Promise<undefined | Failed> {
  for (const { user, state } of await deps.stores.groups.members(portal.id)) {
    const failed = state === 'joined' ? await network?.groups?.leave(portal.key.chat, user) : undefined;
    if (failed?.retry.kind === 'later') return failed;
    deps.changed?.(user);
  }
  return closePortal(deps, portal);
}

/** The room is no portal any more. */
export async function closePortal(
  { stores, rooms, aliases }: Leaving,
  portal: GroupPortal,
): Promise<undefined | Failed> {
  const failed = (await aliases?.closing(portal)) ?? (await rooms.close(portal));
  if (failed?.retry.kind === 'later') return failed;
  await stores.portals.closed(portal.id);
  return undefined;
}

async function forget(deps: Leaving, portal: GroupPortal, user: MatrixUserId): Promise<undefined | Failed> {
  const { groups } = deps.stores;
  const left = await groups.removeMember(portal.id, user);
  deps.changed?.(user);
  if (left > 0) return undefined;
  const failed = await closePortal(deps, portal);
  // Not closed yet: the one who was the last is remembered, so that another attempt comes here again.
  if (failed !== undefined)
    await groups.putMember(portal.id, { user, nick: '', state: 'invited', role: 'member' });
  return failed;
}

/** A crash may have come after the last one was forgotten, and before the portal was closed. */
async function closeEmpty(deps: Leaving, portal: GroupPortal): Promise<undefined | Failed> {
  const members = await deps.stores.groups.members(portal.id);
  return members.length === 0 ? closePortal(deps, portal) : undefined;
}
