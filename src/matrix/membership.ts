/** Joining, leaving and reading rooms: https://spec.matrix.org/v1.15/client-server-api/#room-membership */
import { parseMatrixUserId, parseRoomId, type MatrixUserId, type RoomId } from '../core/ids.ts';
import { failedForGood, failedForNow, type Failed } from '../core/outcome.ts';
import type { Requester } from './client.ts';
import { path } from './path.ts';
import { errcodeOf, isObject, listIn, nothingSaid } from './request.ts';
import type { JsonObject, Masquerade } from './request.ts';

export interface RoomFound {
  readonly kind: 'room';
  readonly room: RoomId;
}

/** Somebody's membership in a room is another now. Must not throw. */
export type MembershipChanged = (
  room: RoomId,
  user: MatrixUserId,
  membership: 'join' | 'invite' | 'leave',
) => void;

/** What rooms the bridge's own users are in, and with whom. */
export class Membership {
  readonly #client: Requester;
  readonly #changed: MembershipChanged;

  /** `changed` is told at once of what the bridge itself changes. */
  constructor(client: Requester, changed: MembershipChanged = () => undefined) {
    this.#client = client;
    this.#changed = changed;
  }

  /** Makes a room. Doing it twice makes two: look with `TaggedRooms` first. */
  async create(body: JsonObject, as: Masquerade): Promise<RoomFound | Failed> {
    const answer = await this.#client.request({
      method: 'POST',
      path: '/_matrix/client/v3/createRoom',
      as,
      body,
      repeat: 'once',
    });
    if (answer.kind === 'failed') return answer;
    const room = roomIn(answer.body['room_id']);
    return room === undefined
      ? failedForNow('link-down', new Error('the homeserver answered a creation without a room id'))
      : { kind: 'room', room };
  }

  /** `portal-closed` where the invitation is gone. */
  async join(room: RoomId, as: Masquerade): Promise<undefined | Failed> {
    const answer = await this.#client.request({
      method: 'POST',
      path: path`/_matrix/client/v3/rooms/${room}/join`,
      as,
      body: {},
    });
    if (answer.kind === 'ok') {
      this.#changed(room, as.userId, 'join');
      return undefined;
    }
    const gone = answer.retry.kind === 'never' && answer.reason !== 'internal';
    return gone || errcodeOf(answer) === 'M_UNKNOWN' ? failedForGood('portal-closed', answer.cause) : answer;
  }

  /** Leaves a room or declines its invitation; done too where the user is in no such room. */
  async leave(room: RoomId, as: Masquerade): Promise<undefined | Failed> {
    const answer = await this.#client.request({
      method: 'POST',
      path: path`/_matrix/client/v3/rooms/${room}/leave`,
      as,
      body: {},
    });
    if (answer.kind === 'failed' && answer.retry.kind === 'later') return answer;
    this.#changed(room, as.userId, 'leave');
    return undefined;
  }

  /** Somebody came into a room by other ways. */
  entered(room: RoomId, user: MatrixUserId): void {
    this.#changed(room, user, 'join');
  }

  async invite(room: RoomId, user: MatrixUserId, as: Masquerade): Promise<undefined | Failed> {
    const answer = await this.#client.request({
      method: 'POST',
      path: path`/_matrix/client/v3/rooms/${room}/invite`,
      as,
      body: { user_id: user },
    });
    if (answer.kind === 'failed') return answer;
    this.#changed(room, user, 'invite');
    return undefined;
  }

  /** Puts a user out, or takes an invitation back. `forbidden` where the power is lacking or the user is not there. */
  kick(
    room: RoomId,
    user: MatrixUserId,
    reason: string | undefined,
    as: Masquerade,
  ): Promise<undefined | Failed> {
    return this.#act(room, 'kick', user, reason, as);
  }

  /** `forbidden` where the power is lacking. */
  ban(
    room: RoomId,
    user: MatrixUserId,
    reason: string | undefined,
    as: Masquerade,
  ): Promise<undefined | Failed> {
    return this.#act(room, 'ban', user, reason, as);
  }

  /** Done too where the user is not banned. */
  async unban(room: RoomId, user: MatrixUserId, as: Masquerade): Promise<undefined | Failed> {
    const there = await this.membershipOf(room, user, as);
    if (there.kind === 'failed') return there;
    return there.membership === 'ban' ? this.#act(room, 'unban', user, undefined, as) : undefined;
  }

  /** Who is in the room or invited to it. */
  async members(
    room: RoomId,
    as: Masquerade,
  ): Promise<{ readonly kind: 'members'; readonly users: ReadonlySet<MatrixUserId> } | Failed> {
    const answer = await this.#client.request({
      method: 'GET',
      path: path`/_matrix/client/v3/rooms/${room}/members`,
      query: { not_membership: 'leave' },
      as,
    });
    if (answer.kind === 'failed') return answer;
    const chunk = listIn(answer, 'chunk');
    if ('kind' in chunk) return chunk;
    return { kind: 'members', users: new Set(chunk.flatMap((event) => memberIn(event) ?? [])) };
  }

  /** The membership of one user; `undefined` where the user never had any. */
  async membershipOf(
    room: RoomId,
    user: MatrixUserId,
    as: Masquerade,
  ): Promise<{ readonly kind: 'membership'; readonly membership: string | undefined } | Failed> {
    const answer = await this.#state(room, 'm.room.member', user, as);
    if (answer.kind === 'failed') return answer;
    const membership = answer.content?.['membership'];
    return { kind: 'membership', membership: typeof membership === 'string' ? membership : undefined };
  }

  /** Who has banned a user from a room; `undefined` where nobody has. */
  async bannedBy(
    room: RoomId,
    user: MatrixUserId,
    as: Masquerade,
  ): Promise<{ readonly kind: 'banned'; readonly by: MatrixUserId | undefined } | Failed> {
    const answer = await this.#client.request({
      method: 'GET',
      path: path`/_matrix/client/v3/rooms/${room}/members`,
      query: { membership: 'ban' },
      as,
    });
    if (answer.kind === 'failed') return answer;
    const chunk = listIn(answer, 'chunk');
    if ('kind' in chunk) return chunk;
    const ban = chunk.filter(isObject).find((event) => event['state_key'] === user);
    const by = typeof ban?.['sender'] === 'string' ? parseMatrixUserId(ban['sender']) : undefined;
    return { kind: 'banned', by };
  }

  /** The rooms that a user of the bridge has joined. */
  async joined(
    as: Masquerade,
  ): Promise<{ readonly kind: 'rooms'; readonly rooms: readonly RoomId[] } | Failed> {
    const answer = await this.#client.request({ method: 'GET', path: '/_matrix/client/v3/joined_rooms', as });
    if (answer.kind === 'failed') return answer;
    const rooms = listIn(answer, 'joined_rooms');
    if ('kind' in rooms) return rooms;
    return { kind: 'rooms', rooms: rooms.flatMap((room) => roomIn(room) ?? []) };
  }

  /** What a room was created with. */
  async creation(
    room: RoomId,
    as: Masquerade,
  ): Promise<{ readonly kind: 'creation'; readonly content: JsonObject } | Failed> {
    const created = await this.#state(room, 'm.room.create', '', as);
    if (created.kind === 'failed') return created;
    if (isEmpty(created.content)) return nothingSaid('the creation of a room');
    return { kind: 'creation', content: created.content ?? {} };
  }

  async #act(
    room: RoomId,
    act: 'kick' | 'ban' | 'unban',
    user: MatrixUserId,
    reason: string | undefined,
    as: Masquerade,
  ): Promise<undefined | Failed> {
    const answer = await this.#client.request({
      method: 'POST',
      path: path`/_matrix/client/v3/rooms/${room}/${act}`,
      as,
      body: { user_id: user, ...(reason === undefined ? {} : { reason }) },
    });
    if (answer.kind === 'failed') return answer;
    this.#changed(room, user, 'leave');
    return undefined;
  }

  async #state(
    room: RoomId,
    type: string,
    key: string,
    as: Masquerade,
  ): Promise<{ readonly kind: 'state'; readonly content: JsonObject | undefined } | Failed> {
    const answer = await this.#client.request({
      method: 'GET',
      path: path`/_matrix/client/v3/rooms/${room}/state/${type}/${key}`,
      as,
    });
    if (answer.kind === 'ok') return { kind: 'state', content: answer.body };
    return errcodeOf(answer) === 'M_NOT_FOUND' ? { kind: 'state', content: undefined } : answer;
  }
}

/** No room is without content at its creation: that is an answer which no homeserver gives. */
function isEmpty(content: JsonObject | undefined): boolean {
  return content !== undefined && Object.keys(content).length === 0;
}

function roomIn(value: unknown): RoomId | undefined {
  return typeof value === 'string' ? parseRoomId(value) : undefined;
}

function memberIn(event: unknown): MatrixUserId | undefined {
  if (!isObject(event) || !isObject(event['content'])) return undefined;
  const { membership } = event['content'];
  if (membership !== 'join' && membership !== 'invite') return undefined;
  return typeof event['state_key'] === 'string' ? parseMatrixUserId(event['state_key']) : undefined;
}
