import type { Role } from '../../../core/event.ts';
import type { RemoteUserId } from '../../../core/ids.ts';

/** Somebody who is in a room now. */
export interface Occupant {
  readonly nick: string;
  readonly user: RemoteUserId;
  readonly role: Role;
  readonly occupantId: string | undefined;
}

/**
 * Who is in a room, in memory alone and by nickname. At most `most` are remembered; of those who enter beyond, only how
 * many they are, and they are named as far as their messages tell.
 */
export class Occupants {
  readonly #most: number;
  readonly #byNick = new Map<string, Occupant>();
  #beyond = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** How many are in the room, as far as presence tells. */
  get size(): number {
    return this.#byNick.size + this.#beyond;
  }

  get remembered(): number {
    return this.#byNick.size;
  }

  get(nick: string): Occupant | undefined {
    return this.#byNick.get(nick);
  }

  /** Somebody is there; answers who had the nickname before. `insist`: somebody whom one has to know, whatever the bound. */
  put(occupant: Occupant, insist: boolean): Occupant | undefined {
    const before = this.#byNick.get(occupant.nick);
    if (before === undefined && !insist && this.#byNick.size >= this.#most) {
      this.#beyond += 1;
      return undefined;
    }
    this.#byNick.set(occupant.nick, occupant);
    return before;
  }

  /** Somebody has gone; answers who, where that is known. */
  remove(nick: string): Occupant | undefined {
    const gone = this.#byNick.get(nick);
    if (gone === undefined) this.#beyond = Math.max(0, this.#beyond - 1);
    this.#byNick.delete(nick);
    return gone;
  }

  clear(): void {
    this.#byNick.clear();
    this.#beyond = 0;
  }

  /** At most so many of them. */
  list(limit: number): readonly Occupant[] {
    return [...this.#byNick.values()].slice(0, limit);
  }

  /** An occupant with that name; there may be several, at several clients. */
  ofUser(user: RemoteUserId): Occupant | undefined {
    for (const occupant of this.#byNick.values()) if (occupant.user === user) return occupant;
    return undefined;
  }
}
