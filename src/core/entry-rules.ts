/** Whether the rules let a Matrix user be in a group at all: asked before they enter it, not once they are in. */
import type { MembershipEvent, UnresolvedEvent } from './event.ts';
import type { MatrixUserId } from './ids.ts';
import type { Blocked } from './outcome.ts';
import type { JudgedChat, Policy, Verdict } from './policy.ts';
import type { Portal } from './portal.ts';
import type { Stores } from './stores.ts';

/** What the rules say against it; undefined where nothing. `cause` is what lets them enter: it counts once for limits. */
export function ruledOut(
  policy: Policy,
  chat: JudgedChat,
  user: MatrixUserId,
  { cause, at }: Pick<MembershipEvent, 'cause' | 'at'>,
): Extract<Verdict, { kind: 'block' }> | undefined {
  const party = { in: 'matrix', userId: user } as const;
  const entering: MembershipEvent = {
    ...{ kind: 'membership', cause, at, sender: party, member: party, name: undefined },
    change: { kind: 'join' },
  };
  const verdict = policy.judge(entering, chat, 'to-network');
  return verdict.kind === 'block' ? verdict : undefined;
}

/** How an event ended that a verdict stopped. */
export function blockedBy({ rule, feature }: Extract<Verdict, { kind: 'block' }>): Blocked {
  return { kind: 'blocked', rule, ...(feature && { feature }) };
}

/** Where a user would enter a group by what they say there, and may not. */
export async function mayNotEnter(
  { policy, stores }: { readonly policy: Policy; readonly stores: Pick<Stores, 'groups'> },
  portal: Portal,
  event: UnresolvedEvent,
): Promise<{ readonly outcome: Blocked; readonly told: 'nobody' | undefined } | undefined> {
  if (portal.kind !== 'group' || event.sender.in !== 'matrix') return undefined;
  const user = event.sender.userId;
  const shut = ruledOut(policy, portal, user, event);
  if (shut === undefined || (await stores.groups.member(portal.id, user))?.state === 'joined')
    return undefined;
  return { outcome: blockedBy(shut), told: shut.told };
}
