/** Spaces: https://spec.matrix.org/v1.16/client-server-api/#spaces */
import { parseRoomId, type RoomId } from '../core/ids.ts';
import { failedForGood, type Failed } from '../core/outcome.ts';
import type { Portal } from '../core/portal.ts';
import type { Space, SpaceRooms } from '../core/spaces.ts';
import { displayNameOf } from './bridge-info.ts';
import type { Requester } from './client.ts';
import type { ManagementRooms } from './management.ts';
import type { Membership, RoomFound } from './membership.ts';
import { path } from './path.ts';
import { errcodeOf, isObject, nothingSaid, type JsonObject } from './request.ts';
import type { RoomStates } from './room-state.ts';
import type { TaggedRooms } from './tagged-rooms.ts';

/** Where a space says whose it is, in its creation content. */
export const SPACE_TAG = 'io.causeway.space';

export interface BotSpacesDeps {
  readonly client: Requester;
  readonly membership: Membership;
  readonly tagged: TaggedRooms;
  readonly states: RoomStates;
  readonly management: Pick<ManagementRooms, 'as' | 'ensureBot'>;
  readonly domain: string;
  readonly options: { readonly federate: boolean; readonly version: string | undefined };
}

/** Makes spaces and fills them, as the bot, who alone may change them. */
export class BotSpaces implements SpaceRooms {
  readonly #deps: BotSpacesDeps;

  constructor(deps: BotSpacesDeps) {
    this.#deps = deps;
  }

  async create(space: Space, again: boolean): Promise<RoomFound | Failed> {
    const { management, membership } = this.#deps;
    const failed = await management.ensureBot();
    if (failed !== undefined) return failed;
    const found = again ? await this.#find(space) : { kind: 'none' as const };
    return found.kind === 'none' ? membership.create(this.#creation(space), management.as) : found;
  }

  async fill(room: RoomId, portals: readonly Portal[]): Promise<undefined | Failed> {
    const children = await this.#children(room);
    if ('kind' in children) return children;
    const { states, management, domain } = this.#deps;
    const wanted = new Map(portals.map((portal) => [portal.room, { via: [domain], order: orderOf(portal) }]));
    for (const [child, content] of wanted) {
      if (children.get(child) === content.order) continue;
      const failed = await states.put(room, { type: 'm.space.child', key: child, content }, management.as);
      if (failed !== undefined) return failed;
    }
    for (const child of children.keys()) {
      if (wanted.has(child)) continue;
      const failed = await states.put(
        room,
        { type: 'm.space.child', key: child, content: {} },
        management.as,
      );
      if (failed !== undefined) return failed;
    }
    return undefined;
  }

  async close({ room, user }: Space & { readonly room: RoomId }): Promise<undefined | Failed> {
    const { membership, management } = this.#deps;
    const failed = await membership.kick(room, user, undefined, management.as);
    if (failed?.retry.kind === 'later') return failed;
    return membership.leave(room, management.as);
  }

  /** The rooms in the space that count as such, with their places. */
  async #children(room: RoomId): Promise<ReadonlyMap<RoomId, unknown> | Failed> {
    const { client, management } = this.#deps;
    const answer = await client.request({
      method: 'GET',
      path: path`/_matrix/client/v1/rooms/${room}/hierarchy`,
      query: { max_depth: 1, limit: 1 },
      as: management.as,
    });
    if (answer.kind === 'failed') {
      const gone = errcodeOf(answer) === 'M_FORBIDDEN' || errcodeOf(answer) === 'M_NOT_FOUND';
      return gone ? failedForGood('portal-closed', answer.cause) : answer;
    }
    const rooms: readonly unknown[] = Array.isArray(answer.body['rooms']) ? answer.body['rooms'] : [];
    const [space] = rooms;
    if (!isObject(space) || !Array.isArray(space['children_state'])) return nothingSaid('what is in a space');
    const events: readonly unknown[] = space['children_state'];
    return new Map(events.flatMap((event) => childIn(event) ?? []));
  }

  async #find({ user, network }: Space): Promise<RoomFound | { readonly kind: 'none' } | Failed> {
    const { membership, management, tagged } = this.#deps;
    const found = await tagged.find(
      SPACE_TAG,
      (tag) => tag['user'] === user && tag['network'] === network,
      management.as,
    );
    if (found.kind !== 'room') return found;
    const theirs = await membership.membershipOf(found.room, user, management.as);
    if (theirs.kind === 'failed') return theirs;
    const invited =
      theirs.membership === undefined ? await membership.invite(found.room, user, management.as) : undefined;
    return invited ?? found;
  }

  #creation({ user, network }: Space): JsonObject {
    const { federate, version } = this.#deps.options;
    return {
      preset: 'private_chat',
      name: displayNameOf(network),
      invite: [user],
      ...(version === undefined ? {} : { room_version: version }),
      creation_content: {
        type: 'm.space',
        ...(federate ? {} : { 'm.federate': false }),
        [SPACE_TAG]: { user, network },
      },
      power_level_content_override: { events_default: 100, state_default: 100, invite: 100 },
      initial_state: [
        { type: 'm.room.guest_access', state_key: '', content: { guest_access: 'forbidden' } },
        { type: 'm.room.history_visibility', state_key: '', content: { history_visibility: 'shared' } },
      ],
    };
  }
}

function childIn(event: unknown): [RoomId, unknown][] | undefined {
  if (!isObject(event) || event['type'] !== 'm.space.child' || !isObject(event['content'])) return undefined;
  const room = typeof event['state_key'] === 'string' ? parseRoomId(event['state_key']) : undefined;
  // A child without servers to enter it by is none (spec, m.space.child).
  return room === undefined || !Array.isArray(event['content']['via'])
    ? undefined
    : [[room, event['content']['order']]];
}

/** Groups first, then people, each by address: at most 50 characters of visible ASCII. */
export function orderOf({ kind, key }: Portal): string {
  return `${kind === 'group' ? '1' : '2'}${key.chat.replace(/[^\x20-\x7e]/g, '~')}`.slice(0, 50);
}
