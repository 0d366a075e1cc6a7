/** What Matrix users do to who is in a room: https://xmpp.org/extensions/xep-0045.html#moderator, #admin */
import xml, { type Element } from '@xmpp/xml';
import type { EventOf } from '../../../core/event.ts';
import { localpartOf } from '../../../core/ids.ts';
import type { Handled } from '../../../core/network.ts';
import { failedForGood } from '../../../core/outcome.ts';
import type { GroupPortal } from '../../../core/portal.ts';
import type { Link } from '../client.ts';
import { senderOf } from '../handlers.ts';
import { messageIdFor } from '../ids.ts';
import { scrubbed } from '../stanza.ts';
import { administer, type Administration, type Affected } from './admin.ts';
import { namespaces } from './namespaces.ts';
import { roomOf, roomUser } from './occupant-names.ts';
import { askAddress } from './real-address.ts';
import type { RoomGroups } from './room-groups.ts';
import { tell, voiceOf, type Voice } from './room-voice.ts';
import type { Rooms } from './rooms.ts';

export interface RoomMembersDeps {
  readonly link: Link;
  readonly rooms: Rooms;
  readonly groups: Pick<RoomGroups, 'join' | 'leave'>;
}

type Move = EventOf<'membership'>;
const done: Handled = { kind: 'sent', messageIds: [] };

function isOwnMove({ sender, member, change }: Move): boolean {
  return member.userId === sender.userId && (change.kind === 'join' || change.kind === 'leave');
}

/** Coming, going and inviting, and what moderators and administrators do. */
export async function changeMember(
  deps: RoomMembersDeps,
  event: Move,
  portal: GroupPortal,
  signal: AbortSignal,
): Promise<Handled> {
  const user = senderOf(event);
  const { chat } = portal.key;
  if (isOwnMove(event)) {
    const failed =
      event.change.kind === 'leave'
        ? await deps.groups.leave(chat, user)
        : await deps.groups.join(chat, user, localpartOf(user));
    return failed?.kind === 'failed' ? failed : done;
  }
  const voice = await voiceOf(deps.rooms, chat, user, signal);
  return voice.kind === 'failed' ? voice : administerMember(deps, event, voice, signal);
}

async function administerMember(
  { link }: RoomMembersDeps,
  { change, member, cause }: Move,
  voice: Voice,
  signal: AbortSignal,
): Promise<Handled> {
  const { room, seat } = voice;
  const known = affected(voice, member);
  if (change.kind === 'invite') {
    if (known.address === undefined) return failedForGood('no-such-user');
    return tell(link, voice, inviting(known.address, voice, messageIdFor(cause)), signal);
  }
  const administration = administrationOf(change);
  if (administration === undefined || (change.kind === 'kick' && known.nick === undefined))
    return { kind: 'ignored', reason: 'nothing-to-do' };
  const whom = change.kind === 'ban' ? await withAddress(link, voice, member, known) : known;
  return (await administer(link, seat.owner.address, room.chat, whom, administration)) ?? done;
}

function administrationOf(change: Move['change']): Administration | undefined {
  switch (change.kind) {
    case 'kick':
    case 'ban':
      return { kind: change.kind, reason: change.reason };
    case 'unban':
      return { kind: 'unban' };
    case 'role':
      return change;
    case 'join':
    case 'leave':
    case 'invite':
      return undefined;
  }
}

/** Who is banned is gone, and only their address can undo it: so it is looked up while they are there, and remembered. */
async function withAddress(
  link: Link,
  { room, seat }: Voice,
  member: Move['member'],
  known: Affected,
): Promise<Affected> {
  if (known.address !== undefined || known.nick === undefined) return known;
  const address = await askAddress(link, seat.owner.address, room.chat, known.nick);
  if (address !== undefined) room.banned.set(member.userId, address);
  return { ...known, address };
}

function affected({ room }: Voice, member: Move['member']): Affected {
  if (member.in === 'matrix') {
    const seat = room.seat(member.userId);
    const address = room.addressOf(member.userId);
    return { nick: seat?.state === 'in' ? seat.nick : undefined, address, role: undefined };
  }
  const occupant = room.ear.people.occupants.ofUser(member.userId);
  const own = roomOf(member.userId) === undefined && member.userId !== roomUser(room.chat);
  const address = own ? member.userId : room.banned.get(member.userId);
  return { nick: occupant?.nick, address, role: occupant?.role };
}

/** XEP-0045, 7.8.2: an invitation through the room, which lets the invited in. */
function inviting(address: string, { room, seat }: Voice, id: string): Element {
  const invite = xml('invite', { to: address });
  return scrubbed(
    xml('message', { from: seat.owner.address, to: room.chat, id }, xml('x', namespaces.mucUser, invite)),
  );
}
