/** What a network says of a group, and of those in it who may do more or less than others, when its room begins. */
import type { RemoteChatId } from './ids.ts';
import type { RemoteGroup, RunningNetwork } from './network.ts';
import type { GroupIntent, GroupPortal } from './portal.ts';
import type { GroupStore } from './stores.ts';

/** How many of those who have a role of their own are looked at when a group is opened. */
const firstMembers = 500;

/** A group that the network says nothing of, since nobody is in it yet, is shown by its address. */
export async function aboutGroup(network: RunningNetwork, chat: RemoteChatId): Promise<RemoteGroup> {
  const info = await network.groups?.info(chat);
  if (info !== undefined && !('kind' in info)) return info;
  return { chat, name: undefined, topic: undefined, size: undefined, open: false };
}

/** Those who may do more or less than others are known before they speak. */
export async function noteRoles(
  network: RunningNetwork,
  { id, key }: GroupPortal | GroupIntent,
  groups: Pick<GroupStore, 'person' | 'putPerson'>,
): Promise<void> {
  const members = await network.groups?.members(key.chat, firstMembers);
  if (members === undefined || 'kind' in members) return;
  for (const { userId, role } of members) {
    if (role === 'member' || (await groups.person(id, userId)) !== undefined) continue;
    await groups.putPerson(id, { remote: userId, state: 'absent', role, likeness: '' });
  }
}
