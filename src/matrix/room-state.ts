/** State of rooms: https://spec.matrix.org/v1.16/client-server-api/#changing-room-state */
import type { MatrixUserId, RoomId } from '../core/ids.ts';
import type { Failed } from '../core/outcome.ts';
import { Turns } from '../core/turns.ts';
import type { RoomState } from './bridge-info.ts';
import type { Requester } from './client.ts';
import { path } from './path.ts';
import { errcodeOf, isObject, type JsonObject, type Masquerade } from './request.ts';

export interface StateFound {
  readonly kind: 'state';
  /** Undefined where there is none. */
  readonly content: JsonObject | undefined;
}

/** Reads and writes the state of rooms. Writing what is there already writes nothing. */
export class RoomStates {
  readonly #client: Requester;
  readonly #turns = new Turns();

  constructor(client: Requester) {
    this.#client = client;
  }

  async get(room: RoomId, type: string, key: string, as: Masquerade): Promise<StateFound | Failed> {
    const answer = await this.#client.request({
      method: 'GET',
      path: path`/_matrix/client/v3/rooms/${room}/state/${type}/${key}`,
      as,
    });
    if (answer.kind === 'ok') return { kind: 'state', content: answer.body };
    return errcodeOf(answer) === 'M_NOT_FOUND' ? { kind: 'state', content: undefined } : answer;
  }

  async put(room: RoomId, { type, key, content }: RoomState, as: Masquerade): Promise<undefined | Failed> {
    const answer = await this.#client.request({
      method: 'PUT',
      path: path`/_matrix/client/v3/rooms/${room}/state/${type}/${key}`,
      as,
      body: content,
    });
    return answer.kind === 'failed' ? answer : undefined;
  }

  /** Writes what is to be different; everything else that the content holds stays. */
  async change(room: RoomId, type: string, wanted: JsonObject, as: Masquerade): Promise<undefined | Failed> {
    const there = await this.get(room, type, '', as);
    if (there.kind === 'failed') return there;
    const before = there.content ?? {};
    if (Object.entries(wanted).every(([name, value]) => before[name] === value)) return undefined;
    return this.put(room, { type, key: '', content: { ...before, ...wanted } }, as);
  }

  /**
   * Gives a user a power level; the usual one needs no entry of its own. Where the writer lacks the power for it nothing
   * changes, and that is no failure: the room shows less than it could.
   */
  setPower(room: RoomId, user: MatrixUserId, power: number, as: Masquerade): Promise<undefined | Failed> {
    return this.#turns.alone(room, () => this.#setPower(room, user, power, as));
  }

  async #setPower(
    room: RoomId,
    user: MatrixUserId,
    power: number,
    as: Masquerade,
  ): Promise<undefined | Failed> {
    const there = await this.get(room, 'm.room.power_levels', '', as);
    if (there.kind === 'failed') return there.retry.kind === 'later' ? there : undefined;
    const content = there.content ?? {};
    const users = isObject(content['users']) ? content['users'] : {};
    const usual = typeof content['users_default'] === 'number' ? content['users_default'] : 0;
    if ((users[user] ?? usual) === power) return undefined;
    const others = Object.fromEntries(Object.entries(users).filter(([id]) => id !== user));
    if (power !== usual && Object.keys(others).length >= maxEntries) return undefined;
    const next = power === usual ? others : { ...others, [user]: power };
    const failed = await this.put(
      room,
      { type: 'm.room.power_levels', key: '', content: { ...content, users: next } },
      as,
    );
    return failed?.retry.kind === 'later' ? failed : undefined;
  }
}

/** An event may have 64 KiB; so many people with a level of their own always fit. */
const maxEntries = 200;
