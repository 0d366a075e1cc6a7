/** Aliases of rooms: https://spec.matrix.org/v1.16/client-server-api/#room-aliases */
import type { AliasDirectory } from '../core/group-aliases.ts';
import { parseRoomId, type RoomAlias, type RoomId } from '../core/ids.ts';
import type { Failed } from '../core/outcome.ts';
import type { GroupPortal } from '../core/portal.ts';
import type { AliasIds } from './alias-id.ts';
import type { Requester } from './client.ts';
import type { Membership } from './membership.ts';
import { path } from './path.ts';
import { errcodeOf, MatrixRefusal, type JsonObject, type Masquerade } from './request.ts';
import type { RoomStates } from './room-state.ts';

export interface RoomDirectoryDeps {
  readonly client: Requester;
  readonly states: RoomStates;
  readonly membership: Pick<Membership, 'members'>;
  readonly ids: AliasIds;
  readonly bot: () => Masquerade;
  readonly isOwn: (user: string) => boolean;
}

const mostAlternatives = 100;

/** The aliases of groups' rooms, as the bot. */
export class RoomDirectory implements AliasDirectory {
  readonly #deps: RoomDirectoryDeps;

  constructor(deps: RoomDirectoryDeps) {
    this.#deps = deps;
  }

  async put(
    portal: GroupPortal,
    from: RoomId | undefined,
  ): Promise<'put' | 'taken' | 'unavailable' | Failed> {
    const alias = this.#deps.ids.alias(portal.key);
    if (alias === undefined) return 'taken';
    const put = await this.#point(alias, portal.room, from);
    if (put !== 'put') return put;
    const failed = await this.#show(portal.room, alias);
    return failed?.retry.kind === 'later' ? failed : 'put';
  }

  async remove(portal: GroupPortal): Promise<undefined | Failed> {
    const alias = this.#deps.ids.alias(portal.key);
    const failed = alias === undefined ? undefined : await this.#delete(alias);
    return failed?.retry.kind === 'later' && errcodeOf(failed) !== 'M_EXCLUSIVE' ? failed : undefined;
  }

  letIn(portal: GroupPortal, everybody: boolean): Promise<undefined | Failed> {
    const rule = { join_rule: everybody ? 'public' : 'invite' };
    return this.#deps.states.change(portal.room, 'm.room.join_rules', rule, this.#deps.bot());
  }

  async isEmpty(portal: GroupPortal): Promise<boolean | Failed> {
    const there = await this.#deps.membership.members(portal.room, this.#deps.bot());
    if (there.kind === 'failed') return there;
    return [...there.users].every((user) => this.#deps.isOwn(user));
  }

  /**
   * Set first and looked up only where it is there already: a homeserver that does not know it would ask the bridge for it,
   * while the bridge waits for the homeserver.
   */
  async #point(
    alias: RoomAlias,
    room: RoomId,
    from: RoomId | undefined,
  ): Promise<'put' | 'taken' | 'unavailable' | Failed> {
    const put = await this.#set(alias, room);
    if (put !== 'there') return put;
    const now = await this.#whereTo(alias);
    if (typeof now === 'object') return now;
    if (now === room) return 'put';
    if (from === undefined || now !== from) return 'taken';
    const failed = await this.#delete(alias);
    if (failed !== undefined) return failed;
    const again = await this.#set(alias, room);
    return again === 'there' ? 'taken' : again;
  }

  async #set(alias: RoomAlias, room: RoomId): Promise<'put' | 'there' | 'unavailable' | Failed> {
    const answer = await this.#deps.client.request({
      ...{ method: 'PUT', path: path`/_matrix/client/v3/directory/room/${alias}`, optional: true },
      ...{ as: this.#deps.bot(), body: { room_id: room } },
    });
    if (answer.kind === 'ok') return 'put';
    if (errcodeOf(answer) === 'M_EXCLUSIVE') return 'unavailable';
    return answer.cause instanceof MatrixRefusal && answer.cause.status === 409 ? 'there' : answer;
  }

  async #delete(alias: RoomAlias): Promise<undefined | Failed> {
    const answer = await this.#deps.client.request({
      ...{ method: 'DELETE', path: path`/_matrix/client/v3/directory/room/${alias}`, optional: true },
      as: this.#deps.bot(),
    });
    return answer.kind === 'ok' || answer.reason === 'unknown-target' ? undefined : answer;
  }

  /** The room that has the alias; `undefined` where none has it now. */
  async #whereTo(alias: RoomAlias): Promise<RoomId | undefined | Failed> {
    const answer = await this.#deps.client.request({
      ...{ method: 'GET', path: path`/_matrix/client/v3/directory/room/${alias}`, as: this.#deps.bot() },
    });
    if (answer.kind === 'failed') return answer.reason === 'unknown-target' ? undefined : answer;
    const { room_id: room } = answer.body;
    return typeof room === 'string' ? parseRoomId(room) : undefined;
  }

  /** As the room's main alias, or among the others where its users have chosen another. */
  async #show(room: RoomId, alias: RoomAlias): Promise<undefined | Failed> {
    const { states, bot } = this.#deps;
    const there = await states.get(room, 'm.room.canonical_alias', '', bot());
    if (there.kind === 'failed') return there;
    const content = withAlias(there.content ?? {}, alias);
    if (content === undefined) return undefined;
    return states.put(room, { type: 'm.room.canonical_alias', key: '', content }, bot());
  }
}

/** The content of `m.room.canonical_alias` with an alias in it, or `undefined` where it has it, or has no place for it. */
export function withAlias(content: JsonObject, alias: RoomAlias): JsonObject | undefined {
  const { alias: main, alt_aliases: others } = content;
  if (main === alias) return undefined;
  if (typeof main !== 'string' || main === '') return { ...content, alias };
  const listed: readonly unknown[] = Array.isArray(others) ? others : [];
  if (listed.includes(alias) || listed.length >= mostAlternatives) return undefined;
  return { ...content, alt_aliases: [...listed, alias] };
}
