/** Making rooms encrypted: https://spec.matrix.org/v1.16/client-server-api/#enabling-encryption */
import type { MatrixUserId, RoomId } from '../../core/ids.ts';
import { failedForGood, type Failed } from '../../core/outcome.ts';
import type { Log } from '../../core/task.ts';
import type { Requester } from '../client.ts';
import { path } from '../path.ts';
import type { JsonObject, Masquerade } from '../request.ts';
import type { EncryptionConfig } from './config.ts';
import type { Identities } from './identities.ts';
import type { RoomBook } from './room-book.ts';
import { ENCRYPTION_EVENT, MEGOLM } from './room-facts.ts';

const content: JsonObject = { algorithm: MEGOLM };

export type EncryptedRoomsConfig = Pick<EncryptionConfig, 'default' | 'require' | 'maxGroupMembers'>;

/** Which rooms the bridge encrypts, and how. */
export class EncryptedRooms {
  readonly #client: Requester;
  readonly #book: RoomBook;
  readonly #config: EncryptedRoomsConfig;
  readonly #identities: Pick<Identities, 'ensure'> | undefined;
  readonly #log: Log;

  /** Without identities the bridge cannot work in encrypted rooms, and makes none. */
  constructor(
    client: Requester,
    book: RoomBook,
    config: EncryptedRoomsConfig,
    identities: Pick<Identities, 'ensure'> | undefined,
    log: Log,
  ) {
    this.#client = client;
    this.#book = book;
    this.#config = config;
    this.#identities = identities;
    this.#log = log;
  }

  /**
   * Gives an account of the bridge its keys before others look for them: a client that finds none opens an unencrypted
   * chat, or encrypts to nobody. The account exists already.
   */
  async identify(user: MatrixUserId): Promise<undefined | Failed> {
    const found = await this.#identities?.ensure(user);
    return found?.kind === 'failed' ? found : undefined;
  }

  /** What the first state of a direct chat or management room has for it: nothing where such rooms are to be plain. */
  get initial(): readonly JsonObject[] {
    return this.#isWanted ? [{ type: ENCRYPTION_EVENT, state_key: '', content }] : [];
  }

  /** The same for a group of so many people: one that is too large for it is plain, or not opened where that will not do. */
  initialOf(people: number): readonly JsonObject[] | Failed {
    const most = this.#config.maxGroupMembers;
    if (!this.#isWanted || people <= most) return this.initial;
    this.#log.warn({ people, most }, 'a group is too large to be encrypted');
    return this.#config.require ? failedForGood('not-encrypted') : [];
  }

  /** The bridge made a room with this first state. */
  made(room: RoomId, initial: readonly JsonObject[]): void {
    if (initial.length > 0) this.#book.encrypted(room, content);
  }

  /**
   * Turns encryption on in a room that somebody else opened, as somebody who has just come into it. Where the power for it
   * is lacking the room stays plain; where only encrypted rooms will do that is `not-encrypted`.
   */
  async turnOn(room: RoomId, as: Masquerade): Promise<undefined | Failed> {
    if (!this.#isWanted) return undefined;
    const failed = await this.#encrypt(room, as);
    return failed?.retry.kind === 'later' || this.#config.require ? failed : undefined;
  }

  /** Whether a room that is there already will do: where only encrypted rooms do, it is made one. */
  async bearable(room: RoomId, as: Masquerade): Promise<undefined | Failed> {
    return this.#config.require ? this.turnOn(room, as) : undefined;
  }

  /** What takes the place of an encrypted room has to be encrypted; `not-encrypted` where it is not and cannot be made so. */
  async carry(from: RoomId, to: RoomId, as: Masquerade): Promise<undefined | Failed> {
    const before = await this.#book.facts(from, as);
    if (before.kind === 'failed') return before;
    return before.encryption === undefined ? undefined : this.#encrypt(to, as);
  }

  async #encrypt(room: RoomId, as: Masquerade): Promise<undefined | Failed> {
    const facts = await this.#book.facts(room, as);
    if (facts.kind === 'failed') return facts;
    if (facts.encryption !== undefined) return undefined;
    const answer = await this.#client.request({
      method: 'PUT',
      path: path`/_matrix/client/v3/rooms/${room}/state/${ENCRYPTION_EVENT}/${''}`,
      as,
      body: content,
    });
    if (answer.kind === 'ok') {
      this.#book.encrypted(room, content);
      return undefined;
    }
    return answer.retry.kind === 'later' ? answer : failedForGood('not-encrypted', answer.cause);
  }

  get #isWanted(): boolean {
    return this.#identities !== undefined && (this.#config.default || this.#config.require);
  }
}
