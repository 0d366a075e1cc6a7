/** What a group is called, between a room that says one thing and a network that says another. */
import type { ChatInfoEvent } from './event.ts';
import type { MatrixHandlers } from './homeserver.ts';
import { remoteUserId } from './ids.ts';
import type { RunningNetwork } from './network.ts';
import type { Failed } from './outcome.ts';
import type { GroupPortal } from './portal.ts';

type Change = ChatInfoEvent['change'];

/** Whether the group is called so already: a room that took the place of another repeats what that one said. */
export async function isCalledSo(
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
