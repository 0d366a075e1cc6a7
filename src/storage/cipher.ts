/**
 * What is kept is encrypted: AES-256-GCM (NIST SP 800-38D) under the configured key. A blob is a format byte, four bytes
 * that name the key, the nonce (12), the ciphertext and the tag (16). The table and the row's own key go in as
 * additional data, so that a blob opens only in the row that it was written to.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { StorageError } from './errors.ts';

const format = 1;
const nonceBytes = 12;
const tagBytes = 16;
export const prefixBytes = 5;
const headBytes = prefixBytes + nonceBytes;

/** A 32-byte key with its name. */
interface Key {
  readonly id: Buffer;
  readonly secret: KeyObject;
}

/** Parses a key: 32 bytes as 64 hexadecimal digits or as base64. `undefined` where the text is none. */
export function parseKey(text: string): Buffer | undefined {
  const trimmed = text.trim();
  if (/^[0-9a-f]{64}$/i.test(trimmed)) return Buffer.from(trimmed, 'hex');
  if (/^[A-Za-z0-9+/]{43}=?$/.test(trimmed)) return Buffer.from(trimmed, 'base64');
  if (/^[A-Za-z0-9_-]{43}=?$/.test(trimmed)) return Buffer.from(trimmed, 'base64url');
  return undefined;
}

/** Random nonces, drawn many at a time because each draw costs as much as encrypting a message. */
class Nonces {
  #drawn = Buffer.alloc(0);

  next(): Buffer {
    if (this.#drawn.length < nonceBytes) this.#drawn = randomBytes(nonceBytes * 256);
    const nonce = this.#drawn.subarray(0, nonceBytes);
    this.#drawn = this.#drawn.subarray(nonceBytes);
    return nonce;
  }
}

/** Encrypts under the first of its keys and decrypts under all of them. */
export class Cipher {
  readonly #first: Key;
  readonly #keys: ReadonlyMap<string, Key>;
  readonly #nonces = new Nonces();

  constructor(secrets: readonly [Buffer, ...Buffer[]]) {
    const [first, ...others] = secrets;
    this.#first = keyOf(first);
    this.#keys = new Map([this.#first, ...others.map(keyOf)].map((key) => [key.id.toString('hex'), key]));
  }

  /** The names of the keys, the encrypting one first. */
  get keyIds(): readonly string[] {
    return [...this.#keys.keys()];
  }

  /** Encrypts a text for the row that `place` names. */
  seal(plain: string, place: readonly string[]): Buffer {
    const nonce = this.#nonces.next();
    const cipher = createCipheriv('aes-256-gcm', this.#first.secret, nonce);
    cipher.setAAD(placeBytes(place));
    const sealed = cipher.update(plain, 'utf8');
    return Buffer.concat([
      Buffer.of(format),
      this.#first.id,
      nonce,
      sealed,
      cipher.final(),
      cipher.getAuthTag(),
    ]);
  }

  /** Decrypts what `seal` made for the same place. Throws `StorageError` (`undecryptable`) for anything else. */
  open(blob: Buffer, place: readonly string[]): string {
    const key = this.#keys.get(keyIdOf(blob));
    if (key === undefined || blob[0] !== format || blob.length < headBytes + tagBytes) throw undecryptable();
    const decipher = createDecipheriv('aes-256-gcm', key.secret, blob.subarray(prefixBytes, headBytes), {
      authTagLength: tagBytes,
    });
    decipher.setAAD(placeBytes(place));
    decipher.setAuthTag(blob.subarray(-tagBytes));
    try {
      const plain = decipher.update(blob.subarray(headBytes, -tagBytes));
      return Buffer.concat([plain, decipher.final()]).toString('utf8');
    } catch {
      throw undecryptable();
    }
  }
}

/** The name of the key that a blob was encrypted under. */
export function keyIdOf(blob: Buffer): string {
  return blob.subarray(1, prefixBytes).toString('hex');
}

/** The first bytes of every blob under a key. */
export function blobPrefix(keyId: string): Buffer {
  return Buffer.concat([Buffer.of(format), Buffer.from(keyId, 'hex')]);
}

function keyOf(secret: Buffer): Key {
  if (secret.length !== 32) throw new Error('a storage key has 32 bytes');
  const id = createHash('sha256').update('causeway storage key id\0').update(secret).digest().subarray(0, 4);
  return { id, secret: createSecretKey(secret) };
}

function placeBytes(place: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(place));
}

function undecryptable(): StorageError {
  return new StorageError('undecryptable', 'what is stored here cannot be decrypted');
}
