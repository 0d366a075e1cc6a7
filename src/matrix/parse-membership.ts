/** Memberships: https://spec.matrix.org/v1.16/client-server-api/#mroommember */
import type { OpenedMatrixEvent } from '../core/homeserver.ts';
import {
  parseMatrixUserId,
  parseRoomId,
  type MatrixUserId,
  type NetworkId,
  type RemoteUserId,
  type RoomId,
} from '../core/ids.ts';
import { flagIn, objectIn, objectsIn, textIn, type JsonObject } from './json-object.ts';

/** Which users are the bridge's own. */
export interface OwnUsers {
  readonly bot: MatrixUserId;
  /** The remote user that a ghost stands for; `undefined` for everybody else. */
  readonly ghost: (
    userId: MatrixUserId,
  ) => { readonly network: NetworkId; readonly remote: RemoteUserId } | undefined;
}

interface Change {
  readonly event: JsonObject;
  readonly content: JsonObject;
  readonly member: MatrixUserId;
  readonly by: MatrixUserId;
  readonly room: RoomId;
  readonly at: number;
}

const nothing: OpenedMatrixEvent = { kind: 'ignored', reason: 'nothing-to-do' };

/** Reads an `m.room.member` event that somebody other than the bridge sent. */
export function parseMembership(
  event: JsonObject,
  by: MatrixUserId,
  room: RoomId,
  at: number,
  own: OwnUsers,
): OpenedMatrixEvent {
  const content = objectIn(event, 'content') ?? {};
  const member = parseMatrixUserId(textIn(event, 'state_key') ?? '');
  if (member === undefined) return { kind: 'ignored', reason: 'broken-event' };
  const change = { event, content, member, by, room, at };
  switch (textIn(content, 'membership')) {
    case 'invite':
      return invited(change, own);
    case 'join':
      return joined(change);
    case 'leave':
      return left(change, own, howLeft(change));
    case 'ban':
      return left(change, own, 'ban');
    default:
      return nothing;
  }
}

function invited({ event, content, member, by, room, at }: Change, own: OwnUsers): OpenedMatrixEvent {
  const direct = flagIn(content, 'is_direct');
  const predecessor = predecessorOf(event);
  if (member === own.bot) return { kind: 'bot-invited', user: by, room, direct, predecessor };
  const ghost = own.ghost(member);
  if (ghost === undefined) return nothing;
  const { network, remote } = ghost;
  return { kind: 'ghost-invited', user: by, room, network, remote, direct, predecessor, at };
}

function joined({ content, member, by, room }: Change): OpenedMatrixEvent {
  if (member !== by) return { kind: 'ignored', reason: 'broken-event' };
  return { kind: 'joined', user: member, room, name: textIn(content, 'displayname') };
}

function left(change: Change, own: OwnUsers, how: 'leave' | 'kick' | 'ban' | 'unban'): OpenedMatrixEvent {
  const { member, by, room, at } = change;
  if (member === own.bot) return how === 'unban' ? nothing : { kind: 'bot-removed', room, user: by };
  const ghost = own.ghost(member)?.remote;
  // A user who may come again was gone already.
  if (how === 'unban' && ghost === undefined) return nothing;
  const reason = textIn(change.content, 'reason');
  return { kind: 'left', user: member, room, ghost, by, how, reason, at };
}

function howLeft({ event, member, by }: Change): 'leave' | 'kick' | 'unban' {
  const unsigned = objectIn(event, 'unsigned');
  const before = unsigned === undefined ? undefined : objectIn(unsigned, 'prev_content');
  if (before !== undefined && textIn(before, 'membership') === 'ban') return 'unban';
  return member === by ? 'leave' : 'kick';
}

/** An invitation carries some of the room's state (`invite_room_state`), its creation with it. */
function predecessorOf(event: JsonObject): RoomId | undefined {
  const unsigned = objectIn(event, 'unsigned') ?? {};
  for (const state of objectsIn(unsigned, 'invite_room_state')) {
    if (textIn(state, 'type') !== 'm.room.create') continue;
    const predecessor = objectIn(objectIn(state, 'content') ?? {}, 'predecessor');
    return parseRoomId(textIn(predecessor ?? {}, 'room_id') ?? '');
  }
  return undefined;
}
