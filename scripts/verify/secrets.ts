import { setTimeout as sleep } from 'node:timers/promises';
import { MatrixEvent, type MatrixClient } from 'matrix-js-sdk';
import type { CryptoBackend } from 'matrix-js-sdk/lib/common-crypto/CryptoBackend.js';
import { MatrixUser, type MatrixLogin } from '../../test/support/matrix-user.ts';
import { SealedFiles } from '../../test/support/sealed-files.ts';
import { objectOf } from './marks.ts';

type Json = Readonly<Record<string, unknown>>;

/** An event as it goes over the wire. */
export interface WireEvent {
  readonly type: string;
  readonly content: Json;
}

const stepMs = 100;
const knownMs = 60_000;
const keyMs = 60_000;

/**
 * The crypto of a person who speaks plain HTTP: a matrix-js-sdk client of the same account, which follows with a device of
 * its own, seals what is sent and opens what was heard.
 */
export class Secrets implements AsyncDisposable {
  readonly #user: MatrixUser;
  readonly #files = new SealedFiles();
  /** What could not be opened, by event id. */
  readonly unopened = new Set<string>();

  private constructor(user: MatrixUser) {
    this.#user = user;
  }

  static async login(login: Omit<MatrixLogin, 'encryption'>): Promise<Secrets> {
    return new Secrets(await MatrixUser.login({ ...login, encryption: {} }));
  }

  /** Seals an event for a room that is encrypted, once the client knows the room. Reactions go in the clear. */
  async seal(room: string, type: string, content: Json): Promise<WireEvent> {
    const wire = { type, content: this.#files.toWire(content) };
    if (type === 'm.reaction') return wire;
    const crypto = cryptoOf(this.#user.sdk);
    const known = await this.#known(room);
    await this.#knowsDevices(known);
    const event = new MatrixEvent({ ...wire, room_id: room, sender: this.#user.userId });
    await crypto.encryptEvent(event, known);
    return { type: event.getWireType(), content: { ...event.getWireContent() } };
  }

  /** Seals a file; `uploaded` is to be called with the address that its ciphertext gets. */
  sealFile(bytes: Uint8Array): {
    readonly bytes: Uint8Array<ArrayBuffer>;
    readonly uploaded: (mxc: string) => void;
  } {
    const sealed = this.#files.seal(bytes);
    return { bytes: sealed.bytes, uploaded: (mxc) => this.#files.uploaded(mxc, sealed.info) };
  }

  /** An event as a person reads it. Its key may come a while after it; one that stays closed is noted. */
  async open(event: Json): Promise<Json> {
    if (event['type'] !== 'm.room.encrypted' || objectOf(event['content'])['ciphertext'] === undefined) {
      return event;
    }
    const crypto = cryptoOf(this.#user.sdk);
    const closed = new MatrixEvent({ ...event });
    const eventId = String(event['event_id']);
    for (let waited = 0; waited < keyMs; waited += stepMs) {
      // The client itself tries again when a key comes, and refuses to open twice.
      if (waited === 0 || closed.isDecryptionFailure())
        await closed.attemptDecryption(crypto, { isRetry: waited > 0 });
      if (!closed.isDecryptionFailure()) {
        this.unopened.delete(eventId);
        const relates = objectOf(event['content'])['m.relates_to'];
        const content = { ...this.#files.fromWire({ ...closed.getContent() }) };
        if (relates !== undefined) content['m.relates_to'] = relates;
        return { ...event, type: closed.getType(), content };
      }
      await sleep(stepMs);
    }
    this.unopened.add(eventId);
    return event;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#user[Symbol.asyncDispose]();
  }

  /**
   * In a direct chat, a client that has not fetched the devices of who just came seals past them, for good: nobody on the
   * other side can mend that. People write later than half a second after somebody came.
   */
  async #knowsDevices(room: NonNullable<ReturnType<MatrixClient['getRoom']>>): Promise<void> {
    const others = room.getMembers().flatMap(({ userId }) => (userId === this.#user.userId ? [] : [userId]));
    for (let waited = 0; others.length === 1 && waited < knownMs; waited += stepMs) {
      const devices = await this.#user.sdk.getCrypto()?.getUserDeviceInfo(others);
      if (others.every((id) => (devices?.get(id)?.size ?? 0) > 0)) return;
      await sleep(stepMs);
    }
    if (others.length === 1) throw new Error(`The client never knew the devices in ${room.roomId}.`);
  }

  async #known(room: string): Promise<NonNullable<ReturnType<MatrixClient['getRoom']>>> {
    for (let waited = 0; waited < knownMs; waited += stepMs) {
      const known = this.#user.sdk.getRoom(room);
      if (known?.getMyMembership() === 'join' && (await this.#user.isEncrypted(room))) return known;
      await sleep(stepMs);
    }
    throw new Error(`The encrypting client never knew ${room}.`);
  }
}

/** The SDK's own interface between events and crypto. */
function cryptoOf(sdk: MatrixClient): CryptoBackend {
  const crypto = sdk.getCrypto();
  if (!isBackend(crypto)) throw new Error('The client has no crypto.');
  return crypto;
}

function isBackend(crypto: unknown): crypto is CryptoBackend {
  return (
    typeof crypto === 'object' && crypto !== null && 'encryptEvent' in crypto && 'decryptEvent' in crypto
  );
}

/** The session and the message index of a sealed event: a Megolm message (https://gitlab.matrix.org/matrix-org/olm/-/blob/master/docs/megolm.md#message-format). */
export function ratchetStepOf(content: Json): string | undefined {
  const { ciphertext, session_id: session } = content;
  if (typeof ciphertext !== 'string' || typeof session !== 'string') return undefined;
  const bytes = Buffer.from(ciphertext, 'base64');
  if (bytes[0] !== 3 || bytes[1] !== 8) return undefined;
  let index = 0;
  for (let at = 2, shift = 0; at < bytes.length; at += 1, shift += 7) {
    const byte = bytes[at] ?? 0;
    index += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return `${session} ${index}`;
  }
  return undefined;
}
