/** What was said to somebody since they last read: a receipt names every message, not the last one alone [P]. */
import { BoundedMap } from '../../core/bounded-map.ts';

const mostChats = 10_000;
const mostOfChat = 200;

/** Kept in memory: after a restart a receipt names only what the reader has seen last. */
export class Unread {
  readonly #chats = new BoundedMap<string, string[]>(mostChats);

  add(person: string, resident: string, id: string): void {
    const key = `${person} ${resident}`;
    const ids = this.#chats.get(key) ?? [];
    if (ids.includes(id)) return;
    ids.push(id);
    if (ids.length > mostOfChat) ids.shift();
    this.#chats.set(key, ids);
  }

  /**
   * All that was read with a message, in the order in which it was said, itself last [G]: whoever goes by one name alone
   * takes the last that they hear of.
   */
  take(person: string, resident: string, id: string): readonly [string, ...string[]] {
    const ids = this.#chats.get(`${person} ${resident}`) ?? [];
    const read = ids.splice(0, ids.indexOf(id) + 1).filter((one) => one !== id);
    const [first, ...more] = [...read, id];
    return [first, ...more];
  }
}
