/** What was said to users since they last read: a receipt names every message, not the last one alone [P]. */
import { BoundedMap } from '../../core/bounded-map.ts';
import type { MatrixUserId, RemoteUserId } from '../../core/ids.ts';

const mostChats = 10_000;
const mostOfChat = 200;

/** In memory: after a restart a receipt names only what the reader has seen last. */
export class Unread {
  readonly #chats = new BoundedMap<string, readonly string[]>(mostChats);

  add(user: MatrixUserId, person: RemoteUserId, id: string): void {
    const key = keyOf(user, person);
    const ids = this.#chats.get(key) ?? [];
    if (!ids.includes(id)) this.#chats.set(key, [...ids, id].slice(-mostOfChat));
  }

  /**
   * What was read with a message: what came before it in its order, and itself last [G]: whoever goes by one name alone
   * takes the last that they hear of.
   */
  take(user: MatrixUserId, person: RemoteUserId, id: string): readonly [string, ...string[]] {
    const key = keyOf(user, person);
    const ids = this.#chats.get(key) ?? [];
    const end = ids.indexOf(id) + 1;
    if (end > 0) this.#chats.set(key, ids.slice(end));
    const [first, ...more] = [...ids.slice(0, Math.max(0, end - 1)), id];
    return [first, ...more];
  }
}

function keyOf(user: MatrixUserId, person: RemoteUserId): string {
  return `${user} ${person}`;
}
