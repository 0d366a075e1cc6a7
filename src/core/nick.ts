/** What a Matrix user is called in a group follows what they are called in its room. */
import type { GroupPortals } from './groups.ts';
import { localpartOf, type MatrixUserId } from './ids.ts';
import type { RunningNetwork } from './network.ts';
import type { Failed } from './outcome.ts';
import type { GroupPortal } from './portal.ts';
import type { GroupStore } from './stores.ts';

export interface NickDeps {
  readonly groups: Pick<GroupPortals, 'alone'>;
  readonly stores: { readonly groups: Pick<GroupStore, 'member' | 'putMember'> };
}

/**
 * Asks the network for the name that a member has in the room now; what they got is kept, so that they enter again under
 * it. A name that the network does not give leaves them with the one that they have. May be repeated.
 */
export async function followName(
  { groups, stores }: NickDeps,
  network: RunningNetwork,
  portal: GroupPortal,
  user: MatrixUserId,
  name: string | undefined,
): Promise<undefined | Failed> {
  const wanted = name ?? localpartOf(user);
  return groups.alone(portal.key, async () => {
    const member = await stores.groups.member(portal.id, user);
    if (member?.state !== 'joined' || member.nick === wanted) return undefined;
    const named = await network.groups?.rename?.(portal.key.chat, user, wanted);
    if (named === undefined) return undefined;
    if (named.kind === 'failed') return named.retry.kind === 'later' ? named : undefined;
    const now = await stores.groups.member(portal.id, user);
    if (now?.state === 'joined' && now.nick !== named.nick)
      await stores.groups.putMember(portal.id, { ...now, nick: named.nick });
    return undefined;
  });
}
