/** The rooms of policy lists, as the bot: https://spec.matrix.org/v1.16/client-server-api/#room-membership */
import type { Readable } from 'node:stream';
import { parseRoomId, type RoomId } from '../core/ids.ts';
import { failedForNow, type Failed } from '../core/outcome.ts';
import { mostRules, type ListName } from '../core/policy-list.ts';
import type { ListRead, ListRooms } from '../core/policy-list-follower.ts';
import type { MatrixClient } from './client.ts';
import type { ManagementRooms } from './management.ts';
import { parsePolicyRule } from './parse-policy.ts';
import { path } from './path.ts';
import { interpret, isObject, nothingSaid } from './request.ts';

/** Larger states are not read: so much holds `mostRules` rules. */
const mostBytes = 100 * 1024 * 1024;
const mostOfRefusal = 64 * 1024;
const patience = 180_000;

export interface PolicyListRoomsDeps {
  readonly client: Pick<MatrixClient, 'request' | 'file'>;
  readonly management: Pick<ManagementRooms, 'ensureBot' | 'as'>;
}

/** Enters the rooms of lists and reads what their state says. */
export class PolicyListRooms implements ListRooms {
  readonly #deps: PolicyListRoomsDeps;

  constructor(deps: PolicyListRoomsDeps) {
    this.#deps = deps;
  }

  async enter(name: ListName, signal: AbortSignal): Promise<RoomId | Failed> {
    const { client, management } = this.#deps;
    const failed = await management.ensureBot();
    if (failed !== undefined) return failed;
    // A room that the homeserver is not in yet is entered by way of the server in its id; newer rooms have none.
    const server = name.startsWith('!') && name.includes(':') ? name.slice(name.indexOf(':') + 1) : undefined;
    const answer = await client.request({
      ...{ method: 'POST', path: path`/_matrix/client/v3/join/${name}`, as: management.as, body: {} },
      query: { server_name: server, via: server },
      ...{ attempts: 2, signal },
    });
    if (answer.kind === 'failed') return answer;
    const id: unknown = answer.body['room_id'];
    const room = typeof id === 'string' ? parseRoomId(id) : undefined;
    return room ?? nothingSaid('the id of a room that was entered');
  }

  async leave(room: RoomId, signal: AbortSignal): Promise<undefined | Failed> {
    const answer = await this.#deps.client.request({
      ...{ method: 'POST', path: path`/_matrix/client/v3/rooms/${room}/leave`, body: {} },
      ...{ as: this.#deps.management.as, signal },
    });
    return answer.kind === 'failed' && answer.retry.kind === 'later' ? answer : undefined;
  }

  async read(room: RoomId, signal: AbortSignal): Promise<ListRead | Failed> {
    const { client, management } = this.#deps;
    const answer = await client.file({
      ...{ method: 'GET', path: path`/_matrix/client/v3/rooms/${room}/state`, as: management.as },
      signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
    });
    if ('kind' in answer) return answer;
    const { statusCode: status, body } = answer;
    const isFound = status >= 200 && status < 300;
    const text = await textOf(body, isFound ? mostBytes : mostOfRefusal).catch((error: unknown) =>
      failedForNow('link-down', error),
    );
    if (text === undefined) return { kind: 'too-large' };
    if (typeof text !== 'string') return text;
    if (!isFound) return refusalIn(status, text);
    const state = arrayIn(text);
    return state === undefined
      ? nothingSaid('the state of a room')
      : { kind: 'read', rules: rulesIn(state, room) };
  }
}

/** Rules in the order of the state; the first beyond `mostRules` are there too, so that it is seen that there are more. */
function rulesIn(state: readonly unknown[], room: RoomId): Extract<ListRead, { kind: 'read' }>['rules'] {
  return state
    .flatMap((event) => (isObject(event) ? [parsePolicyRule(event, room)] : []))
    .filter((change) => change !== undefined)
    .slice(0, mostRules * 2);
}

function refusalIn(status: number, text: string): Failed {
  const refused = interpret({ status, retryAfter: undefined, text }, Date.now());
  return refused.kind === 'failed' ? refused : nothingSaid('the state of a room');
}

function arrayIn(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined where it is longer than it may be. */
async function textOf(body: Readable, most: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk as Uint8Array);
    size += bytes.length;
    if (size > most) {
      body.destroy();
      return undefined;
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString();
}
