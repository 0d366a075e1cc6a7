/** Memberships: https://spec.matrix.org/v1.16/client-server-api/#mroommember */
import type { OpenedMatrixEvent } from '../core/homeserver.ts';
import {
  parseMatrixUserId,
  type MatrixUserId,
  type NetworkId,
  type RemoteUserId,
  type RoomId,
} from '../core/ids.ts';
import { flagIn, objectIn, textIn, type JsonObject } from './json-object.ts';

/** Which users are the bridge's own. */
export interface OwnUsers {
  readonly bot: MatrixUserId;
  /** The remote user that a ghost stands for; `undefined` for everybody else. */
  readonly ghost: (
    userId: MatrixUserId,
  ) => { readonly network: NetworkId; readonly remote: RemoteUserId } | undefined;
}

const nothing: OpenedMatrixEvent = { kind: 'ignored', reason: 'nothing-to-do' };

/** Reads an `m.room.member` event that somebody other than the bridge sent. */
export function parseMembership(
  event: JsonObject,
  user: MatrixUserId,
  room: RoomId,
  own: OwnUsers,
): OpenedMatrixEvent {
  const content = objectIn(event, 'content') ?? {};
  const member = parseMatrixUserId(textIn(event, 'state_key') ?? '');
  if (member === undefined) return { kind: 'ignored', reason: 'broken-event' };
  switch (textIn(content, 'membership')) {
    case 'invite':
      return invited(member, user, room, flagIn(content, 'is_direct'), own);
    case 'leave':
      return wasBanned(event) ? nothing : left(member, room, own);
    case 'ban':
      return left(member, room, own);
    default:
      return nothing;
  }
}

function invited(
  member: MatrixUserId,
  user: MatrixUserId,
  room: RoomId,
  direct: boolean,
  own: OwnUsers,
): OpenedMatrixEvent {
  if (member === own.bot) return { kind: 'bot-invited', user, room, direct };
  const ghost = own.ghost(member);
  if (ghost === undefined) return nothing;
  return { kind: 'ghost-invited', user, room, network: ghost.network, remote: ghost.remote, direct };
}

function left(user: MatrixUserId, room: RoomId, own: OwnUsers): OpenedMatrixEvent {
  return user === own.bot ? nothing : { kind: 'left', user, room, ghost: own.ghost(user)?.remote };
}

/** A `leave` that lifts a ban: the person was gone already. */
function wasBanned(event: JsonObject): boolean {
  const unsigned = objectIn(event, 'unsigned');
  const before = unsigned === undefined ? undefined : objectIn(unsigned, 'prev_content');
  return before !== undefined && textIn(before, 'membership') === 'ban';
}
