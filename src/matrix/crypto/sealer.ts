import type { Engine, SealingRoom } from '../../crypto/megolm/engine.ts';
import type { MatrixUserId, RoomId } from '../../core/ids.ts';
import { failedForGood, failedForNow, type Failed } from '../../core/outcome.ts';
import type { Masquerade, JsonObject } from '../request.ts';
import { failedBy, passing } from './failures.ts';
import type { Guests } from './guests.ts';
import type { FoundDevice, Identities } from './identities.ts';
import type { RoomBook } from './room-book.ts';
import type { RoomFacts } from './room-facts.ts';

/** An event as it is to be sent. */
export interface Speech {
  readonly room: RoomId;
  readonly as: Masquerade;
  readonly type: string;
  readonly content: JsonObject;
}

/** What goes over the wire for an event: itself, or its ciphertext. */
export interface Sendable {
  readonly kind: 'sendable';
  readonly type: string;
  readonly content: JsonObject;
}

export interface SealerDeps {
  readonly engine: Pick<Engine, 'seal' | 'discard'> | undefined;
  readonly book: RoomBook;
  readonly identities: Pick<Identities, 'ensure' | 'doubt' | 'lost'> | undefined;
  readonly bot: MatrixUserId;
  readonly isOwn: (userId: string) => boolean;
  /** Whether nothing goes into rooms that are not encrypted. */
  readonly required: boolean;
  /** Whether all of these users' changes of devices are seen (`SealingRoom.watched`). */
  readonly watches: (facts: RoomFacts, readers: readonly MatrixUserId[]) => Promise<boolean>;
  /** The devices with which users who are none of the bridge's own seal; none where absent. */
  readonly guests?: Pick<Guests, 'ensure' | 'doubt' | 'lost'> | undefined;
}

/**
 * What clients read outside of the ciphertext: reactions, so that homeservers can count them, and what bridges tell of a
 * message's way. State and redactions do not come here.
 */
const clear: ReadonlySet<string> = new Set(['m.reaction', 'com.beeper.message_send_status']);
const mostTries = 5;

/** Encrypts what is sent into encrypted rooms. What cannot be encrypted there is not sent at all. */
export class Sealer {
  readonly #deps: SealerDeps;
  /** Rooms in which the next event is to have a new session. */
  readonly #due = new Set<RoomId>();

  constructor(deps: SealerDeps) {
    this.#deps = deps;
  }

  /** Somebody left the room: what comes next is not for them. */
  left(room: RoomId): void {
    this.#due.add(room);
  }

  /**
   * A room may become encrypted between this answer and the send, and homeservers take plain events there: for as long as
   * the request takes that cannot be helped.
   */
  async sendable(speech: Speech): Promise<Sendable | Failed> {
    const { type, content, room, as } = speech;
    const plain: Sendable = { kind: 'sendable', type, content };
    if (clear.has(type)) return plain;
    for (let attempt = 1; attempt <= mostTries; attempt += 1) {
      const facts = await this.#deps.book.facts(room, as);
      if (facts.kind === 'failed') return facts;
      if (facts.encryption === undefined) return this.#deps.required ? failedForGood('not-encrypted') : plain;
      const sealed = await this.#seal(speech, facts);
      if (sealed.kind === 'failed') return sealed;
      // Who left while it was sealed must not get it.
      if (this.#deps.book.isCurrent(room, facts) && !this.#due.has(room)) return sealed;
    }
    return failedForNow('timeout', new Error('a room changes faster than it can be written to'), 1_000);
  }

  async #seal({ room, as, type, content }: Speech, facts: RoomFacts): Promise<Sendable | Failed> {
    const { engine } = this.#deps;
    if (engine === undefined) return failedForGood('no-encryption');
    for (let again = false; ; again = true) {
      const found = await this.#device(as);
      if (found.kind === 'failed') return found;
      const undiscarded = await this.#discardWhereDue(room);
      if (undiscarded !== undefined) return undiscarded;
      const sealing = await this.#roomFor(room, facts, as.userId);
      const sealed = await engine.seal(found.device, sealing, { type, content: JSON.stringify(content) });
      if (sealed.kind === 'sealed')
        return { kind: 'sendable', type: 'm.room.encrypted', content: parsed(sealed.content) };
      const { identities, guests, isOwn } = this.#deps;
      const devices = isOwn(as.userId) ? identities : guests;
      if (again) return failedBy(sealed);
      if (sealed.errcode === 'M_UNKNOWN_DEVICE') devices?.lost(as.userId);
      else if (sealed.what === 'stale' || sealed.what === 'occupied') devices?.doubt(as.userId);
      else return failedBy(sealed);
    }
  }

  async #device(as: Masquerade): Promise<FoundDevice | Failed> {
    const { identities, isOwn, guests } = this.#deps;
    if (identities !== undefined && isOwn(as.userId)) return identities.ensure(as.userId);
    return guests === undefined ? failedForGood('forbidden', new NoDevice()) : guests.ensure(as);
  }

  async #discardWhereDue(room: RoomId): Promise<undefined | Failed> {
    if (!this.#due.delete(room)) return undefined;
    const trouble = await this.#deps.engine?.discard(room);
    if (trouble === undefined) return undefined;
    this.#due.add(room);
    return passing(trouble);
  }

  async #roomFor(room: RoomId, facts: RoomFacts, sender: MatrixUserId): Promise<SealingRoom> {
    const readers = readersOf(facts, sender, this.#deps);
    return {
      ...{ room, readers },
      rotationPeriodMs: facts.encryption?.rotationPeriodMs,
      rotationMessages: facts.encryption?.rotationMessages,
      historyVisibility: facts.visibility,
      // Changes of the bridge's own devices are no surprise.
      watched: await this.#deps.watches(
        facts,
        readers.filter((reader) => !this.#deps.isOwn(reader)),
      ),
    };
  }
}

/** The bridge has no device of its own on the account. */
class NoDevice extends Error {
  override readonly name = 'NoDevice';
}

/**
 * Who is to read what somebody says: everybody who is there or invited, unless the room shows nothing to the invited; of
 * the bridge's own users only who opens what others say, the bot, or the ghost where the bot is not. A user whose voice
 * the bridge lends reads it on their other devices.
 */
export function readersOf(
  { members, visibility }: RoomFacts,
  sender: MatrixUserId,
  { bot, isOwn }: Pick<SealerDeps, 'bot' | 'isOwn'>,
): readonly MatrixUserId[] {
  const opens = (user: MatrixUserId): boolean =>
    members.has(bot) ? user === bot : !isOwn(sender) && isOwn(user);
  return [...members]
    .filter(([user, membership]) => {
      if (membership === 'invite' && visibility === 'joined') return false;
      if (user === sender) return !isOwn(sender);
      return isOwn(user) ? opens(user) : true;
    })
    .map(([user]) => user);
}

function parsed(content: string): JsonObject {
  const value: unknown = JSON.parse(content);
  if (typeof value !== 'object' || value === null)
    throw new Error('the engine sealed something that is no event');
  return { ...value };
}
