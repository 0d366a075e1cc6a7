import { parseMatrixUserId, parseRoomId, type MatrixUserId, type RoomId } from '../../core/ids.ts';
import { BoundedMap } from '../../core/bounded-map.ts';
import { failedForNow, type Failed } from '../../core/outcome.ts';
import type { Requester } from '../client.ts';
import { path } from '../path.ts';
import { errcodeOf, isObject, listIn, type JsonObject, type Masquerade } from '../request.ts';
import {
  ENCRYPTION_EVENT,
  encryptionSettings,
  historyVisibility,
  type EncryptionSettings,
  type RoomFacts,
} from './room-facts.ts';

export interface RoomBookDeps {
  readonly client: Requester;
  readonly bot: MatrixUserId;
  /** Whether a user is one of the bridge's own. */
  readonly isOwn: (userId: string) => boolean;
  /** A room turned out to be encrypted that was not known to be. Must not throw. */
  readonly onEncrypted: (room: RoomId) => void;
  /** Somebody can no longer read what is said in an encrypted room. Must not throw. */
  readonly onLeft: (room: RoomId) => void;
  /** How many rooms are remembered, and how many members of all of them together. */
  readonly bounds?: { readonly rooms: number; readonly members: number };
}

const usualBounds = { rooms: 20_000, members: 500_000 };
/** In a room without the bot the ghost reads; it is the only one there. */
const mostGhosts = 10;
const mostLooks = 4;

interface Loading {
  readonly facts: Promise<RoomFacts | Failed>;
  /** How often something changed since the homeserver was first asked. */
  changes: number;
}

/**
 * Which rooms are encrypted, how, and for whom. What is not known is asked of the homeserver; events keep it in step. Who
 * leaves is taken off at once; who comes is believed only when the homeserver says so on being asked, so that events which
 * come late or twice bring nobody back. A room that is encrypted is never taken for a plain one again.
 */
export class RoomBook {
  readonly #deps: RoomBookDeps;
  readonly #bounds: NonNullable<RoomBookDeps['bounds']>;
  readonly #facts: BoundedMap<RoomId, RoomFacts>;
  /** Survives what else is forgotten of a room. */
  readonly #encrypted: BoundedMap<RoomId, EncryptionSettings>;
  readonly #loading = new Map<RoomId, Loading>();
  #members = 0;

  constructor(deps: RoomBookDeps) {
    this.#deps = deps;
    this.#bounds = deps.bounds ?? usualBounds;
    // Members are counted here, so that the oldest rooms go by hand.
    this.#facts = new BoundedMap(Number.MAX_SAFE_INTEGER);
    this.#encrypted = new BoundedMap(this.#bounds.rooms * 2);
  }

