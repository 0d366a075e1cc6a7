/** Changes of profiles, which come as memberships: https://spec.matrix.org/v1.15/client-server-api/#events-on-change-of-profile-information */
import { BoundedMap } from '../core/bounded-map.ts';
import { parseMatrixUserId, type MatrixUserId } from '../core/ids.ts';
import { isObject, type JsonObject } from './request.ts';

const mostUsers = 10_000;

/** Notices when a user's name or picture in a room is another than before; each change once, however many rooms tell it. */
export class MemberProfiles {
  /** What each user was last said to look like. */
  readonly #seen = new BoundedMap<MatrixUserId, string>(mostUsers);

  /** The user whose profile an event, serialised, tells to have changed. */
  changed(raw: string): MatrixUserId | undefined {
    if (!raw.includes('"m.room.member"')) return undefined;
    const event = memberEvent(raw);
    if (event === undefined) return undefined;
    const { user, now, before } = event;
    const known = this.#seen.get(user) ?? before;
    this.#seen.set(user, now);
    return known === undefined || known === now ? undefined : user;
  }
}

function memberEvent(
  raw: string,
): { readonly user: MatrixUserId; readonly now: string; readonly before: string | undefined } | undefined {
  const event = parsed(raw);
  if (event?.['type'] !== 'm.room.member' || event['sender'] !== event['state_key']) return undefined;
  const user = typeof event['sender'] === 'string' ? parseMatrixUserId(event['sender']) : undefined;
  const now = looks(event['content']);
  const unsigned = event['unsigned'];
  const before = looks(isObject(unsigned) ? unsigned['prev_content'] : undefined);
  return user === undefined || now === undefined ? undefined : { user, now, before };
}

/** What a member who is there looks like; undefined for others. */
function looks(content: unknown): string | undefined {
  if (!isObject(content) || content['membership'] !== 'join') return undefined;
  return JSON.stringify([content['displayname'] ?? null, content['avatar_url'] ?? null]);
}

function parsed(raw: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(raw);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
