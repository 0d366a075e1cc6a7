/**
 * What a transaction tells beside its events: https://spec.matrix.org/v1.15/application-service-api/#pushing-ephemeral-data
 * (before it was stable under MSC2409's own name). Hostile input like all else: bounded, and what is broken is nothing.
 */
import {
  parseMatrixEventId,
  parseMatrixUserId,
  parseRoomId,
  type MatrixEventId,
  type MatrixUserId,
  type RoomId,
} from '../core/ids.ts';
import { isObject, type JsonObject } from './request.ts';

/** Something that a homeserver tells as it happens. */
export type Ephemeral =
  /** Everybody who types in the room now. */
  | { readonly kind: 'typing'; readonly room: RoomId; readonly users: readonly MatrixUserId[] }
  /** Somebody has read the room up to an event, and lets others know. */
  | {
      readonly kind: 'read';
      readonly room: RoomId;
      readonly user: MatrixUserId;
      readonly eventId: MatrixEventId;
    }
  | {
      readonly kind: 'presence';
      readonly user: MatrixUserId;
      readonly presence: 'online' | 'away' | 'offline';
      readonly status: string | undefined;
    };

/** The most that is read of one transaction: what a homeserver sends, many times over. */
const most = { edus: 2_000, users: 500, receipts: 2_000, status: 1_000 } as const;

/** Reads the ephemeral data of a transaction's body. Total; receipts that are private to their user are not read. */
export function parseEphemeral(body: JsonObject): readonly Ephemeral[] {
  const named = [body['ephemeral'], body['de.sorunome.msc2409.ephemeral']];
  const list: readonly unknown[] =
    named.find((edus): edus is readonly unknown[] => Array.isArray(edus)) ?? [];
  return list.slice(0, most.edus).flatMap((edu) => (isObject(edu) ? parseEdu(edu) : []));
}

function parseEdu(edu: JsonObject): readonly Ephemeral[] {
  const content = edu['content'];
  if (!isObject(content)) return [];
  switch (edu['type']) {
    case 'm.typing':
      return typing(roomIn(edu), content);
    case 'm.receipt':
      return receipts(roomIn(edu), content);
    case 'm.presence':
      return presence(edu['sender'] ?? content['user_id'], content);
    default:
      return [];
  }
}

function typing(room: RoomId | undefined, content: JsonObject): readonly Ephemeral[] {
  const listed = content['user_ids'];
  if (room === undefined || !Array.isArray(listed)) return [];
  const users = listed.slice(0, most.users).flatMap((user: unknown) => userIn(user) ?? []);
  return [{ kind: 'typing', room, users: [...new Set(users)] }];
}

function receipts(room: RoomId | undefined, content: JsonObject): readonly Ephemeral[] {
  if (room === undefined) return [];
  const read: Ephemeral[] = [];
  for (const [id, kinds] of Object.entries(content)) {
    const eventId = parseMatrixEventId(id);
    const readers = isObject(kinds) ? kinds['m.read'] : undefined;
    if (eventId === undefined || !isObject(readers)) continue;
    for (const reader of Object.keys(readers)) {
      const user = parseMatrixUserId(reader);
      if (user !== undefined) read.push({ kind: 'read', room, user, eventId });
      if (read.length >= most.receipts) return read;
    }
  }
  return read;
}

function presence(sender: unknown, content: JsonObject): readonly Ephemeral[] {
  const user = userIn(sender);
  const state = stateIn(content);
  if (user === undefined || state === undefined) return [];
  const said = content['status_msg'];
  const status =
    typeof said === 'string' && said !== '' ? said.slice(0, most.status).toWellFormed() : undefined;
  return [{ kind: 'presence', user, presence: state, status }];
}

function stateIn({ presence }: JsonObject): 'online' | 'away' | 'offline' | undefined {
  switch (presence) {
    case 'online':
      return 'online';
    // MSC3026: busy
    case 'unavailable':
    case 'busy':
    case 'org.matrix.msc3026.busy':
      return 'away';
    case 'offline':
      return 'offline';
    default:
      return undefined;
  }
}

function roomIn(edu: JsonObject): RoomId | undefined {
  return typeof edu['room_id'] === 'string' ? parseRoomId(edu['room_id']) : undefined;
}

function userIn(value: unknown): MatrixUserId | undefined {
  return typeof value === 'string' ? parseMatrixUserId(value) : undefined;
}
