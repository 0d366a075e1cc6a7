import type { ChatInfoEvent, MembershipEvent, Party } from '../../core/event.ts';
import { parseMatrixUserId, remoteUserId } from '../../core/ids.ts';
import type { PacketBody } from './packet.ts';

type Said<E> = Omit<E, 'cause' | 'sender' | 'name' | 'at'>;

/** What a packet says of a group, or of who is in it; several at once are told one packet each. */
export function groupChange(
  body: Extract<PacketBody, { readonly kind: 'membership' | 'info' }>,
): Said<MembershipEvent> | Said<ChatInfoEvent> {
  if (body.kind === 'info') {
    const change =
      body.name === undefined
        ? ({ kind: 'topic', topic: body.topic ?? '' } as const)
        : ({ kind: 'name', name: body.name } as const);
    return { kind: 'chat-info', change };
  }
  const { member, change } = body;
  return { kind: 'membership', member: partyOf(member), change: changeOf(change) };
}

function changeOf(
  change: Extract<PacketBody, { readonly kind: 'membership' }>['change'],
): MembershipEvent['change'] {
  switch (change.kind) {
    case 'join':
    case 'invite':
    case 'unban':
      return { kind: change.kind };
    case 'leave':
    case 'kick':
    case 'ban':
      return { kind: change.kind, reason: change.reason };
    case 'role':
      return { kind: 'role', role: change.role ?? 'member' };
  }
}

/** Members of a group are people of the world and Matrix users. */
export function partyOf(id: string): Party {
  const userId = parseMatrixUserId(id);
  return userId === undefined ? { in: 'remote', userId: remoteUserId(id) } : { in: 'matrix', userId };
}