  /** What is known of a room, asked for as somebody who is in it where need be. */
  async facts(room: RoomId, as: Masquerade): Promise<RoomFacts | Failed> {
    const known = this.#facts.get(room);
    if (known !== undefined) {
      this.#facts.set(room, known);
      return known;
    }
    const running = this.#loading.get(room);
    if (running !== undefined) return running.facts;
    const loading: Loading = {
      facts: Promise.resolve().then(() => this.#load(room, as, loading)),
      changes: 0,
    };
    this.#loading.set(room, loading);
    try {
      return await loading.facts;
    } finally {
      if (this.#loading.get(room) === loading) this.#loading.delete(room);
    }
  }

  /** Whether these are still the facts of the room. */
  isCurrent(room: RoomId, facts: RoomFacts): boolean {
    return this.#facts.get(room) === facts;
  }

  /** What is known without asking. */
  known(room: RoomId): RoomFacts | undefined {
    return this.#facts.get(room);
  }

  /** Takes an event as the homeserver tells it, whoever sent it; anything that is no event is passed over. */
  take(event: unknown): void {
    if (!isObject(event) || typeof event['type'] !== 'string' || typeof event['room_id'] !== 'string') return;
    const room = parseRoomId(event['room_id']);
    if (room === undefined) return;
    const content = isObject(event['content']) ? event['content'] : {};
    switch (event['type']) {
      case ENCRYPTION_EVENT:
        if (event['state_key'] === '') this.encrypted(room, content);
        return;
      case 'm.room.history_visibility':
        if (event['state_key'] === '') this.forget(room);
        return;
      case 'm.room.member': {
        const user =
          typeof event['state_key'] === 'string' ? parseMatrixUserId(event['state_key']) : undefined;
        if (user !== undefined) this.member(room, user, content['membership']);
        return;
      }
      case 'm.room.encrypted':
        // Somebody knows better.
        if (this.#isPlain(room)) this.forget(room);
    }
  }

  /** A room is encrypted, as its state says or as it was just made. */
  encrypted(room: RoomId, content: JsonObject): void {
    if (this.#encrypted.has(room)) return;
    this.#encrypted.set(room, encryptionSettings(content));
    this.forget(room);
    this.#deps.onEncrypted(room);
  }

  /** The membership of a user is another. */
  member(room: RoomId, user: MatrixUserId, membership: unknown): void {
    const isThere = membership === 'join' || membership === 'invite';
    const facts = this.#facts.get(room);
    const loading = this.#loading.get(room);
    if (loading !== undefined) loading.changes += 1;
    const counts = user === this.#deps.bot || !this.#deps.isOwn(user);
    if (!isThere && counts && this.#encrypted.has(room) && (facts?.members.has(user) ?? true))
      this.#deps.onLeft(room);
    if (facts === undefined || facts.members.get(user) === membership) return;
    if (isThere) {
      if (facts.encryption !== undefined && (counts || !facts.members.has(this.#deps.bot))) this.forget(room);
    } else if (facts.members.has(user)) {
      const members = new Map(facts.members);
      members.delete(user);
      this.#put(room, { ...facts, members });
    }
  }

  /** What is known of a room may be out of step. That it is encrypted stays known. */
  forget(room: RoomId): void {
    const loading = this.#loading.get(room);
    if (loading !== undefined) loading.changes += 1;
    const facts = this.#facts.get(room);
    if (facts === undefined) return;
    this.#members -= facts.members.size;
    this.#facts.delete(room);
  }

  /** Events may have been missed in any room. */
  forgetAll(): void {
    for (const loading of this.#loading.values()) loading.changes += 1;
    for (const room of [...this.#facts.keys()]) this.forget(room);
  }

  #isPlain(room: RoomId): boolean {
    const facts = this.#facts.get(room);
    return facts !== undefined && facts.encryption === undefined;
  }

  async #load(room: RoomId, as: Masquerade, loading: Loading): Promise<RoomFacts | Failed> {
    for (let look = 0; look < mostLooks; look += 1) {
      const changes = loading.changes;
      const facts = await this.#ask(room, as);
      if (facts.kind === 'failed') return facts;
      if (loading.changes !== changes) continue;
      this.#put(room, facts);
      return facts;
    }
    return failedForNow('timeout', new Error('a room changes faster than it can be read'), 1_000);
  }

  async #ask(room: RoomId, as: Masquerade): Promise<RoomFacts | Failed> {
    const encryption = this.#encrypted.get(room) ?? (await this.#state(room, ENCRYPTION_EVENT, as));
    if (encryption !== undefined && 'kind' in encryption && encryption.kind === 'failed') return encryption;
    if (encryption === undefined)
      return { kind: 'facts', encryption: undefined, visibility: 'shared', members: new Map() };
    const settings = 'kind' in encryption ? encryptionSettings(encryption.content) : encryption;
    if (!this.#encrypted.has(room)) {
      this.#encrypted.set(room, settings);
      this.#deps.onEncrypted(room);
    }
    const [visible, members] = await Promise.all([
      this.#state(room, 'm.room.history_visibility', as),
      this.#membersOf(room, as),
    ]);
    if (visible?.kind === 'failed') return visible;
    if ('kind' in members) return members;
    return { kind: 'facts', encryption: settings, visibility: historyVisibility(visible?.content), members };
  }

  async #state(
    room: RoomId,
    type: string,
    as: Masquerade,
  ): Promise<{ readonly kind: 'state'; readonly content: JsonObject } | undefined | Failed> {
    const answer = await this.#deps.client.request({
      method: 'GET',
      path: path`/_matrix/client/v3/rooms/${room}/state/${type}/${''}`,
      as,
    });
    if (answer.kind === 'ok') return { kind: 'state', content: answer.body };
    return errcodeOf(answer) === 'M_NOT_FOUND' ? undefined : answer;
  }

  async #membersOf(room: RoomId, as: Masquerade): Promise<Map<MatrixUserId, 'join' | 'invite'> | Failed> {
    const answer = await this.#deps.client.request({
      method: 'GET',
      path: path`/_matrix/client/v3/rooms/${room}/members`,
      query: { not_membership: 'leave' },
      as,
    });
    if (answer.kind === 'failed') return answer;
    const chunk = listIn(answer, 'chunk');
    if ('kind' in chunk) return chunk;
    const members = new Map<MatrixUserId, 'join' | 'invite'>();
    let ghosts = 0;
    for (const event of chunk) {
      const member = memberIn(event);
      if (member === undefined) continue;
      const isGhost = member.user !== this.#deps.bot && this.#deps.isOwn(member.user);
      if (isGhost && ghosts >= mostGhosts) continue;
      if (isGhost) ghosts += 1;
      members.set(member.user, member.membership);
    }
    return members;
  }

  #put(room: RoomId, facts: RoomFacts): void {
    this.#members += facts.members.size - (this.#facts.get(room)?.members.size ?? 0);
    this.#facts.set(room, facts);
    for (const oldest of this.#facts.keys()) {
      const fits = this.#facts.size <= this.#bounds.rooms && this.#members <= this.#bounds.members;
      if (fits || oldest === room) break;
      this.forget(oldest);
    }
  }
}

function memberIn(
  event: unknown,
): { readonly user: MatrixUserId; readonly membership: 'join' | 'invite' } | undefined {
  if (!isObject(event) || !isObject(event['content']) || typeof event['state_key'] !== 'string')
    return undefined;
  const { membership } = event['content'];
  if (membership !== 'join' && membership !== 'invite') return undefined;
  const user = parseMatrixUserId(event['state_key']);
  return user === undefined ? undefined : { user, membership };
}
