/** Who may do what in a room: https://spec.matrix.org/v1.16/client-server-api/#mroompower_levels */
import type { MatrixUserId } from '../core/ids.ts';
import type { JsonObject } from './json-object.ts';
import { isObject } from './request.ts';
import { hasPrivilegedCreators } from './room-versions.ts';

/** A room's creation: who made it, and what it says. */
export interface Creation {
  readonly sender: string | undefined;
  readonly content: JsonObject;
}

/** The powers in a room, as its state says. Total: what is no number counts as absent. */
export class RoomPowers {
  readonly #levels: JsonObject;
  readonly #creators: ReadonlySet<unknown>;
  /** Where a room says nothing of levels, its creator has all of them, and everybody may write state. */
  readonly #unsaid: boolean;

  constructor(creation: Creation, levels: JsonObject | undefined) {
    const { sender, content } = creation;
    const version = content['room_version'];
    const more: readonly unknown[] = Array.isArray(content['additional_creators'])
      ? content['additional_creators']
      : [];
    const privileged = typeof version === 'string' && hasPrivilegedCreators(version);
    this.#unsaid = levels === undefined;
    this.#levels = levels ?? {};
    this.#creators = new Set(privileged ? [sender, ...more.slice(0, 100)] : levels ? [] : [sender]);
  }

  of(user: MatrixUserId): number {
    if (this.#creators.has(user)) return Number.POSITIVE_INFINITY;
    const users = this.#levels['users'];
    return levelIn(isObject(users) ? users : {}, user) ?? this.usual;
  }

  /** What those have who have no entry of their own. */
  get usual(): number {
    return levelIn(this.#levels, 'users_default') ?? 0;
  }

  get toInvite(): number {
    return levelIn(this.#levels, 'invite') ?? 0;
  }

  toSend(type: string): number {
    return this.#event(type) ?? levelIn(this.#levels, 'events_default') ?? 0;
  }

  toSetState(type: string): number {
    return this.#event(type) ?? levelIn(this.#levels, 'state_default') ?? (this.#unsaid ? 0 : 50);
  }

  /** Whether the user may say who has which power: nobody but the creator, where the room says nothing of powers. */
  mayRule(user: MatrixUserId): boolean {
    if (this.#unsaid) return this.#creators.has(user);
    return this.of(user) >= this.toSetState('m.room.power_levels');
  }

  #event(type: string): number | undefined {
    const events = this.#levels['events'];
    return isObject(events) ? levelIn(events, type) : undefined;
  }
}

/** Rooms before version 10 may hold numbers as text. */
function levelIn(object: JsonObject, key: string): number | undefined {
  if (!Object.hasOwn(object, key)) return undefined;
  const value = object[key];
  const number = typeof value === 'string' && /^\s*[+-]?\d{1,16}\s*$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
