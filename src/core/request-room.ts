/** Rooms of message requests: a user's space for them, with a room for each that has a line of its own. */
import type { MatrixEventId, MatrixUserId, RoomId } from './ids.ts';
import type { Line } from './report.ts';
import type { Failed } from './outcome.ts';
import type { MessageRequest } from './request.ts';

/** A room that stands for one request, or is about to be made: recorded before the room is, so that a crash makes no second. */
export interface RequestRoom {
  readonly request: number;
  /** When the request was opened: one that expired and came again has another room. */
  readonly since: number;
  readonly user: MatrixUserId;
  readonly room: RoomId | undefined;
  readonly line: RoomLine | undefined;
}

/** The line in a room that tells of its request, and how much of it. Times in milliseconds since the epoch. */
export interface RoomLine {
  readonly eventId: MatrixEventId;
  readonly held: number;
  readonly dropped: number;
  readonly editedAt: number;
}

/** A user's space for requests, or that it is about to be made. */
export interface RequestSpace {
  readonly user: MatrixUserId;
  readonly room: RoomId | undefined;
}

export interface RequestRoomStore {
  /** Open requests with a line of their own and no room, of users with fewer rooms than `most`; by id from `after` on. */
  lacking(most: number, after: number, limit: number): Promise<readonly MessageRequest[]>;
  /** Records that a room is about to be made; false where the request is over, has one, or its user has `most` rooms. */
  intend(request: MessageRequest, most: number): Promise<boolean>;
  /** Rooms that are not ready, or whose line tells something else than is so. */
  stale(
    after: number,
    limit: number,
  ): Promise<readonly { readonly room: RequestRoom; readonly request: MessageRequest }[]>;
  /** Rooms of requests that are over, by the ids of those from `after` on. */
  over(after: number, limit: number): Promise<readonly RequestRoom[]>;
  ofUser(user: MatrixUserId): Promise<readonly RequestRoom[]>;
  /** The request that a room stands for. */
  byRoom(room: RoomId): Promise<MessageRequest | undefined>;
  put(room: RequestRoom): Promise<void>;
  remove(room: RequestRoom): Promise<void>;
  /** The rooms that are there, by the ids of their requests from `after` on. */
  rooms(
    after: number,
    limit: number,
  ): Promise<readonly { readonly request: number; readonly room: RoomId }[]>;
  space(user: MatrixUserId): Promise<RequestSpace | undefined>;
  putSpace(space: RequestSpace): Promise<void>;
  /** The space is gone; the rooms that are there are not ready any more, so that the next space has them. */
  removeSpace(user: MatrixUserId): Promise<void>;
}

/** What the Matrix side does for them. All may be repeated. */
export interface RequestRoomsSide {
  /** Makes the user's space, with the user invited, or finds the one that an earlier attempt made (by its tag). */
  space(user: MatrixUserId, name: string, again: boolean): Promise<Found | Failed>;
  /** Makes a request's room in the space, with the user invited, or finds the one that an earlier attempt made. */
  room(room: RequestRoom, named: RoomNames, again: boolean): Promise<Found | Failed>;
  /** The room or space that an earlier attempt made. */
  find(of: RequestRoom | MatrixUserId): Promise<Found | { readonly kind: 'none' } | Failed>;
  /** Puts a room into a space; `portal-closed` where the space is of no use any more. */
  list(space: RoomId, room: RoomId, order: string): Promise<undefined | Failed>;
  unlist(space: RoomId, room: RoomId): Promise<undefined | Failed>;
  say(
    room: RoomId,
    id: string,
    line: Line,
  ): Promise<{ readonly kind: 'event'; readonly eventId: MatrixEventId } | Failed>;
  edit(room: RoomId, eventId: MatrixEventId, id: string, line: Line): Promise<undefined | Failed>;
  /** The user is put out, and the bot leaves. */
  close(room: RoomId, user: MatrixUserId, reason: string | undefined): Promise<undefined | Failed>;
}
interface Found {
  readonly kind: 'room';
  readonly room: RoomId;
}
export interface RoomNames {
  readonly name: string;
  readonly space: RoomId;
}
