/** What a group is called, between a room that says one thing and a network that says another. */
import type { ChatInfoEvent } from './event.ts';
import type { GroupRooms, MatrixHandlers } from './homeserver.ts';
import { remoteUserId } from './ids.ts';
import type { RunningNetwork } from './network.ts';
import type { Failed } from './outcome.ts';
import type { GroupPortal } from './portal.ts';

type Change = ChatInfoEvent['change'];

/**
 * Whether the room says something else by now: what was changed, and changed again, while the bridge was away comes in one
 * by one, and only the last of it is still so.
 */
async function isOutdated(
  rooms: Pick<GroupRooms, 'says'>,
  portal: GroupPortal,
  { change }: ChatInfoEvent,
): Promise<boolean | Failed> {
  if (change.kind === 'avatar') return false;
  const says = await rooms.says(portal, change);
  if (typeof says === 'boolean') return !says;
  return says.retry.kind === 'later' ? says : false;
}

/** Whether a change needs not be carried, or not any more. */
export async function isSettled(
  { homeserver }: { readonly homeserver: { readonly groupRooms: Pick<GroupRooms, 'says'> } },
  network: RunningNetwork,
  { portal, event }: { readonly portal: GroupPortal; readonly event: ChatInfoEvent },
): Promise<boolean | Failed> {
  if (await isCalledSo(network, portal, event)) return true;
  return isOutdated(homeserver.groupRooms, portal, event);
}

/** Whether the group is called so already: a room that took the place of another repeats what that one said. */
async function isCalledSo(
  network: RunningNetwork,
  portal: GroupPortal,
  { change }: ChatInfoEvent,
): Promise<boolean> {
  const known = await onNetwork(network, portal, change);
  if (known === undefined) return false;
  return JSON.stringify(known) === JSON.stringify(change);
}

/** The room says again what the network says, where that did not take a user's change. */
export async function sayAgain(
  network: RunningNetwork,
  handlers: MatrixHandlers,
  portal: GroupPortal,
  event: ChatInfoEvent,
  signal: AbortSignal,
): Promise<undefined | Failed> {
  const change = await onNetwork(network, portal, event.change);
  if (change === undefined) return undefined;
  // The group itself says so: nobody's ghost.
  const sender = { in: 'remote', userId: remoteUserId(portal.key.chat) } as const;
  const said = await handlers['chat-info']?.({ ...event, sender, change }, portal, signal);
  return said?.kind === 'failed' && said.retry.kind === 'later' ? said : undefined;
}

/** What the network says of the same thing; undefined where that is not known, or is a picture. */
async function onNetwork(
  network: RunningNetwork,
  { key }: GroupPortal,
  change: Change,
): Promise<Change | undefined> {
  if (change.kind === 'avatar') return undefined;
  const info = await network.groups?.info(key.chat);
  if (info === undefined || 'kind' in info) return undefined;
  return change.kind === 'name'
    ? { kind: 'name', name: info.name ?? '' }
    : { kind: 'topic', topic: info.topic ?? '' };
}
