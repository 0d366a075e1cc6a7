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

  /** What was read with a message: itself first, and what came before it. */
  take(user: MatrixUserId, person: RemoteUserId, id: string): readonly [string, ...string[]] {
    const key = keyOf(user, person);
    const ids = this.#chats.get(key) ?? [];
    const end = ids.indexOf(id) + 1;
    if (end > 0) this.#chats.set(key, ids.slice(end));
    return [id, ...ids.slice(0, Math.max(0, end - 1))];
  }
}

function keyOf(user: MatrixUserId, person: RemoteUserId): string {
  return `${user} ${person}`;
}
