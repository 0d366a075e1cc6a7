import type { MatrixUserId, NetworkId, RemoteChatId } from './ids.ts';
import type { JoinedAs } from './network.ts';
import { failedForGood, type Failed } from './outcome.ts';
import type { GroupIntent, GroupPortal } from './portal.ts';
import type { GroupMember, GroupStore } from './stores.ts';

/** What it takes to enter a group. */
export interface Entering {
  readonly stores: { readonly groups: GroupStore };
  /** Resolves once it is durable how far the archives of groups were read. */
  readonly remember: () => Promise<void>;
  /** A user is in a group whose room is there, or is in it no longer. */
  readonly changed?: (user: MatrixUserId) => void;
  /** Why a user may not enter a group of a network; asked before anything is recorded. */
  readonly barred?: (
    user: MatrixUserId,
    network: NetworkId,
    chat: RemoteChatId,
  ) => Promise<undefined | Failed>;
}
/** Enters the group on the network, under a nick that is asked for; undefined where the network has no groups. */
export type Joining = (nick: string) => Promise<JoinedAs | Failed> | undefined;

/** Recorded first, so that a crash after the network has let the user in leaves them known; undone where it does not. */
export async function enterGroup(
  { stores: { groups }, changed, remember, barred }: Entering,
  portal: GroupPortal | GroupIntent,
  wanted: GroupMember,
  before: GroupMember | undefined,
  join: Joining,
): Promise<undefined | Failed> {
  const out = await barred?.(wanted.user, portal.key.network, portal.key.chat);
  if (out !== undefined) return out;
  await groups.putMember(portal.id, wanted);
  const joined = await join(wanted.nick);
  if (joined?.kind === 'joined') {
    if (portal.room !== undefined) changed?.(wanted.user);
    if (joined.nick !== wanted.nick) {
      const now = (await groups.member(portal.id, wanted.user)) ?? wanted;
      await groups.putMember(portal.id, { ...now, nick: joined.nick });
    }
    // Whoever sees the room finds in it all that is said from now on, also after a crash.
    await remember();
    return undefined;
  }
  if (before?.state === 'joined') return undefined;
  if (before === undefined) await groups.removeMember(portal.id, wanted.user);
  else await groups.putMember(portal.id, before);
  return joined ?? failedForGood('no-handler');
}
